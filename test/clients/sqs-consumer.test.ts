/**
 * sqs-producer and sqs-consumer, unmodified, against `npm start`: four consumers work off 10,000
 * messages while they are being sent; each message is handled exactly once. A message whose handler
 * fails comes again.
 */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { Consumer } from "sqs-consumer";
import { Producer } from "sqs-producer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newSdkClient } from "../support/sdk-client.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const MESSAGE_COUNT = 10_000;
const CONSUMER_COUNT = 4;
const WAIT_TIME_SECONDS = 1;
const TEST_TIMEOUT_MS = 120_000;

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

test(
  "10,000 messages are produced and consumed, each exactly once",
  async () => {
    const queueUrl = await createQueue("parcels");
    const handled: (string | undefined)[] = [];
    const errors: Error[] = [];
    const { promise: isDone, resolve: done } = Promise.withResolvers<void>();
    const handle = (messages: Message[]): Promise<Message[]> => {
      handled.push(...messages.map((message) => message.Body));
      if (handled.length >= MESSAGE_COUNT) done();
      return Promise.resolve(messages);
    };
    const consumers = Array.from({ length: CONSUMER_COUNT }, () =>
      startConsumer(queueUrl, handle, errors),
    );
    const bodies = Array.from({ length: MESSAGE_COUNT }, (_, index) => `parcel-${index}`);
    const results = await Producer.create({ queueUrl, sqs, batchSize: 10 }).send(bodies);
    expect(results).toHaveLength(MESSAGE_COUNT);
    await isDone;
    await Promise.all(consumers.map(stopWhenEmpty));
    expect(errors).toEqual([]);
    expect(handled.toSorted()).toEqual(bodies.toSorted());
    expect(await countMessages(queueUrl)).toEqual({ visible: "0", inFlight: "0" });
  },
  TEST_TIMEOUT_MS,
);

test(
  "a message whose handler fails is made visible at once and handled again",
  async () => {
    const queueUrl = await createQueue("retries");
    const counts: (string | undefined)[] = [];
    const { promise: isDone, resolve: done } = Promise.withResolvers<void>();
    const consumer = Consumer.create({
      queueUrl,
      sqs,
      waitTimeSeconds: WAIT_TIME_SECONDS,
      messageSystemAttributeNames: ["ApproximateReceiveCount"],
      terminateVisibilityTimeout: true,
      handleMessage: (message) => {
        counts.push(message.Attributes?.ApproximateReceiveCount);
        if (counts.length < 3) return Promise.reject(new Error("not yet"));
        done();
        return Promise.resolve(message);
      },
    });
    consumer.on("processing_error", () => {});
    consumer.on("error", () => {});
    consumer.start();
    await Producer.create({ queueUrl, sqs }).send({ id: "one", body: "stubborn" });
    await isDone;
    await stopWhenEmpty(consumer);
    expect(counts).toEqual(["1", "2", "3"]);
    expect(await countMessages(queueUrl)).toEqual({ visible: "0", inFlight: "0" });
  },
  TEST_TIMEOUT_MS,
);

function startConsumer(
  queueUrl: string,
  handleMessageBatch: (messages: Message[]) => Promise<Message[]>,
  errors: Error[],
): Consumer {
  const consumer = Consumer.create({
    queueUrl,
    sqs,
    batchSize: 10,
    waitTimeSeconds: WAIT_TIME_SECONDS,
    handleMessageBatch,
  });
  consumer.on("error", (error) => errors.push(error));
  consumer.on("processing_error", (error) => errors.push(error));
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

async function createQueue(QueueName: string): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
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
