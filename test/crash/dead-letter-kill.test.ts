/**
 * SIGKILL of the server, again and again, while a third of all messages are on their way to dead-letter
 * queues. Whatever was acknowledged ends in one place: deleted by its consumer, or in the dead-letter
 * queue, once, as the message that it was. Of FIFO queues there are two, because dead letters take
 * different ways in them. What clients saw is judged by the dead-letter checker.
 *
 * MILLRACE_SEED repeats a run's draws, MILLRACE_KILLS sets the number of cycles.
 */
import { expect, test } from "vitest";
import { SeededRandom, seedOfRun } from "../support/seeded-random.ts";
import { freePort } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { checkDeadLetters } from "./dead-letter-checker.ts";
import {
  countsOf,
  finish,
  isPoison,
  newQueuePair,
  type QueuePair,
  runFailingConsumer,
} from "./dead-letter-workload.ts";
import { type DeduplicationScope, runProducer } from "./fifo-workload.ts";
import { KilledServer } from "./killed-server.ts";
import { drain, runWriter, type Switch } from "./workload.ts";

const CYCLE_COUNT = Number(process.env.MILLRACE_KILLS ?? 10);
const SENDER_COUNT = 6;
const CONSUMER_COUNT = 4;
const SEND_PAUSE_MS = 30;
const DRAINER_COUNT = 4;
const TEST_TIMEOUT_MS = 300_000;
const NOTHING = { visible: 0, inFlight: 0, delayed: 0 };
const HIGH_THROUGHPUT = {
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};

type Subject = QueuePair & { readonly scope?: DeduplicationScope };

test(
  `what fails is dead-lettered once, and nothing is lost, through ${CYCLE_COUNT} SIGKILLs`,
  async () => {
    const seed = seedOfRun();
    console.log(`MILLRACE_SEED=${seed}`);
    const data = new TemporaryDirectory();
    const port = await freePort();
    const server = new KilledServer({ dataDir: data.path, port });
    try {
      await server.start();
      const fifo = { FifoQueue: "true" };
      const subjects: readonly Subject[] = [
        await newQueuePair(port, "standard", 2),
        { ...(await newQueuePair(port, "queue", 2, fifo)), scope: "queue" },
        {
          ...(await newQueuePair(port, "group", 3, { ...fifo, ...HIGH_THROUGHPUT })),
          scope: "messageGroup",
        },
      ];
      const random = new SeededRandom(seed);
      const power: Switch = { isOn: true };
      const clients = subjects.flatMap((subject) => startClients(subject, random, power));
      for (let cycle = 0; cycle < CYCLE_COUNT; cycle++) {
        await pause(random.between(300, 2_000));
        const mark = await server.crash();
        for (const { source, deadLetters } of subjects) {
          source.operations.push(mark);
          deadLetters.operations.push(mark);
        }
      }
      await pause(1_000);
      power.isOn = false;
      await Promise.all(clients);
      await Promise.all(subjects.map((subject) => verify(subject, random)));
    } catch (error) {
      console.log(server.output);
      throw error;
    } finally {
      server.end();
      data.remove();
    }
  },
  TEST_TIMEOUT_MS,
);

function startClients(
  { source, scope }: Subject,
  random: SeededRandom,
  power: Switch,
): Promise<void>[] {
  const draws = (): SeededRandom => new SeededRandom(random.between(0, 2 ** 31 - 1));
  const senders = Array.from({ length: SENDER_COUNT }, (_, index) =>
    scope === undefined
      ? runWriter(`w${index}`, source, draws(), power, SEND_PAUSE_MS)
      : runProducer({ name: `p${index}`, scope }, source, draws(), power, SEND_PAUSE_MS),
  );
  const consumers = Array.from({ length: CONSUMER_COUNT }, () =>
    runFailingConsumer(source, draws(), power),
  );
  return [...senders, ...consumers];
}

/** Works off the queue, then its dead letters, and lets the checker judge. */
async function verify(subject: Subject, random: SeededRandom): Promise<void> {
  const { source, sourceArn, deadLetters, maxReceiveCount, scope } = subject;
  await inParallel(() => finish(source, new SeededRandom(random.between(0, 2 ** 31 - 1))));
  expect(await countsOf(source)).toEqual(NOTHING);
  const counts = await countsOf(deadLetters);
  await inParallel(() => drain(deadLetters));
  expect(await countsOf(deadLetters)).toEqual(NOTHING);
  const summary = summarize(subject);
  console.log(`${source.queueUrl}: ${JSON.stringify(summary)}`);
  const violations = checkDeadLetters({
    source: source.operations,
    sourceArn,
    maxReceiveCount,
    deadLetters: deadLetters.operations,
    isFifo: scope !== undefined,
  });
  expect(violations.slice(0, 20), `${violations.length} violations`).toEqual([]);
  expect([...source.surprises, ...deadLetters.surprises].slice(0, 20)).toEqual([]);
  expect(counts).toEqual({ ...NOTHING, visible: summary.deadLetters });
  expect(summary.deadLetterDeliveries).toBe(summary.deadLetters);
  expect(summary.poisonElsewhere).toBe(0);
  expect(summary.deadLetters).toBeGreaterThan(50);
  expect(summary.lostReceives).toBeGreaterThan(0);
}

function summarize({ source, deadLetters }: Subject) {
  const sends = source.operations.filter((operation) => operation.kind === "send");
  const acknowledged = new Set(sends.flatMap(({ outcome, uid }) => (outcome === "ok" ? uid : [])));
  const deliveries = deadLetters.operations.flatMap((operation) =>
    operation.kind === "receive" ? operation.deliveries.map(({ uid }) => uid) : [],
  );
  const dead = new Set(deliveries);
  const poison = [...acknowledged].filter(isPoison);
  return {
    acknowledgedMessages: acknowledged.size,
    acknowledgedPoison: poison.length,
    deadLetters: dead.size,
    deadLetterDeliveries: deliveries.length,
    poisonElsewhere: poison.filter((uid) => !dead.has(uid)).length,
    /** Good ones whose deletes, or whose receives, were lost in crashes as often as it takes. */
    goodDeadLetters: [...dead].filter((uid) => !isPoison(uid)).length,
    lostReceives: source.operations.filter(
      (one) => one.kind === "receive" && one.outcome === "info",
    ).length,
  };
}

async function inParallel(work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: DRAINER_COUNT }, work));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
