/**
 * QueueAccess: what of a queue decides who may use it: its policy and its tags. Each isolate keeps it for
 * up to half a minute, as SQS may take a minute to heed a new policy, so that no message waits for it.
 *
 * A queue that is not there is kept as well: whoever may not know a queue must not learn from the time
 * that a refusal takes whether there is one.
 */

import { assert } from "../domain/assert.ts";
import { type Policy, readPolicy } from "../domain/policy/policy.ts";
import type { QueueIdentity } from "../domain/queue-name.ts";
import type { AccessTerms } from "../domain/queue-record.ts";
import type { QueueTags } from "../domain/queue-tags.ts";
import { accepted } from "../domain/result.ts";
import { type Objects, queueStub } from "./object-directory.ts";
import { TermsCache } from "./terms-cache.ts";

export type QueueAccess = { readonly policy: Policy | undefined; readonly tags: QueueTags };

const FRESH_MS = 15_000;
const OF_NO_QUEUE: QueueAccess = { policy: undefined, tags: new Map() };

/** Of a policy that cannot be read nobody knows whom it denies: all but mending it is denied. */
const UNREADABLE = policyOf({
  Effect: "Deny",
  Principal: "*",
  NotAction: ["sqs:GetQueueAttributes", "sqs:SetQueueAttributes"],
  Resource: "*",
});

const cache = new TermsCache<QueueAccess>(FRESH_MS, async (queue) => {
  const terms = await queue.accessTerms();
  return accepted(terms.ok ? accessOf(terms.value) : OF_NO_QUEUE);
});

/** Undefined unless it is at hand. */
export function knownQueueAccess(identity: QueueIdentity): QueueAccess | undefined {
  return cache.fresh(identity);
}

export async function queueAccess(
  objects: Objects,
  identity: QueueIdentity,
  background: (promise: Promise<unknown>) => void,
): Promise<QueueAccess> {
  const known = await cache.of(() => queueStub(objects, identity), identity, background);
  assert(known.ok, "whether there is a queue is no refusal here");
  return known.value;
}

export function forgetQueueAccess(identity: QueueIdentity): void {
  cache.forget(identity);
}

function accessOf({ policy, tags }: AccessTerms): QueueAccess {
  if (policy === null) return { policy: undefined, tags };
  const reading = readPolicy(policy, "resource");
  if (reading.ok) return { policy: reading.policy, tags };
  console.error("a queue's policy cannot be read, and nothing is allowed on the queue");
  return { policy: UNREADABLE, tags };
}

function policyOf(Statement: object): Policy {
  const reading = readPolicy(JSON.stringify({ Statement: { ...Statement } }), "resource");
  assert(reading.ok, "a policy of our own can be read");
  return reading.policy;
}
