/**
 * FreshCursor: walks the segments of which no message was received yet, in the order of their keys,
 * and hands out the keys of new ones. All fresh segments lie behind it; the segments before it are
 * open or gone. It reads one segment's header at a time, so its cost is the same at any backlog.
 */
import type { OpenSegment } from "./open-segment.ts";
import { availableAtMs, delayedKeyRange, lastKeyAt, nextKey } from "./segment-key.ts";
import type { SegmentHeader, SegmentRows } from "./segment-rows.ts";

export class FreshCursor {
  readonly #rows: SegmentRows;
  /** The segment being handed out. */
  #head: OpenSegment | undefined;
  #passedKey = 0;
  /** The first fresh key behind the cursor, once known; Infinity when there is none. */
  #nextFreshKey: number | undefined;
  #previousKey: number | undefined;

  constructor(rows: SegmentRows) {
    this.#rows = rows;
  }

  /** The next message that was never received, if one is available. `open` loads its segment. */
  take(
    nowMs: number,
    open: (header: SegmentHeader) => OpenSegment,
  ): { segment: OpenSegment; index: number } | undefined {
    for (;;) {
      const head = this.#head;
      if (head !== undefined && this.isHead(head)) {
        return { segment: head, index: head.handedCount++ };
      }
      const header = this.#nextHeader(nowMs);
      if (header === undefined) return undefined;
      this.#head = open(header);
    }
  }

  /** Whether messages of this segment are still to be handed out. */
  isHead(segment: OpenSegment): boolean {
    const isHanding = segment === this.#head && segment.handedCount < segment.messageCount;
    return isHanding && !segment.isDropped;
  }

  /** When the next fresh message can be received; `nowMs` when one can be already. */
  nextAtMs(nowMs: number): number | undefined {
    if (this.#head !== undefined && this.isHead(this.#head)) return nowMs;
    this.#nextFreshKey ??= this.#rows.firstKeyAfter(this.#passedKey) ?? Number.POSITIVE_INFINITY;
    return this.#nextFreshKey === Number.POSITIVE_INFINITY
      ? undefined
      : availableAtMs(this.#nextFreshKey);
  }

  oldestAtMs(): number | undefined {
    const key = this.#rows.firstKeyAfter(0);
    return key === undefined ? undefined : availableAtMs(key);
  }

  /** A key that no segment has, greater than all that were passed. */
  newKey(nowMs: number, delayMs: number): number {
    return delayMs === 0 ? this.#newReadyKey(nowMs) : this.#newDelayedKey(nowMs + delayMs);
  }

  /** Learns of a segment that was just written. */
  written(segmentId: number): void {
    if (this.#nextFreshKey !== undefined && segmentId < this.#nextFreshKey) {
      this.#nextFreshKey = segmentId;
    }
  }

  reset(): void {
    this.#head = undefined;
    this.#nextFreshKey = undefined;
  }

  #nextHeader(nowMs: number): SegmentHeader | undefined {
    const lastKey = lastKeyAt(nowMs);
    if (this.#nextFreshKey !== undefined && this.#nextFreshKey > lastKey) return undefined;
    const header = this.#rows.nextFresh(this.#passedKey, lastKey);
    if (header !== undefined) this.#passedKey = header.segmentId;
    this.#nextFreshKey =
      header === undefined
        ? (this.#rows.firstKeyAfter(lastKey) ?? Number.POSITIVE_INFINITY)
        : undefined;
    return header;
  }

  #newReadyKey(nowMs: number): number {
    this.#previousKey ??= this.#rows.lastKeyIn(0, lastKeyAt(nowMs)) ?? 0;
    this.#previousKey = nextKey(Math.max(this.#previousKey, this.#passedKey), nowMs);
    return this.#previousKey;
  }

  #newDelayedKey(availableMs: number): number {
    for (let atMs = availableMs; ; atMs++) {
      const { firstKey, lastKey } = delayedKeyRange(atMs);
      const takenKey = this.#rows.lastKeyIn(firstKey, lastKey);
      if (takenKey === undefined) return firstKey;
      if (takenKey < lastKey) return takenKey + 1;
    }
  }
}
