/**
 * A message as its log shows it: where it is, what a receive makes of it, and how many there are of
 * each status.
 */
import { earlierLifeOf } from "../domain/moved-payload.ts";

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

/** A message that was a dead letter brings its earlier life along; `payload` is where that would begin. */
export function withEarlierLife(message: ReceivedMessage, payload: Uint8Array): ReceivedMessage {
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

export type MessageCounts = {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
};
