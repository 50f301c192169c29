/**
 * SegmentShelves: where the messages of a log are: on disk entirely, in memory as far as they are
 * touched, and what is known of them: which are in flight, which segments changed since the last write,
 * how many there are. `segment-log.ts` has the commands; here is what they all rest on.
 *
 * Invariants:
 * - What `write` has put on disk is enough to rebuild memory (`recover`): an eviction after a write
 *   cannot be noticed.
 * - Memory grows with the messages in flight and the segments they are in, never with the backlog,
 *   whether it was received before or not.
 */
import { GONE, isMoving, type Slot, type TransferMark } from "../domain/message-state.ts";
import { FreshCursor } from "./fresh-cursor.ts";
import { LateSegments } from "./late-segments.ts";
import type { MessageAddress, MessageCounts } from "./logged-message.ts";
import { createMessageTables, dropMessageTables } from "./message-schema.ts";
import { OpenSegment } from "./open-segment.ts";
import { OpenSegments } from "./open-segments.ts";
import { PackedCache } from "./packed-cache.ts";
import type { At, Place, Shelves } from "./receive-order.ts";
import { lastKeyAt } from "./segment-key.ts";
import { type SegmentHeader, SegmentRows, type SegmentSummary } from "./segment-rows.ts";
import { DELAY_MS_MAX } from "./segment-writer.ts";
import { SparseSegments } from "./sparse-segments.ts";
import type { Sql } from "./sql.ts";
import { VisibilityIndex } from "./visibility-index.ts";

/** Segments that one call of `expire` deals with, of each kind. */
const EXPIRE_BATCH = 1000;
const NOTHING_COUNTED = { inFlightCount: 0, movingCount: 0 };

/** A message that was found on its way to another queue. */
export type MovingPlace = { readonly address: MessageAddress; readonly mark: TransferMark };

export class SegmentShelves implements Shelves {
  readonly rows: SegmentRows;
  readonly packed: PackedCache;
  readonly late: LateSegments;
  readonly cursor: FreshCursor;
  readonly open: OpenSegments;
  readonly index = new VisibilityIndex();
  readonly sparse = new SparseSegments();
  readonly #sql: Sql;
  readonly #dirty = new Set<OpenSegment>();
  /** Messages on disk that are not gone; counted when first asked for. */
  #aliveCount: number | undefined;

  /** `idleSegmentsMax`: how many segments without anything in flight may stay in memory. */
  constructor(sql: Sql, idleSegmentsMax: number) {
    this.#sql = sql;
    createMessageTables(sql);
    this.rows = new SegmentRows(sql);
    this.packed = new PackedCache((segmentId) => this.rows.packed(segmentId));
    this.cursor = new FreshCursor(this.rows);
    this.late = new LateSegments(sql);
    this.open = new OpenSegments((segmentId) => {
      const row = this.rows.touched(segmentId);
      return row === undefined ? undefined : OpenSegment.loaded(row);
    }, idleSegmentsMax);
  }

  /** Reads the states of what is in flight or moving, and no messages; returns what is moving. */
  recover(nowMs: number): MovingPlace[] {
    const moving: MovingPlace[] = [];
    for (const row of this.rows.touchedInFlight(nowMs)) {
      const segment = OpenSegment.loaded(row);
      this.open.add(segment);
      for (const [index, slot] of segment.slots.entries()) {
        this.index.track(segment, index, nowMs);
        const { segmentId, segmentTag } = segment;
        const address = { segmentId, segmentTag, index };
        if (isMoving(slot)) moving.push({ address, mark: slot.moving });
      }
    }
    for (const segmentId of this.rows.touchedVisible(nowMs)) this.index.trackReturned(segmentId);
    this.sparse.recover(this.rows);
    return moving;
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  /** Opens a segment from which nothing was received yet. */
  openFresh(header: SegmentHeader): OpenSegment {
    const storedBytes = this.packed.get(header.segmentId).bytes.byteLength;
    const segment = new OpenSegment(header, { storedBytes });
    this.open.add(segment);
    return segment;
  }

  /** The segment of a message that is still here. A handle outlives its message. */
  present(address: MessageAddress, at: At): OpenSegment | undefined {
    this.index.advance(at.nowMs);
    const segment = this.open.get(address.segmentId);
    if (segment === undefined || segment.isDropped) return undefined;
    if (segment.segmentTag !== address.segmentTag) return undefined;
    if (segment.isExpiredAt(at.nowMs, at.retentionMs)) {
      this.lose(segment);
      return undefined;
    }
    return segment.slot(address.index) === GONE ? undefined : segment;
  }

  /** A message's new state; on disk with the next write. */
  put({ segment, index }: Place, slot: Slot, nowMs: number): void {
    this.index.replace(segment, index, slot, nowMs);
    this.#dirty.add(segment);
    if (slot !== GONE) return;
    this.#loseAlive(1);
    this.sparse.consider(segment);
  }

  /** The end of a segment whose retention is over; the next write takes it off the disk. */
  lose(segment: OpenSegment): void {
    if (segment.isDropped) return;
    const { segmentId, inFlightCount, movingCount } = segment;
    this.index.forget(segmentId, { inFlightCount, movingCount });
    segment.inFlightCount = 0;
    segment.movingCount = 0;
    this.#loseAlive(segment.aliveCount);
    for (let index = 0; index < segment.messageCount; index++) {
      if (segment.slot(index) !== GONE) segment.setSlot(index, GONE);
    }
    segment.isDropped = true;
    this.#dirty.add(segment);
  }

  written(count: number): void {
    if (this.#aliveCount !== undefined) this.#aliveCount += count;
  }

  /** Puts every changed state on disk; a segment of which all messages are gone leaves it. */
  writeStates(): void {
    for (const segment of this.#dirty) {
      if (segment.aliveCount > 0) this.rows.putState(segment.segmentId, segment.stateToStore());
      else this.#drop(segment.segmentId, segment.hasStateRow);
    }
    this.#dirty.clear();
    this.#park();
  }

  /** Drops everything, on disk without writing a row per message. */
  clear(): void {
    dropMessageTables(this.#sql);
    createMessageTables(this.#sql);
    this.open.clear();
    this.#dirty.clear();
    this.sparse.clear();
    this.late.clear();
    this.packed.clear();
    this.index.clear();
    this.cursor.reread();
    this.#aliveCount = 0;
  }

  /**
   * Drops segments whose retention is over, on disk at once; true when there may be more.
   * Retention counts from the send, a key from the end of the delay: hence the wider range of keys.
   */
  expire(at: At): boolean {
    this.index.advance(at.nowMs);
    const sentByMs = at.nowMs - at.retentionMs;
    const late = this.late.takeSentBy(sentByMs, EXPIRE_BATCH);
    this.#expire(late.flatMap((segmentId) => this.rows.summary(segmentId) ?? []));
    const expired = this.rows.sentBy(sentByMs, lastKeyAt(sentByMs + DELAY_MS_MAX), EXPIRE_BATCH);
    this.#expire(expired);
    if (expired.length + late.length > 0) this.cursor.reread();
    this.#dropLost();
    if (!this.isDirty) this.#park();
    return expired.length === EXPIRE_BATCH || late.length === EXPIRE_BATCH;
  }

  /** Exact at `nowMs` of what is written, if nothing of it has expired. */
  tally(at: At): MessageCounts {
    this.index.advance(at.nowMs);
    const delayed = this.rows.messageCountAfter(lastKeyAt(at.nowMs - (at.heldBackMs ?? 0)));
    // What is moving counts here until it is known to be there, and nobody can receive it.
    const inFlight = this.index.inFlightCount + this.index.movingCount;
    this.#aliveCount ??= this.#countAlive();
    // After a clock went back, what was received already may count as delayed, too.
    return { visible: Math.max(this.#aliveCount - inFlight - delayed, 0), inFlight, delayed };
  }

  #expire(expired: readonly SegmentSummary[]): void {
    for (const { segmentId, messageCount, goneCount } of expired) {
      const segment = this.open.inMemory(segmentId);
      if (segment !== undefined) {
        this.lose(segment);
        continue;
      }
      this.#loseAlive(messageCount - (goneCount ?? 0));
      this.index.forget(segmentId, NOTHING_COUNTED);
      this.#drop(segmentId, goneCount !== undefined);
    }
  }

  /** When everything is written. */
  #park(): void {
    const { inFlightCount, movingCount } = this.index;
    this.open.park(inFlightCount + movingCount, (segment) => {
      return this.cursor.isHead(segment) || !segment.hasStateRow;
    });
  }

  /** What else has changed waits for its commit, which may write more that belongs to it. */
  #dropLost(): void {
    for (const segment of this.#dirty) {
      if (!segment.isDropped) continue;
      this.#dirty.delete(segment);
      this.#drop(segment.segmentId, segment.hasStateRow);
    }
  }

  #loseAlive(count: number): void {
    if (this.#aliveCount !== undefined) this.#aliveCount -= count;
  }

  #drop(segmentId: number, hasStateRow: boolean): void {
    this.rows.delete(segmentId);
    if (hasStateRow) this.rows.deleteState(segmentId);
    const segment = this.open.inMemory(segmentId);
    if (segment !== undefined) segment.isDropped = true;
    this.open.delete(segmentId);
    this.index.dropped(segmentId);
    this.sparse.forget(segmentId);
    this.packed.forget(segmentId);
  }

  #countAlive(): number {
    let goneCount = this.rows.goneCount();
    for (const segment of this.#dirty) goneCount += segment.unwrittenGoneCount;
    return this.rows.messageCountAfter(0) - goneCount;
  }
}
