/**
 * Many message groups: how fast a queue of ten thousand groups is emptied, and what a receive from the
 * one that is ready costs among so many that are idle or blocked.
 *
 * The queues exist side by side and are measured in turns, so that a slow moment of the machine hits
 * all of them alike.
 */
import { setTimeout } from "node:timers/promises";
import type { HttpCaller } from "../support/http-caller.ts";
import type { Bench } from "./bench.ts";
import { compare } from "./comparison.ts";
import { FifoBenchQueue } from "./fifo-bench-queue.ts";
import { groupNames } from "./fifo-load.ts";
import { type LoadSample, median, type Unit } from "./load.ts";
import { BATCH_SIZE } from "./message.ts";
import { comparisonRow, type Report } from "./report.ts";

const CALLER_COUNT = 16;
const FEW = 10;
const DRAIN_ROUNDS = 3;
const RECEIVE_PASSES = 7;
const RECEIVES_PER_PASS = 60;
const WARM_UP_PASSES = 1;
/** What was sent has reached its group by then. */
const SENT_BEFORE_MS = 4;
const READY_GROUP = "ready";

type Crowd = {
  readonly queue: FifoBenchQueue;
  readonly groupCount: number;
  readonly state: "idle" | "blocked";
  readonly timesMs: number[];
};

export async function measureFifoGroups(bench: Bench, report: Report): Promise<void> {
  const { groupCount } = bench.pace;
  const idle = await FifoBenchQueue.create(bench, "queue");
  await measureDrain(bench, report, idle);
  const crowds: Crowd[] = [
    { queue: await blockedQueue(bench, FEW), groupCount: FEW, state: "blocked", timesMs: [] },
    { queue: idle, groupCount, state: "idle", timesMs: [] },
    { queue: await blockedQueue(bench, groupCount), groupCount, state: "blocked", timesMs: [] },
  ];
  await bench.withCaller(async (caller) => {
    for (let pass = -WARM_UP_PASSES; pass < RECEIVE_PASSES; pass++) {
      for (const { queue, timesMs } of crowds) {
        const passMs = await receiveMs(caller, queue);
        if (pass >= 0) timesMs.push(passMs);
      }
    }
  });
  pushReceives(report, crowds);
  for (const { queue } of crowds) await queue.remove();
}

async function measureDrain(bench: Bench, report: Report, queue: FifoBenchQueue): Promise<void> {
  const { groupCount, floorMs, roundCount } = bench.pace;
  const samples: LoadSample[] = [];
  const fills: LoadSample[] = [];
  const product = async (): Promise<LoadSample> => {
    fills.push(await fillGroups(bench, queue, groupCount));
    const sample = await bench.load(CALLER_COUNT, drainUnit(queue, groupCount));
    samples.push(sample);
    if (sample.messageCount !== groupCount) {
      bench.failures.add(`${sample.messageCount} of ${groupCount} groups were drained`);
    }
    return sample;
  };
  const comparison = await compare({
    floor: bench.floor,
    callerCount: CALLER_COUNT,
    roundCount: Math.min(roundCount, DRAIN_ROUNDS),
    floorMs,
    product,
  });
  const seconds = median(samples.map((sample) => sample.seconds));
  const fillRates = fills.map((fill) => Math.round(fill.messageCount / fill.seconds));
  const groups = groupCount.toLocaleString("en");
  report.rows.push({
    ...comparisonRow(
      `receive + delete in tens, ${groups} groups of one message`,
      CALLER_COUNT,
      "messagesToRequests",
      comparison,
    ),
    note: `all ${groups} in ${seconds.toFixed(1)} s; filled at ${fillRates.join(", ")} messages/s, the first time with new groups`,
  });
  report.targets.push({
    name: `${groups} groups of one message: messages received and deleted of those sent`,
    measured: Math.min(...samples.map(({ messageCount }) => messageCount)) / groupCount,
    bound: "at least",
    target: 1,
    unit: "",
  });
}

/** A queue with a message in flight in each of its groups. */
async function blockedQueue(bench: Bench, groupCount: number): Promise<FifoBenchQueue> {
  const queue = await FifoBenchQueue.create(bench, "queue");
  await fillGroups(bench, queue, groupCount);
  let heldCount = 0;
  await bench.load(CALLER_COUNT, async (caller) => {
    if (heldCount >= groupCount) return undefined;
    const { length } = await queue.load.receive(caller);
    heldCount += length;
    return length === 0 ? undefined : length;
  });
  if (heldCount !== groupCount) bench.failures.add(`${heldCount} of ${groupCount} are in flight`);
  return queue;
}

function fillGroups(bench: Bench, queue: FifoBenchQueue, groupCount: number): Promise<LoadSample> {
  const names = groupNames(groupCount);
  return bench.load(CALLER_COUNT, async (caller) => {
    const batch = names.splice(-BATCH_SIZE);
    return batch.length === 0 ? undefined : queue.load.sendBatch(caller, batch);
  });
}

/** Until all is drained: a receive may find nothing while others hold what is left. */
function drainUnit({ load }: FifoBenchQueue, messageCount: number): Unit {
  let leftCount = messageCount;
  return async (caller) => {
    if (leftCount <= 0) return undefined;
    const drainedCount = await load.drainBatch(caller);
    leftCount -= drainedCount ?? 0;
    return drainedCount;
  };
}

/** The median of some receives of a message that is alone in its group. */
async function receiveMs(caller: HttpCaller, { load }: FifoBenchQueue): Promise<number> {
  const timesMs: number[] = [];
  for (let count = 0; count < RECEIVES_PER_PASS; count++) {
    await load.send(caller, READY_GROUP);
    await setTimeout(SENT_BEFORE_MS);
    const startedAtMs = performance.now();
    const handles = await load.receive(caller, true);
    timesMs.push(performance.now() - startedAtMs);
    if (handles.length === 0) throw new Error("the ready group was not found");
    await load.delete(caller, handles);
  }
  return median(timesMs);
}

function pushReceives(report: Report, crowds: readonly Crowd[]): void {
  const [few] = crowds;
  if (few === undefined) return;
  for (const { groupCount, state, timesMs } of crowds) {
    const groups = `${groupCount.toLocaleString("en")} ${state} ones`;
    const name = `receive from the ready group among ${groups}`;
    report.rows.push({ name, callers: 1, p50Ms: median(timesMs) });
    if (groupCount === FEW) continue;
    const ratios = timesMs.map((timeMs, pass) => timeMs / (few.timesMs[pass] ?? Number.NaN));
    report.targets.push({
      name: `${name}: time over that among ${FEW}`,
      measured: median(ratios),
      bound: "at most",
      target: 1.5,
      unit: "",
    });
  }
}
