/**
 * PollAllowance: how many receives of one user may wait at once in this isolate, so that no tenant
 * takes the memory in which the others wait. A queue's own bound is its object's.
 */
export const POLLS_PER_USER_MAX = 2_000;

export class PollAllowance {
  readonly #max: number;
  readonly #waiting = new Map<string, number>();

  constructor(max: number = POLLS_PER_USER_MAX) {
    this.#max = max;
  }

  /** False if as many wait as may. Whoever got true calls `leave` when the wait is over. */
  enter(taker: string): boolean {
    const count = this.#waiting.get(taker) ?? 0;
    if (count >= this.#max) return false;
    this.#waiting.set(taker, count + 1);
    return true;
  }

  leave(taker: string): void {
    const count = this.#waiting.get(taker) ?? 0;
    if (count <= 1) this.#waiting.delete(taker);
    else this.#waiting.set(taker, count - 1);
  }
}
