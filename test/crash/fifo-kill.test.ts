/**
 * SIGKILL of the server under load on FIFO queues, again and again, on the same data. Nothing that was
 * acknowledged is lost, a send that is repeated over a crash is stored once, and every message group
 * keeps its order. One queue deduplicates for itself and one lets its message groups do so, because
 * messages take different ways in them. What producers and consumers saw is judged by the FIFO history
 * checker.
 *
 * MILLRACE_SEED repeats a run's draws, MILLRACE_KILLS sets the number of cycles.
 */
import { expect, test } from "vitest";
import { SeededRandom, seedOfRun } from "../support/seeded-random.ts";
import { freePort } from "../support/server-process.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { checkFifoHistory, type FifoRule, type FifoViolation } from "./fifo-history-checker.ts";
import { type DeduplicationScope, runProducer } from "./fifo-workload.ts";
import type { Delivery, Operation } from "./history.ts";
import { KilledServer } from "./killed-server.ts";
import type { QueueUnderTest } from "./recorder.ts";
import { drain, runConsumer, type Switch } from "./workload.ts";

const CYCLE_COUNT = Number(process.env.MILLRACE_KILLS ?? 10);
const PRODUCER_COUNT = 8;
const CONSUMER_COUNT = 6;
/** Few, so that a handle is tried again while its message is in flight under another one. */
const LAPSED_HANDLES_KEPT = 2;
const DRAINER_COUNT = 6;
const TEST_TIMEOUT_MS = 300_000;

type FifoQueueUnderTest = QueueUnderTest & { readonly scope: DeduplicationScope };

test(
  `FIFO queues lose nothing, double nothing and keep the order of groups through ${CYCLE_COUNT} SIGKILLs`,
  async () => {
    const seed = seedOfRun();
    console.log(`MILLRACE_SEED=${seed}`);
    const data = new TemporaryDirectory();
    const port = await freePort();
    const server = new KilledServer({ dataDir: data.path, port });
    try {
      await server.start();
      const queues = [await newQueue(port, "queue"), await newQueue(port, "messageGroup")];
      const random = new SeededRandom(seed);
      const power: Switch = { isOn: true };
      const clients = queues.flatMap((queue) => startClients(queue, random, power));
      for (let cycle = 0; cycle < CYCLE_COUNT; cycle++) {
        await pause(random.between(300, 2_000));
        const mark = await server.crash();
        for (const queue of queues) queue.operations.push(mark);
      }
      await pause(1_000);
      power.isOn = false;
      await Promise.all(clients);
      for (const queue of queues) await verify(queue);
    } finally {
      server.end();
      data.remove();
    }
  },
  TEST_TIMEOUT_MS,
);

async function newQueue(port: number, scope: DeduplicationScope): Promise<FifoQueueUnderTest> {
  const highThroughput = {
    DeduplicationScope: "messageGroup",
    FifoThroughputLimit: "perMessageGroupId",
  };
  const caller = await SqsCaller.connect({ port });
  const queueUrl = await caller.createQueue(`scope-${scope}.fifo`, {
    FifoQueue: "true",
    ...(scope === "queue" ? {} : highThroughput),
  });
  caller.close();
  return { port, queueUrl, scope, operations: [], surprises: [] };
}

function startClients(
  queue: FifoQueueUnderTest,
  random: SeededRandom,
  power: Switch,
): Promise<void>[] {
  const draws = (): SeededRandom => new SeededRandom(random.between(0, 2 ** 31 - 1));
  const { scope } = queue;
  return [
    ...Array.from({ length: PRODUCER_COUNT }, (_, index) =>
      runProducer({ name: `p${index}`, scope }, queue, draws(), power),
    ),
    ...Array.from({ length: CONSUMER_COUNT }, () =>
      runConsumer(queue, draws(), power, LAPSED_HANDLES_KEPT),
    ),
  ];
}

/** Drains the queue, lets the checker judge, and makes sure that the run was worth judging. */
async function verify(queue: FifoQueueUnderTest): Promise<void> {
  const drainsAtMs = performance.now();
  await Promise.all(Array.from({ length: DRAINER_COUNT }, () => drain(queue)));
  const drainedAfterMs = Math.round(performance.now() - drainsAtMs);
  const caller = await SqsCaller.connect({ port: queue.port });
  const counts = await caller.counts(queue.queueUrl);
  caller.close();
  const summary = summarize(queue.operations);
  console.log(`${queue.queueUrl}: ${JSON.stringify({ ...summary, drainedAfterMs })}`);
  const violations = checkFifoHistory(queue.operations);
  expect(violations.slice(0, 20), JSON.stringify(tally(violations))).toEqual([]);
  expect(queue.surprises.slice(0, 20)).toEqual([]);
  expect(counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  expect(summary.acknowledgedMessages).toBeGreaterThan(500);
  expect(summary.ofTheseStoredAlready).toBeGreaterThan(0);
  expect(summary.repeatedAfterAnAnswer).toBeGreaterThan(0);
  expect(summary.repeatedDeliveries).toBeGreaterThan(0);
}

function summarize(operations: readonly Operation[]) {
  const unanswered = new Set<string>();
  /** When the attempt began that was answered first. */
  const answeredAttempts = new Map<string, number>();
  let repeatedAfterAnAnswer = 0;
  for (const operation of operations) {
    if (operation.kind !== "send") continue;
    const { uid, outcome, startedAtMs } = operation;
    if (answeredAttempts.has(uid)) repeatedAfterAnAnswer++;
    else if (outcome === "ok") answeredAttempts.set(uid, startedAtMs);
    else if (outcome === "info") unanswered.add(uid);
  }
  const receives = operations.filter((operation) => operation.kind === "receive");
  const deliveries = receives.flatMap((receive) => receive.deliveries);
  const wasThereBefore = ({ uid, sentTimestampMs }: Delivery): boolean =>
    sentTimestampMs < performance.timeOrigin + (answeredAttempts.get(uid) ?? 0);
  const storedUnanswered = deliveries.filter(
    (delivery) => unanswered.has(delivery.uid) && wasThereBefore(delivery),
  );
  return {
    acknowledgedMessages: answeredAttempts.size,
    repeatedAfterALostAnswer: unanswered.size,
    /** The repetition found the message there: it outlived the crash, and its answer did not. */
    ofTheseStoredAlready: new Set(storedUnanswered.map((delivery) => delivery.uid)).size,
    repeatedAfterAnAnswer,
    deliveries: deliveries.length,
    repeatedDeliveries: deliveries.filter((delivery) => delivery.receiveCount > 1).length,
  };
}

/** How often each rule was violated. */
function tally(violations: readonly FifoViolation[]): Partial<Record<FifoRule, number>> {
  const counts: Partial<Record<FifoRule, number>> = {};
  for (const { rule } of violations) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
