/**
 * QueueDescription: what a queue's object says of its queue: its attributes, since when it is and was
 * changed, and how many messages of each status it has.
 */
import type { QueueAttributes } from "../domain/queue-attributes.ts";
import type { MessageCounts } from "../storage/logged-message.ts";

export type QueueDescription = {
  readonly attributes: QueueAttributes;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly counts: MessageCounts;
};
