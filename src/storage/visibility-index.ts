/**
 * VisibilityIndex: which messages are in flight until when, and which segments have messages that
 * can be received again. It is derived from the slots and holds nothing that is not in them: a
 * slot's state object is immutable, so an entry is outdated as soon as the slot holds another one.
 *
 * What is in flight has an entry per message, and their number is limited. What is visible again is
 * remembered by its segment's id alone, because there may be a whole backlog of it; the segment
 * need not be in memory.
 *
 * Messages of a segment that nobody received yet are not here: the log's cursor reaches them.
 */
import { DueHeap } from "../domain/due-heap.ts";
import { GONE, isMoving, type Slot, UNTOUCHED } from "../domain/message-state.ts";
import type { OpenSegment } from "./open-segment.ts";

type Entry = {
  readonly segment: OpenSegment;
  readonly index: number;
  readonly slot: Slot;
  readonly dueAtMs: number;
};

/** Of the messages of one segment. */
export type SegmentCounts = { readonly inFlightCount: number; readonly movingCount: number };

/** Outdated entries that may gather in the heap before it is rebuilt. */
const OUTDATED_MAX = 4096;

export class VisibilityIndex {
  readonly #inFlight = new DueHeap<Entry>();
  /** Segments with something to receive again, in the order in which that began. */
  readonly #returned = new Set<number>();
  #inFlightCount = 0;
  #movingCount = 0;

  /** On their way to other queues. */
  get movingCount(): number {
    return this.#movingCount;
  }

  /** Exact for the instant of the last `advance`. */
  get inFlightCount(): number {
    return this.#inFlightCount;
  }

  /** Lets every timeout lapse that is due. Each command begins with it. */
  advance(nowMs: number): void {
    for (;;) {
      const entry = this.#inFlight.popDue(nowMs);
      if (entry === undefined) return;
      if (!isCurrent(entry)) continue;
      this.#count(entry.segment, -1);
      this.#offer(entry.segment, entry.index);
    }
  }

  /** Puts a new state into a slot and remembers when it matters. */
  replace(segment: OpenSegment, index: number, slot: Slot, nowMs: number): void {
    if (visibleAtMs(segment.slot(index)) > nowMs) this.#count(segment, -1);
    if (isMoving(segment.slot(index))) this.#countMoving(segment, -1);
    segment.setSlot(index, slot);
    this.track(segment, index, nowMs);
  }

  /** Remembers a slot as it is. */
  track(segment: OpenSegment, index: number, nowMs: number): void {
    const slot = segment.slot(index);
    if (slot === GONE) return;
    if (isMoving(slot)) {
      this.#countMoving(segment, 1);
      return;
    }
    const dueAtMs = visibleAtMs(slot);
    if (dueAtMs <= nowMs) {
      this.#offer(segment, index);
      return;
    }
    this.#count(segment, 1);
    this.#inFlight.push({ segment, index, slot, dueAtMs });
    if (this.#inFlight.size > 2 * this.#inFlightCount + OUTDATED_MAX) {
      this.#inFlight.retain(isCurrent);
    }
  }

  /** Remembers a segment that is not in memory, all of whose messages are visible again. */
  trackReturned(segmentId: number): void {
    this.#returned.add(segmentId);
  }

  /** Forgets a segment that has left the log. */
  dropped(segmentId: number): void {
    this.#returned.delete(segmentId);
  }

  /** Forgets a segment that is about to be dropped. */
  forget(segmentId: number, { inFlightCount, movingCount }: SegmentCounts): void {
    this.#returned.delete(segmentId);
    this.#inFlightCount -= inFlightCount;
    this.#movingCount -= movingCount;
  }

  /**
   * A message that became visible again, and is not offered any more. `find` may load its segment.
   * Segments take turns: one that was looked through to its end goes behind the others, so that
   * messages which keep failing do not keep others that failed from being received.
   */
  takeReturned(
    nowMs: number,
    find: (segmentId: number) => OpenSegment | undefined,
  ): { segment: OpenSegment; index: number } | undefined {
    for (const segmentId of this.#returned) {
      const segment = find(segmentId);
      const index = segment?.takeOffered(nowMs);
      if (segment === undefined || index === undefined || !segment.hasOffered) {
        this.#returned.delete(segmentId);
        if (segment?.hasOffered) this.#returned.add(segmentId);
      }
      if (segment !== undefined && index !== undefined) return { segment, index };
    }
    return undefined;
  }

  /** When the next timeout lapses. */
  nextLapseAtMs(): number | undefined {
    for (;;) {
      const entry = this.#inFlight.peek();
      if (entry === undefined || isCurrent(entry)) return entry?.dueAtMs;
      this.#inFlight.popDue(entry.dueAtMs);
    }
  }

  clear(): void {
    this.#inFlight.clear();
    this.#returned.clear();
    this.#inFlightCount = 0;
    this.#movingCount = 0;
  }

  #offer(segment: OpenSegment, index: number): void {
    segment.offer(index);
    this.#returned.add(segment.segmentId);
  }

  #countMoving(segment: OpenSegment, change: 1 | -1): void {
    this.#movingCount += change;
    segment.movingCount += change;
  }

  #count(segment: OpenSegment, change: 1 | -1): void {
    this.#inFlightCount += change;
    segment.inFlightCount += change;
  }
}

/** A message without a state, a moving one, or none, is not in flight. */
function visibleAtMs(slot: Slot): number {
  return slot === UNTOUCHED || slot === GONE || isMoving(slot) ? 0 : slot.visibleAtMs;
}

function isCurrent(entry: Entry): boolean {
  return !entry.segment.isDropped && entry.segment.slot(entry.index) === entry.slot;
}
