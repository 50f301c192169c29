/**
 * OpenSegment: a segment in memory, with the state of each of its messages. Bodies are not here;
 * they stay on disk and in the bounded `packed-cache.ts`.
 *
 * Invariants: `aliveCount` is the number of slots that are not GONE; `inFlightCount` and
 * `movingCount` are kept by the visibility index; `isDropped` segments have left the log, and nothing may be received from them.
 */
import { assert } from "../domain/assert.ts";
import { GONE, isMoving, type Slot, statusAt, UNTOUCHED } from "../domain/message-state.ts";
import type { SegmentHeader, SegmentState, TouchedSegment } from "./segment-rows.ts";
import { packSlots, unpackSlots } from "./slots-codec.ts";

export class OpenSegment {
  readonly segmentId: number;
  readonly segmentTag: number;
  readonly sentAtMs: number;
  readonly messageCount: number;
  readonly #slots: Slot[];
  #aliveCount: number;
  #storedBytes: number;
  #storedAliveCount: number;
  #storedGoneCount: number;
  /** True while a state row exists on disk. */
  #hasStateRow: boolean;
  /** Which messages are visible again and not taken yet. */
  readonly #isOffered: boolean[];
  #offeredCount = 0;
  #firstAliveIndex = 0;
  /** Where the next look for one begins. */
  #lookFrom = 0;
  /** Messages that the log's cursor has handed out; all of them where it came by in an earlier life. */
  handedCount: number;
  inFlightCount = 0;
  movingCount = 0;
  isDropped = false;

  /** Without slots: no message of it was ever received. */
  constructor(header: SegmentHeader, stored: { storedBytes: number; slots?: Slot[] }) {
    this.segmentId = header.segmentId;
    this.segmentTag = header.segmentTag;
    this.sentAtMs = header.sentAtMs;
    this.messageCount = header.messageCount;
    this.#storedBytes = stored.storedBytes;
    this.#storedAliveCount = header.messageCount;
    this.#hasStateRow = stored.slots !== undefined;
    this.handedCount = stored.slots === undefined ? 0 : header.messageCount;
    this.#slots = stored.slots ?? new Array<Slot>(header.messageCount).fill(UNTOUCHED);
    // What comes from disk is offered as a whole: what is not visible is passed over.
    this.#isOffered = this.#slots.map((slot) => stored.slots !== undefined && slot !== GONE);
    this.#offeredCount = this.#isOffered.filter(Boolean).length;
    this.#aliveCount = this.#slots.reduce((count, slot) => (slot === GONE ? count : count + 1), 0);
    this.#storedGoneCount = this.#hasStateRow ? this.goneCount : 0;
    assert(this.#slots.length === header.messageCount, "a state row has a slot per message");
  }

  /** One that was received from before. */
  static loaded(row: TouchedSegment): OpenSegment {
    return new OpenSegment(row, { storedBytes: row.storedBytes, slots: unpackSlots(row.slots) });
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  get aliveCount(): number {
    return this.#aliveCount;
  }

  get goneCount(): number {
    return this.messageCount - this.#aliveCount;
  }

  get hasStateRow(): boolean {
    return this.#hasStateRow;
  }

  /** Messages that are gone in memory and not yet on disk. */
  get unwrittenGoneCount(): number {
    return this.goneCount - this.#storedGoneCount;
  }

  /** Size of the packed messages on disk. */
  get storedBytes(): number {
    return this.#storedBytes;
  }

  /** How many messages were alive when the packed messages were written, as far as is known. */
  get storedAliveCount(): number {
    return this.#storedAliveCount;
  }

  /** Learns what the packed messages on disk are since their last rewrite. */
  stored(packed: { bytes: number; aliveCount: number }): void {
    this.#storedBytes = packed.bytes;
    this.#storedAliveCount = packed.aliveCount;
  }

  /** What its state row has to say; the caller puts it on disk. */
  stateToStore(): SegmentState {
    this.#hasStateRow = true;
    this.#storedGoneCount = this.goneCount;
    let lastVisibleAtMs = 0;
    for (const slot of this.#slots) {
      if (slot === UNTOUCHED || slot === GONE) continue;
      // What is moving has to be found after a restart, whenever that is.
      const visibleAtMs = isMoving(slot) ? Number.MAX_SAFE_INTEGER : slot.visibleAtMs;
      lastVisibleAtMs = Math.max(lastVisibleAtMs, visibleAtMs);
    }
    return { goneCount: this.goneCount, lastVisibleAtMs, slots: packSlots(this.#slots) };
  }

  slot(index: number): Slot {
    return this.#slots[index];
  }

  /** The first message that is not gone; the number of messages if all are. */
  get firstAliveIndex(): number {
    while (this.#firstAliveIndex < this.messageCount) {
      if (this.#slots[this.#firstAliveIndex] !== GONE) break;
      this.#firstAliveIndex++;
    }
    return this.#firstAliveIndex;
  }

  setSlot(index: number, slot: Slot): void {
    assert(index < this.messageCount, "a slot belongs to a message");
    assert(this.#slots[index] !== GONE, "what is gone stays gone");
    if (slot === GONE) this.#aliveCount--;
    this.#slots[index] = slot;
  }

  get hasOffered(): boolean {
    return this.#offeredCount > 0;
  }

  /** Lets a message that is visible again be taken, once. */
  offer(index: number): void {
    if (this.#isOffered[index] === true) return;
    this.#isOffered[index] = true;
    this.#offeredCount++;
  }

  /**
   * The next message that is offered and still visible, behind the one before; undefined at the end
   * of the segment, after which the look begins at its beginning again.
   */
  takeOffered(nowMs: number): number | undefined {
    while (this.#offeredCount > 0 && this.#lookFrom < this.messageCount) {
      const index = this.#lookFrom++;
      if (this.#isOffered[index] !== true) continue;
      this.#isOffered[index] = false;
      this.#offeredCount--;
      if (statusAt(this.#slots[index], 0, nowMs) === "visible") return index;
    }
    this.#lookFrom = 0;
    return undefined;
  }

  /** Retention counts from the send, also for messages in flight (SQS developer guide). */
  isExpiredAt(nowMs: number, retentionMs: number): boolean {
    return this.sentAtMs + retentionMs <= nowMs;
  }
}
