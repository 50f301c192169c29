/**
 * A message as its log shows it: where it is, what a receive makes of it, and how many there are of
 * each status.
 */
import { earlierLifeOf } from "../domain/moved-payload.ts";
import { SEQUENCE_BYTES, sequenceOf } from "../domain/ordered-shipment.ts";
import type { ShownStatus } from "../domain/peek.ts";
import { acceptedAtMs } from "../domain/sequence-number.ts";

/** Where a message is for its whole life. */
export type MessageAddress = {
  readonly segmentId: number;
  readonly segmentTag: number;
  readonly index: number;
};

export type ReceivedMessage = MessageAddress & {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
  readonly receiptNonce: number;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receiveCount: number;
};

/** A message on its way to another queue. */
export type MovingMessage = {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
  readonly sentAtMs: number;
  readonly receiveCount: number;
  /** 0 if it was never received here. */
  readonly firstReceivedAtMs: number;
};

/** A message as somebody sees it who only looks; 0 receives if there was none here. */
export type PeekedMessage = MovingMessage & { readonly status: ShownStatus };

type Life = Pick<ReceivedMessage, "sentAtMs" | "firstReceivedAtMs" | "receiveCount">;

/** A message that was a dead letter brings its earlier life along; `payload` is where that would begin. */
export function withEarlierLife<M extends Life>(message: M, payload: Uint8Array): M {
  const life = earlierLifeOf(payload);
  if (life === undefined) return message;
  return {
    ...message,
    receiveCount: life.receiveCount + message.receiveCount,
    firstReceivedAtMs:
      life.firstReceivedAtMs === 0 ? message.firstReceivedAtMs : life.firstReceivedAtMs,
    sentAtMs: life.sentAtMs,
  };
}

/**
 * The same of a FIFO message, which was sent when it was let in, as its segment knows only roughly; a
 * dead letter when it came (SQS developer guide, "Dead-letter queues").
 */
export function withOrderedLife<M extends Life & { readonly payload: Uint8Array }>(message: M): M {
  const { payload } = message;
  const sentAtMs = acceptedAtMs(sequenceOf(payload));
  return { ...withEarlierLife(message, payload.subarray(SEQUENCE_BYTES)), sentAtMs };
}

export type MessageCounts = {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
};
