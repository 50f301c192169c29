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
import type { FifoTerms, GroupTerms } from "../domain/fifo-terms.ts";
import type { GroupStanding } from "../domain/group-standing.ts";
import {
  DEDUPLICATION_INTERVAL_MS,
  RECEIVE_COUNT_MAX,
  VISIBILITY_TIMEOUT_SECONDS_MAX,
} from "../domain/limits.ts";
import { groupObjectName, queueUidText } from "../domain/object-name.ts";
import { type OrderedMessage, sequenceOf } from "../domain/ordered-shipment.ts";
import {
  type HeldReceipt,
  type Receipt,
  sealGroupReceiptHandles,
} from "../domain/receipt-handle.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { SentMessage } from "../domain/sent-message.ts";
import { acceptedAtMs, nextSequence } from "../domain/sequence-number.ts";
import { Admission } from "./admission.ts";
import { DeduplicationRows } from "./deduplication-rows.ts";
import { GroupOrder, receivableAtMs } from "./group-order.ts";
import { type KeptTerms, readGroupRow, writeGroupRow } from "./group-row.ts";
import type { ReceivedMessage } from "./logged-message.ts";
import { type Receive, receiveOf } from "./receive.ts";
import type { At, Place } from "./receive-order.ts";
import { SegmentLog } from "./segment-log.ts";
import type { Sql } from "./sql.ts";

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

export class FifoGroup {
  readonly log: SegmentLog;
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
    group.log.recover(nowMs);
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
    const at = this.#at(order.nowMs);
    this.#dropExpired(at);
    const repeated = this.#leasedUnder(order.receiptNonces, at);
    const received =
      repeated.length > 0
        ? repeated.map((place) => this.log.shownAgain(place))
        : this.log.receive(at, {
            receiptNonces: order.receiptNonces,
            visibilityTimeoutMs: order.visibilityTimeoutSeconds * 1000,
          });
    const receive = receiveOf(received.map(sentWhenAccepted), order.nowMs, (receipts) => {
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
    const at = this.#at(order.nowMs);
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
    const shown = places.map((place) => sentWhenAccepted(this.log.shownAgain(place)));
    const again = receiveOf(shown, order.nowMs, () => this.#sealed(order.receipts, terms));
    return { messages: again.messages, receipts: order.receipts };
  }

  undoReceive(receipts: readonly Receipt[], nowMs: number): void {
    for (const receipt of receipts) this.log.undoReceive(receipt, this.#at(nowMs));
  }

  /** SQS: a FIFO message can be deleted only by the handle under which it is in flight. */
  deleteMessages(receipts: readonly HeldReceipt[], nowMs: number): Result<undefined>[] {
    const at = this.#at(nowMs);
    return receipts.map((receipt) => {
      const holding = this.#holding(receipt, at);
      if (holding === "lapsed") return expired(receipt);
      if (holding === "held") this.log.delete(receipt, at);
      return DONE;
    });
  }

  /** Each new timeout counts from now, but never beyond 12 hours after the receive. */
  changeVisibility(
    changes: readonly {
      readonly receipt: HeldReceipt;
      readonly visibilityTimeoutSeconds: number;
    }[],
    nowMs: number,
  ): Result<undefined>[] {
    const at = this.#at(nowMs);
    return changes.map(({ receipt, visibilityTimeoutSeconds }) => {
      const { receiptHandle } = receipt;
      const holding = this.#holding(receipt, at);
      if (holding === "gone") return refused({ kind: "message-not-available", receiptHandle });
      if (holding === "lapsed") return expired(receipt);
      const limitAtMs = receipt.receivedAtMs + VISIBILITY_TIMEOUT_SECONDS_MAX * 1000;
      if (nowMs + visibilityTimeoutSeconds * 1000 > limitAtMs) {
        return refused({ kind: "visibility-beyond-limit", visibilityTimeoutSeconds });
      }
      this.log.changeVisibility(receipt, at, visibilityTimeoutSeconds * 1000);
      return DONE;
    });
  }

  /** Exact at `nowMs`, what is appended and not written yet excepted. */
  standing(nowMs: number): GroupStanding {
    const at = this.#at(nowMs);
    this.#generation = nextSequence(this.#generation, nowMs);
    this.#dropExpired(at);
    const [oldest] = this.#order.present(at);
    const counts = this.log.tally(at);
    const generation = this.#generation;
    if (oldest === undefined) return { generation, readyCount: 0, ...counts };
    const expiresAtMs = oldest.segment.sentAtMs + at.retentionMs;
    const readyAtMs = Math.min(receivableAtMs(oldest, at), expiresAtMs);
    const readyCount = this.#order.take(RECEIVE_COUNT_MAX, at).length;
    return { generation, readyAtMs: Math.max(readyAtMs, nowMs), readyCount, ...counts };
  }

  get hasUnwritten(): boolean {
    return this.log.hasUnwritten || this.#admission.hasUnwritten || !this.#isKept;
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
    if (!this.#isKept || this.#mustKeepSequence()) this.#keep();
  }

  /** Drops messages whose retention is over; true when more are left to drop. */
  expire(nowMs: number): boolean {
    const hasMore = this.log.expire(this.#at(nowMs));
    if (this.#mustKeepSequence()) this.#keep();
    return hasMore;
  }

  /** Rewrites sparse segments without the bodies, and with them the numbers, of what is gone. */
  shrink(): void {
    this.log.shrink();
    this.#keep();
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

  #at(nowMs: number): At {
    const { delaySeconds, retentionSeconds } = this.#kept;
    return { nowMs, retentionMs: retentionSeconds * 1000, heldBackMs: delaySeconds * 1000 };
  }

  /** A receive that is repeated because its answer was lost finds its messages at the head. */
  #leasedUnder(receiptNonces: readonly number[], at: At): Place[] {
    const places: Place[] = [];
    for (const place of this.#order.present(at)) {
      const slot = place.segment.slot(place.index);
      if (typeof slot !== "object" || slot.visibleAtMs <= at.nowMs) break;
      if (slot.receiptNonce !== receiptNonces[places.length]) break;
      places.push(place);
    }
    return places;
  }

  #holding(receipt: Receipt, at: At): "held" | "lapsed" | "gone" {
    if (!this.log.has(receipt, at)) return "gone";
    const state = this.log.stateOf(receipt, at);
    const isHeld = state?.receiptNonce === receipt.receiptNonce && state.visibleAtMs > at.nowMs;
    return isHeld ? "held" : "lapsed";
  }

  #sealed(receipts: readonly Receipt[], { issuer }: GroupTerms): string[] {
    const { queueUid, messageGroupId } = this.#kept;
    this.#objectName ??= groupObjectName(queueUid, messageGroupId);
    return sealGroupReceiptHandles(receipts, this.#objectName, issuer);
  }

  /** Beside the newest message nothing else says how far the queue's numbers have come. */
  #mustKeepSequence(): boolean {
    return (
      this.#kept.scope === "queue" &&
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

const DONE = accepted(undefined);

/** A message was sent when it was let in, which its segment knows only roughly. */
function sentWhenAccepted(message: ReceivedMessage): ReceivedMessage {
  return { ...message, sentAtMs: acceptedAtMs(sequenceOf(message.payload)) };
}

function expired({ receiptHandle }: HeldReceipt): Result<undefined> {
  return refused({ kind: "receipt-handle-expired", receiptHandle });
}

function keptTerms(terms: GroupTerms): KeptTerms {
  const { queueObjectName, messageGroupId, scope, issuer } = terms;
  const { purgedSequence, delaySeconds, retentionSeconds } = terms;
  return {
    queueObjectName,
    messageGroupId,
    queueUid: queueUidText(issuer.uid),
    scope,
    purgedSequence,
    delaySeconds,
    retentionSeconds,
  };
}
