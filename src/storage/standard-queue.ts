/**
 * StandardQueue: one standard queue as a synchronous, deterministic machine over SQL. It puts the
 * queue's attributes, its receipt handles and the segment log together; time, ids and nonces arrive
 * in the commands. The Durable Object is a shell around it, and property tests run it on
 * `node:sqlite`.
 *
 * Every command changes memory at once and disk at the next `write`; its answer may leave only when
 * that write is confirmed.
 */
import { IN_FLIGHT_MAX, VISIBILITY_TIMEOUT_SECONDS_MAX } from "../domain/limits.ts";
import type { QueueRecord } from "../domain/queue-record.ts";
import {
  type OpenedHandle,
  openReceiptHandles,
  type Receipt,
  sealReceiptHandles,
  type VisibilityChange,
} from "../domain/receipt-handle.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ShippedMessage } from "../domain/shipment.ts";
import type { MessageCounts } from "./logged-message.ts";
import { type Receive, receiveOf } from "./receive.ts";
import type { At } from "./receive-order.ts";
import { SegmentLog } from "./segment-log.ts";
import type { Sql } from "./sql.ts";

export type ReceiveOrder = {
  readonly nowMs: number;
  /** As many as may be received at most. */
  readonly receiptNonces: readonly number[];
  /** Absent: the queue's own visibility timeout. */
  readonly visibilityTimeoutSeconds?: number;
};

export class StandardQueue {
  readonly kind = "standard";
  /** Its messages have no numbers. */
  readonly lastSequence = 0;
  readonly log: SegmentLog;
  record: QueueRecord;

  constructor(sql: Sql, record: QueueRecord, idleSegmentsMax?: number) {
    this.log = new SegmentLog(sql, undefined, idleSegmentsMax);
    this.record = record;
  }

  recover(nowMs: number): void {
    this.log.recover(nowMs);
  }

  /** Refuses what exceeds the queue's own MaximumMessageSize; the limit itself is allowed. */
  send(message: ShippedMessage): Result<undefined> {
    const { maximumMessageBytes, delaySeconds } = this.record.attributes;
    if (message.sizeBytes > maximumMessageBytes) {
      return refused({ kind: "message-too-long", maximumBytes: maximumMessageBytes });
    }
    this.log.append(message, (message.delaySeconds ?? delaySeconds) * 1000);
    return accepted(undefined);
  }

  receive(order: ReceiveOrder): Receive {
    const { visibilityTimeoutSeconds } = this.record.attributes;
    const received = this.log.receive(this.#at(order.nowMs), {
      visibilityTimeoutMs: (order.visibilityTimeoutSeconds ?? visibilityTimeoutSeconds) * 1000,
      receiptNonces: order.receiptNonces,
    });
    return receiveOf(received, order.nowMs, (receipts) => {
      return sealReceiptHandles(receipts, this.record.issuer);
    });
  }

  /** SQS: a short poll of a queue with 120,000 messages in flight is refused. */
  get isFull(): boolean {
    return this.log.inFlightCount >= IN_FLIGHT_MAX;
  }

  undoReceive(receipts: readonly Receipt[], nowMs: number): void {
    for (const receipt of receipts) this.log.undoReceive(receipt, this.#at(nowMs));
  }

  /** A handle deletes its message even if it is not the latest one; twice is as good as once. */
  deleteMessages(receiptHandles: readonly string[], nowMs: number): Result<undefined>[] {
    const at = this.#at(nowMs);
    const opened = openReceiptHandles(receiptHandles, this.record.issuer);
    return opened.map((handle, number) => {
      if (handle.kind !== "receipt") return refusedHandle(handle, receiptHandles[number] ?? "");
      this.log.delete(handle.receipt, at);
      return DONE;
    });
  }

  /** Each new timeout counts from now, but never beyond 12 hours after the receive. */
  changeVisibility(changes: readonly VisibilityChange[], nowMs: number): Result<undefined>[] {
    const receiptHandles = changes.map(({ receiptHandle }) => receiptHandle);
    const opened = openReceiptHandles(receiptHandles, this.record.issuer);
    return changes.map((change, number) => {
      const handle = opened[number] ?? GARBAGE;
      if (handle.kind !== "receipt") return refusedHandle(handle, change.receiptHandle);
      return this.#changeOne(handle.receipt, change, nowMs);
    });
  }

  counts(nowMs: number): MessageCounts {
    return this.log.counts(this.#at(nowMs));
  }

  /** Drops messages whose retention is over; true when more are left to drop. */
  expire(nowMs: number): boolean {
    return this.log.expire(this.#at(nowMs));
  }

  #at(nowMs: number): At {
    return { nowMs, retentionMs: this.record.attributes.retentionSeconds * 1000 };
  }

  #changeOne(receipt: Receipt, change: VisibilityChange, nowMs: number): Result<undefined> {
    const { receiptHandle, visibilityTimeoutSeconds } = change;
    const at = this.#at(nowMs);
    if (!this.log.has(receipt, at)) {
      return refused({ kind: "message-not-available", receiptHandle });
    }
    const limitAtMs = receipt.receivedAtMs + VISIBILITY_TIMEOUT_SECONDS_MAX * 1000;
    if (nowMs + visibilityTimeoutSeconds * 1000 > limitAtMs) {
      return refused({ kind: "visibility-beyond-limit", visibilityTimeoutSeconds });
    }
    this.log.changeVisibility(receipt, at, visibilityTimeoutSeconds * 1000);
    return DONE;
  }
}

const DONE = accepted(undefined);
const GARBAGE: OpenedHandle = { kind: "garbage" };

function refusedHandle(handle: OpenedHandle, receiptHandle: string): Result<undefined> {
  const kind = handle.kind === "foreign" ? "receipt-handle-foreign" : "receipt-handle-garbage";
  return refused({ kind, receiptHandle });
}
