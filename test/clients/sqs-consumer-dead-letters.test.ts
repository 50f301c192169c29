/**
 * sqs-consumer, unmodified, with a handler that fails on some messages, against `npm start`. What it
 * fails on ends in the dead-letter queue; once the handler is mended a move task brings it back, and it
 * is handled as if nothing had been. In a FIFO queue a group waits for its failing message, goes on when
 * that is a dead letter, and keeps its order.
 */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListMessageMoveTasksCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";
import { Producer } from "sqs-producer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSdkClient } from "../support/sdk-client.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const GROUP_COUNT = 30;
const MESSAGES_PER_GROUP = 10;
const MESSAGE_COUNT = GROUP_COUNT * MESSAGES_PER_GROUP;
/** Of each group. */
const POISON_NUMBER = 3;
const MAX_RECEIVE_COUNT = 2;
const CONSUMER_COUNT = 3;
const WAIT_TIME_SECONDS = 1;
const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;
const TEST_TIMEOUT_MS = 120_000;
const HIGH_THROUGHPUT = {
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};
const KINDS: readonly { kind: string; attributes: Record<string, string> }[] = [
  { kind: "a standard queue", attributes: {} },
  { kind: "a FIFO queue", attributes: { FifoQueue: "true" } },
  {
    kind: "a FIFO queue of high throughput",
    attributes: { FifoQueue: "true", ...HIGH_THROUGHPUT },
  },
];

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

describe.each(KINDS)("on $kind", ({ attributes }) => {
  const isFifo = attributes.FifoQueue !== undefined;

  test(
    `${GROUP_COUNT} of ${MESSAGE_COUNT} messages fail, are dead-lettered, redriven, and handled once`,
    async () => {
      const pair = await newPair(attributes);
      const log = new HandlerLog();
      const consumers = Array.from({ length: CONSUMER_COUNT }, () =>
        startConsumer(pair.source, isFifo, log),
      );
      await produce(pair.source, isFifo);
      await until(async () => log.finished.length === MESSAGE_COUNT - GROUP_COUNT);
      await until(async () => (await visibleCount(pair.deadLetters)) === GROUP_COUNT);
      expect(log.finished.filter(isPoison)).toEqual([]);

      const dead = await lookAtAll(pair.deadLetters, GROUP_COUNT);
      expect(dead.map(({ Body }) => Body).toSorted()).toEqual(bodies().filter(isPoison).toSorted());
      for (const { Attributes } of dead) {
        expect(Attributes).toMatchObject({ DeadLetterQueueSourceArn: pair.sourceArn });
      }

      log.isMended = true;
      const { deadLettersArn: SourceArn } = pair;
      await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
      await until(async () => log.finished.length === MESSAGE_COUNT);
      await Promise.all(consumers.map(stopWhenEmpty));
      expect(log.finished.toSorted()).toEqual(bodies().toSorted());
      expect(log.failed.toSorted()).toEqual(
        bodies()
          .filter(isPoison)
          .flatMap((body) => Array.from({ length: MAX_RECEIVE_COUNT }, () => body))
          .toSorted(),
      );
      if (isFifo) expectGroupsInOrder(log);
      expect(log.errors).toEqual([]);
      const { Results } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
      expect(Results).toMatchObject([
        { Status: "COMPLETED", ApproximateNumberOfMessagesMoved: GROUP_COUNT },
      ]);
      expect(await visibleCount(pair.source)).toBe(0);
      expect(await visibleCount(pair.deadLetters)).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
});

/** What handlers did: every attempt in its order. */
class HandlerLog {
  readonly attempts: string[] = [];
  readonly finished: string[] = [];
  readonly failed: string[] = [];
  readonly errors: Error[] = [];
  isMended = false;

  handle(message: Message): Promise<Message> {
    const { Body: body = "" } = message;
    if (isPoison(body) && !this.isMended) {
      this.attempts.push(`${body} fails`);
      this.failed.push(body);
      return Promise.reject(new Error("poison"));
    }
    this.attempts.push(body);
    this.finished.push(body);
    return Promise.resolve(message);
  }
}

/** A group stops at its failing message as often as that is tried, and takes it up at the end. */
function expectGroupsInOrder({ attempts }: HandlerLog): void {
  for (let group = 0; group < GROUP_COUNT; group++) {
    const expected = Array.from({ length: MESSAGES_PER_GROUP }, (_, number) =>
      number === POISON_NUMBER
        ? Array.from({ length: MAX_RECEIVE_COUNT }, () => `g${group}/${number} fails`)
        : [`g${group}/${number}`],
    ).flat();
    const ofGroup = attempts.filter((attempt) => attempt.startsWith(`g${group}/`));
    expect(ofGroup).toEqual([...expected, `g${group}/${POISON_NUMBER}`]);
  }
}

/** Groups take turns. */
function bodies(): string[] {
  return Array.from({ length: MESSAGE_COUNT }, (_, index) => {
    return `g${index % GROUP_COUNT}/${Math.floor(index / GROUP_COUNT)}`;
  });
}

function isPoison(body: string): boolean {
  return body.endsWith(`/${POISON_NUMBER}`);
}

type Pair = {
  readonly source: string;
  readonly sourceArn: string;
  readonly deadLetters: string;
  readonly deadLettersArn: string;
};

async function newPair(attributes: Record<string, string>): Promise<Pair> {
  const suffix = attributes.FifoQueue === undefined ? "" : ".fifo";
  const name = `parcels-${pairCount++}`;
  const deadLetters = await create(`${name}-dead${suffix}`, attributes);
  const deadLettersArn = await arnOf(deadLetters);
  const policy = { deadLetterTargetArn: deadLettersArn, maxReceiveCount: MAX_RECEIVE_COUNT };
  const RedrivePolicy = JSON.stringify(policy);
  const source = await create(`${name}${suffix}`, { ...attributes, RedrivePolicy });
  return { source, sourceArn: await arnOf(source), deadLetters, deadLettersArn };
}

async function create(QueueName: string, Attributes: Record<string, string>): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

async function attributesOf(QueueUrl: string) {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
  return (await sqs.send(command)).Attributes ?? {};
}

async function arnOf(queueUrl: string): Promise<string> {
  return (await attributesOf(queueUrl)).QueueArn ?? "";
}

async function visibleCount(queueUrl: string): Promise<number> {
  return Number((await attributesOf(queueUrl)).ApproximateNumberOfMessages);
}

/** One message at a time of a FIFO queue, so that each group has one that is being handled. */
function startConsumer(queueUrl: string, isFifo: boolean, log: HandlerLog): Consumer {
  const consumer = Consumer.create({
    queueUrl,
    sqs,
    batchSize: isFifo ? 1 : 10,
    waitTimeSeconds: WAIT_TIME_SECONDS,
    terminateVisibilityTimeout: true,
    suppressFifoWarning: true,
    handleMessage: (message) => log.handle(message),
  });
  consumer.on("error", (error) => log.errors.push(error));
  consumer.on("processing_error", (error) => {
    if (!error.message.includes("poison")) log.errors.push(error);
  });
  consumer.start();
  return consumer;
}

/** An empty poll comes after the deletes of everything that the consumer handled before. */
function stopWhenEmpty(consumer: Consumer): Promise<void> {
  return new Promise((resolve) => {
    consumer.once("stopped", () => resolve());
    consumer.once("empty", () => consumer.stop());
  });
}

async function produce(queueUrl: string, isFifo: boolean): Promise<void> {
  const messages = bodies().map((body) => {
    const [groupId = ""] = body.split("/");
    const id = body.replace("/", "-");
    return isFifo ? { id, body, groupId, deduplicationId: id } : { id, body };
  });
  const results = await Producer.create({ queueUrl, sqs, batchSize: 10 }).send(messages);
  expect(results).toHaveLength(MESSAGE_COUNT);
}

/** Looks at every message of a queue and leaves it there, as one does who wants to know what failed. */
async function lookAtAll(QueueUrl: string, count: number): Promise<Message[]> {
  const seen = new Map<string, Message>();
  await until(async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageSystemAttributeNames: ["All"],
      }),
    );
    for (const message of Messages) seen.set(message.MessageId ?? "", message);
    return seen.size === count;
  });
  return [...seen.values()];
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error("it does not come about");
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
