/** Clock: the only place below the router that asks what time it is. It never goes backwards. */
export class Clock {
  #lastMs = 0;

  nowMs(): number {
    this.#lastMs = Math.max(Date.now(), this.#lastMs);
    return this.#lastMs;
  }
}
