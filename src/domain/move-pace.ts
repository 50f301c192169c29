/**
 * MovePace: how many messages a move task may let leave by now, so that it keeps to
 * MaxNumberOfMessagesPerSecond: the n-th message is due n / rate after the start. What could not be used
 * is made up for, but not more than a second's worth.
 */
const TICK_MS = 50;
/** Without a rate, messages of one round. */
const ROUND_MAX = 1_000;

export class MovePace {
  readonly #perSecond: number | undefined;
  #startMs: number;
  #takenCount = 0;

  constructor(perSecond: number | undefined, startMs: number) {
    this.#perSecond = perSecond;
    this.#startMs = startMs;
  }

  /** Messages that may leave now. */
  due(nowMs: number): number {
    if (this.#perSecond === undefined) return ROUND_MAX;
    const due = Math.floor(((nowMs - this.#startMs) * this.#perSecond) / 1000) - this.#takenCount;
    const excess = due - Math.ceil(this.#perSecond);
    if (excess <= 0) return Math.max(due, 0);
    this.#startMs += (excess * 1000) / this.#perSecond;
    return due - excess;
  }

  take(count: number): void {
    this.#takenCount += count;
  }

  /** For how long to wait until some are due. */
  waitMs(nowMs: number): number {
    if (this.#perSecond === undefined) return 0;
    const nextAtMs = this.#startMs + ((this.#takenCount + 1) * 1000) / this.#perSecond;
    return Math.max(Math.ceil(nextAtMs - nowMs), TICK_MS);
  }
}
