/**
 * SeededRandom: the same numbers for the same seed, so that a failing run can be tried again. Set
 * MILLRACE_SEED to repeat a run; tests print the seed they used.
 */
import { randomInt } from "node:crypto";

const SEED_LIMIT = 2 ** 31;

export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, less than 1. The generator is mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer, at least `low` and at most `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  isLikely(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Element>(elements: readonly [Element, ...Element[]]): Element {
    return elements[this.between(0, elements.length - 1)] ?? elements[0];
  }
}

/** The seed of this run: MILLRACE_SEED, or a new one. */
export function seedOfRun(): number {
  const given = process.env.MILLRACE_SEED;
  return given === undefined ? randomInt(SEED_LIMIT) : Number(given);
}
