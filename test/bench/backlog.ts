/**
 * The backlog: what a queue costs that holds very much. Receiving and deleting must not get slower,
 * the first receive of a cold object must not get slower, and memory must not grow.
 *
 * The queues exist side by side and are measured in turns, so that a slow moment of the machine
 * hits all of them alike. Before each timed drain the queue gets as much as will be drained.
 */
import type { HttpCaller } from "../support/http-caller.ts";
import type { Bench, BenchQueue } from "./bench.ts";
import { figuresOf } from "./comparison.ts";
import { type LoadSample, median, quantile, type Unit } from "./load.ts";
import { BATCH_SIZE, receiveRequest } from "./message.ts";
import type { Report, Row } from "./report.ts";

const CALLER_COUNT = 16;
const PASS_COUNT = 1_000;
const SUSTAINED_MS = 2_000;
const WARM_UP_MS = 2_000;
const WARM_RECEIVE_COUNT = 20;
const FEW = 10;

type Filled = BenchQueue & { readonly backlog: number; readonly fill?: LoadSample };

export async function measureBacklogs(bench: Bench, report: Report): Promise<void> {
  await warmUp(bench);
  const before = bench.memory();
  const queues: Filled[] = [await fill(bench, 0), await fill(bench, FEW)];
  for (const backlog of bench.pace.backlogs) queues.push(await fill(bench, backlog));
  const rates = await measurePasses(bench, queues);
  await measureSustained(bench, queues);
  const after = bench.memory();
  const coldMs = await measureColdReceives(bench, queues);
  for (const queue of queues) report.rows.push(backlogRow(queue, rates, coldMs));
  pushTargets(bench, report, { rates, coldMs });
  pushMemory(bench, report, before, after);
}

/** The runtime's own memory and compiled code come with the first load, not with a backlog. */
async function warmUp(bench: Bench): Promise<void> {
  const queue = await bench.newQueue();
  const unit: Unit = (caller) => queue.load.lifeBatch(caller, CALLER_COUNT);
  await bench.load(CALLER_COUNT, unit, WARM_UP_MS);
  await bench.deleteQueue(queue);
}

async function fill(bench: Bench, backlog: number): Promise<Filled> {
  const queue = await bench.newQueue();
  if (backlog === 0) return { ...queue, backlog };
  return { ...queue, backlog, fill: await bench.fill(queue, CALLER_COUNT, backlog) };
}

/** Messages/s of receive+delete by backlog: the median of many short drains, taken in turns. */
async function measurePasses(
  bench: Bench,
  queues: readonly Filled[],
): Promise<ReadonlyMap<number, number>> {
  const measured = new Map<number, number[]>();
  for (let pass = 0; pass < bench.pace.backlogPassCount; pass++) {
    for (const queue of queues.filter((each) => each.backlog >= PASS_COUNT)) {
      await bench.fill(queue, CALLER_COUNT, PASS_COUNT);
      const { messagesPerSecond } = figuresOf(await drain(bench, queue, PASS_COUNT));
      measured.set(queue.backlog, [...(measured.get(queue.backlog) ?? []), messagesPerSecond]);
    }
  }
  return new Map([...measured].map(([backlog, rates]) => [backlog, median(rates)]));
}

function drain(bench: Bench, queue: BenchQueue, messageCount: number): Promise<LoadSample> {
  let leftCount = messageCount;
  return bench.load(CALLER_COUNT, async (caller) => {
    if (leftCount <= 0) return undefined;
    leftCount -= BATCH_SIZE;
    return queue.load.drainBatch(caller);
  });
}

/** Serves the largest backlog for a while, so that memory is measured after work. */
async function measureSustained(bench: Bench, queues: readonly Filled[]): Promise<void> {
  const largest = queues.at(-1);
  if (largest === undefined) return;
  await bench.load(CALLER_COUNT, largest.load.drainBatch.bind(largest.load), SUSTAINED_MS);
}

/**
 * The first receive of each queue after a restart, in ms by backlog. Another queue is received from
 * first: the cold Worker is not what is measured.
 */
async function measureColdReceives(
  bench: Bench,
  queues: readonly Filled[],
): Promise<ReadonlyMap<number, number>> {
  const warm = await fill(bench, FEW);
  const measured = new Map<number, number[]>(queues.map(({ backlog }) => [backlog, []]));
  for (let start = 0; start < bench.pace.coldStartCount; start++) {
    await bench.restartServer();
    const turn = start % queues.length;
    await bench.withCaller(async (caller) => {
      for (let count = 0; count < WARM_RECEIVE_COUNT; count++) await receiveMs(bench, caller, warm);
      for (const queue of [...queues.slice(turn), ...queues.slice(0, turn)]) {
        measured.get(queue.backlog)?.push(await receiveMs(bench, caller, queue));
      }
    });
  }
  return new Map([...measured].map(([backlog, times]) => [backlog, median(times)]));
}

async function receiveMs(bench: Bench, caller: HttpCaller, queue: BenchQueue): Promise<number> {
  const request = receiveRequest(bench.host, queue.queueUrl, { maxCount: BATCH_SIZE });
  const startedAtMs = performance.now();
  bench.failures.note(await caller.call(request));
  return performance.now() - startedAtMs;
}

function backlogRow(
  queue: Filled,
  rates: ReadonlyMap<number, number>,
  coldMs: ReadonlyMap<number, number>,
): Row {
  const { backlog, fill: filled } = queue;
  const messagesPerSecond = rates.get(backlog);
  const notes = [`cold first receive ${coldMs.get(backlog)?.toFixed(2)} ms`];
  if (filled !== undefined && backlog >= PASS_COUNT) {
    const { messagesPerSecond: sent } = figuresOf(filled);
    const p99Ms = quantile(filled.latenciesMs, 0.99).toFixed(1);
    notes.push(`filled at ${Math.round(sent)} messages/s, p99 ${p99Ms} ms`);
  }
  return {
    name: `receive + delete, backlog of ${backlog.toLocaleString("en")}`,
    callers: CALLER_COUNT,
    ...(messagesPerSecond === undefined ? {} : { messagesPerSecond }),
    note: notes.join("; "),
  };
}

function pushTargets(
  bench: Bench,
  report: Report,
  { rates, coldMs }: { rates: ReadonlyMap<number, number>; coldMs: ReadonlyMap<number, number> },
): void {
  const [smallest = 0] = bench.pace.backlogs;
  const largest = bench.pace.backlogs.at(-1) ?? 0;
  const of = (values: ReadonlyMap<number, number>, backlog: number): number =>
    values.get(backlog) ?? Number.NaN;
  const large = `a backlog of ${largest.toLocaleString("en")}`;
  report.targets.push({
    name: `receive + delete at ${large}: rate over that at ${smallest.toLocaleString("en")}`,
    measured: of(rates, largest) / of(rates, smallest),
    bound: "at least",
    target: 0.9,
    unit: "",
  });
  report.targets.push({
    name: `first receive of a cold object with ${large}: time over that of an empty one`,
    measured: of(coldMs, largest) / of(coldMs, 0),
    bound: "at most",
    target: 3,
    unit: "",
  });
  report.rows.push({
    name: "cold first receive",
    note: `with ${large}: ${(of(coldMs, largest) / of(coldMs, FEW)).toFixed(2)} times that with ${FEW} messages`,
  });
}

function pushMemory(
  bench: Bench,
  report: Report,
  before: ReturnType<Bench["memory"]>,
  after: ReturnType<Bench["memory"]>,
): void {
  const toMB = (bytes: number): number => bytes / 1e6;
  const workerdMB = toMB(after.workerdBytes - before.workerdBytes);
  const nodeMB = toMB(after.nodeBytes - before.nodeBytes);
  const name = "memory of the server";
  const note = `workerd ${toMB(before.workerdBytes).toFixed(0)} to ${toMB(after.workerdBytes).toFixed(0)} MB, node ${toMB(before.nodeBytes).toFixed(0)} to ${toMB(after.nodeBytes).toFixed(0)} MB`;
  report.rows.push({ name, note });
  const largest = bench.pace.backlogs.at(-1) ?? 0;
  report.targets.push({
    name: `memory of the server, filling and serving ${largest.toLocaleString("en")}: growth`,
    measured: workerdMB + nodeMB,
    bound: "at most",
    target: 100,
    unit: "MB",
  });
}
