/**
 * Load: closed-loop load on connections of its own, opened before the clock starts. Each caller does
 * one unit of work after the other until the time is up, or until there is no more work. A unit is
 * one request, or a whole life of some messages; it says how many messages it finished.
 *
 * Connections are not kept from one load to the next: workerd closes what is idle for 5 seconds.
 */
import { HttpCaller } from "../support/http-caller.ts";
import type { HttpAnswer } from "../support/response-reader.ts";

/** Returns how many messages it finished, or undefined when there is no more work. */
export type Unit = (caller: HttpCaller) => Promise<number | undefined>;

export type LoadSample = {
  readonly seconds: number;
  readonly requestCount: number;
  readonly messageCount: number;
  /** One per unit, ascending. */
  readonly latenciesMs: readonly number[];
  /** Of one core, by this process. Near 1 the client is what is measured. */
  readonly clientCpuShare: number;
};

export type LoadPlan = {
  readonly port: number;
  readonly callerCount: number;
  /** The time is up after this; undefined: when there is no more work. */
  readonly durationMs?: number;
  readonly unit: Unit;
};

export async function runLoad(plan: LoadPlan): Promise<LoadSample> {
  const callers = await HttpCaller.connectMany(plan.callerCount, { port: plan.port });
  const cpuBefore = process.cpuUsage();
  const latenciesMs: number[] = [];
  let messageCount = 0;
  const startedAtMs = performance.now();
  const deadlineMs = startedAtMs + (plan.durationMs ?? Number.POSITIVE_INFINITY);
  const work = async (caller: HttpCaller): Promise<void> => {
    for (let atMs = performance.now(); atMs < deadlineMs; ) {
      const finishedCount = await plan.unit(caller);
      if (finishedCount === undefined) return;
      const nowMs = performance.now();
      latenciesMs.push(nowMs - atMs);
      messageCount += finishedCount;
      atMs = nowMs;
    }
  };
  await Promise.all(callers.map(work));
  const elapsedMs = performance.now() - startedAtMs;
  const cpu = process.cpuUsage(cpuBefore);
  for (const caller of callers) caller.close();
  return {
    seconds: elapsedMs / 1000,
    requestCount: callers.reduce((sum, caller) => sum + caller.answerCount, 0),
    messageCount,
    latenciesMs: latenciesMs.sort((a, b) => a - b),
    clientCpuShare: (cpu.user + cpu.system) / 1000 / elapsedMs,
  };
}

/** The quantile of ascending values; NaN of none. */
export function quantile(ascending: readonly number[], fraction: number): number {
  const index = Math.min(ascending.length - 1, Math.floor(ascending.length * fraction));
  return ascending[index] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  const upper = ascending[ascending.length >> 1] ?? Number.NaN;
  const lower = ascending[(ascending.length - 1) >> 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Counts answers that are no success. A bench that measures errors measures nothing. */
export class Failures {
  #count = 0;
  readonly #examples: string[] = [];

  get count(): number {
    return this.#count;
  }

  get examples(): readonly string[] {
    return this.#examples;
  }

  /** Passes the answer on, and notes it if it is a failure. */
  note(answer: HttpAnswer): HttpAnswer {
    if (answer.status !== 200) this.add(`${answer.status} ${answer.body.toString("utf8")}`);
    return answer;
  }

  add(description: string): void {
    this.#count++;
    if (this.#examples.length < 5) this.#examples.push(description.slice(0, 300));
  }
}
