/**
 * Messages that move to a dead-letter queue and back: how fast, and how many rows both objects write per
 * message. A message moves on the receive that finds it received often enough, so it is brought to that
 * first, which is not counted.
 */
import type { Bench } from "./bench.ts";
import { median } from "./load.ts";
import { DeadLetterPair } from "./moved-messages.ts";
import type { Report } from "./report.ts";

const CALLER_COUNT = 16;
const BATCH = 100;

export async function measureDeadLetters(bench: Bench, report: Report): Promise<void> {
  await measureBatches(bench, report);
  await measureStream(bench, report);
}

/** A hundred messages at a time. */
async function measureBatches(bench: Bench, report: Report): Promise<void> {
  const pair = await DeadLetterPair.create(bench);
  const both = [pair.source, pair.deadLetters];
  const away: number[] = [];
  const back: number[] = [];
  for (let round = 0; round < bench.pace.roundCount; round++) {
    await bench.fill(pair.source, CALLER_COUNT, BATCH);
    await pair.fail(BATCH);
    await pair.link();
    const before = await pair.rowsWritten(both);
    await pair.deadLetterAll(BATCH);
    const moved = await pair.rowsWritten(both);
    await pair.redriveAll(undefined);
    const returned = await pair.rowsWritten(both);
    away.push((moved - before) / BATCH);
    back.push((returned - moved) / BATCH);
    await bench.load(1, pair.source.load.drainBatch.bind(pair.source.load));
  }
  const names = { away: "dead letters in batches of 100", back: "redrive in batches of 100" };
  for (const [name, rows] of [
    [names.away, median(away)],
    [names.back, median(back)],
  ] as const) {
    report.rows.push({ name, rowsPerMessage: rows });
    report.targets.push({
      name: `${name}: rows written per message, in both queues`,
      measured: rows,
      bound: "at most",
      target: 1,
      unit: "rows",
    });
  }
  await pair.remove();
}

/** As many as there are, one receive after the other, and all of them back by one task. */
async function measureStream(bench: Bench, report: Report): Promise<void> {
  const count = bench.pace.drainedCount;
  const pair = await DeadLetterPair.create(bench);
  const both = [pair.source, pair.deadLetters];
  await bench.fill(pair.source, CALLER_COUNT, count);
  await pair.fail(count);
  await pair.link();
  const before = await pair.rowsWritten(both);
  const awaySeconds = await seconds(() => pair.deadLetterAll(count));
  const moved = await pair.rowsWritten(both);
  const backSeconds = await seconds(() => pair.redriveAll(undefined));
  const returned = await pair.rowsWritten(both);
  const messages = count.toLocaleString("en");
  report.rows.push({
    name: `dead letters, ${messages} that are due`,
    callers: 1,
    messagesPerSecond: count / awaySeconds,
    rowsPerMessage: (moved - before) / count,
  });
  report.rows.push({
    name: `redrive of ${messages}`,
    messagesPerSecond: count / backSeconds,
    rowsPerMessage: (returned - moved) / count,
    note: `${await pair.visibleCount(pair.source)} back in the source`,
  });
  await pair.remove();
}

/** A task that empties a very full queue: nothing may grow with what it holds. */
export async function measureLargeRedrive(bench: Bench, report: Report): Promise<void> {
  const count = bench.pace.backlogs.at(-1) ?? 0;
  const pair = await DeadLetterPair.create(bench);
  await pair.link();
  const destination = await bench.newQueue();
  await bench.fill(pair.deadLetters, CALLER_COUNT, count);
  const before = bench.memory();
  let peakBytes = before.workerdBytes;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, bench.memory().workerdBytes);
  }, 200);
  const both = [pair.deadLetters, destination];
  const rowsBefore = await pair.rowsWritten(both);
  const elapsed = await seconds(() => pair.redriveAll(destination));
  clearInterval(watch);
  const rows = (await pair.rowsWritten(both)) - rowsBefore;
  const arrived = await pair.visibleCount(destination);
  const left = await pair.visibleCount(pair.deadLetters);
  report.rows.push({
    name: `redrive of ${count.toLocaleString("en")} to a destination`,
    messagesPerSecond: count / elapsed,
    rowsPerMessage: rows / count,
    note: `${arrived.toLocaleString("en")} arrived, ${left} left`,
  });
  report.targets.push({
    name: `redrive of ${count.toLocaleString("en")}: growth of workerd's memory at its peak`,
    measured: (peakBytes - before.workerdBytes) / 1e6,
    bound: "at most",
    target: 100,
    unit: "MB",
  });
  if (arrived !== count || left !== 0) bench.failures.add("a redrive did not move everything");
  await bench.deleteQueue(destination);
  await pair.remove();
}

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await run();
  return (performance.now() - startedAtMs) / 1000;
}
