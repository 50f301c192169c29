/**
 * ReceiveOrder: which messages of a log a receive takes. The log is one for all kinds of queues; a
 * kind is its order. An order finds places and changes no message.
 */
import type { FreshCursor } from "./fresh-cursor.ts";
import type { OpenSegment } from "./open-segment.ts";
import type { OpenSegments } from "./open-segments.ts";
import type { SegmentHeader, SegmentRows } from "./segment-rows.ts";
import type { VisibilityIndex } from "./visibility-index.ts";

/** The instant of a command, and the queue's attributes that decide what a message is at it. */
export type At = {
  readonly nowMs: number;
  readonly retentionMs: number;
  /** A delay of all messages alike, beside the one that is in their keys: a FIFO queue's. */
  readonly heldBackMs?: number;
};

export type Place = { readonly segment: OpenSegment; readonly index: number };

/** What an order may look through. */
export type Shelves = {
  readonly rows: SegmentRows;
  readonly open: OpenSegments;
  readonly cursor: FreshCursor;
  readonly index: VisibilityIndex;
  openFresh(header: SegmentHeader): OpenSegment;
  /** Says that a segment's retention is over. */
  lose(segment: OpenSegment): void;
};

/**
 * What becomes of a message that is about to be received: it stays and is received; it has left for
 * another queue; or it is to leave and cannot now.
 */
export type Exit = (place: Place) => "stays" | "left" | "waits";

export const NO_EXIT: Exit = () => "stays";

export interface ReceiveOrder {
  /** Whether messages are given out in the order of their sending, which their keys then follow. */
  readonly isOrdered: boolean;
  /** Up to `maxCount` messages that may be received, each once, but for those that leave instead. */
  take(maxCount: number, at: At, exit: Exit): Place[];
}
