/**
 * VisibilityIndex: of the messages in open segments, which are in flight until when, and which can
 * be received. It is derived from the slots and holds nothing that is not in them: a slot's state
 * object is immutable, so an entry is outdated as soon as the slot holds another one.
 *
 * Messages of a segment that nobody received yet are not here: the log's cursor reaches them.
 */
import { DueHeap } from "../domain/due-heap.ts";
import { GONE, type Slot, statusAt, UNTOUCHED } from "../domain/message-state.ts";
import type { OpenSegment } from "./open-segment.ts";

type Entry = {
  readonly segment: OpenSegment;
  readonly index: number;
  readonly slot: Slot;
  readonly dueAtMs: number;
};

/** Outdated entries that may gather in the heap before it is rebuilt. */
const OUTDATED_MAX = 4096;

export class VisibilityIndex {
  readonly #inFlight = new DueHeap<Entry>();
  #visible: Entry[] = [];
  #visibleFrom = 0;
  #inFlightCount = 0;

  /** Exact for the instant of the last `advance`. */
  get inFlightCount(): number {
    return this.#inFlightCount;
  }

  /** Messages that can be received, outdated entries included: an upper bound, 0 when there is none. */
  get visibleBound(): number {
    return this.#visible.length - this.#visibleFrom;
  }

  /** Lets every timeout lapse that is due. Each command begins with it. */
  advance(nowMs: number): void {
    for (;;) {
      const entry = this.#inFlight.popDue(nowMs);
      if (entry === undefined) return;
      if (!isCurrent(entry)) continue;
      this.#inFlightCount--;
      this.#visible.push(entry);
    }
  }

  /** Puts a new state into a slot and remembers when it matters. */
  replace(segment: OpenSegment, index: number, slot: Slot, nowMs: number): void {
    this.#leaveFlight(segment.slot(index), nowMs);
    segment.setSlot(index, slot);
    if (slot !== GONE) this.track(segment, index, nowMs);
  }

  /** Remembers a slot as it is. */
  track(segment: OpenSegment, index: number, nowMs: number): void {
    const slot = segment.slot(index);
    if (slot === GONE) return;
    const dueAtMs = slot === UNTOUCHED ? 0 : slot.visibleAtMs;
    const entry = { segment, index, slot, dueAtMs };
    if (dueAtMs <= nowMs) {
      this.#visible.push(entry);
      return;
    }
    this.#inFlightCount++;
    this.#inFlight.push(entry);
    if (this.#inFlight.size > 2 * this.#inFlightCount + OUTDATED_MAX) {
      this.#inFlight.retain(isCurrent);
    }
  }

  /** Forgets a segment that is about to be dropped. */
  forget(segment: OpenSegment, nowMs: number): void {
    for (const slot of segment.slots) this.#leaveFlight(slot, nowMs);
  }

  /** The message that became visible first, and no longer remembered as such. */
  takeVisible(): { segment: OpenSegment; index: number } | undefined {
    while (this.#visibleFrom < this.#visible.length) {
      const entry = this.#visible[this.#visibleFrom++];
      this.#trim();
      if (entry !== undefined && isCurrent(entry)) return entry;
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
    this.#visible = [];
    this.#visibleFrom = 0;
    this.#inFlightCount = 0;
  }

  #leaveFlight(slot: Slot, nowMs: number): void {
    if (statusAt(slot, 0, nowMs) === "in-flight") this.#inFlightCount--;
  }

  /** Gives the taken front of the list back once it is the larger part. */
  #trim(): void {
    if (this.#visibleFrom < 1024 || this.#visibleFrom * 2 < this.#visible.length) return;
    this.#visible = this.#visible.slice(this.#visibleFrom);
    this.#visibleFrom = 0;
  }
}

function isCurrent(entry: Entry): boolean {
  return !entry.segment.isDropped && entry.segment.slot(entry.index) === entry.slot;
}
