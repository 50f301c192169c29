/**
 * GroupReceipts: what the holders of a message group's receipts may do. Unlike a standard queue's, a
 * receipt is good only while its message is in flight under it (SQS developer guide, FIFO queues).
 */
import { VISIBILITY_TIMEOUT_SECONDS_MAX } from "../domain/limits.ts";
import type { HeldReceipt, Receipt } from "../domain/receipt-handle.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { At } from "./receive-order.ts";
import type { SegmentLog } from "./segment-log.ts";

export type HeldChange = {
  readonly receipt: HeldReceipt;
  readonly visibilityTimeoutSeconds: number;
};

const DONE = accepted(undefined);

export function deleteHeld(log: SegmentLog, receipt: HeldReceipt, at: At): Result<undefined> {
  const holding = holdingOf(log, receipt, at);
  if (holding === "lapsed") return expired(receipt);
  if (holding === "held") log.delete(receipt, at);
  return DONE;
}

/** The new timeout counts from now, but never beyond 12 hours after the receive. */
export function changeHeld(
  log: SegmentLog,
  { receipt, visibilityTimeoutSeconds }: HeldChange,
  at: At,
): Result<undefined> {
  const { receiptHandle } = receipt;
  const holding = holdingOf(log, receipt, at);
  if (holding === "gone") return refused({ kind: "message-not-available", receiptHandle });
  if (holding === "lapsed") return expired(receipt);
  const limitAtMs = receipt.receivedAtMs + VISIBILITY_TIMEOUT_SECONDS_MAX * 1000;
  if (at.nowMs + visibilityTimeoutSeconds * 1000 > limitAtMs) {
    return refused({ kind: "visibility-beyond-limit", visibilityTimeoutSeconds });
  }
  log.changeVisibility(receipt, at, visibilityTimeoutSeconds * 1000);
  return DONE;
}

function holdingOf(log: SegmentLog, receipt: Receipt, at: At): "held" | "lapsed" | "gone" {
  // Only what nobody holds any more moves, and it may come back.
  if (log.isMoving(receipt, at)) return "lapsed";
  if (!log.has(receipt, at)) return "gone";
  const state = log.stateOf(receipt, at);
  const isHeld = state?.receiptNonce === receipt.receiptNonce && state.visibleAtMs > at.nowMs;
  return isHeld ? "held" : "lapsed";
}

function expired({ receiptHandle }: HeldReceipt): Result<undefined> {
  return refused({ kind: "receipt-handle-expired", receiptHandle });
}
