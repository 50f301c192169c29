/**
 * StandardOrder: a standard queue promises no order, so messages that were received before and such
 * that were not take turns: a retry does not wait for the end of a backlog, and messages that keep
 * failing do not keep others from being received.
 */
import type { At, Place, ReceiveOrder, Shelves } from "./receive-order.ts";

export class StandardOrder implements ReceiveOrder {
  readonly #shelves: Shelves;
  #takesFresh = false;

  constructor(shelves: Shelves) {
    this.#shelves = shelves;
  }

  take(maxCount: number, at: At): Place[] {
    const taken: Place[] = [];
    while (taken.length < maxCount) {
      const next = this.#takeNext(at);
      if (next === undefined) break;
      taken.push(next);
    }
    return taken;
  }

  #takeNext(at: At): Place | undefined {
    for (;;) {
      const next = this.#takesFresh
        ? (this.#takeFresh(at.nowMs) ?? this.#takeReturned(at.nowMs))
        : (this.#takeReturned(at.nowMs) ?? this.#takeFresh(at.nowMs));
      if (next === undefined) return undefined;
      this.#takesFresh = !this.#takesFresh;
      if (!next.segment.isExpiredAt(at.nowMs, at.retentionMs)) return next;
      this.#shelves.lose(next.segment);
    }
  }

  #takeReturned(nowMs: number): Place | undefined {
    const { index, open } = this.#shelves;
    return index.takeReturned(nowMs, (segmentId) => open.get(segmentId));
  }

  #takeFresh(nowMs: number): Place | undefined {
    const { cursor, openFresh } = this.#shelves;
    return cursor.take(nowMs, openFresh);
  }
}
