/**
 * Whole lives in FIFO queues: send, receive, delete, one message at a time and in batches of ten. Rows
 * written and requests to objects are counted per life, because they are what a message costs.
 */
import type { Bench } from "./bench.ts";
import { billBetween, FifoBenchQueue, SCOPE_NAMES, type Scope } from "./fifo-bench-queue.ts";
import { costRow } from "./fifo-costs.ts";
import { groupNames, inTurns } from "./fifo-load.ts";
import type { LoadSample } from "./load.ts";
import { BATCH_SIZE } from "./message.ts";
import { comparisonRow, type Report, type Target } from "./report.ts";

type Lives = {
  readonly callerCount: number;
  readonly groupCount: number;
  readonly isBatched: boolean;
  /** What SQS publishes as the quota of a queue in default mode: calls of each action/s, messages/s. */
  readonly quota?: number;
};

const LIVES: readonly Lives[] = [
  { callerCount: 1, groupCount: 1, isBatched: false },
  { callerCount: 64, groupCount: 64, isBatched: false, quota: 300 },
  { callerCount: 1, groupCount: 1, isBatched: true },
  { callerCount: 16, groupCount: 64, isBatched: true, quota: 3_000 },
];

export async function measureFifoLives(bench: Bench, report: Report): Promise<void> {
  for (const scope of ["queue", "messageGroup"] as const) {
    for (const lives of LIVES) await measureLives(bench, report, scope, lives);
  }
}

async function measureLives(
  bench: Bench,
  report: Report,
  scope: Scope,
  lives: Lives,
): Promise<void> {
  const { callerCount, groupCount, isBatched } = lives;
  const queue = await FifoBenchQueue.create(bench, scope);
  const messageGroupIds = groupNames(groupCount);
  const next = inTurns(
    messageGroupIds.map((id) => Array<string>(isBatched ? BATCH_SIZE : 1).fill(id)),
  );
  let workerRequests = 0;
  const load = async (): Promise<LoadSample> => {
    const sample = await bench.load(
      callerCount,
      (caller) => queue.load.life(caller, { messageGroupIds: next(), callerCount }),
      bench.pace.productMs,
    );
    workerRequests += sample.requestCount;
    return sample;
  };
  const before = await queue.bill(messageGroupIds);
  const comparison = await bench.compare(callerCount, load);
  const bill = billBetween(before, await queue.bill(messageGroupIds));
  const { messageCount } = comparison;
  const name = nameOf(lives);
  const ratioKind = isBatched ? "messagesToRequests" : "requestsToRequests";
  report.rows.push({
    ...comparisonRow(`${name}, ${SCOPE_NAMES[scope]}`, callerCount, ratioKind, comparison),
    rowsPerMessage: bill.rowsWritten / messageCount,
    note: `${queue.load.emptyReceiveCount} receives found nothing`,
  });
  report.costs.push(
    costRow({ name, scope, callers: callerCount, bill, workerRequests, messageCount }),
  );
  if (scope === "queue") {
    report.targets.push(...targetsOf(lives, comparison.product.messagesPerSecond));
  }
  await queue.remove();
}

function nameOf({ groupCount, isBatched }: Lives): string {
  const where = groupCount === 1 ? "one group" : `${groupCount} groups`;
  return `lives${isBatched ? " in batches of 10" : ""}, ${where}`;
}

/** As many messages live as each of the three actions is called, or more. */
function targetsOf(lives: Lives, messagesPerSecond: number): Target[] {
  const { isBatched, quota, callerCount } = lives;
  if (quota === undefined) return [];
  const what = isBatched ? "messages/s" : "calls/s of each action";
  const name = `${nameOf(lives)}, ${callerCount} callers: ${what}`;
  return [{ name, measured: messagesPerSecond, bound: "at least", target: quota, unit: "/s" }];
}
