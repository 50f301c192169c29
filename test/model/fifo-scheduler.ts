/**
 * FifoScheduler: simulated time, and what happens in it, one event after the other. Whatever an event
 * sets going inside an object runs to its end before the next event, as a turn of the platform does.
 * With a seed, events that are due at the same time come in any order; without one, in theirs.
 */
import type { SeededRandom } from "../support/seeded-random.ts";

export type SimulatedEvent = {
  readonly atMs: number;
  readonly run: () => void;
  /** Called when what the event set going has come to rest; true if that set something going. */
  readonly rested: () => boolean;
  /** Called when nothing goes on any more. */
  readonly ended: () => void;
};

/** Far more than any test needs. */
const EVENTS_MAX = 30_000;

type Planned = SimulatedEvent & { readonly number: number };

export class FifoScheduler {
  nowMs: number;
  /** Undefined: events come in the order in which they are due. */
  random: SeededRandom | undefined;
  /** Called between two events, with the number of those that were. */
  between: ((eventCount: number) => void) | undefined;
  #events: Planned[] = [];
  #nextNumber = 0;
  #eventCount = 0;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  get eventCount(): number {
    return this.#eventCount;
  }

  plan(event: SimulatedEvent): void {
    this.#events.push({ ...event, number: this.#nextNumber++ });
  }

  /** Runs one event that is due by then; false, and it is then, if there is none. */
  async step(untilMs: number): Promise<boolean> {
    const event = this.#takeNext(untilMs);
    if (event === undefined) {
      this.nowMs = Math.max(this.nowMs, untilMs);
      return false;
    }
    this.nowMs = Math.max(this.nowMs, event.atMs);
    event.run();
    do await atRest();
    while (event.rested());
    event.ended();
    this.#eventCount++;
    if (this.#eventCount > EVENTS_MAX) throw new Error("something goes round in circles");
    this.between?.(this.#eventCount);
    return true;
  }

  async runUntil(untilMs: number): Promise<void> {
    // What clients have begun goes on outside of all objects.
    await atRest();
    while (await this.step(untilMs));
  }

  /** Runs until what is asked for is so; false if it is not by then. */
  async runUntilSo(isSo: () => boolean, untilMs: number): Promise<boolean> {
    await atRest();
    while (!isSo()) {
      if (!(await this.step(untilMs))) return isSo();
    }
    return true;
  }

  #takeNext(untilMs: number): Planned | undefined {
    const due = this.#events.filter(({ atMs }) => atMs <= this.nowMs && atMs <= untilMs);
    const event =
      due.length > 0 && this.random !== undefined
        ? due[this.random.between(0, due.length - 1)]
        : earliest(this.#events, untilMs);
    if (event !== undefined) this.#events.splice(this.#events.indexOf(event), 1);
    return event;
  }
}

function earliest(events: readonly Planned[], untilMs: number): Planned | undefined {
  let first: Planned | undefined;
  for (const event of events) {
    if (event.atMs > untilMs) continue;
    if (first === undefined || event.atMs < first.atMs) first = event;
  }
  return first;
}

const { setImmediate: realSetImmediate } = globalThis;

/** All promises that can be settled are. */
function atRest(): Promise<void> {
  return new Promise((resolve) => {
    realSetImmediate(resolve);
  });
}
