/**
 * SparseSegments: the segments that keep much more on disk than their living messages need, and how
 * they give it back. A row is rewritten in place with empty payloads for what is gone: indexes,
 * states and receipt handles stay as they are, and one slow message never pins a megabyte until its
 * retention expires.
 */
import { GONE, type Slot } from "../domain/message-state.ts";
import type { OpenSegment } from "./open-segment.ts";
import type { OpenSegments } from "./open-segments.ts";
import type { PackedCache } from "./packed-cache.ts";
import { type NewMessage, type PackedSegment, packSegment } from "./segment-codec.ts";
import type { SegmentRows } from "./segment-rows.ts";

/** Below this size a segment is not worth a row. */
const SPARSE_BYTES_MIN = 64 * 1024;
/** From this size on a single large message may be most of it. */
const HUGE_BYTES_MIN = 256 * 1024;
/** Segments that one call of `shrink` deals with. */
const SHRINK_BATCH = 32;
const EMPTY = new Uint8Array(0);

type Shelves = {
  readonly rows: SegmentRows;
  readonly packed: PackedCache;
  readonly open: OpenSegments;
};

export class SparseSegments {
  readonly #segmentIds = new Set<number>();

  get isEmpty(): boolean {
    return this.#segmentIds.size === 0;
  }

  recover(rows: SegmentRows): void {
    for (const segmentId of rows.sparse(SPARSE_BYTES_MIN)) this.#segmentIds.add(segmentId);
  }

  /** Remembers a segment that lost a message, if it became sparse. */
  consider(segment: OpenSegment): void {
    if (isSparse(segment)) this.#segmentIds.add(segment.segmentId);
  }

  forget(segmentId: number): void {
    this.#segmentIds.delete(segmentId);
  }

  clear(): void {
    this.#segmentIds.clear();
  }

  /** Rewrites a few sparse segments; one row each. */
  shrink(shelves: Shelves): void {
    let remaining = SHRINK_BATCH;
    for (const segmentId of this.#segmentIds) {
      this.#segmentIds.delete(segmentId);
      const segment = shelves.open.get(segmentId);
      if (segment === undefined || !isSparse(segment)) continue;
      shrinkOne(segment, shelves);
      if (--remaining === 0) return;
    }
  }
}

/** True when at most a quarter of the messages of a large segment are left, or half of a huge one. */
function isSparse(segment: OpenSegment): boolean {
  const { storedBytes, aliveCount, storedAliveCount } = segment;
  if (storedBytes < SPARSE_BYTES_MIN || aliveCount === 0) return false;
  const share = storedBytes < HUGE_BYTES_MIN ? 4 : 2;
  return aliveCount * share <= storedAliveCount;
}

function shrinkOne(segment: OpenSegment, { rows, packed }: Shelves): void {
  const { segmentId, aliveCount } = segment;
  const shrunk = shrunkMessages(packed.get(segmentId), segment.slots);
  // A row is worth a quarter of its space.
  if (shrunk.byteLength * 4 <= segment.storedBytes * 3) {
    rows.rewrite(segmentId, shrunk);
    packed.put(segmentId, shrunk);
  }
  segment.stored({ bytes: shrunk.byteLength, aliveCount });
}

function shrunkMessages(packed: PackedSegment, slots: readonly Slot[]): Uint8Array {
  const messages: NewMessage[] = slots.map((slot, index) => ({
    id: packed.id(index),
    payload: slot === GONE ? EMPTY : packed.payload(index),
  }));
  return packSegment(messages);
}
