/**
 * A queue's identity as it is stored within JSON: an object of account, region and name. What is stored
 * is our own, so anything else is a bug.
 */
import { assert } from "../domain/assert.ts";
import { isJsonObject } from "../domain/json-object.ts";
import type { QueueIdentity } from "../domain/queue-name.ts";

export function readIdentity(value: unknown): QueueIdentity {
  assert(isJsonObject(value), "a stored identity is an object");
  const { accountId, region, queueName } = value;
  assert(
    typeof accountId === "string" && typeof region === "string" && typeof queueName === "string",
    "a stored identity names a queue",
  );
  return { accountId, region, queueName };
}
