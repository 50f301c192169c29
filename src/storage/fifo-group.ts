/**
 * FifoGroup: one message group of a FIFO queue as a synchronous, deterministic machine over SQL. It
 * is the only authority on the group's order, on what of it is in flight, and in scope `messageGroup`
 * on what is a duplicate. Time, ids, nonces and the queue's terms arrive in the commands.
 *
 * Invariants:
 * - Messages are appended in the order of their sequence numbers, each once: one that comes with a
 *   number that was reached before is there, or was.
 * - Every command changes memory at once and disk at the next `write`; its answer may leave only when
 *   that write is confirmed.
 */
import { assert } from "../domain/assert.ts";
import type { OutgoingMessage } from "../domain/delivery.ts";
import type { FifoTerms, GroupTerms } from "../domain/fifo-terms.ts";
import type { GroupStanding } from "../domain/group-standing.ts";
import { DEDUPLICATION_INTERVAL_MS, RECEIVE_COUNT_MAX } from "../domain/limits.ts";
import { isMoving } from "../domain/message-state.ts";
import { groupObjectName } from "../domain/object-name.ts";
import { type OrderedMessage, sequenceOf } from "../domain/ordered-shipment.ts";
import type { BoundedPeek } from "../domain/peek.ts";
import {
  type HeldReceipt,
  type Receipt,
  sealGroupReceiptHandles,
} from "../domain/receipt-handle.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Result } from "../domain/result.ts";
import type { SentMessage } from "../domain/sent-message.ts";
import { acceptedAtMs, nextSequence } from "../domain/sequence-number.ts";
import type { Arrival } from "../domain/transfer-batch.ts";
import { Admission } from "./admission.ts";
import { DeduplicationRows } from "./deduplication-rows.ts";
import { Departures } from "./departures.ts";
import type { LeaseOrder, LeaseReplay, TimedReceive } from "./group-lease.ts";
import { GroupOrder, instantOf, receivableAtMs } from "./group-order.ts";
import { changeHeld, deleteHeld, type HeldChange } from "./group-receipts.ts";
import { GroupRedrive } from "./group-redrive.ts";
import { type KeptTerms, keptTerms, readGroupRow, writeGroupRow } from "./group-row.ts";
import { type ReceivedMessage, withOrderedLife } from "./logged-message.ts";
import { type Receive, receiveOf, shown } from "./receive.ts";
import type { At, Place } from "./receive-order.ts";
import { beginRedrive, type RedriveOrder } from "./redrive.ts";
import { SegmentLog } from "./segment-log.ts";
import type { Sql } from "./sql.ts";
import type { Lane } from "./transfer-lanes.ts";
import { TransferMarks } from "./transfer-marks.ts";
import type { TransferSource } from "./transfer-source.ts";

/** Far longer than messages take to another queue. */
const MOVING_LOOK_MS = 60_000;

export class FifoGroup implements TransferSource {
  readonly log: SegmentLog;
  readonly departures: Departures;
  readonly marks: TransferMarks;
  readonly redriven: GroupRedrive;
  readonly #sql: Sql;
  readonly #order: GroupOrder;
  readonly #admission = new Admission();
  readonly #deduplicationRows: DeduplicationRows;
  #kept: KeptTerms;
  #isKept: boolean;
  /** Appended last, by the queue's numbers or by the group's own. */
  #lastSequence = 0;
  /** Of the newest message that was written, whose segment has this key. */
  #writtenSequence = 0;
  #writtenKey: number | undefined;
  /** As far as the group's row knows. */
  #keptSequence = 0;
  #generation = 0;
  /** As its receipt handles name it. */
  #objectName: string | undefined;

  private constructor(sql: Sql, terms: KeptTerms, isKept: boolean) {
    this.#sql = sql;
    let groupOrder: GroupOrder | undefined;
    this.log = new SegmentLog(sql, (shelves) => {
      groupOrder = new GroupOrder(shelves);
      return groupOrder;
    });
    assert(groupOrder !== undefined, "a log makes its order");
    this.#order = groupOrder;
    this.departures = new Departures(sql, this.log);
    this.marks = new TransferMarks(sql);
    this.redriven = new GroupRedrive(sql);
    this.#deduplicationRows = new DeduplicationRows(sql);
    this.#kept = terms;
    this.#isKept = isKept;
  }

  /** A group that begins. It is on disk with the next `write`. */
  static begin(sql: Sql, terms: GroupTerms): FifoGroup {
    return new FifoGroup(sql, keptTerms(terms), false);
  }

  /** The group that is on disk, if one is; an object that was never used creates nothing. */
  static recover(sql: Sql, nowMs: number): FifoGroup | undefined {
    const row = readGroupRow(sql);
    if (row === undefined) return undefined;
    const group = new FifoGroup(sql, row.terms, true);
    group.#keptSequence = row.lastSequence;
    group.departures.recover(group.log.recover(nowMs));
    group.#deduplicationRows.readEach((packed) => group.#admission.load(packed, nowMs));
    const newest = group.#order.newestPayload();
    group.#lastSequence = Math.max(
      row.lastSequence,
      group.#admission.lastSequence,
      newest === undefined || newest.byteLength === 0 ? 0 : sequenceOf(newest),
    );
    group.#writtenSequence = group.#lastSequence;
    group.#writtenKey = group.#order.newestKey;
    group.#admission.reached(group.#lastSequence);
    return group;
  }

  get terms(): KeptTerms {
    return this.#kept;
  }

  /** Takes over what the queue's attributes are now. A newer purge drops everything: then true. */
  adopt(terms: FifoTerms): boolean {
    const { delaySeconds, retentionSeconds, purgedSequence } = terms;
    if (purgedSequence > this.#kept.purgedSequence) {
      this.log.purge();
      this.departures.clear();
      this.#admission.clear();
      this.#deduplicationRows.clear();
      this.#kept = keptTerms({ ...terms, messageGroupId: this.#kept.messageGroupId });
      this.#isKept = false;
      return true;
    }
    if (
      delaySeconds !== this.#kept.delaySeconds ||
      retentionSeconds !== this.#kept.retentionSeconds
    ) {
      // On disk at once: the alarm expires messages by what it finds there.
      this.#kept = { ...this.#kept, delaySeconds, retentionSeconds };
      this.#isKept = false;
    }
    return false;
  }

  /** Takes messages that the queue let in, in their order; some may have come before. */
  append(messages: readonly OrderedMessage[]): void {
    for (const { id, payload } of messages) {
      const sequence = sequenceOf(payload);
      if (sequence <= this.#lastSequence) continue;
      // It was on its way while a purge overtook it.
      if (sequence < this.#kept.purgedSequence) continue;
      this.#lastSequence = sequence;
      this.log.append({ id, payload, sentAtMs: acceptedAtMs(sequence) }, 0);
    }
  }

  /** Lets a message in by the group's own judgement: scope `messageGroup`. */
  send(message: OrderedMessage, terms: GroupTerms, nowMs: number): SentMessage | Refusal {
    const admitted = this.#admission.admit(message, terms, nowMs);
    if (admitted.kind === "refused") return admitted.refusal;
    if (admitted.kind === "new") {
      this.#lastSequence = admitted.sent.sequence;
      const { id, payload } = message;
      this.log.append({ id, payload, sentAtMs: nowMs }, 0);
    }
    return admitted.sent;
  }

  /** Receives in the group's order; what was received under the same nonces is received already. */
  lease(order: LeaseOrder, terms: GroupTerms): TimedReceive {
    const at = this.at(order.nowMs);
    this.#dropExpired(at);
    const repeated = this.#leasedUnder(order.receiptNonces, at);
    const received =
      repeated.length > 0
        ? repeated.map((place) => this.log.shownAgain(place))
        : this.#receive(order, at, terms);
    const receive = receiveOf(received.map(withOrderedLife), order.nowMs, (receipts) => {
      return this.#sealed(receipts, terms);
    });
    const [first] = receive.receipts;
    const state = first === undefined ? undefined : this.log.stateOf(first, at);
    return { ...receive, visibleAtMs: state?.visibleAtMs ?? order.nowMs };
  }

  /**
   * Brings the messages of an earlier receive again, hidden anew, under the same handles; undefined
   * when one of them moved on (SQS API reference, ReceiveRequestAttemptId).
   */
  replay(order: LeaseReplay, terms: GroupTerms): Receive | undefined {
    const at = this.at(order.nowMs);
    const places: Place[] = [];
    for (const receipt of order.receipts) {
      const state = this.log.stateOf(receipt, at);
      const place = this.log.find(receipt, at);
      if (state === undefined || place === undefined) return undefined;
      if (state.receiptNonce !== receipt.receiptNonce) return undefined;
      if (state.visibleAtMs !== order.visibleAtMs || state.visibleAtMs <= at.nowMs)
        return undefined;
      places.push(place);
    }
    for (const receipt of order.receipts) {
      this.log.changeVisibility(receipt, at, order.visibilityTimeoutSeconds * 1000);
    }
    const shown = places.map((place) => withOrderedLife(this.log.shownAgain(place)));
    const again = receiveOf(shown, order.nowMs, () => this.#sealed(order.receipts, terms));
    return { messages: again.messages, receipts: order.receipts };
  }

  /** Shows messages by the queue's terms, and takes nothing over of these. */
  peek(order: BoundedPeek, terms: FifoTerms, nowMs: number): OutgoingMessage[] {
    // What a purge is on its way to is gone already.
    if (terms.purgedSequence > this.#kept.purgedSequence) return [];
    return this.log.peek(instantOf(terms, nowMs), order).map((one) => shown(withOrderedLife(one)));
  }

  undoReceive(receipts: readonly Receipt[], nowMs: number): void {
    for (const receipt of receipts) this.log.undoReceive(receipt, this.at(nowMs));
  }

  /** SQS: a FIFO message can be deleted only by the handle under which it is in flight. */
  deleteMessages(receipts: readonly HeldReceipt[], nowMs: number): Result<undefined>[] {
    const at = this.at(nowMs);
    return receipts.map((receipt) => deleteHeld(this.log, receipt, at));
  }

  changeVisibility(changes: readonly HeldChange[], nowMs: number): Result<undefined>[] {
    const at = this.at(nowMs);
    return changes.map((change) => changeHeld(this.log, change, at));
  }

  /**
   * Takes messages of another queue that have not come before; returns the number up to which all are
   * here. What is a duplicate of what is not asked: the source has seen to that.
   */
  acceptTransfer(channel: string, arrivals: readonly Arrival[], nowMs: number): number {
    return this.marks.admit(channel, arrivals, ({ id, payload }) => {
      this.#lastSequence = this.#admission.number(payload, nowMs);
      this.log.append({ id, payload, sentAtMs: nowMs }, 0);
    });
  }

  transferSettled(lane: Lane, upToNumber: number, nowMs: number): void {
    const count = this.departures.settle(lane, upToNumber, this.at(nowMs));
    if (lane.purpose === "redrive") this.redriven.moved(count);
  }

  transferRefused(lane: Lane, nowMs: number, refusal: { readonly isGone: boolean }): void {
    const at = this.at(nowMs);
    this.departures.refused(lane, at, refusal);
    if (lane.purpose !== "redrive") return;
    this.redriven.failed("AWS.SimpleQueueService.NonExistentQueue");
    this.departures.bringBackUnsent("redrive", at);
  }

  /** Lets messages leave for the queue's move task, once for each round. */
  redrive(round: number, order: Omit<RedriveOrder, "channelSeed">, nowMs: number): void {
    if (!this.redriven.begin(round)) return;
    const channelSeed = this.#channelSeed(nowMs, `round-${round}`);
    const begun = beginRedrive(this, { ...order, channelSeed }, this.at(nowMs), true);
    if (begun.failure !== undefined) this.redriven.failed(begun.failure);
  }

  /** Exact at `nowMs`, what is appended and not written yet excepted. */
  standing(nowMs: number): GroupStanding {
    const at = this.at(nowMs);
    this.#generation = nextSequence(this.#generation, nowMs);
    this.#dropExpired(at);
    const [oldest] = this.#order.present(at);
    const counts = this.log.tally(at);
    const generation = this.#generation;
    if (oldest === undefined) {
      // What is moving may come back, which is news then; else the group is found empty by that time.
      const isMoving = this.departures.count > 0;
      const later = isMoving ? { readyAtMs: nowMs + MOVING_LOOK_MS } : {};
      return { generation, ...later, readyCount: 0, ...counts };
    }
    const expiresAtMs = oldest.segment.sentAtMs + at.retentionMs;
    const readyAtMs = Math.min(receivableAtMs(oldest, at), expiresAtMs);
    const readyCount = this.log.take(RECEIVE_COUNT_MAX, at).length;
    return { generation, readyAtMs: Math.max(readyAtMs, nowMs), readyCount, ...counts };
  }

  get hasUnwritten(): boolean {
    const { log, marks, redriven } = this;
    if (log.hasUnwritten || marks.hasUnwritten || redriven.hasUnwritten) return true;
    return this.#admission.hasUnwritten || !this.#isKept;
  }

  write(nowMs: number): void {
    this.log.writeAppended(nowMs);
    if (this.#writtenSequence < this.#lastSequence) {
      this.#writtenSequence = this.#lastSequence;
      this.#writtenKey = this.#order.newestKey;
    }
    const entries = this.#admission.takeEntries(nowMs);
    if (entries !== undefined) this.#deduplicationRows.put(entries, nowMs);
    this.log.writeStates();
    this.departures.write();
    this.marks.write(nowMs);
    this.redriven.write();
    if (!this.#isKept || this.#mustKeepSequence()) this.#keep();
  }

  /** Drops messages whose retention is over; true when more are left to drop. */
  expire(nowMs: number): boolean {
    const hasMore = this.log.expire(this.at(nowMs));
    if (this.#mustKeepSequence()) this.#keep();
    return hasMore;
  }

  /** Rewrites sparse segments without the bodies, and with them the numbers, of what is gone. */
  shrink(): void {
    this.log.shrink();
    this.#keep();
  }

  /** The instant of a command and what the queue's attributes make of it. */
  at(nowMs: number): At {
    return instantOf(this.#kept, nowMs);
  }

  /** When the group is past its deduplication window, if nothing else is sent. */
  get windowEndsAtMs(): number {
    return acceptedAtMs(this.#lastSequence) + DEDUPLICATION_INTERVAL_MS;
  }

  /** When the oldest segment was written. */
  get oldestAtMs(): number | undefined {
    return this.log.oldestAvailableAtMs();
  }

  get isEmpty(): boolean {
    return this.#order.isEmptyOnDisk && !this.hasUnwritten;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** What was sent first expires first, so a look at the oldest key says whether there is any. */
  #dropExpired(at: At): void {
    const { oldestAtMs } = this;
    if (oldestAtMs === undefined || oldestAtMs + at.retentionMs > at.nowMs) return;
    while (this.log.expire(at));
    if (this.#mustKeepSequence()) this.#keep();
  }

  #receive(order: LeaseOrder, at: At, { deadLetter }: GroupTerms): ReceivedMessage[] {
    const { receiptNonces, visibilityTimeoutSeconds } = order;
    const visibilityTimeoutMs = visibilityTimeoutSeconds * 1000;
    if (deadLetter === undefined)
      return this.log.receive(at, { visibilityTimeoutMs, receiptNonces });
    const channelSeed = this.#channelSeed(at.nowMs, receiptNonces[0]);
    const exit = this.departures.exit({ at, terms: deadLetter, channelSeed });
    return this.log.receive(at, { visibilityTimeoutMs, receiptNonces }, exit);
  }

  /** A receive that is repeated because its answer was lost finds its messages at the head. */
  #leasedUnder(receiptNonces: readonly number[], at: At): Place[] {
    const places: Place[] = [];
    for (const place of this.#order.present(at)) {
      const slot = place.segment.slot(place.index);
      if (typeof slot !== "object" || isMoving(slot) || slot.visibleAtMs <= at.nowMs) break;
      if (slot.receiptNonce !== receiptNonces[places.length]) break;
      places.push(place);
    }
    return places;
  }

  /** By which a lane that begins now is told from all others. */
  #channelSeed(nowMs: number, nonce: number | string | undefined): string {
    const { queueUid, messageGroupId } = this.#kept;
    this.#objectName ??= groupObjectName(queueUid, messageGroupId);
    return `${this.#objectName}/${nowMs}/${nonce}`;
  }

  #sealed(receipts: readonly Receipt[], { issuer }: GroupTerms): string[] {
    const { queueUid, messageGroupId } = this.#kept;
    this.#objectName ??= groupObjectName(queueUid, messageGroupId);
    return sealGroupReceiptHandles(receipts, this.#objectName, issuer);
  }

  /** Of what the queue let in, or another one sent, only the newest message says the number. */
  #mustKeepSequence(): boolean {
    return (
      (this.#kept.scope === "queue" || this.marks.neededUntilMs !== undefined) &&
      this.#keptSequence < this.#writtenSequence &&
      this.#order.newestKey !== this.#writtenKey
    );
  }

  /** A number of which the message is not on disk is not for the row: it would be taken as known. */
  #keep(): void {
    writeGroupRow(this.#sql, { terms: this.#kept, lastSequence: this.#writtenSequence });
    this.#isKept = true;
    this.#keptSequence = this.#writtenSequence;
  }
}
