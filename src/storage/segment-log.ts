/**
 * SegmentLog: the messages of one standard queue, or of one message group. A command changes memory at
 * once; `writeAppended` and `writeStates` put everything changed on disk in one turn, so that many
 * commands share one commit. It is synchronous, takes time and nonces as arguments, and knows neither
 * requests nor queues' attributes.
 *
 * Invariants:
 * - A message can be received only after its segment was written.
 * - A message that is moving to another queue is out of every client's reach, but that a deletion holds if
 *   it comes back, and stays on disk until it is known to be there.
 */
import { assert } from "../domain/assert.ts";
import { IN_FLIGHT_MAX } from "../domain/limits.ts";
import {
  deleted,
  GONE,
  isMoving,
  type MessageState,
  moveUndone,
  movingOff,
  received,
  receiveUndone,
  type TransferMark,
  visibilityChanged,
} from "../domain/message-state.ts";
import type { BoundedPeek } from "../domain/peek.ts";
import type {
  MessageAddress,
  MessageCounts,
  MovingMessage,
  PeekedMessage,
  ReceivedMessage,
} from "./logged-message.ts";
import type { OpenSegment } from "./open-segment.ts";
import { IDLE_SEGMENTS_MAX } from "./open-segments.ts";
import { peek } from "./peek.ts";
import {
  type At,
  type Exit,
  NO_EXIT,
  type Place,
  type ReceiveOrder,
  type Shelves,
} from "./receive-order.ts";
import type { NewMessage } from "./segment-codec.ts";
import { type MovingPlace, SegmentShelves } from "./segment-shelves.ts";
import { SegmentWriter } from "./segment-writer.ts";
import type { Sql } from "./sql.ts";
import { StandardOrder } from "./standard-order.ts";

export class SegmentLog {
  readonly #shelves: SegmentShelves;
  readonly #order: ReceiveOrder;
  readonly #writer: SegmentWriter;

  /**
   * `order` decides which messages a receive takes. `idleSegmentsMax`: how many segments without
   * anything in flight may stay in memory.
   */
  constructor(
    sql: Sql,
    order: (shelves: Shelves) => ReceiveOrder = (shelves) => new StandardOrder(shelves),
    idleSegmentsMax = IDLE_SEGMENTS_MAX,
  ) {
    this.#shelves = new SegmentShelves(sql, idleSegmentsMax);
    this.#order = order(this.#shelves);
    this.#writer = new SegmentWriter(this.#shelves, this.#order.isOrdered);
  }

  /** Rebuilds memory from disk. Returns what is moving. */
  recover(nowMs: number): MovingPlace[] {
    return this.#shelves.recover(nowMs);
  }

  /** Accepts a message; it is on disk, and can be received, after the next `writeAppended`. */
  append(message: NewMessage, delayMs: number): void {
    this.#writer.add(message, delayMs);
  }

  /**
   * Receives up to `receiptNonces.length` messages and at most as many as may be in flight, those
   * that the log's order says, but for those that `exit` lets leave.
   */
  receive(
    at: At,
    order: { visibilityTimeoutMs: number; receiptNonces: readonly number[] },
    exit: Exit = NO_EXIT,
  ): ReceivedMessage[] {
    this.#shelves.index.advance(at.nowMs);
    const { receiptNonces, visibilityTimeoutMs } = order;
    // All are taken before the first is received: with a timeout of 0 it is visible again at once.
    const taken = this.take(
      Math.min(receiptNonces.length, IN_FLIGHT_MAX - this.inFlightCount),
      at,
      exit,
    );
    return taken.map((place, number) => {
      const receiptNonce = receiptNonces[number] ?? 0;
      return this.#receiveOne(place, { nowMs: at.nowMs, visibilityTimeoutMs, receiptNonce });
    });
  }

  /** Takes messages that may be received, each once, and changes none but those that leave. */
  take(maxCount: number, at: At, exit: Exit = NO_EXIT): Place[] {
    this.#shelves.index.advance(at.nowMs);
    return this.#order.take(maxCount, at, exit);
  }

  /** Gives back what was taken and not used. */
  giveBack({ segment, index }: Place, nowMs: number): void {
    this.#shelves.index.track(segment, index, nowMs);
  }

  /** Received, and neither deleted nor lapsed; exact for the instant of the latest command. */
  get inFlightCount(): number {
    return this.#shelves.index.inFlightCount;
  }

  /** What of the log is in memory; does not grow with the backlog. */
  get segmentsInMemory(): number {
    return this.#shelves.open.countInMemory;
  }

  /** Whether a message that was received is still there. */
  has(address: MessageAddress, at: At): boolean {
    return this.#reachable(address, at) !== undefined;
  }

  /** The state of a message that was received and is still there. */
  stateOf(address: MessageAddress, at: At): MessageState | undefined {
    const slot = this.#reachable(address, at)?.slot(address.index);
    return slot === GONE || isMoving(slot) ? undefined : slot;
  }

  /** Shows a message that is in flight once more, as its latest receive did; changes nothing. */
  shownAgain(place: Place): ReceivedMessage {
    const slot = place.segment.slot(place.index);
    assert(typeof slot === "object" && !isMoving(slot), "only what was received is shown again");
    return this.#shown(place, slot);
  }

  /** Where a message that is still there is; undefined when it is gone. */
  find(address: MessageAddress, at: At): Place | undefined {
    const segment = this.#reachable(address, at);
    return segment === undefined ? undefined : { segment, index: address.index };
  }

  /** Deletes a message; false when it was gone already. One that is moving will not come back. */
  delete(address: MessageAddress, at: At): boolean {
    const segment = this.#shelves.present(address, at);
    if (segment === undefined) return false;
    const { index } = address;
    this.#shelves.put({ segment, index }, deleted(segment.slot(index)), at.nowMs);
    return true;
  }

  /** Whether a message is on its way to another queue. */
  isMoving(address: MessageAddress, at: At): boolean {
    return isMoving(this.#shelves.present(address, at)?.slot(address.index));
  }

  /** Lets a message's timeout run from now on; false when it is gone. */
  changeVisibility(address: MessageAddress, at: At, visibilityTimeoutMs: number): boolean {
    const place = this.find(address, at);
    const slot = place?.segment.slot(place.index);
    if (place === undefined || slot === GONE || isMoving(slot)) return false;
    const changed = visibilityChanged(slot, { nowMs: at.nowMs, visibilityTimeoutMs });
    this.#shelves.put(place, changed, at.nowMs);
    return true;
  }

  /** Takes back a receive that did not reach its receiver, unless the message moved on since. */
  undoReceive(receipt: MessageAddress & { receiptNonce: number }, at: At): void {
    const place = this.find(receipt, at);
    const slot = place?.segment.slot(place.index);
    if (place === undefined || typeof slot !== "object" || isMoving(slot)) return;
    if (slot.receiptNonce !== receipt.receiptNonce) return;
    this.#shelves.put(place, receiveUndone(slot, at.nowMs), at.nowMs);
  }

  /** What was taken is on its way to another queue from now on. */
  move(place: Place, mark: TransferMark, nowMs: number): void {
    const slot = place.segment.slot(place.index);
    assert(slot !== GONE && !isMoving(slot), "only what is there moves");
    this.#shelves.put(place, movingOff(slot, mark), nowMs);
  }

  /** A message that is moving; undefined when its retention is over or a purge took it. */
  moving(address: MessageAddress, at: At): MovingMessage | undefined {
    const segment = this.#shelves.present(address, at);
    const slot = segment?.slot(address.index);
    if (segment === undefined || !isMoving(slot)) return undefined;
    return { ...this.show({ segment, index: address.index }), ...slot };
  }

  /** The message is in the other queue; false when it was not here any more. */
  moveDone(address: MessageAddress, at: At): boolean {
    const segment = this.#shelves.present(address, at);
    if (segment === undefined || !isMoving(segment.slot(address.index))) return false;
    this.#shelves.put({ segment, index: address.index }, GONE, at.nowMs);
    return true;
  }

  /** The other queue does not take the message: it is visible here again. */
  moveUndone(address: MessageAddress, at: At): void {
    const segment = this.#shelves.present(address, at);
    const slot = segment?.slot(address.index);
    if (segment === undefined || !isMoving(slot)) return;
    this.#shelves.put({ segment, index: address.index }, moveUndone(slot, at.nowMs), at.nowMs);
  }

  /** A message as it was sent, whatever its state. */
  show({ segment, index }: Place) {
    const packed = this.#shelves.packed.get(segment.segmentId);
    return { id: packed.id(index), payload: packed.payload(index), sentAtMs: segment.sentAtMs };
  }

  /** Messages as they are, oldest first; what is appended and not written yet excepted. */
  peek(at: At, order: BoundedPeek): PeekedMessage[] {
    return peek(this.#shelves, at, order);
  }

  /** Puts what was appended on disk, from where it can be received. */
  writeAppended(nowMs: number): void {
    this.#shelves.written(this.#writer.write(nowMs));
  }

  /** Puts every changed state on disk. */
  writeStates(): void {
    this.#shelves.writeStates();
  }

  get hasUnwritten(): boolean {
    return this.#shelves.isDirty || !this.#writer.isEmpty;
  }

  /** Drops everything, on disk without writing a row per message. */
  purge(): void {
    this.#shelves.clear();
    this.#writer.clear();
  }

  /** Drops the oldest segments whose retention is over, on disk at once; true when there may be more. */
  expire(at: At): boolean {
    return this.#shelves.expire(at);
  }

  /** Exact at `nowMs`, what is appended and not written yet excepted. */
  counts(at: At): MessageCounts {
    while (this.expire(at));
    return this.tally(at);
  }

  /** The same of a log that is known to hold nothing expired. */
  tally(at: At): MessageCounts {
    return this.#shelves.tally(at);
  }

  /** When the next message becomes visible by itself: a delay ends or a timeout lapses. */
  nextVisibleAtMs(nowMs: number): number | undefined {
    const lapseAtMs = this.#shelves.index.nextLapseAtMs();
    const freshAtMs = this.#shelves.cursor.nextAtMs(nowMs);
    if (lapseAtMs === undefined || freshAtMs === undefined) return lapseAtMs ?? freshAtMs;
    return Math.min(lapseAtMs, freshAtMs);
  }

  /** An instant no later than the moment at which the oldest segment may be dropped as a whole. */
  oldestAvailableAtMs(): number | undefined {
    const keyAtMs = this.#shelves.cursor.oldestAtMs();
    const lateAtMs = this.#shelves.late.oldestSentAtMs;
    return lateAtMs === undefined ? keyAtMs : Math.min(lateAtMs, keyAtMs ?? lateAtMs);
  }

  /** True while some segment keeps much more on disk than its living messages need. */
  get isSparse(): boolean {
    return !this.#shelves.sparse.isEmpty;
  }

  /** Rewrites sparse segments without the bodies of what is gone; one row each. Part of a commit. */
  shrink(): void {
    // A body may leave the disk only together with the news that its message is gone.
    this.writeStates();
    this.#shelves.sparse.shrink(this.#shelves);
  }

  #receiveOne(
    place: Place,
    at: { nowMs: number; visibilityTimeoutMs: number; receiptNonce: number },
  ): ReceivedMessage {
    const slot = place.segment.slot(place.index);
    assert(slot !== GONE && !isMoving(slot), "only what is there is received");
    const state = received(slot, at);
    this.#shelves.put(place, state, at.nowMs);
    return this.#shown(place, state);
  }

  #shown({ segment, index }: Place, state: MessageState): ReceivedMessage {
    const packed = this.#shelves.packed.get(segment.segmentId);
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

  /** The segment of a message that clients can reach. */
  #reachable(address: MessageAddress, at: At): OpenSegment | undefined {
    const segment = this.#shelves.present(address, at);
    return segment === undefined || isMoving(segment.slot(address.index)) ? undefined : segment;
  }
}
