/**
 * GroupOrder: the order of a FIFO message group. A receive takes messages from the oldest on, in the
 * order of their sending, and ends before the first that may not be received: a message in flight, or
 * still delayed, hides itself and everything later, while earlier visible ones are delivered (recorded
 * on SQS in November 2025).
 *
 * It remembers nothing: the order of the keys on disk is the order of the group.
 */
import type { FifoTerms } from "../domain/fifo-terms.ts";
import { GONE, isMoving, type Slot, statusAt } from "../domain/message-state.ts";
import type { OpenSegment } from "./open-segment.ts";
import type { At, Exit, Place, ReceiveOrder, Shelves } from "./receive-order.ts";
import { PackedSegment } from "./segment-codec.ts";

type Timing = Pick<FifoTerms, "delaySeconds" | "retentionSeconds">;

export class GroupOrder implements ReceiveOrder {
  readonly isOrdered = true;
  readonly #shelves: Shelves;

  constructor(shelves: Shelves) {
    this.#shelves = shelves;
  }

  take(maxCount: number, at: At, exit: Exit): Place[] {
    const taken: Place[] = [];
    if (maxCount === 0) return taken;
    for (const place of this.present(at)) {
      if (statusOf(place, at) !== "visible") break;
      const way = exit(place);
      if (way === "waits") break;
      if (way === "left") continue;
      taken.push(place);
      if (taken.length === maxCount) break;
    }
    return taken;
  }

  /**
   * All messages that are there, oldest first, whether they may be received or not. One that is moving
   * to another queue holds up nobody (recorded on SQS).
   */
  *present(at: At): Generator<Place> {
    const { rows } = this.#shelves;
    let key = rows.firstKeyAfter(0);
    while (key !== undefined) {
      const segment = this.#open(key);
      if (segment !== undefined && !segment.isDropped) yield* this.#presentIn(segment, at);
      key = rows.firstKeyAfter(key);
    }
  }

  /** Whether disk holds no message, not even one that is gone beside others that are not. */
  get isEmptyOnDisk(): boolean {
    return this.#shelves.rows.firstKeyAfter(0) === undefined;
  }

  /** Of the segment that was written last and is still there. */
  get newestKey(): number | undefined {
    return this.#shelves.rows.lastKeyIn(0, Number.MAX_SAFE_INTEGER);
  }

  /** What was written last and is still there; without bytes where only its place is left. */
  newestPayload(): Uint8Array | undefined {
    const key = this.newestKey;
    if (key === undefined) return undefined;
    const packed = new PackedSegment(this.#shelves.rows.packed(key));
    return packed.payload(packed.messageCount - 1);
  }

  *#presentIn(segment: OpenSegment, at: At): Generator<Place> {
    if (segment.isExpiredAt(at.nowMs, at.retentionMs)) {
      this.#shelves.lose(segment);
      return;
    }
    for (let index = segment.firstAliveIndex; index < segment.messageCount; index++) {
      const slot = segment.slot(index);
      if (slot !== GONE && !isMoving(slot)) yield { segment, index };
    }
  }

  #open(segmentId: number): OpenSegment | undefined {
    const known = this.#shelves.open.get(segmentId);
    if (known !== undefined) return known;
    const header = this.#shelves.rows.header(segmentId);
    return header === undefined ? undefined : this.#shelves.openFresh(header);
  }
}

/** An instant, and what a queue's terms make of it in its groups. */
export function instantOf({ delaySeconds, retentionSeconds }: Timing, nowMs: number): At {
  return { nowMs, retentionMs: retentionSeconds * 1000, heldBackMs: delaySeconds * 1000 };
}

/** When a message can be received, as things stand. */
export function receivableAtMs({ segment, index }: Place, at: At): number {
  const slot: Slot = segment.slot(index);
  if (slot === undefined) return segment.sentAtMs + (at.heldBackMs ?? 0);
  return slot === GONE || isMoving(slot) ? Number.POSITIVE_INFINITY : slot.visibleAtMs;
}

function statusOf({ segment, index }: Place, at: At) {
  return statusAt(segment.slot(index), segment.sentAtMs + (at.heldBackMs ?? 0), at.nowMs);
}
