/**
 * StandardOrder: a standard queue promises no order, so messages that were received before and such
 * that were not take turns: a retry does not wait for the end of a backlog, and messages that keep
 * failing do not keep others from being received.
 */
import type { At, Exit, Place, ReceiveOrder, Shelves } from "./receive-order.ts";

/** Messages passed over by one receive, because they cannot leave now. */
const WAITING_MAX = 100;

export class StandardOrder implements ReceiveOrder {
  readonly isOrdered = false;
  readonly #shelves: Shelves;
  #takesFresh = false;

  constructor(shelves: Shelves) {
    this.#shelves = shelves;
  }

  take(maxCount: number, at: At, exit: Exit): Place[] {
    const taken: Place[] = [];
    const waiting: Place[] = [];
    while (taken.length < maxCount && waiting.length < WAITING_MAX) {
      const next = this.#takeNext(at);
      if (next === undefined) break;
      const way = exit(next);
      if (way === "stays") taken.push(next);
      else if (way === "waits") waiting.push(next);
    }
    for (const { segment, index } of waiting) this.#shelves.index.track(segment, index, at.nowMs);
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
    return this.#shelves.cursor.take(nowMs, (header) => this.#shelves.openFresh(header));
  }
}
