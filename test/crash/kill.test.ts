/**
 * SIGKILL of the server under load, again and again, on the same data: no acknowledged message is
 * lost, none comes before its time, none comes back. Writers and consumers keep on through every
 * crash; what they saw is judged by the history checker.
 *
 * MILLRACE_SEED repeats a run's draws, MILLRACE_KILLS sets the number of cycles.
 */
import { expect, test } from "vitest";
import { SeededRandom, seedOfRun } from "../support/seeded-random.ts";
import { freePort } from "../support/server-process.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import type { Operation } from "./history.ts";
import { checkHistory } from "./history-checker.ts";
import { KilledServer } from "./killed-server.ts";
import type { QueueUnderTest } from "./recorder.ts";
import { drain, runConsumer, runWriter, type Switch } from "./workload.ts";

const CYCLE_COUNT = Number(process.env.MILLRACE_KILLS ?? 10);
const WRITER_COUNT = 32;
const CONSUMER_COUNT = 8;
const DRAINER_COUNT = 8;
const TEST_TIMEOUT_MS = 300_000;

test(
  `no acknowledged message is lost and none comes early through ${CYCLE_COUNT} SIGKILLs under ${WRITER_COUNT} writers`,
  async () => {
    const seed = seedOfRun();
    console.log(`MILLRACE_SEED=${seed}`);
    const data = new TemporaryDirectory();
    const port = await freePort();
    const server = new KilledServer({ dataDir: data.path, port });
    try {
      await server.start();
      const queues = [await newQueue(port, "first"), await newQueue(port, "second")];
      const random = new SeededRandom(seed);
      const power: Switch = { isOn: true };
      const clients = startClients(queues, random, power);
      for (let cycle = 0; cycle < CYCLE_COUNT; cycle++) {
        await pause(random.between(500, 2_000));
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

async function newQueue(port: number, queueName: string): Promise<QueueUnderTest> {
  const caller = await SqsCaller.connect({ port });
  const queueUrl = await caller.createQueue(queueName);
  caller.close();
  return { port, queueUrl, operations: [], surprises: [] };
}

function startClients(
  queues: readonly QueueUnderTest[],
  random: SeededRandom,
  power: Switch,
): Promise<void>[] {
  const draws = (): SeededRandom => new SeededRandom(random.between(0, 2 ** 31 - 1));
  return queues.flatMap((queue) => {
    const share = (count: number): undefined[] => Array.from({ length: count / queues.length });
    return [
      ...share(WRITER_COUNT).map((_, index) => runWriter(`w${index}`, queue, draws(), power)),
      ...share(CONSUMER_COUNT).map(() => runConsumer(queue, draws(), power)),
    ];
  });
}

/** Drains the queue, lets the checker judge, and makes sure that the run was worth judging. */
async function verify(queue: QueueUnderTest): Promise<void> {
  await Promise.all(Array.from({ length: DRAINER_COUNT }, () => drain(queue)));
  const caller = await SqsCaller.connect({ port: queue.port });
  const counts = await caller.counts(queue.queueUrl);
  caller.close();
  const summary = summarize(queue.operations);
  console.log(`${queue.queueUrl}: ${JSON.stringify(summary)}`);
  const violations = checkHistory(queue.operations);
  expect(violations.slice(0, 20), `${violations.length} violations`).toEqual([]);
  expect(queue.surprises.slice(0, 20)).toEqual([]);
  expect(counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  expect(summary.acknowledgedSends).toBeGreaterThan(1_000);
  expect(summary.indeterminateOperations).toBeGreaterThan(0);
  expect(summary.repeatedDeliveries).toBeGreaterThan(0);
}

function summarize(operations: readonly Operation[]) {
  const summary = {
    acknowledgedSends: 0,
    deliveries: 0,
    repeatedDeliveries: 0,
    acknowledgedDeletes: 0,
    indeterminateOperations: 0,
  };
  for (const operation of operations) {
    if (operation.kind === "death") continue;
    const isOk = operation.outcome === "ok";
    if (operation.outcome === "info") summary.indeterminateOperations++;
    if (operation.kind === "send" && isOk) summary.acknowledgedSends++;
    if (operation.kind === "delete" && isOk) summary.acknowledgedDeletes++;
    if (operation.kind !== "receive") continue;
    summary.deliveries += operation.deliveries.length;
    summary.repeatedDeliveries += operation.deliveries.filter((d) => d.receiveCount > 1).length;
  }
  return summary;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
