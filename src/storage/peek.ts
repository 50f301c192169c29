/**
 * Peek: the messages of a log as they are, oldest first, for whoever looks without receiving. It walks
 * the keys and reads states from memory, or else from their rows. It keeps nothing of what it reads,
 * moves no index on and drops nothing: whether somebody has looked cannot be noticed.
 */
import { GONE, type Slot, statusAt, UNTOUCHED } from "../domain/message-state.ts";
import { type BoundedPeek, isShown, type ShownStatus } from "../domain/peek.ts";
import type { PeekedMessage } from "./logged-message.ts";
import type { At } from "./receive-order.ts";
import { PackedSegment } from "./segment-codec.ts";
import { availableAtMs, lastKeyAt } from "./segment-key.ts";
import type { StoredSegment } from "./segment-rows.ts";
import type { SegmentShelves } from "./segment-shelves.ts";
import { unpackSlots } from "./slots-codec.ts";

/** Segments read at a time. */
const READ_AHEAD = 64;

type PeekShelves = Pick<SegmentShelves, "rows" | "open">;
type Found = { readonly index: number; readonly slot: Slot; readonly status: ShownStatus };

export function peek(shelves: PeekShelves, at: At, order: BoundedPeek): PeekedMessage[] {
  const shown: PeekedMessage[] = [];
  let bytes = 0;
  for (const segment of segments(shelves, lastKey(at, order))) {
    const found = foundIn(shelves, segment, at, order);
    if (found.length === 0) continue;
    // Past the cache, from which it would push what receives need.
    const packed = new PackedSegment(shelves.rows.packed(segment.segmentId));
    for (const { index, slot, status } of found) {
      bytes += packed.payloadBytes(index);
      const isFull = shown.length === order.maxCount || bytes > order.maxBytes;
      if (isFull && shown.length > 0) return shown;
      shown.push(peeked(packed, index, { segment, slot, status }));
    }
  }
  return shown;
}

/** Keys of delayed messages come behind all others. */
function lastKey({ nowMs, heldBackMs }: At, { showsDelayed }: BoundedPeek): number {
  const isByKey = heldBackMs === undefined;
  return isByKey && !showsDelayed ? lastKeyAt(nowMs) : Number.MAX_SAFE_INTEGER;
}

function* segments({ rows }: PeekShelves, lastKey: number): Generator<StoredSegment> {
  for (let afterKey = 0; ; ) {
    const read = rows.stored(afterKey, lastKey, READ_AHEAD);
    yield* read;
    const last = read.at(-1);
    if (last === undefined || read.length < READ_AHEAD) return;
    afterKey = last.segmentId;
  }
}

/** The messages of a segment that are to be shown. */
function foundIn(
  { open }: PeekShelves,
  { segmentId, sentAtMs, messageCount, slots }: StoredSegment,
  at: At,
  order: BoundedPeek,
): Found[] {
  const inMemory = open.inMemory(segmentId);
  const isOver = sentAtMs + at.retentionMs <= at.nowMs;
  if (isOver || inMemory?.isDropped === true) return [];
  const known = inMemory?.slots ?? (slots === undefined ? [] : unpackSlots(slots));
  // A FIFO queue's delay counts from the send, another's is in the key: as receives see it.
  const { heldBackMs } = at;
  const availableMs = heldBackMs === undefined ? availableAtMs(segmentId) : sentAtMs + heldBackMs;
  const found: Found[] = [];
  for (let index = 0; index < messageCount; index++) {
    const slot = known[index];
    const status = statusAt(slot, availableMs, at.nowMs);
    if (status !== "gone" && isShown(status, order)) found.push({ index, slot, status });
  }
  return found;
}

function peeked(
  packed: PackedSegment,
  index: number,
  { segment, slot, status }: Omit<Found, "index"> & { readonly segment: StoredSegment },
): PeekedMessage {
  return {
    // Copies: a view would keep all of its segment in memory.
    id: packed.id(index).slice(),
    payload: packed.payload(index).slice(),
    sentAtMs: segment.sentAtMs,
    ...receivesOf(slot),
    status,
  };
}

/** What a receive took back has no first receive. */
function receivesOf(slot: Slot): Pick<PeekedMessage, "receiveCount" | "firstReceivedAtMs"> {
  if (slot === UNTOUCHED || slot === GONE || slot.receiveCount === 0) {
    return { receiveCount: 0, firstReceivedAtMs: 0 };
  }
  const { receiveCount, firstReceivedAtMs } = slot;
  return { receiveCount, firstReceivedAtMs };
}
