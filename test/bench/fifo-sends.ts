/**
 * Sends to FIFO queues: to one group and over many, in both throughput modes, and of messages that are
 * there already. In high throughput the queue's object must not be on the way of a send.
 */
import type { Bench } from "./bench.ts";
import { type Comparison, figuresOf } from "./comparison.ts";
import { FifoBenchQueue, SCOPE_NAMES, type Scope } from "./fifo-bench-queue.ts";
import { groupNames, inTurns, ONLY_GROUP } from "./fifo-load.ts";
import { median, type Unit } from "./load.ts";
import { BATCH_SIZE } from "./message.ts";
import { comparisonRow, type RatioKind, type Report, type Target } from "./report.ts";

const CALLER_COUNT = 64;
const BATCH_CALLER_COUNT = 16;
const SOME_GROUPS = groupNames(64);
const MANY_GROUPS = groupNames(1_000);

/** A message of a FIFO queue is a row in its group's object: what the platform makes of that alone. */
const WRITERS = [
  { name: "floor: one of 64 objects writes a row", objectCount: 64, callerCount: CALLER_COUNT },
  { name: "floor: a new object writes a row", objectCount: 1e9, callerCount: BATCH_CALLER_COUNT },
];

type Sends = {
  readonly name: string;
  readonly scope: Scope;
  readonly messageGroupIds: readonly string[];
  readonly callerCount: number;
  readonly isBatched?: boolean;
  /** Every message was sent before. */
  readonly areDuplicates?: boolean;
  /** The least requests/s over the floor's; undefined where no figure is promised. */
  readonly target?: number;
  /** What SQS publishes as the quota of a queue in default mode: messages/s of this action. */
  readonly quota?: number;
};

const SENDS: readonly Sends[] = [
  {
    name: "SendMessage to one group",
    scope: "queue",
    messageGroupIds: [ONLY_GROUP],
    callerCount: CALLER_COUNT,
    target: 0.3,
  },
  {
    name: "SendMessage over 64 groups",
    scope: "queue",
    messageGroupIds: SOME_GROUPS,
    callerCount: CALLER_COUNT,
    target: 0.12,
    quota: 300,
  },
  {
    name: "SendMessage of duplicates",
    scope: "queue",
    messageGroupIds: SOME_GROUPS,
    callerCount: CALLER_COUNT,
    areDuplicates: true,
  },
  {
    name: "SendMessageBatch of 10 to one group",
    scope: "queue",
    messageGroupIds: [ONLY_GROUP],
    callerCount: BATCH_CALLER_COUNT,
    isBatched: true,
  },
  {
    name: "SendMessageBatch of 10 over 64 groups",
    scope: "queue",
    messageGroupIds: SOME_GROUPS,
    callerCount: BATCH_CALLER_COUNT,
    isBatched: true,
    quota: 3_000,
  },
  {
    name: "SendMessage over 1,000 groups",
    scope: "messageGroup",
    messageGroupIds: MANY_GROUPS,
    callerCount: CALLER_COUNT,
    target: 0.15,
  },
  {
    name: "SendMessageBatch of 10 over 64 groups",
    scope: "messageGroup",
    messageGroupIds: SOME_GROUPS,
    callerCount: BATCH_CALLER_COUNT,
    isBatched: true,
  },
];

export async function measureFifoSends(bench: Bench, report: Report): Promise<void> {
  for (const sends of SENDS) await measureSends(bench, report, sends);
  await measureWrites(bench, report);
}

async function measureWrites({ floor, pace }: Bench, report: Report): Promise<void> {
  for (const { name, objectCount, callerCount: callers } of WRITERS) {
    const measure = async (): Promise<number> =>
      figuresOf(await floor.measureWrites(objectCount, callers, pace.floorMs)).requestsPerSecond;
    await measure();
    const rates: number[] = [];
    for (let round = 0; round < pace.roundCount; round++) rates.push(await measure());
    report.rows.push({ name, callers, requestsPerSecond: median(rates), rowsPerMessage: 1 });
  }
}

async function measureSends(bench: Bench, report: Report, sends: Sends): Promise<void> {
  const { callerCount, messageGroupIds, isBatched = false } = sends;
  const queue = await FifoBenchQueue.create(bench, sends.scope);
  const unit = unitOf(queue, sends);
  await bootGroups(bench, queue, messageGroupIds);
  // A duplicate does not come to its group, whose object is evicted and counts anew.
  const billedGroups = sends.areDuplicates ? [] : messageGroupIds;
  const before = await queue.bill(billedGroups);
  const { calls: callsBefore } = await queue.metrics();
  const comparison = await bench.compare(callerCount, () =>
    bench.load(callerCount, unit, bench.pace.productMs),
  );
  const { calls } = await queue.metrics();
  const { rowsWritten } = await queue.bill(billedGroups);
  const ratioKind: RatioKind = isBatched ? "messagesToRequests" : "requestsToRequests";
  const name = `${sends.name}, ${SCOPE_NAMES[sends.scope]}`;
  const of = (call: string): number => (calls[call] ?? 0) - (callsBefore[call] ?? 0);
  report.rows.push({
    ...comparisonRow(name, callerCount, ratioKind, comparison),
    rowsPerMessage: (rowsWritten - before.rowsWritten) / comparison.messageCount,
    note: `queue object: ${of("send")} calls of sends, ${of("terms")} of terms, ${of("news")} of news`,
  });
  report.targets.push(...targetsOf(name, sends, comparison, of("send")));
  await queue.remove();
}

function unitOf({ load }: FifoBenchQueue, sends: Sends): Unit {
  const { messageGroupIds } = sends;
  if (sends.isBatched) {
    const next = inTurns(messageGroupIds.map((id) => Array<string>(BATCH_SIZE).fill(id)));
    return (caller) => load.sendBatch(caller, next());
  }
  const next = inTurns(messageGroupIds);
  if (!sends.areDuplicates) return (caller) => load.send(caller, next());
  return (caller) => {
    const messageGroupId = next();
    return load.send(caller, messageGroupId, `duplicate-${messageGroupId}`);
  };
}

/** One message to each: a group's first message makes its object. */
async function bootGroups(
  bench: Bench,
  { load }: FifoBenchQueue,
  messageGroupIds: readonly string[],
): Promise<void> {
  const left = [...messageGroupIds];
  await bench.load(BATCH_CALLER_COUNT, async (caller) => {
    const messageGroupId = left.pop();
    if (messageGroupId === undefined) return undefined;
    return load.send(caller, messageGroupId, `duplicate-${messageGroupId}`);
  });
}

function targetsOf(
  name: string,
  { scope, target, quota, callerCount }: Sends,
  { ratios, product }: Comparison,
  sendCalls: number,
): Target[] {
  const where = `${name}, ${callerCount} callers`;
  const targets: Target[] = [];
  if (target !== undefined) {
    targets.push({
      name: `${where}: requests/s over the floor's`,
      measured: ratios.direct.requestsToRequests,
      bound: "at least",
      target,
      unit: "",
    });
  }
  if (quota !== undefined) {
    targets.push({
      name: `${where}: messages/s`,
      measured: product.messagesPerSecond,
      bound: "at least",
      target: quota,
      unit: "/s",
    });
  }
  if (scope === "messageGroup") {
    targets.push({
      name: `${name}: requests that the queue's object got on the way of sends`,
      measured: sendCalls,
      bound: "at most",
      target: 0,
      unit: "",
    });
  }
  return targets;
}
