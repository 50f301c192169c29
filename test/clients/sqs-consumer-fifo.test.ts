/**
 * sqs-producer and sqs-consumer, unmodified, on FIFO queues against `npm start`: five consumers work
 * off many message groups while messages are being sent. Handlers fail now and then, so that messages
 * come back; even so each group is handled strictly in order, one message at a time, and each message
 * is finished exactly once.
 */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { Consumer, type ConsumerOptions } from "sqs-consumer";
import { Producer } from "sqs-producer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSdkClient } from "../support/sdk-client.ts";
import { SeededRandom, seedOfRun } from "../support/seeded-random.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const GROUP_COUNT = 100;
const MESSAGES_PER_TURN = 3;
const CONSUMER_COUNT = 5;
const BATCH_SIZE = 10;
/** Short, because a group waits for it when a handler failed; long against any handler. */
const VISIBILITY_TIMEOUT_SECONDS = 3;
const WAIT_TIME_SECONDS = 1;
const COMPLETE_WITHIN_MS = 80_000;
const TEST_TIMEOUT_MS = 120_000;

const KINDS = [
  { kind: "a queue that deduplicates for itself", name: "queue", attributes: {} },
  {
    kind: "a queue of high throughput",
    name: "group",
    attributes: {
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
    },
  },
] as const;

const data = new TemporaryDirectory();
let server: ServerProcess;
let sqs: SQSClient;

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

describe.each(KINDS)("on $kind", ({ name, attributes }) => {
  test(
    "3,000 messages of 100 groups are handled in batches, in order, each exactly once",
    async () => {
      const queueUrl = await createQueue(`parcels-${name}`, attributes);
      const draws = newDraws();
      const ledger = new Ledger(3_000 / GROUP_COUNT);
      const handleMessageBatch = async (messages: Message[]): Promise<Message[]> => {
        if (draws.isLikely(0.02)) throw new Error("this batch is not for now");
        return ledger.handleInTurn(messages, () => draws.isLikely(0.02));
      };
      const errors: Error[] = [];
      const consumers = Array.from({ length: CONSUMER_COUNT }, () =>
        startConsumer({ queueUrl, batchSize: BATCH_SIZE, handleMessageBatch }, errors),
      );
      await produce(queueUrl, ledger.bodies);
      await ledger.isCompleteWithin(COMPLETE_WITHIN_MS);
      await Promise.all(consumers.map(stopWhenEmpty));
      expect(ledger.irregularities).toEqual([]);
      expect(ledger.unfinished).toEqual([]);
      expect(ledger.failureCount).toBeGreaterThan(0);
      expect(errors.filter((error) => !error.message.includes("not for now"))).toEqual([]);
      expect(await countMessages(queueUrl)).toEqual({ visible: "0", inFlight: "0" });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    "messages whose handlers fail are made visible at once and handled before those behind them",
    async () => {
      const queueUrl = await createQueue(`retries-${name}`, attributes);
      const draws = newDraws();
      const ledger = new Ledger(600 / GROUP_COUNT);
      const handleMessage = async (message: Message): Promise<Message> => {
        const [handled] = await ledger.handleInTurn([message], () => draws.isLikely(0.1));
        if (handled === undefined) throw new Error("not for now");
        return handled;
      };
      const errors: Error[] = [];
      const terminateVisibilityTimeout = true;
      const consumers = Array.from({ length: CONSUMER_COUNT }, () =>
        startConsumer({ queueUrl, handleMessage, terminateVisibilityTimeout }, errors),
      );
      await produce(queueUrl, ledger.bodies);
      await ledger.isCompleteWithin(COMPLETE_WITHIN_MS);
      await Promise.all(consumers.map(stopWhenEmpty));
      expect(ledger.irregularities).toEqual([]);
      expect(ledger.unfinished).toEqual([]);
      expect(ledger.failureCount).toBeGreaterThan(0);
      expect(errors.filter((error) => !error.message.includes("not for now"))).toEqual([]);
      expect(await countMessages(queueUrl)).toEqual({ visible: "0", inFlight: "0" });
    },
    TEST_TIMEOUT_MS,
  );
});

/** What the handlers of all consumers did, and everything of it that was out of order. */
class Ledger {
  readonly bodies: string[] = [];
  readonly irregularities: string[] = [];
  failureCount = 0;
  readonly #isComplete: Promise<void>;
  readonly #complete: () => void;
  /** The number of the message of each group that must be handled next. */
  readonly #next = new Map<string, number>();
  readonly #busy = new Set<string>();
  readonly #unfinished: Set<string>;

  /** Groups take turns in the bodies, with a few messages each time, as they do in a busy queue. */
  constructor(messagesPerGroup: number) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#isComplete = promise;
    this.#complete = resolve;
    for (let first = 0; first < messagesPerGroup; first += MESSAGES_PER_TURN) {
      for (let group = 0; group < GROUP_COUNT; group++) {
        for (let number = first; number < first + MESSAGES_PER_TURN; number++) {
          this.bodies.push(`g${group}/${number}`);
        }
      }
    }
    this.#unfinished = new Set(this.bodies);
  }

  get unfinished(): string[] {
    return [...this.#unfinished];
  }

  /** Also returns if they are not: `unfinished` then says what is missing. */
  async isCompleteWithin(waitMs: number): Promise<void> {
    const { promise: isOver, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    await Promise.race([this.#isComplete, isOver]);
    clearTimeout(timer);
  }

  /**
   * Handles messages one after the other, and returns those that are finished. Behind one that fails,
   * the others of its group are left alone, as whoever wants their order must do.
   */
  async handleInTurn(messages: readonly Message[], fails: () => boolean): Promise<Message[]> {
    const finished: Message[] = [];
    const failedGroups = new Set<string>();
    for (const message of messages) {
      const { Body: body = "", Attributes } = message;
      const [group = "", number] = body.split("/");
      if (Attributes?.MessageGroupId !== group)
        this.irregularities.push(`${body} has lost its group`);
      if (failedGroups.has(group)) continue;
      this.#begin(body, group, Number(number));
      await new Promise((resolve) => setImmediate(resolve));
      this.#busy.delete(group);
      if (fails()) {
        this.failureCount++;
        failedGroups.add(group);
        continue;
      }
      this.#finish(body, group, Number(number));
      finished.push(message);
    }
    return finished;
  }

  #begin(body: string, group: string, number: number): void {
    if (this.#busy.has(group)) this.irregularities.push(`${body} while its group is being handled`);
    this.#busy.add(group);
    const next = this.#next.get(group) ?? 0;
    if (number !== next) this.irregularities.push(`${body} where ${next} was to come`);
  }

  #finish(body: string, group: string, number: number): void {
    this.#next.set(group, number + 1);
    if (!this.#unfinished.delete(body)) this.irregularities.push(`${body} for the second time`);
    if (this.#unfinished.size === 0) this.#complete();
  }
}

function newDraws(): SeededRandom {
  const seed = seedOfRun();
  console.log(`MILLRACE_SEED=${seed}`);
  return new SeededRandom(seed);
}

function startConsumer(
  options: Pick<
    ConsumerOptions,
    "queueUrl" | "batchSize" | "handleMessage" | "handleMessageBatch" | "terminateVisibilityTimeout"
  >,
  errors: Error[],
): Consumer {
  const consumer = Consumer.create({
    sqs,
    waitTimeSeconds: WAIT_TIME_SECONDS,
    visibilityTimeout: VISIBILITY_TIMEOUT_SECONDS,
    messageSystemAttributeNames: ["MessageGroupId"],
    suppressFifoWarning: true,
    ...options,
  });
  consumer.on("error", (error) => errors.push(error));
  consumer.on("processing_error", (error) => errors.push(error));
  consumer.start();
  return consumer;
}

/** In the order of the bodies: the producer sends one batch after the other. */
async function produce(queueUrl: string, bodies: readonly string[]): Promise<void> {
  const messages = bodies.map((body) => {
    const [groupId = ""] = body.split("/");
    const id = body.replace("/", "-");
    return { id, body, groupId, deduplicationId: id };
  });
  const results = await Producer.create({ queueUrl, sqs, batchSize: BATCH_SIZE }).send(messages);
  expect(results).toHaveLength(bodies.length);
}

/** An empty poll comes after the deletes of everything that the consumer handled before. */
function stopWhenEmpty(consumer: Consumer): Promise<void> {
  return new Promise((resolve) => {
    consumer.once("stopped", () => resolve());
    consumer.once("empty", () => consumer.stop());
  });
}

async function createQueue(name: string, attributes: Record<string, string>): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(
    new CreateQueueCommand({
      QueueName: `${name}.fifo`,
      Attributes: { FifoQueue: "true", ...attributes },
    }),
  );
  return QueueUrl;
}

async function countMessages(QueueUrl: string) {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  return {
    visible: Attributes?.ApproximateNumberOfMessages,
    inFlight: Attributes?.ApproximateNumberOfMessagesNotVisible,
  };
}
