/**
 * What goes wrong in a simulated deployment: with each call, each write to disk and each alarm. Nothing;
 * by chance, from a seed; or as planned, where every single fault is tried once.
 */
import type { SeededRandom } from "../support/seeded-random.ts";

export type CallFault = {
  /** "before": it takes no effect. "after": its answer is lost. "twice": it is executed twice. */
  readonly kind: "none" | "before" | "after" | "twice";
  readonly thereMs: number;
  readonly backMs: number;
  /** The second copy comes so much later than the first. */
  readonly againMs: number;
};

/** Who calls: clients, by a Worker, or an object. */
export type Caller = "worker" | "object";

export interface Faults {
  ofCall(caller?: Caller): CallFault;
  /** How long the disk takes to confirm. */
  confirmMs(): number;
  alarm(): { readonly lateMs: number; readonly isTwice: boolean };
  /** How far an object's clock is ahead, from its start on. */
  clockMs(): number;
}

export const FAULTLESS_CALL: CallFault = { kind: "none", thereMs: 0, backMs: 0, againMs: 0 };

/** Everything happens at once and in order. */
export const NO_FAULTS: Faults = {
  ofCall: () => FAULTLESS_CALL,
  confirmMs: () => 0,
  alarm: () => ({ lateMs: 0, isTwice: false }),
  clockMs: () => 0,
};

const VERY_LATE_MS = 15_000;
const LOST_ALARM_MS = 60_000;

/** Calls fail, are late and overtake each other; alarms too; clocks are apart. */
export function faultsByChance(random: SeededRandom): Faults {
  const late = () => (random.isLikely(0.02) ? VERY_LATE_MS : 20);
  return {
    ofCall: () => ({
      kind: random.isLikely(0.25) ? random.pick(["before", "after", "after", "twice"]) : "none",
      thereMs: random.between(0, late()),
      backMs: random.between(0, late()),
      againMs: random.between(0, late()),
    }),
    confirmMs: () => random.between(0, 10),
    alarm: () => ({
      lateMs: random.isLikely(0.1) ? random.between(0, LOST_ALARM_MS) : random.between(0, 5),
      isTwice: random.isLikely(0.1),
    }),
    clockMs: () => (random.isLikely(0.1) ? random.between(-2_000, 2_000) : random.between(-20, 20)),
  };
}

/** No fault, but times that differ a little: what comes first is a matter of chance. */
export function delaysByChance(random: SeededRandom): Faults {
  return {
    ofCall: () => ({
      kind: "none",
      thereMs: random.between(0, 5),
      backMs: random.between(0, 5),
      againMs: 0,
    }),
    confirmMs: () => random.between(0, 5),
    alarm: () => ({ lateMs: random.between(0, 5), isTwice: false }),
    clockMs: () => random.between(-5, 5),
  };
}

/** One call in the order of their beginnings, and what becomes of it. */
export type PlannedFault = { readonly call: number; readonly kind: CallFault["kind"] | "late" };

/** A planned fault that makes a call late. */
export const LATE_CALL_MS = 3_000;

/** Each step takes a millisecond; the calls that are named fail. */
export class PlannedFaults implements Faults {
  readonly #planned: readonly PlannedFault[];
  callCount = 0;

  constructor(planned: readonly PlannedFault[]) {
    this.#planned = planned;
  }

  ofCall(): CallFault {
    const call = this.callCount++;
    const kind = this.#planned.find((fault) => fault.call === call)?.kind ?? "none";
    const thereMs = kind === "late" ? LATE_CALL_MS : 1;
    const fault = { thereMs, backMs: 1, againMs: LATE_CALL_MS };
    return { ...fault, kind: kind === "late" ? "none" : kind };
  }

  confirmMs(): number {
    return 1;
  }

  alarm() {
    return { lateMs: 0, isTwice: false };
  }

  clockMs(): number {
    return 0;
  }
}
