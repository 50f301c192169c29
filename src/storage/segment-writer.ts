/**
 * SegmentWriter: what was appended to a log since the last commit, and how it becomes segments on disk.
 * In an ordered log keys follow the times of sending; in others they say when messages became available
 * here, which for a message from another queue is later than its send.
 */
import { AppendBuffer, type SegmentDraft } from "./append-buffer.ts";
import type { FreshCursor } from "./fresh-cursor.ts";
import type { LateSegments } from "./late-segments.ts";
import type { PackedCache } from "./packed-cache.ts";
import { type NewMessage, packSegment, segmentTagOf } from "./segment-codec.ts";
import type { SegmentRows } from "./segment-rows.ts";

/** A delayed segment's key is at most this much later than its send. */
export const DELAY_MS_MAX = 900_000;

export type WriterShelves = {
  readonly rows: SegmentRows;
  readonly packed: PackedCache;
  readonly cursor: FreshCursor;
  readonly late: LateSegments;
};

export class SegmentWriter {
  readonly #shelves: WriterShelves;
  readonly #appended: AppendBuffer;
  readonly #isOrdered: boolean;

  constructor(shelves: WriterShelves, isOrdered: boolean) {
    this.#shelves = shelves;
    this.#isOrdered = isOrdered;
    this.#appended = new AppendBuffer(isOrdered);
  }

  get isEmpty(): boolean {
    return this.#appended.isEmpty;
  }

  add(message: NewMessage, delayMs: number): void {
    this.#appended.add(message, delayMs);
  }

  /** Puts all on disk; returns how many messages that was. */
  write(nowMs: number): number {
    let count = 0;
    for (const draft of this.#appended.takeDrafts()) {
      this.#writeSegment(draft, nowMs);
      count += draft.messages.length;
    }
    return count;
  }

  clear(): void {
    this.#appended.clear();
  }

  #writeSegment(draft: SegmentDraft, nowMs: number): void {
    const { messages, delayMs } = draft;
    const sentAtMs = draft.sentAtMs ?? nowMs;
    const { rows, packed, cursor, late } = this.#shelves;
    const segmentId = this.#isOrdered ? cursor.newLastKey(sentAtMs) : cursor.newKey(nowMs, delayMs);
    const bytes = packSegment(messages);
    const segmentTag = segmentTagOf(messages);
    const header = { segmentId, segmentTag, sentAtMs, messageCount: messages.length };
    rows.insert(header, bytes);
    packed.put(segmentId, bytes);
    cursor.written(header);
    if (!this.#isOrdered && sentAtMs + DELAY_MS_MAX < nowMs) late.add({ segmentId, sentAtMs });
  }
}
