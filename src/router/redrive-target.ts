/**
 * The dead-letter queue that a RedrivePolicy names. It must be of the source's account and region, be
 * there, be of the source's kind and allow the source; what is wrong with it is told in SQS's words. It
 * is asked only by requests that set a RedrivePolicy: CreateQueue and SetQueueAttributes.
 */
import type { AttributeChange } from "../domain/queue-attributes.ts";
import { type QueueIdentity, queueArn, queueKind } from "../domain/queue-name.ts";
import { readRedrivePolicy } from "../domain/redrive-policy.ts";
import type { Refusal } from "../domain/refusal.ts";
import { type Objects, queueStub } from "./object-directory.ts";

export type RedriveRequest = {
  readonly source: QueueIdentity;
  readonly change: AttributeChange;
  /** As submitted, because the refusal repeats the policy. */
  readonly attributeTexts: ReadonlyMap<string, string> | undefined;
};

export async function redriveTargetFlaw(
  { source, change, attributeTexts }: RedriveRequest,
  objects: Objects,
): Promise<Refusal | undefined> {
  const deadLettering = readRedrivePolicy(change.redrivePolicy ?? null);
  if (deadLettering === undefined) return undefined;
  const reason = await objection(source, deadLettering.target, objects);
  if (reason === undefined) return undefined;
  const value = attributeTexts?.get("RedrivePolicy") ?? "";
  return { kind: "parameter-invalid", parameterName: "RedrivePolicy", value, reason };
}

const NO_TARGET = "Dead letter target does not exist";

async function objection(
  source: QueueIdentity,
  target: QueueIdentity,
  objects: Objects,
): Promise<string | undefined> {
  if (target.accountId !== source.accountId) {
    return "Dead-letter target owner should be same as the source";
  }
  if (target.region !== source.region) return NO_TARGET;
  const clearance = await queueStub(objects, target).clearance("dead-letter", queueArn(source));
  if (clearance.kind === "no-queue") return NO_TARGET;
  if (queueKind(target.queueName) !== queueKind(source.queueName)) {
    // With the one that ends every reason it has two full stops, as on SQS.
    return "Dead-letter queue must be same type of queue as the source.";
  }
  return clearance.kind === "denied"
    ? "Dead-letter target does not allow this queue as a source in its RedriveAllowPolicy"
    : undefined;
}
