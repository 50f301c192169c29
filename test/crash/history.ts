/**
 * History: what clients did and what they were told, as one list of operations. The checker judges
 * it; nothing here judges anything.
 *
 * Times are milliseconds of the test machine's monotonic clock. `startedAtMs` is taken before the
 * first byte is written, `endedAtMs` after the last byte is read: the operation took effect, if at
 * all, between the two. Batches are one operation per entry, with the same times.
 *
 * Outcomes:
 * - "ok": the server acknowledged it.
 * - "fail": it certainly had no effect (refused with a 4xx, or the connection was never accepted).
 *   What was refused says so in `refusal`.
 * - "info": nobody knows (connection broken, 5xx); it may take effect until the server that was
 *   asked is known to be dead.
 */

export type Outcome = "ok" | "fail" | "info";

type Timed = {
  readonly startedAtMs: number;
  /** For "info": when the client gave up. */
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  /** The server's words, where it refused. */
  readonly refusal?: string;
};

/** Where a message belongs in a FIFO queue. */
export type FifoPlace = { readonly messageGroupId: string; readonly deduplicationId: string };

export type SendOperation = Timed & {
  readonly kind: "send";
  /**
   * One per message; the body carries it. On a standard queue a send is never repeated with the same
   * one. On a FIFO queue it stands for the deduplication id, and a send is repeated under it.
   */
  readonly uid: string;
  readonly bodyDigest: string;
  readonly delaySeconds: number;
  /** Only of an acknowledged send. */
  readonly messageId?: string;
  /** Only of a send to a FIFO queue. */
  readonly fifo?: FifoPlace & {
    /** The uids of all that this request sent, in its order. */
    readonly batch: readonly string[];
    /** Only of an acknowledged send. */
    readonly sequenceNumber?: string;
  };
};

export type Delivery = {
  /** What the body says it is. */
  readonly uid: string;
  readonly bodyDigest: string;
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly receiveCount: number;
  readonly sentTimestampMs: number;
  readonly firstReceiveTimestampMs: number;
  /** Only where the message says that it comes from a FIFO queue. */
  readonly fifo?: FifoPlace & { readonly sequenceNumber: string };
  /** Only where the message says that it is a dead letter: the ARN of the queue that it came from. */
  readonly deadLetterSource?: string;
};

export type ReceiveOperation = Timed & {
  readonly kind: "receive";
  readonly visibilityTimeoutSeconds: number;
  readonly deliveries: readonly Delivery[];
};

export type DeleteOperation = Timed & { readonly kind: "delete"; readonly receiptHandle: string };

export type ChangeVisibilityOperation = Timed & {
  readonly kind: "change-visibility";
  readonly receiptHandle: string;
  readonly visibilityTimeoutSeconds: number;
};

/** By now every process of the servers started before is dead: their pending effects are over. */
export type DeathMark = { readonly kind: "death"; readonly atMs: number };

export type Operation =
  | SendOperation
  | ReceiveOperation
  | DeleteOperation
  | ChangeVisibilityOperation
  | DeathMark;

export type History = readonly Operation[];
