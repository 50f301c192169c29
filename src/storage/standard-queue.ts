/**
 * StandardQueue: one standard queue as a synchronous, deterministic machine over SQL. It puts the
 * queue's attributes, its receipt handles and the segment log together; time, ids and nonces arrive
 * in the commands. The Durable Object is a shell around it, and property tests run it on
 * `node:sqlite`.
 *
 * Every command changes memory at once and disk at the next `write`; its answer may leave only when
 * that write is confirmed.
 */
import { type DeadLetterTerms, deadLetterTerms } from "../domain/dead-letter-terms.ts";
import type { OutgoingMessage } from "../domain/delivery.ts";
import { IN_FLIGHT_MAX, VISIBILITY_TIMEOUT_SECONDS_MAX } from "../domain/limits.ts";
import type { MoveTaskFailure } from "../domain/move-task.ts";
import { queueUidText } from "../domain/object-name.ts";
import type { BoundedPeek } from "../domain/peek.ts";
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
import type { Arrival } from "../domain/transfer-batch.ts";
import { Departures } from "./departures.ts";
import { type MessageCounts, withEarlierLife } from "./logged-message.ts";
import { MoveTasks } from "./move-tasks.ts";
import { type Receive, receiveOf, shown } from "./receive.ts";
import { type At, type Exit, NO_EXIT } from "./receive-order.ts";
import { beginRedrive, type RedriveBegun, type RedriveOrder } from "./redrive.ts";
import { SegmentLog } from "./segment-log.ts";
import type { Sql } from "./sql.ts";
import type { Lane } from "./transfer-lanes.ts";
import { TransferMarks } from "./transfer-marks.ts";
import type { TransferSource } from "./transfer-source.ts";

export type ReceiveOrder = {
  readonly nowMs: number;
  /** As many as may be received at most. */
  readonly receiptNonces: readonly number[];
  /** Absent: the queue's own visibility timeout. */
  readonly visibilityTimeoutSeconds?: number;
};

export class StandardQueue implements TransferSource {
  readonly kind = "standard";
  /** Its messages have no numbers. */
  readonly lastSequence = 0;
  readonly log: SegmentLog;
  readonly departures: Departures;
  readonly marks: TransferMarks;
  readonly moveTasks: MoveTasks;
  record: QueueRecord;
  #deadLetterTerms: DeadLetterTerms | undefined;
  #termsOf: QueueRecord | undefined;

  constructor(sql: Sql, record: QueueRecord, idleSegmentsMax?: number) {
    this.log = new SegmentLog(sql, undefined, idleSegmentsMax);
    this.departures = new Departures(sql, this.log);
    this.marks = new TransferMarks(sql);
    this.moveTasks = new MoveTasks(sql);
    this.record = record;
  }

  recover(nowMs: number): void {
    this.departures.recover(this.log.recover(nowMs));
  }

  get uid(): string {
    return queueUidText(this.record.issuer.uid);
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
    const { receiptNonces, nowMs } = order;
    const { visibilityTimeoutSeconds } = this.record.attributes;
    const at = this.at(nowMs);
    const visibilityTimeoutMs = (order.visibilityTimeoutSeconds ?? visibilityTimeoutSeconds) * 1000;
    const exit = this.#exit(at, receiptNonces[0]);
    const received = this.log
      .receive(at, { visibilityTimeoutMs, receiptNonces }, exit)
      .map((message) => withEarlierLife(message, message.payload));
    return receiveOf(received, nowMs, (receipts) => {
      return sealReceiptHandles(receipts, this.record.issuer);
    });
  }

  /** Shows messages and changes nothing. */
  peek(order: BoundedPeek, nowMs: number): OutgoingMessage[] {
    return this.log
      .peek(this.at(nowMs), order)
      .map((message) => shown(withEarlierLife(message, message.payload)));
  }

  /**
   * Takes messages of another queue that have not come before; returns the number up to which all are
   * here. Neither the limit of size nor the delay of the queue holds for them.
   */
  acceptTransfer(channel: string, arrivals: readonly Arrival[]): number {
    return this.marks.admit(channel, arrivals, ({ id, payload, sentAtMs }) => {
      this.log.append(sentAtMs === 0 ? { id, payload } : { id, payload, sentAtMs }, 0);
    });
  }

  transferSettled(lane: Lane, upToNumber: number, nowMs: number): void {
    const count = this.departures.settle(lane, upToNumber, this.at(nowMs));
    if (lane.purpose === "redrive") this.moveTasks.moved(count);
  }

  transferRefused(lane: Lane, nowMs: number, refusal: { readonly isGone: boolean }): void {
    this.departures.refused(lane, this.at(nowMs), refusal);
    if (lane.purpose === "redrive")
      this.redriveFailed("AWS.SimpleQueueService.NonExistentQueue", nowMs);
  }

  /** Lets messages leave for the active task; on their way with the next commit. */
  redrive(order: RedriveOrder, nowMs: number): RedriveBegun {
    return beginRedrive(this, order, this.at(nowMs), false);
  }

  /** The task has failed when what may have arrived elsewhere has been counted. */
  redriveFailed(failure: MoveTaskFailure, nowMs: number): void {
    if (this.moveTasks.active?.status === "RUNNING") this.moveTasks.change({ failure });
    this.departures.bringBackUnsent("redrive", this.at(nowMs));
  }

  get hasUnwritten(): boolean {
    return this.log.hasUnwritten || this.marks.hasUnwritten || this.moveTasks.hasUnwritten;
  }

  /** The part of a commit that is not the log's. */
  writeTransfers(nowMs: number): void {
    this.departures.write();
    this.marks.write(nowMs);
    this.moveTasks.write();
  }

  /** What a purge takes; what came from elsewhere before must not come again. */
  purge(): void {
    this.log.purge();
    this.departures.clear();
  }

  /** The instant of a command and what the attributes make of it. */
  at(nowMs: number): At {
    return { nowMs, retentionMs: this.record.attributes.retentionSeconds * 1000 };
  }

  /** SQS: a short poll of a queue with 120,000 messages in flight is refused. */
  get isFull(): boolean {
    return this.log.inFlightCount >= IN_FLIGHT_MAX;
  }

  undoReceive(receipts: readonly Receipt[], nowMs: number): void {
    for (const receipt of receipts) this.log.undoReceive(receipt, this.at(nowMs));
  }

  /** A handle deletes its message even if it is not the latest one; twice is as good as once. */
  deleteMessages(receiptHandles: readonly string[], nowMs: number): Result<undefined>[] {
    const at = this.at(nowMs);
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
    return this.log.counts(this.at(nowMs));
  }

  /** Drops messages whose retention is over; true when more are left to drop. */
  expire(nowMs: number): boolean {
    return this.log.expire(this.at(nowMs));
  }

  /** Whether the dead-letter queue takes nothing now, so that what is due is received further. */
  isRefused(nowMs: number): boolean {
    const terms = this.#terms;
    return terms !== undefined && this.departures.isRefusedBy(terms.target, nowMs);
  }

  #exit(at: At, nonce: number | undefined): Exit {
    const terms = this.#terms;
    if (terms === undefined) return NO_EXIT;
    return this.departures.exit({ at, terms, channelSeed: `${this.uid}/${at.nowMs}/${nonce}` });
  }

  /** Undefined while the queue has no dead-letter queue. */
  get #terms(): DeadLetterTerms | undefined {
    if (this.#termsOf !== this.record) {
      const { identity, attributes } = this.record;
      this.#termsOf = this.record;
      this.#deadLetterTerms = deadLetterTerms(identity, attributes.redrivePolicy);
    }
    return this.#deadLetterTerms;
  }

  #changeOne(receipt: Receipt, change: VisibilityChange, nowMs: number): Result<undefined> {
    const { receiptHandle, visibilityTimeoutSeconds } = change;
    const at = this.at(nowMs);
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
