/**
 * Whole lives: send, receive, delete, one message at a time and in batches of ten. Here rows written
 * are counted per life, which is what a message costs.
 */
import type { Bench } from "./bench.ts";
import type { Unit } from "./load.ts";
import { comparisonRow, type Report } from "./report.ts";

type Life = {
  readonly callerCount: number;
  readonly isBatched: boolean;
  /** The most rows that a life may write; undefined where no figure is promised. */
  readonly rowsTarget?: number;
  /** The least messages/s over the floor's requests/s. */
  readonly rateTarget?: number;
};

const LIVES: readonly Life[] = [
  { callerCount: 1, isBatched: false, rowsTarget: 4 },
  { callerCount: 64, isBatched: false, rowsTarget: 0.25 },
  { callerCount: 1, isBatched: true, rowsTarget: 0.4 },
  { callerCount: 16, isBatched: true, rateTarget: 1.5 },
  { callerCount: 32, isBatched: true, rowsTarget: 0.1 },
];

export async function measureLives(bench: Bench, report: Report): Promise<void> {
  for (const life of LIVES) await measureLife(bench, report, life);
}

async function measureLife(bench: Bench, report: Report, life: Life): Promise<void> {
  const { callerCount, isBatched, rowsTarget, rateTarget } = life;
  const queue = await bench.newQueue();
  const { load } = queue;
  const unit: Unit = isBatched
    ? (caller) => load.lifeBatch(caller, callerCount)
    : load.life.bind(load);
  const comparison = await bench.compare(callerCount, () =>
    bench.load(callerCount, unit, bench.pace.productMs),
  );
  const rowsPerMessage = (await bench.rowsWritten(queue)) / comparison.messageCount;
  const name = isBatched ? "whole lives in batches of 10" : "whole lives, unbatched";
  const ratioKind = isBatched ? "messagesToRequests" : "requestsToRequests";
  report.rows.push({ ...comparisonRow(name, callerCount, ratioKind, comparison), rowsPerMessage });
  const where = `${name}, ${callerCount} ${callerCount === 1 ? "caller" : "callers"}`;
  if (rateTarget !== undefined) {
    report.targets.push({
      name: `${where}: messages/s over the floor's requests/s`,
      measured: comparison.ratios.direct.messagesToRequests,
      bound: "at least",
      target: rateTarget,
      unit: "",
    });
  }
  if (rowsTarget !== undefined) {
    report.targets.push({
      name: `${where}: rows written per message life`,
      measured: rowsPerMessage,
      bound: "at most",
      target: rowsTarget,
      unit: "rows",
    });
  }
  await bench.deleteQueue(queue);
}
