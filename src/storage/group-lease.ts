/**
 * What a queue asks of a message group to receive from it, and what it gets. A receive can be asked for
 * again, under the same nonces when its answer was lost, or as a replay when its receiver asks again.
 */
import type { Receipt } from "../domain/receipt-handle.ts";
import type { Receive } from "./receive.ts";

export type LeaseOrder = {
  readonly nowMs: number;
  /** As many as may be received at most. The same ones again bring the same messages again. */
  readonly receiptNonces: readonly number[];
  readonly visibilityTimeoutSeconds: number;
};

/** A receive, and when what it brought is visible again. */
export type TimedReceive = Receive & { readonly visibleAtMs: number };

/** What a receive brought once, to be brought again. */
export type LeaseReplay = {
  readonly nowMs: number;
  readonly receipts: readonly Receipt[];
  /** When the messages became visible again, as the receive left it. */
  readonly visibleAtMs: number;
  readonly visibilityTimeoutSeconds: number;
};
