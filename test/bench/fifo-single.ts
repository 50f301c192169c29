/**
 * Messages that are each alone in a group of its own: what the life of such a message costs, with the
 * group's creation, and what it costs that the group is forgotten when its deduplication ids expired.
 */
import { setTimeout } from "node:timers/promises";
import type { Bench } from "./bench.ts";
import {
  type Bill,
  billBetween,
  billOfBoth,
  FifoBenchQueue,
  type Scope,
} from "./fifo-bench-queue.ts";
import { type Costs, costRow } from "./fifo-costs.ts";
import { groupNames } from "./fifo-load.ts";
import type { LoadSample } from "./load.ts";
import { BATCH_SIZE } from "./message.ts";
import type { Report } from "./report.ts";

const CALLER_COUNT = 16;
const GROUP_COUNT = 200;
const EXPIRED_AFTER_MS = 300_000;
/** Objects are watched from so long before until so long after. */
const WATCHED_MS = 12_000;
/** An object that is asked this often is not evicted, so its counters go on. */
const WATCH_EVERY_MS = 4_000;

type Single = {
  readonly queue: FifoBenchQueue;
  readonly messageGroupIds: readonly string[];
  readonly costs: Costs;
  readonly sentByMs: number;
};

/** Lets the messages live; returns what it takes to see how their groups are forgotten. */
export async function measureSingles(bench: Bench): Promise<Single[]> {
  const singles: Single[] = [];
  for (const scope of ["queue", "messageGroup"] as const) {
    for (const batchSize of [1, BATCH_SIZE]) {
      singles.push(await measureSingle(bench, scope, batchSize));
    }
  }
  return singles;
}

async function measureSingle(bench: Bench, scope: Scope, batchSize: number): Promise<Single> {
  const queue = await FifoBenchQueue.create(bench, scope);
  const messageGroupIds = groupNames(GROUP_COUNT);
  const before = await queue.bill([]);
  const { messageCount, requestCount } = await runLives(bench, queue, batchSize);
  const bill = billBetween(before, await queue.bill(messageGroupIds));
  const name = `single-message groups${batchSize === 1 ? "" : " in batches of 10"}`;
  return {
    queue,
    messageGroupIds,
    costs: { name, scope, callers: CALLER_COUNT, bill, workerRequests: requestCount, messageCount },
    sentByMs: performance.now(),
  };
}

/** Until every group had its message and all are deleted. */
async function runLives(
  bench: Bench,
  { load }: FifoBenchQueue,
  batchSize: number,
): Promise<LoadSample> {
  const left = groupNames(GROUP_COUNT);
  const sample = await bench.load(CALLER_COUNT, async (caller) => {
    const messageGroupIds = left.splice(-batchSize);
    if (messageGroupIds.length > 0) {
      return load.life(caller, { messageGroupIds, callerCount: CALLER_COUNT });
    }
    return load.drainBatch(caller);
  });
  if (sample.messageCount !== GROUP_COUNT) {
    bench.failures.add(`${sample.messageCount} of ${GROUP_COUNT} single messages were deleted`);
  }
  return sample;
}

/** Waits for it, if there is patience. */
export async function measureForgetting(
  bench: Bench,
  report: Report,
  singles: readonly Single[],
): Promise<void> {
  for (const { costs } of singles) report.costs.push(costRow(costs));
  if (!bench.pace.isPatient) return;
  const forgotten = await watchForgetting(singles);
  for (const [number, { costs, queue }] of singles.entries()) {
    const bill = forgotten[number];
    if (bill === undefined) continue;
    const name = `${costs.name}, and forgotten`;
    report.costs.push(costRow({ ...costs, name, bill: billOfBoth(costs.bill, bill) }));
    await queue.remove();
  }
}

async function watchForgetting(singles: readonly Single[]): Promise<Bill[]> {
  const sentByMs = Math.max(...singles.map((single) => single.sentByMs));
  const firstSentByMs = Math.min(...singles.map((single) => single.sentByMs));
  const readAll = (): Promise<Bill[]> =>
    Promise.all(singles.map(({ queue, messageGroupIds }) => queue.bill(messageGroupIds)));
  await setTimeout(Math.max(0, firstSentByMs + EXPIRED_AFTER_MS - WATCHED_MS - performance.now()));
  const before = await readAll();
  let after = before;
  while (performance.now() < sentByMs + EXPIRED_AFTER_MS + WATCHED_MS) {
    await setTimeout(WATCH_EVERY_MS);
    after = await readAll();
  }
  return before.map((bill, number) => billBetween(bill, after[number] ?? bill));
}
