/**
 * OpenSegments: the touched segments, as many of them in memory as need to be there. A segment with
 * messages in flight, or moving, is; one whose messages are all visible again may be parked, which
 * means that its rows say everything about it, and is loaded when somebody asks for it. So memory
 * grows with what is in flight, and not with a backlog that keeps failing.
 *
 * Invariant: what is parked has nothing unwritten.
 */
import type { OpenSegment } from "./open-segment.ts";

/** Segments without anything in flight or moving that may stay, because they are soon asked for again. */
export const IDLE_SEGMENTS_MAX = 256;

export class OpenSegments {
  readonly #segments = new Map<number, OpenSegment>();
  readonly #load: (segmentId: number) => OpenSegment | undefined;
  readonly #idleMax: number;

  /** `load` builds a parked segment from its rows; undefined when it has none. */
  constructor(load: (segmentId: number) => OpenSegment | undefined, idleMax: number) {
    this.#load = load;
    this.#idleMax = idleMax;
  }

  get countInMemory(): number {
    return this.#segments.size;
  }

  add(segment: OpenSegment): void {
    this.#segments.set(segment.segmentId, segment);
  }

  inMemory(segmentId: number): OpenSegment | undefined {
    return this.#segments.get(segmentId);
  }

  get(segmentId: number): OpenSegment | undefined {
    const known = this.#segments.get(segmentId);
    if (known !== undefined) return known;
    const loaded = this.#load(segmentId);
    if (loaded !== undefined) this.add(loaded);
    return loaded;
  }

  delete(segmentId: number): void {
    this.#segments.delete(segmentId);
  }

  /**
   * Parks what nobody needs, once there is more than a little of it: looking through all segments
   * then costs little per segment that it parks. Call it when everything is written.
   */
  park(busyCount: number, isNeeded: (segment: OpenSegment) => boolean): void {
    if (this.#segments.size <= busyCount + this.#idleMax) return;
    for (const segment of this.#segments.values()) {
      if (segment.inFlightCount + segment.movingCount > 0 || isNeeded(segment)) continue;
      this.#segments.delete(segment.segmentId);
    }
  }

  /** Drops all; nothing may be received from them any more. */
  clear(): void {
    for (const segment of this.#segments.values()) segment.isDropped = true;
    this.#segments.clear();
  }
}
