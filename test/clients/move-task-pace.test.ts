/**
 * What a message move task does to time, against `npm start`: it keeps to its
 * MaxNumberOfMessagesPerSecond, and the server answers everybody else meanwhile. Time is the behaviour
 * here, so whatever else the machine does at the moment has its share in the figures.
 */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  SendMessageBatchCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSdkClient } from "../support/sdk-client.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const HIGH_THROUGHPUT = {
  FifoQueue: "true",
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};
const FIFO = { FifoQueue: "true" };
/** As many messages as it takes to see the pace. */
const PACES = [
  { perSecond: 1, count: 3 },
  { perSecond: 10, count: 20 },
  { perSecond: 100, count: 200 },
  { perSecond: 500, count: 1_000 },
];
const GROUP_COUNT = 20;
/** A machine that is busy elsewhere makes a task slower, the more so where many objects take part. */
const FASTER_MAX = 1.1;
const SLOWER_MAX = 0.8;
const FIFO_SLOWER_MAX = 0.5;
const LOOK_EVERY_MS = 25;
const TEST_TIMEOUT_MS = 60_000;

const data = new TemporaryDirectory();
let server: ServerProcess;
let sqs: SQSClient;
let pairCount = 0;

beforeAll(async () => {
  server = await ServerProcess.started({
    dataDir: data.path,
    port: await freePort(),
    through: "npm",
  });
  sqs = newSdkClient(server.url);
});

afterAll(async () => {
  sqs.destroy();
  await server.stop();
  data.remove();
});

describe("a move task with MaxNumberOfMessagesPerSecond", () => {
  test.each(PACES)(
    "of $perSecond moves $count messages of a standard queue at that rate",
    async ({ perSecond, count }) => {
      const rate = await measuredRate({}, perSecond, count);
      expect(rate).toBeGreaterThan(perSecond * SLOWER_MAX);
      expect(rate).toBeLessThan(perSecond * FASTER_MAX);
    },
    TEST_TIMEOUT_MS,
  );

  test.each([
    { kind: "a FIFO queue", attributes: FIFO },
    { kind: "a FIFO queue of high throughput", attributes: HIGH_THROUGHPUT },
  ])(
    "of 10 moves messages of $kind no faster than that",
    async ({ attributes }) => {
      const rate = await measuredRate(attributes, 10, 30);
      expect(rate).toBeGreaterThan(10 * FIFO_SLOWER_MAX);
      expect(rate).toBeLessThan(10 * FASTER_MAX);
    },
    TEST_TIMEOUT_MS,
  );
});

test(
  "the server answers others while many message groups move",
  async () => {
    const pair = await newPair(HIGH_THROUGHPUT);
    await fill(pair.deadLetters, 1_500);
    await start(pair, 400);
    const waitsMs: number[] = [];
    while ((await latestTask(pair)).Status === "RUNNING") {
      const askedAtMs = performance.now();
      await fetch(`${server.url}/health`);
      waitsMs.push(performance.now() - askedAtMs);
      await pause(LOOK_EVERY_MS);
    }
    console.log(`${waitsMs.length} answers, each within ${Math.max(...waitsMs).toFixed(0)} ms`);
    expect(waitsMs.length).toBeGreaterThan(3);
  },
  TEST_TIMEOUT_MS,
);

async function measuredRate(
  attributes: Record<string, string>,
  perSecond: number,
  count: number,
): Promise<number> {
  const pair = await newPair(attributes);
  await fill(pair.deadLetters, count);
  await start(pair, perSecond);
  const startedAtMs = performance.now();
  while ((await latestTask(pair)).ApproximateNumberOfMessagesMoved !== count) {
    await pause(LOOK_EVERY_MS);
  }
  const rate = (count * 1_000) / (performance.now() - startedAtMs);
  console.log(`${rate.toFixed(2)} messages in a second, of ${perSecond} at most`);
  return rate;
}

type Pair = {
  readonly deadLetters: string;
  readonly sourceArn: string;
  readonly destination: string;
};

/** A queue, and another one that is its dead-letter queue. */
async function newPair(attributes: Record<string, string>): Promise<Pair> {
  const suffix = attributes.FifoQueue === undefined ? "" : ".fifo";
  const name = `pace-${pairCount++}`;
  const deadLetters = await create(`${name}-dead${suffix}`, attributes);
  const sourceArn = await arnOf(deadLetters);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: sourceArn, maxReceiveCount: 1 });
  const queue = await create(`${name}${suffix}`, { ...attributes, RedrivePolicy });
  return { deadLetters, sourceArn, destination: await arnOf(queue) };
}

async function create(QueueName: string, Attributes: Record<string, string>): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

async function arnOf(QueueUrl: string): Promise<string> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] });
  return (await sqs.send(command)).Attributes?.QueueArn ?? "";
}

/** Sent to the dead-letter queue itself: where messages come from is nothing to their pace. */
async function fill(QueueUrl: string, count: number): Promise<void> {
  const isFifo = QueueUrl.endsWith(".fifo");
  for (let sent = 0; sent < count; sent += 10) {
    const Entries = Array.from({ length: Math.min(10, count - sent) }, (_, index) => {
      const Id = `${sent + index}`;
      const place = {
        MessageGroupId: `g${(sent + index) % GROUP_COUNT}`,
        MessageDeduplicationId: Id,
      };
      return { Id, MessageBody: `message ${Id}`, ...(isFifo ? place : {}) };
    });
    const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Failed ?? []).toEqual([]);
  }
}

async function start(
  { sourceArn: SourceArn, destination: DestinationArn }: Pair,
  MaxNumberOfMessagesPerSecond: number | undefined,
): Promise<void> {
  const input = { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond };
  await sqs.send(new StartMessageMoveTaskCommand(input));
}

async function latestTask({ sourceArn: SourceArn }: Pair) {
  const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
  return Results[0] ?? {};
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
