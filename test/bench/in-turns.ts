/**
 * Two ways to do the same work, in turns, so that what the machine does meanwhile meets both: one is
 * measured before and after every measurement of the other, and their ratio is of what lies side by side.
 */
import type { Bench } from "./bench.ts";
import { type Figures, figuresOf } from "./comparison.ts";
import { median, runLoad, type Unit } from "./load.ts";
import type { Report } from "./report.ts";

export const CALLER_COUNT = 64;

export type Side = { readonly name: string; readonly port: number; readonly unit: Unit };

export type InTurns = {
  /** What the other one is measured against. */
  readonly base: Side;
  readonly other: Side;
  /** Of the target, such as "requests/s in Query over JSON". */
  readonly ratioName: string;
  readonly wanted: number;
};

/** Requests per second at 64 callers, the other side over the base. */
export async function measureInTurns(
  bench: Bench,
  report: Report,
  { base, other, ratioName, wanted }: InTurns,
): Promise<void> {
  const measure = async ({ port, unit }: Side): Promise<Figures> => {
    const durationMs = bench.pace.productMs;
    return figuresOf(await runLoad({ port, callerCount: CALLER_COUNT, unit, durationMs }));
  };
  const bases = [await measure(base)];
  const others: Figures[] = [];
  for (let round = 0; round < bench.pace.roundCount; round++) {
    others.push(await measure(other));
    bases.push(await measure(base));
  }
  const ratios = others.map(({ requestsPerSecond }, round) => {
    const beside = bases.slice(round, round + 2).map((figures) => figures.requestsPerSecond);
    return requestsPerSecond / median(beside);
  });
  const ratio = median(ratios);
  const note = `${ratio.toFixed(2)} of ${base.name.split(", ").at(-1)}`;
  report.rows.push(row(base.name, bases), { ...row(other.name, others), note });
  report.targets.push({
    name: `${base.name.split(", ").slice(0, -1).join(", ")} at 64 callers: ${ratioName}`,
    measured: ratio,
    bound: "at least",
    target: wanted,
    unit: "",
  });
}

function row(name: string, figures: readonly Figures[]) {
  return {
    name,
    callers: CALLER_COUNT,
    requestsPerSecond: median(figures.map((each) => each.requestsPerSecond)),
    messagesPerSecond: median(figures.map((each) => each.messagesPerSecond)),
    p50Ms: median(figures.map((each) => each.p50Ms)),
    p99Ms: median(figures.map((each) => each.p99Ms)),
  };
}
