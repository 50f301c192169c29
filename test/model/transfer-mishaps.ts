/**
 * Everything that can go wrong once while messages move between queues: each call between objects fails
 * in each way, each alarm is late, lost or repeated, and after each event its object dies, with and
 * without what it wrote last; or all of them do, where that was not confirmed.
 */
import type { Caller, CallFault, Faults } from "./fifo-faults.ts";
import type { SimulatedObject } from "./fifo-object.ts";
import type { TransferTrial } from "./transfer-trial.ts";

/**
 * "before": it takes no effect. "after": its answer is lost. "late": it comes when its caller still
 * waits; "overdue": when its caller has given up. "twice": a copy comes soon; "again": much later.
 */
const CALL_MISHAPS = ["before", "after", "late", "overdue", "twice", "again"] as const;
const ALARM_MISHAPS = ["late", "lost", "twice"] as const;

export type Mishap =
  | { readonly call: number; readonly kind: (typeof CALL_MISHAPS)[number] }
  | { readonly alarm: number; readonly kind: (typeof ALARM_MISHAPS)[number] }
  /** The victim by its place among all objects; undefined: all of them. */
  | {
      readonly event: number;
      readonly victim: number | undefined;
      readonly isWrittenKept: boolean;
    };

/** What there is that can fail. */
export type Extent = {
  readonly calls: number;
  readonly alarms: number;
  readonly events: readonly TouchedObject[];
};

type TouchedObject = {
  readonly event: number;
  readonly object: number;
  /** It has written something that is not confirmed. */
  readonly isDirty: boolean;
};

const STEP_MS = 1;
const LATE_MS = 2_600;
/** More than a call may take. */
const OVERDUE_MS = 12_000;
const MUCH_LATER_MS = 40_000;
const LATE_ALARM_MS = 60_000;
const LOST_ALARM_MS = 86_400_000;

const THERE_MS = { before: STEP_MS, after: STEP_MS, late: LATE_MS, overdue: OVERDUE_MS } as const;
const AGAIN_MS = { twice: LATE_MS, again: MUCH_LATER_MS } as const;

export function mishapsIn({ calls, alarms, events }: Extent): Mishap[] {
  const mishaps: Mishap[] = [];
  for (let call = 0; call < calls; call++) {
    for (const kind of CALL_MISHAPS) mishaps.push({ call, kind });
  }
  for (let alarm = 0; alarm < alarms; alarm++) {
    for (const kind of ALARM_MISHAPS) mishaps.push({ alarm, kind });
  }
  for (const { event, object: victim, isDirty } of events) {
    mishaps.push({ event, victim, isWrittenKept: true });
    // Where nothing is unconfirmed there is nothing to lose.
    if (!isDirty) continue;
    mishaps.push({ event, victim, isWrittenKept: false });
    mishaps.push({ event, victim: undefined, isWrittenKept: false });
  }
  return mishaps;
}

/** Lets mishaps happen, and counts what could have failed. What clients call arrives. */
export class MishapFaults implements Faults {
  readonly #mishaps: readonly Mishap[];
  readonly #events: TouchedObject[] = [];
  #calls = 0;
  #alarms = 0;

  constructor(mishaps: readonly Mishap[]) {
    this.#mishaps = mishaps;
  }

  /** Until now. */
  get extent(): Extent {
    return { calls: this.#calls, alarms: this.#alarms, events: [...this.#events] };
  }

  /** From here on. `between` is called between two events. */
  begin(trial: TransferTrial, between: (eventNumber: number) => void): void {
    const { platform } = trial;
    trial.isAlarmLost = this.#mishaps.some((one) => "alarm" in one && one.kind === "lost");
    platform.faults = this;
    const before = platform.scheduler.eventCount;
    platform.scheduler.between = (eventCount) => {
      const event = eventCount - before;
      this.#note(event, platform.latest, platform.objects);
      for (const mishap of this.#mishaps) {
        if ("event" in mishap && mishap.event === event) kill(mishap, platform.objects);
      }
      between(event);
    };
  }

  ofCall(caller?: Caller): CallFault {
    const fault = { kind: "none", thereMs: STEP_MS, backMs: STEP_MS, againMs: 0 } as const;
    if (caller !== "object") return fault;
    const call = this.#calls++;
    const mishap = this.#mishaps.find((one) => "call" in one && one.call === call);
    if (mishap === undefined || !("call" in mishap)) return fault;
    const { kind } = mishap;
    if (kind === "twice" || kind === "again") {
      return { ...fault, kind: "twice", againMs: AGAIN_MS[kind] };
    }
    const thereMs = THERE_MS[kind];
    return { ...fault, kind: kind === "before" || kind === "after" ? kind : "none", thereMs };
  }

  confirmMs(): number {
    return STEP_MS;
  }

  alarm() {
    const alarm = this.#alarms++;
    const mishap = this.#mishaps.find((one) => "alarm" in one && one.alarm === alarm);
    const kind = mishap !== undefined && "alarm" in mishap ? mishap.kind : undefined;
    const lateMs = kind === "late" ? LATE_ALARM_MS : kind === "lost" ? LOST_ALARM_MS : 0;
    return { lateMs, isTwice: kind === "twice" };
  }

  clockMs(): number {
    return 0;
  }

  #note(event: number, latest: SimulatedObject | undefined, objects: SimulatedObject[]): void {
    if (latest?.isRunning !== true) return;
    const object = objects.indexOf(latest);
    this.#events.push({ event, object, isDirty: latest.disk.isDirty });
  }
}

function kill(
  { victim, isWrittenKept }: Extract<Mishap, { event: number }>,
  objects: SimulatedObject[],
): void {
  const victims = victim === undefined ? objects : objects.slice(victim, victim + 1);
  for (const object of victims) object.die(isWrittenKept);
}
