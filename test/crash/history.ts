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
 * - "info": nobody knows (connection broken, 5xx); it may take effect until the server that was
 *   asked is known to be dead.
 */

export type Outcome = "ok" | "fail" | "info";

type Timed = {
  readonly startedAtMs: number;
  /** For "info": when the client gave up. */
  readonly endedAtMs: number;
  readonly outcome: Outcome;
};

export type SendOperation = Timed & {
  readonly kind: "send";
  /** Unique in the history; the body carries it. A send is never repeated with the same one. */
  readonly uid: string;
  readonly bodyDigest: string;
  readonly delaySeconds: number;
  /** Only of an acknowledged send. */
  readonly messageId?: string;
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
