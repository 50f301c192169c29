/**
 * The AWS SDK for JavaScript, unmodified, against `npm start`: 10,000 messages, sent one by one and
 * in batches by many callers, are all received and deleted, each exactly once.
 */
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newSdkClient } from "../support/sdk-client.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const MESSAGE_COUNT = 10_000;
const SENT_ALONE_COUNT = 1_000;
const BATCH_SIZE = 10;
const SENDER_COUNT = 16;
const RECEIVER_COUNT = 16;
const TEST_TIMEOUT_MS = 120_000;

const data = new TemporaryDirectory();
let server: ServerProcess;
let client: SQSClient;

beforeAll(async () => {
  server = await ServerProcess.started({
    dataDir: data.path,
    port: await freePort(),
    through: "npm",
  });
  client = newSdkClient(server.url);
});

afterAll(async () => {
  client.destroy();
  await server.stop();
  data.remove();
});

test(
  "10,000 messages are sent, received and deleted, each exactly once",
  async () => {
    const { QueueUrl = "" } = await client.send(new CreateQueueCommand({ QueueName: "orders" }));
    const sent = await sendAll(QueueUrl);
    expect(sent.size).toBe(MESSAGE_COUNT);
    const received = await receiveAll(QueueUrl);
    expect(new Map(received.map(({ Body, MessageId }) => [Body, MessageId]))).toEqual(sent);
    expect(received).toHaveLength(MESSAGE_COUNT);
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesNotVisible: "0",
    });
  },
  TEST_TIMEOUT_MS,
);

/** Returns the message id of each body. */
async function sendAll(QueueUrl: string): Promise<Map<string | undefined, string | undefined>> {
  const messageIds = new Map<string | undefined, string | undefined>();
  const bodies = Array.from({ length: MESSAGE_COUNT }, (_, index) => `order ${index} für Zoë 🚀`);
  const alone = bodies.splice(0, SENT_ALONE_COUNT);
  await Promise.all(
    Array.from({ length: SENDER_COUNT }, async () => {
      for (let body = alone.pop(); body !== undefined; body = alone.pop()) {
        const answer = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
        messageIds.set(body, answer.MessageId);
      }
      for (let batch = bodies.splice(0, BATCH_SIZE); batch.length > 0; ) {
        await sendBatch(QueueUrl, batch, messageIds);
        batch = bodies.splice(0, BATCH_SIZE);
      }
    }),
  );
  return messageIds;
}

async function sendBatch(
  QueueUrl: string,
  batch: readonly string[],
  messageIds: Map<string | undefined, string | undefined>,
): Promise<void> {
  const Entries = batch.map((MessageBody, index) => ({ Id: `${index}`, MessageBody }));
  const answer = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(answer.Failed).toBeUndefined();
  for (const { Id, MessageId } of answer.Successful ?? []) {
    messageIds.set(batch[Number(Id)], MessageId);
  }
}

/** Many receivers, until each of them found the queue empty. */
async function receiveAll(QueueUrl: string): Promise<Message[]> {
  const received: Message[] = [];
  await Promise.all(
    Array.from({ length: RECEIVER_COUNT }, async (_, receiver) => {
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
        );
        if (Messages.length === 0) return;
        received.push(...Messages);
        await deleteAll(QueueUrl, Messages, receiver % 4 === 0);
      }
    }),
  );
  return received;
}

async function deleteAll(
  QueueUrl: string,
  messages: readonly Message[],
  isOneByOne: boolean,
): Promise<void> {
  if (isOneByOne) {
    for (const { ReceiptHandle } of messages) {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    return;
  }
  const Entries = messages.map(({ MessageId, ReceiptHandle }) => ({
    Id: MessageId,
    ReceiptHandle,
  }));
  const answer = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  expect(answer.Failed).toBeUndefined();
}
