/**
 * FreshCursor: walks the segments of which no message was received yet, in the order of their keys,
 * and hands out the keys of new ones. All fresh segments lie behind it; the segments before it are
 * open or gone. It knows the headers of the next few and no more, so its cost is the same at any
 * backlog, and a queue that is received from as fast as it is sent to asks the disk for nothing.
 */
import type { OpenSegment } from "./open-segment.ts";
import { availableAtMs, delayedKeyRange, lastKeyAt, nextKey } from "./segment-key.ts";
import type { SegmentHeader, SegmentRows } from "./segment-rows.ts";

/** Headers read at a time, and at most known. */
const READ_AHEAD = 16;
const KNOWN_MAX = 64;

export class FreshCursor {
  readonly #rows: SegmentRows;
  /** The segment being handed out. */
  #head: OpenSegment | undefined;
  #passedKey = 0;
  /** The next fresh segments, without a gap; all there are if `#knowsAll`. */
  #known: SegmentHeader[] = [];
  #knowsAll = false;
  #previousKey: number | undefined;
  /** Up to here an earlier life, whose clock may have been ahead, has written keys. */
  #greatestKeyAtStart: number | undefined;

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
      const header = this.#nextHeader();
      if (header === undefined || header.segmentId > lastKeyAt(nowMs)) return undefined;
      this.#known.shift();
      this.#passedKey = header.segmentId;
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
    const header = this.#nextHeader();
    return header === undefined ? undefined : availableAtMs(header.segmentId);
  }

  oldestAtMs(): number | undefined {
    const key = this.#rows.firstKeyAfter(0);
    return key === undefined ? undefined : availableAtMs(key);
  }

  /** A key that no segment has, greater than all that were passed. */
  newKey(nowMs: number, delayMs: number): number {
    return delayMs === 0 ? this.#newReadyKey(nowMs) : this.#newDelayedKey(nowMs + delayMs);
  }

  /** A key behind all that there are, also when the clock went back: where order is promised. */
  newLastKey(atMs: number): number {
    this.#previousKey ??= this.#rows.lastKeyIn(0, Number.MAX_SAFE_INTEGER) ?? 0;
    this.#previousKey = nextKey(this.#previousKey, atMs);
    return this.#previousKey;
  }

  /** Learns of a segment that was just written. */
  written(header: SegmentHeader): void {
    const known = this.#known;
    let at = known.length;
    while (at > 0 && (known[at - 1]?.segmentId ?? 0) > header.segmentId) at--;
    // Behind the last one known there may be others that are not.
    if (at === known.length && !this.#knowsAll) return;
    known.splice(at, 0, header);
    if (known.length <= KNOWN_MAX) return;
    known.pop();
    this.#knowsAll = false;
  }

  /** Forgets what it knows of segments on disk, because some of them left it. */
  reread(): void {
    this.#known = [];
    this.#knowsAll = false;
  }

  #nextHeader(): SegmentHeader | undefined {
    if (this.#known.length === 0 && !this.#knowsAll) {
      this.#known = this.#rows.nextFresh(this.#passedKey, READ_AHEAD);
      this.#knowsAll = this.#known.length < READ_AHEAD;
    }
    return this.#known[0];
  }

  #newReadyKey(nowMs: number): number {
    this.#previousKey ??= this.#rows.lastKeyIn(0, lastKeyAt(nowMs)) ?? 0;
    this.#greatestKeyAtStart ??= this.#rows.lastKeyIn(0, Number.MAX_SAFE_INTEGER) ?? 0;
    let key = nextKey(Math.max(this.#previousKey, this.#passedKey), nowMs);
    while (key <= this.#greatestKeyAtStart && this.#rows.lastKeyIn(key, key) !== undefined) {
      key = nextKey(key, nowMs);
    }
    this.#previousKey = key;
    return key;
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
