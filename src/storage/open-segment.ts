/**
 * OpenSegment: a segment in memory, with the state of each of its messages. Bodies are not here;
 * they stay on disk and in the bounded `packed-cache.ts`.
 *
 * Invariants: `aliveCount` is the number of slots that are not GONE; `isDropped` segments have left
 * the log, and nothing may be received from them.
 */
import { assert } from "../domain/assert.ts";
import { GONE, type Slot, UNTOUCHED } from "../domain/message-state.ts";
import type { SegmentHeader } from "./segment-rows.ts";

export class OpenSegment {
  readonly segmentId: number;
  readonly segmentTag: number;
  readonly sentAtMs: number;
  readonly messageCount: number;
  readonly #slots: Slot[];
  #aliveCount: number;
  #storedBytes: number;
  #storedAliveCount: number;
  /** True while a state row exists on disk. */
  hasStateRow: boolean;
  isDropped = false;

  constructor(header: SegmentHeader, stored: { storedBytes: number; slots?: Slot[] }) {
    this.segmentId = header.segmentId;
    this.segmentTag = header.segmentTag;
    this.sentAtMs = header.sentAtMs;
    this.messageCount = header.messageCount;
    this.#storedBytes = stored.storedBytes;
    this.#storedAliveCount = header.messageCount;
    this.hasStateRow = stored.slots !== undefined;
    this.#slots = stored.slots ?? new Array<Slot>(header.messageCount).fill(UNTOUCHED);
    this.#aliveCount = this.#slots.reduce((count, slot) => (slot === GONE ? count : count + 1), 0);
    assert(this.#slots.length === header.messageCount, "a state row has a slot per message");
  }

  get slots(): readonly Slot[] {
    return this.#slots;
  }

  get aliveCount(): number {
    return this.#aliveCount;
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

  slot(index: number): Slot {
    return this.#slots[index];
  }

  setSlot(index: number, slot: Slot): void {
    assert(index < this.messageCount, "a slot belongs to a message");
    assert(this.#slots[index] !== GONE, "what is gone stays gone");
    if (slot === GONE) this.#aliveCount--;
    this.#slots[index] = slot;
  }

  /** Retention counts from the send, also for messages in flight (SQS developer guide). */
  isExpiredAt(nowMs: number, retentionMs: number): boolean {
    return this.sentAtMs + retentionMs <= nowMs;
  }
}
