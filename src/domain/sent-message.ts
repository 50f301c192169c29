/**
 * SentMessage: what a FIFO queue answers to a message that it accepted. A duplicate is answered with
 * the message that was accepted first (SQS developer guide, "Exactly-once processing").
 */
import type { Refusal } from "./refusal.ts";

export type SentMessage = {
  readonly sequence: number;
  /** Of a duplicate: the 16 bytes of the first message's id. */
  readonly originalId?: Uint8Array;
};

/** How the messages of one call fared, each on its own, or why the call as a whole was refused. */
export type SendOutcomes = Refusal | readonly (SentMessage | Refusal)[];

export function isRefusal(outcome: SentMessage | Refusal): outcome is Refusal {
  return "kind" in outcome;
}
