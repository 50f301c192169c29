/**
 * OpenSegment: a segment in memory, with the state of each of its messages. Bodies are not here;
 * they stay on disk and in the bounded `packed-cache.ts`.
 *
 * Invariants: `aliveCount` is the number of slots that are not GONE; `inFlightCount` is kept by the
 * visibility index; `isDropped` segments have left the log, and nothing may be received from them.
 */
import { assert } from "../domain/assert.ts";
import { GONE, type Slot, statusAt, UNTOUCHED } from "../domain/message-state.ts";
import type { SegmentHeader, SegmentState } from "./segment-rows.ts";
import { packSlots } from "./slots-codec.ts";

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
  /** No message before this one can be received again. */
  #offeredFrom = 0;
  /** Messages that the log's cursor has handed out; all of them where it came by in an earlier life. */
  handedCount: number;
  readonly #isHandedByCursor: boolean;
  inFlightCount = 0;
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
    this.#isHandedByCursor = stored.slots === undefined;
    this.handedCount = this.#isHandedByCursor ? 0 : header.messageCount;
    this.#slots = stored.slots ?? new Array<Slot>(header.messageCount).fill(UNTOUCHED);
    this.#aliveCount = this.#slots.reduce((count, slot) => (slot === GONE ? count : count + 1), 0);
    this.#storedGoneCount = this.#hasStateRow ? this.goneCount : 0;
    assert(this.#slots.length === header.messageCount, "a state row has a slot per message");
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
      lastVisibleAtMs = Math.max(lastVisibleAtMs, slot.visibleAtMs);
    }
    return { goneCount: this.goneCount, lastVisibleAtMs, slots: packSlots(this.#slots) };
  }

  slot(index: number): Slot {
    return this.#slots[index];
  }

  setSlot(index: number, slot: Slot): void {
    assert(index < this.messageCount, "a slot belongs to a message");
    assert(this.#slots[index] !== GONE, "what is gone stays gone");
    if (slot === GONE) this.#aliveCount--;
    this.#slots[index] = slot;
  }

  /** Lets a message that is visible again be taken. */
  offer(index: number): void {
    this.#offeredFrom = Math.min(this.#offeredFrom, index);
  }

  /**
   * The next message that is visible again, passed over from now on until it is offered anew. One
   * that was never received is the cursor's to hand out, if the cursor is here.
   */
  takeOffered(nowMs: number): number | undefined {
    while (this.#offeredFrom < this.messageCount) {
      const index = this.#offeredFrom++;
      const slot = this.#slots[index];
      if (slot === UNTOUCHED && this.#isHandedByCursor) continue;
      if (statusAt(slot, 0, nowMs) === "visible") return index;
    }
    return undefined;
  }

  /** Retention counts from the send, also for messages in flight (SQS developer guide). */
  isExpiredAt(nowMs: number, retentionMs: number): boolean {
    return this.sentAtMs + retentionMs <= nowMs;
  }
}
