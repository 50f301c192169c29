/**
 * DeadLetterTerms: what a queue's RedrivePolicy means to whoever gives out its messages: when one
 * leaves instead, where to, and from which queue it then comes.
 */
import { type QueueIdentity, queueArn } from "./queue-name.ts";
import { readRedrivePolicy } from "./redrive-policy.ts";

export type DeadLetterTerms = {
  readonly sourceArn: string;
  readonly target: QueueIdentity;
  readonly maxReceiveCount: number;
};

/** Undefined of a queue that has no dead-letter queue. */
export function deadLetterTerms(
  identity: QueueIdentity,
  redrivePolicy: string | null,
): DeadLetterTerms | undefined {
  const policy = readRedrivePolicy(redrivePolicy);
  return policy === undefined ? undefined : { sourceArn: queueArn(identity), ...policy };
}
