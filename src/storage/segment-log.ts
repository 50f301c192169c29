/**
 * SegmentLog: the messages of one standard queue, in memory as far as they are touched and on disk
 * entirely. A command changes memory at once; `write` puts everything changed on disk in one turn,
 * so that many commands share one commit. It is synchronous, takes time and nonces as arguments, and
 * knows neither requests nor queues' attributes.
 *
 * Invariants:
 * - What `write` has put on disk is enough to rebuild memory (`recover`): an eviction after a write
 *   cannot be noticed.
 * - A message can be received only after its segment was written.
 * - Memory grows with the messages in flight and the segments they are in, never with the backlog,
 *   whether it was received before or not.
 */
import { assert } from "../domain/assert.ts";
import { IN_FLIGHT_MAX } from "../domain/limits.ts";
import {
  GONE,
  type MessageState,
  received,
  receiveUndone,
  UNTOUCHED,
  visibilityChanged,
} from "../domain/message-state.ts";
import { AppendBuffer, type SegmentDraft } from "./append-buffer.ts";
import { FreshCursor } from "./fresh-cursor.ts";
import type { MessageAddress, MessageCounts, ReceivedMessage } from "./logged-message.ts";
import { createMessageTables, dropMessageTables } from "./message-schema.ts";
import { OpenSegment } from "./open-segment.ts";
import { IDLE_SEGMENTS_MAX, OpenSegments } from "./open-segments.ts";
import { PackedCache } from "./packed-cache.ts";
import type { At, Place, ReceiveOrder, Shelves } from "./receive-order.ts";
import { type NewMessage, packSegment, segmentTagOf } from "./segment-codec.ts";
import { lastKeyAt } from "./segment-key.ts";
import { type SegmentHeader, SegmentRows, type TouchedSegment } from "./segment-rows.ts";
import { unpackSlots } from "./slots-codec.ts";
import { SparseSegments } from "./sparse-segments.ts";
import type { Sql } from "./sql.ts";
import { StandardOrder } from "./standard-order.ts";
import { VisibilityIndex } from "./visibility-index.ts";

/** Segments that one call of `expire` deals with. */
const EXPIRE_BATCH = 1000;
/** A delayed segment's key is at most this much later than its send. */
const DELAY_MS_MAX = 900_000;

export class SegmentLog {
  readonly #sql: Sql;
  readonly #rows: SegmentRows;
  readonly #packed: PackedCache;
  readonly #appended = new AppendBuffer();
  readonly #index = new VisibilityIndex();
  readonly #cursor: FreshCursor;
  readonly #open: OpenSegments;
  readonly #dirty = new Set<OpenSegment>();
  readonly #sparse = new SparseSegments();
  /** Messages on disk that are not gone; counted when first asked for. */
  #aliveCount: number | undefined;
  readonly #order: ReceiveOrder;

  /**
   * `idleSegmentsMax`: how many segments without anything in flight may stay in memory. `order`
   * decides which messages a receive takes.
   */
  constructor(
    sql: Sql,
    order: (shelves: Shelves) => ReceiveOrder = (shelves) => new StandardOrder(shelves),
    idleSegmentsMax = IDLE_SEGMENTS_MAX,
  ) {
    this.#sql = sql;
    createMessageTables(sql);
    this.#rows = new SegmentRows(sql);
    this.#packed = new PackedCache((segmentId) => this.#rows.packed(segmentId));
    this.#cursor = new FreshCursor(this.#rows);
    this.#open = new OpenSegments(
      (segmentId) => openSegment(this.#rows.touched(segmentId)),
      idleSegmentsMax,
    );
    this.#order = order({
      rows: this.#rows,
      open: this.#open,
      cursor: this.#cursor,
      index: this.#index,
      openFresh: (header) => this.#openFresh(header),
      lose: (segment) => this.#loseAll(segment),
    });
  }

  /** Rebuilds memory from disk: reads the states of what is in flight, and no messages. */
  recover(nowMs: number): void {
    for (const row of this.#rows.touchedInFlight(nowMs)) {
      const segment = openSegment(row);
      this.#open.add(segment);
      for (let index = 0; index < segment.messageCount; index++) {
        this.#index.track(segment, index, nowMs);
      }
    }
    for (const segmentId of this.#rows.touchedVisible(nowMs)) this.#index.trackReturned(segmentId);
    this.#sparse.recover(this.#rows);
  }

  /** Accepts a message; it is on disk, and can be received, after the next `write`. */
  append(message: NewMessage, delayMs: number): void {
    this.#appended.add(message, delayMs);
  }

  /**
   * Receives up to `receiptNonces.length` messages and at most as many as may be in flight, those
   * that the log's order says.
   */
  receive(
    at: At,
    order: { visibilityTimeoutMs: number; receiptNonces: readonly number[] },
  ): ReceivedMessage[] {
    this.#index.advance(at.nowMs);
    const { receiptNonces, visibilityTimeoutMs } = order;
    const freeCount = IN_FLIGHT_MAX - this.#index.inFlightCount;
    // All are taken before the first is received: with a timeout of 0 it is visible again at once.
    const taken = this.#order.take(Math.min(receiptNonces.length, freeCount), at);
    return taken.map((place, number) => {
      const receiptNonce = receiptNonces[number] ?? 0;
      return this.#receiveOne(place, { nowMs: at.nowMs, visibilityTimeoutMs, receiptNonce });
    });
  }

  /** Received, and neither deleted nor lapsed; exact for the instant of the latest command. */
  get inFlightCount(): number {
    return this.#index.inFlightCount;
  }

  /** What of the log is in memory; does not grow with the backlog. */
  get segmentsInMemory(): number {
    return this.#open.countInMemory;
  }

  /** Whether a message that was received is still there. */
  has(address: MessageAddress, at: At): boolean {
    return this.#alive(address, at) !== undefined;
  }

  /** The state of a message that was received and is still there. */
  stateOf(address: MessageAddress, at: At): MessageState | undefined {
    const slot = this.#alive(address, at)?.slot(address.index);
    return slot === GONE ? undefined : slot;
  }

  /** Shows a message that is in flight once more, as its latest receive did; changes nothing. */
  shownAgain(place: Place): ReceivedMessage {
    const slot = place.segment.slot(place.index);
    assert(slot !== UNTOUCHED && slot !== GONE, "only what was received is shown again");
    return this.#shown(place, slot);
  }

  /** Where a message that is still there is; undefined when it is gone. */
  find(address: MessageAddress, at: At): Place | undefined {
    const segment = this.#alive(address, at);
    return segment === undefined ? undefined : { segment, index: address.index };
  }

  /** Deletes a message; false when it was gone already. */
  delete(address: MessageAddress, at: At): boolean {
    const segment = this.#alive(address, at);
    if (segment === undefined) return false;
    this.#index.replace(segment, address.index, GONE, at.nowMs);
    this.#loseAlive(1);
    this.#dirty.add(segment);
    this.#sparse.consider(segment);
    return true;
  }

  /** Lets a message's timeout run from now on; false when it is gone. */
  changeVisibility(address: MessageAddress, at: At, visibilityTimeoutMs: number): boolean {
    const segment = this.#alive(address, at);
    const slot = segment?.slot(address.index);
    if (segment === undefined || slot === GONE) return false;
    const changed = visibilityChanged(slot, { nowMs: at.nowMs, visibilityTimeoutMs });
    this.#index.replace(segment, address.index, changed, at.nowMs);
    this.#dirty.add(segment);
    return true;
  }

  /** Takes back a receive that did not reach its receiver, unless the message moved on since. */
  undoReceive(receipt: MessageAddress & { receiptNonce: number }, at: At): void {
    const segment = this.#alive(receipt, at);
    const slot = segment?.slot(receipt.index);
    if (segment === undefined || slot === UNTOUCHED || slot === GONE) return;
    if (slot.receiptNonce !== receipt.receiptNonce) return;
    this.#index.replace(segment, receipt.index, receiveUndone(slot, at.nowMs), at.nowMs);
    this.#dirty.add(segment);
  }

  /** Puts what was appended on disk, from where it can be received. */
  writeAppended(nowMs: number): void {
    for (const draft of this.#appended.takeDrafts()) this.#writeSegment(draft, nowMs);
  }

  /** Puts every changed state on disk; a segment of which all messages are gone leaves it. */
  writeStates(): void {
    for (const segment of this.#dirty) {
      if (segment.aliveCount > 0) this.#rows.putState(segment.segmentId, segment.stateToStore());
      else this.#drop(segment.segmentId, segment.hasStateRow);
    }
    this.#dirty.clear();
    this.#open.park(this.#index.inFlightCount, (segment) => {
      return this.#cursor.isHead(segment) || !segment.hasStateRow;
    });
  }

  get hasUnwritten(): boolean {
    return this.#dirty.size > 0 || !this.#appended.isEmpty;
  }

  /** Drops everything, on disk without writing a row per message. */
  purge(): void {
    dropMessageTables(this.#sql);
    createMessageTables(this.#sql);
    this.#open.clear();
    this.#dirty.clear();
    this.#sparse.clear();
    this.#appended.clear();
    this.#packed.clear();
    this.#index.clear();
    this.#cursor.reread();
    this.#aliveCount = 0;
  }

  /**
   * Drops the oldest segments whose retention is over, on disk at once. Returns true when there may
   * be more.
   * Retention counts from the send, a key from the end of the delay: hence the wider range of keys.
   */
  expire(at: At): boolean {
    this.#index.advance(at.nowMs);
    const sentByMs = at.nowMs - at.retentionMs;
    const expired = this.#rows.sentBy(sentByMs, lastKeyAt(sentByMs + DELAY_MS_MAX), EXPIRE_BATCH);
    for (const { segmentId, messageCount, goneCount } of expired) {
      const segment = this.#open.inMemory(segmentId);
      if (segment !== undefined) {
        this.#loseAll(segment);
        continue;
      }
      this.#loseAlive(messageCount - (goneCount ?? 0));
      this.#index.forget(segmentId, 0);
      this.#drop(segmentId, goneCount !== undefined);
    }
    if (expired.length > 0) this.#cursor.reread();
    this.writeStates();
    return expired.length === EXPIRE_BATCH;
  }

  /** Exact at `nowMs`, what is appended and not written yet excepted. */
  counts(at: At): MessageCounts {
    while (this.expire(at));
    return this.tally(at);
  }

  /** The same of a log that is known to hold nothing expired. */
  tally(at: At): MessageCounts {
    this.#index.advance(at.nowMs);
    const delayed = this.#rows.messageCountAfter(lastKeyAt(at.nowMs - (at.heldBackMs ?? 0)));
    const inFlight = this.#index.inFlightCount;
    this.#aliveCount ??= this.#countAlive();
    // After a clock went back, what was received already may count as delayed, too.
    return { visible: Math.max(this.#aliveCount - inFlight - delayed, 0), inFlight, delayed };
  }

  /** When the next message becomes visible by itself: a delay ends or a timeout lapses. */
  nextVisibleAtMs(nowMs: number): number | undefined {
    const lapseAtMs = this.#index.nextLapseAtMs();
    const freshAtMs = this.#cursor.nextAtMs(nowMs);
    if (lapseAtMs === undefined || freshAtMs === undefined) return lapseAtMs ?? freshAtMs;
    return Math.min(lapseAtMs, freshAtMs);
  }

  /** An instant no later than the moment at which the oldest segment may be dropped as a whole. */
  oldestAvailableAtMs(): number | undefined {
    return this.#cursor.oldestAtMs();
  }

  /** True while some segment keeps much more on disk than its living messages need. */
  get isSparse(): boolean {
    return !this.#sparse.isEmpty;
  }

  /** Rewrites sparse segments without the bodies of what is gone; one row each. */
  shrink(): void {
    // A body may leave the disk only together with the news that its message is gone.
    this.writeStates();
    this.#sparse.shrink({ rows: this.#rows, packed: this.#packed, open: this.#open });
  }

  /** Opens a segment from which nothing was received yet. */
  #openFresh(header: SegmentHeader): OpenSegment {
    const storedBytes = this.#packed.get(header.segmentId).bytes.byteLength;
    const segment = new OpenSegment(header, { storedBytes });
    this.#open.add(segment);
    return segment;
  }

  #receiveOne(
    { segment, index }: Place,
    at: { nowMs: number; visibilityTimeoutMs: number; receiptNonce: number },
  ): ReceivedMessage {
    const slot = segment.slot(index);
    const state = received(slot === GONE ? UNTOUCHED : slot, at);
    this.#index.replace(segment, index, state, at.nowMs);
    this.#dirty.add(segment);
    return this.#shown({ segment, index }, state);
  }

  #shown({ segment, index }: Place, state: MessageState): ReceivedMessage {
    const packed = this.#packed.get(segment.segmentId);
    return {
      segmentId: segment.segmentId,
      segmentTag: segment.segmentTag,
      index,
      id: packed.id(index),
      payload: packed.payload(index),
      receiptNonce: state.receiptNonce,
      sentAtMs: segment.sentAtMs,
      firstReceivedAtMs: state.firstReceivedAtMs,
      receiveCount: state.receiveCount,
    };
  }

  /** The segment of a message that is still there. A handle outlives its message. */
  #alive(address: MessageAddress, at: At): OpenSegment | undefined {
    this.#index.advance(at.nowMs);
    const segment = this.#open.get(address.segmentId);
    if (segment === undefined || segment.isDropped) return undefined;
    if (segment.segmentTag !== address.segmentTag) return undefined;
    if (segment.isExpiredAt(at.nowMs, at.retentionMs)) {
      this.#loseAll(segment);
      return undefined;
    }
    return segment.slot(address.index) === GONE ? undefined : segment;
  }

  /** The end of a segment whose retention is over; the next write takes it off the disk. */
  #loseAll(segment: OpenSegment): void {
    if (segment.isDropped) return;
    this.#index.forget(segment.segmentId, segment.inFlightCount);
    segment.inFlightCount = 0;
    this.#loseAlive(segment.aliveCount);
    for (let index = 0; index < segment.messageCount; index++) {
      if (segment.slot(index) !== GONE) segment.setSlot(index, GONE);
    }
    segment.isDropped = true;
    this.#dirty.add(segment);
  }

  #writeSegment(draft: SegmentDraft, nowMs: number): void {
    const packed = packSegment(draft.messages);
    const { delayMs, sentAtMs } = draft;
    const segmentId =
      sentAtMs === undefined
        ? this.#cursor.newKey(nowMs, delayMs)
        : this.#cursor.newLastKey(sentAtMs);
    const messageCount = draft.messages.length;
    const header = {
      segmentId,
      segmentTag: segmentTagOf(draft.messages),
      sentAtMs: sentAtMs ?? nowMs,
      messageCount,
    };
    this.#rows.insert(header, packed);
    this.#packed.put(segmentId, packed);
    this.#cursor.written(header);
    if (this.#aliveCount !== undefined) this.#aliveCount += messageCount;
  }

  #loseAlive(count: number): void {
    if (this.#aliveCount !== undefined) this.#aliveCount -= count;
  }

  #drop(segmentId: number, hasStateRow: boolean): void {
    this.#rows.delete(segmentId);
    if (hasStateRow) this.#rows.deleteState(segmentId);
    const segment = this.#open.inMemory(segmentId);
    if (segment !== undefined) segment.isDropped = true;
    this.#open.delete(segmentId);
    this.#index.dropped(segmentId);
    this.#sparse.forget(segmentId);
    this.#packed.forget(segmentId);
  }

  #countAlive(): number {
    let goneCount = this.#rows.goneCount();
    for (const segment of this.#dirty) goneCount += segment.unwrittenGoneCount;
    return this.#rows.messageCountAfter(0) - goneCount;
  }
}

function openSegment(row: TouchedSegment): OpenSegment;
function openSegment(row: TouchedSegment | undefined): OpenSegment | undefined;
function openSegment(row: TouchedSegment | undefined): OpenSegment | undefined {
  if (row === undefined) return undefined;
  return new OpenSegment(row, { storedBytes: row.storedBytes, slots: unpackSlots(row.slots) });
}
