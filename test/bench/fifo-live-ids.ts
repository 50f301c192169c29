/**
 * Live deduplication ids: SQS remembers each for five minutes, at 3,000 messages/s 900,000 at a time.
 * Sends with so many live ids are compared with sends to an empty queue, in turns; what the window
 * needs of memory and time is measured by itself, because a server's memory is made of more.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DeduplicationWindow } from "../../src/storage/deduplication-window.ts";
import type { Bench } from "./bench.ts";
import { figuresOf } from "./comparison.ts";
import { FifoBenchQueue } from "./fifo-bench-queue.ts";
import { groupNames, inTurns } from "./fifo-load.ts";
import { median } from "./load.ts";
import { BATCH_SIZE } from "./message.ts";
import type { Report } from "./report.ts";

const FILL_CALLER_COUNT = 16;
const CALLER_COUNT = 64;
const GROUP_COUNT = 64;
const LIVE_MS = 300_000;
/** Later ids would not leave the time to measure with the first ones still alive. */
const FILL_MS_MAX = 240_000;
const WARM_UP_MS = 1_000;
const LOOK_UP_COUNT = 300_000;

/** How many ids were sent by when. */
type Milestone = { readonly atMs: number; readonly sentCount: number };

export async function measureLiveIds(bench: Bench, report: Report): Promise<void> {
  const full = await FifoBenchQueue.create(bench, "queue");
  const empty = await FifoBenchQueue.create(bench, "queue");
  await sendFor(bench, empty, WARM_UP_MS);
  await sendFor(bench, full, WARM_UP_MS);
  const before = bench.memory();
  const milestones = await fill(bench, full);
  const after = bench.memory();
  // It answers when everything has reached its group.
  await bench.withCaller((caller) => full.load.receive(caller, true));
  // Groups that were idle in the meantime are cold.
  await sendFor(bench, empty, WARM_UP_MS);
  await sendFor(bench, full, WARM_UP_MS);
  const rates: { full: number; empty: number }[] = [];
  for (let round = 0; round < bench.pace.roundCount; round++) {
    const { productMs } = bench.pace;
    const emptyRate = await sendFor(bench, empty, productMs);
    rates.push({ full: await sendFor(bench, full, productMs), empty: emptyRate });
  }
  const liveFromMs = performance.now() - LIVE_MS;
  const expired = milestones.findLast(({ atMs }) => atMs < liveFromMs)?.sentCount ?? 0;
  const liveCount = (milestones.at(-1)?.sentCount ?? 0) - expired;
  pushSends(report, { rates, liveCount, milestones });
  const grownMB = (after.workerdBytes - before.workerdBytes) / 1e6;
  const ids = (milestones.at(-1)?.sentCount ?? 0).toLocaleString("en");
  report.rows.push({
    name: `memory of workerd, taking in ${ids} messages of a FIFO queue`,
    note: `${(before.workerdBytes / 1e6).toFixed(0)} MB and ${grownMB.toFixed(0)} more`,
  });
  pushWindow(report, bench.pace.liveIdCount);
  await full.remove();
  await empty.remove();
}

async function fill(bench: Bench, queue: FifoBenchQueue): Promise<Milestone[]> {
  const startedAtMs = performance.now();
  const milestones: Milestone[] = [];
  const next = inTurns(groupNames(GROUP_COUNT).map((id) => Array<string>(BATCH_SIZE).fill(id)));
  let sentCount = 0;
  await bench.load(FILL_CALLER_COUNT, async (caller) => {
    const atMs = performance.now();
    if (sentCount >= bench.pace.liveIdCount || atMs - startedAtMs > FILL_MS_MAX) return undefined;
    sentCount += BATCH_SIZE;
    await queue.load.sendBatch(caller, next());
    milestones.push({ atMs, sentCount });
    return BATCH_SIZE;
  });
  return milestones;
}

/** Sends/s. */
async function sendFor(bench: Bench, queue: FifoBenchQueue, durationMs: number): Promise<number> {
  const next = inTurns(groupNames(GROUP_COUNT));
  const sample = await bench.load(
    CALLER_COUNT,
    (caller) => queue.load.send(caller, next()),
    durationMs,
  );
  return figuresOf(sample).requestsPerSecond;
}

function pushSends(
  report: Report,
  {
    rates,
    liveCount,
    milestones,
  }: {
    readonly rates: readonly { readonly full: number; readonly empty: number }[];
    readonly liveCount: number;
    readonly milestones: readonly Milestone[];
  },
): void {
  const fillSeconds = ((milestones.at(-1)?.atMs ?? 0) - (milestones[0]?.atMs ?? 0)) / 1000;
  const sentCount = milestones.at(-1)?.sentCount ?? 0;
  const ids = `${liveCount.toLocaleString("en")} live deduplication ids`;
  const rate = Math.round(sentCount / fillSeconds).toLocaleString("en");
  report.rows.push({
    name: `SendMessage over 64 groups, ${ids}`,
    callers: CALLER_COUNT,
    requestsPerSecond: median(rates.map(({ full }) => full)),
    messagesPerSecond: median(rates.map(({ full }) => full)),
    note: `filled in ${fillSeconds.toFixed(0)} s, in batches of 10 at ${rate} messages/s; the empty queue in turns: ${Math.round(median(rates.map(({ empty }) => empty)))} requests/s`,
  });
  report.targets.push({
    name: `sends with ${ids}: requests/s over those of an empty queue`,
    measured: median(rates.map(({ full, empty }) => full / empty)),
    bound: "at least",
    target: 0.8,
    unit: "",
  });
}

/** The window alone, in this process. */
function pushWindow(report: Report, idCount: number): void {
  const emptyWindow = new DeduplicationWindow();
  addIds(emptyWindow, 10);
  const bytesBefore = bytesInUse();
  const window = new DeduplicationWindow();
  addIds(window, idCount);
  const grownMB = (bytesInUse() - bytesBefore) / 1e6;
  const ids = idCount.toLocaleString("en");
  const missUs = lookUpUs(window, idCount);
  const hitUs = lookUpUs(window, 0);
  const emptyUs = lookUpUs(emptyWindow, idCount);
  report.rows.push({
    name: `deduplication window of ${ids} ids, by itself in Node`,
    note: `a look-up of a new id ${missUs.toFixed(2)} µs, of a known one ${hitUs.toFixed(2)} µs, of any among 10 ids ${emptyUs.toFixed(2)} µs`,
  });
  report.targets.push({
    name: `deduplication window of ${ids} ids, by itself: memory`,
    measured: grownMB,
    bound: "at most",
    target: 64,
    unit: "MB",
  });
}

const START_MS = Date.UTC(2026, 0, 1);
const NUMBERS_PER_MS = 1024;

/** Spread over the five minutes that they live. */
function addIds(window: DeduplicationWindow, idCount: number): void {
  const messageId = new Uint8Array(16);
  for (let number = 0; number < idCount; number++) {
    const atMs = START_MS + Math.floor((number * (LIVE_MS - 1)) / idCount);
    window.add({
      key: keyOf(number),
      messageId,
      sequence: atMs * NUMBERS_PER_MS + (number % 1024),
    });
  }
}

/** µs per look-up of ids from this one on, with their keys at hand. */
function lookUpUs(window: DeduplicationWindow, from: number): number {
  const nowMs = START_MS + LIVE_MS - 1;
  const keys = Array.from({ length: LOOK_UP_COUNT }, (_, number) => keyOf(from + number));
  for (const key of keys) window.find(key, nowMs);
  const startedAtMs = performance.now();
  for (const key of keys) window.find(key, nowMs);
  return ((performance.now() - startedAtMs) * 1000) / LOOK_UP_COUNT;
}

/** 16 bytes that are as good as a hash: no two numbers have the same. */
function keyOf(number: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  for (let at = 0; at < 16; at += 4) {
    let word = Math.imul(number + 1, 0x9e3779b1 + at);
    word = Math.imul(word ^ (word >>> 15), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    view.setUint32(at, word ^ (word >>> 16));
  }
  return new Uint8Array(view.buffer);
}

function bytesInUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
