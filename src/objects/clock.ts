/**
 * Clock: the only place below the router that asks what time it is. It never goes backwards during
 * an object's life; across lives a receipt handle's segment tag is the safeguard.
 */
export class Clock {
  #lastMs = 0;

  nowMs(): number {
    this.#lastMs = Math.max(Date.now(), this.#lastMs);
    return this.#lastMs;
  }
}
