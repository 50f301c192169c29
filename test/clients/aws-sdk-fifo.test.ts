/**
 * FIFO queues through the AWS SDK for JavaScript, against `npm start`: what its users do with them, on
 * queues that deduplicate for themselves and on those of high throughput. The SDK checks the MD5
 * digests of what it sends and receives by itself.
 */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { numberOf, parseObject } from "../support/json-value.ts";
import { newSdkClient } from "../support/sdk-client.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

type QueueAttributes = Partial<Record<QueueAttributeName, string>>;

const HIGH_THROUGHPUT: QueueAttributes = {
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};
const KINDS: readonly { kind: string; attributes: QueueAttributes }[] = [
  { kind: "a queue that deduplicates for itself", attributes: {} },
  { kind: "a queue of high throughput", attributes: HIGH_THROUGHPUT },
];
const EVICTED_AFTER_MS = 12_000;
const WOKEN_WITHIN_MS = 500;
/** A poll that was sent so long ago waits. */
const POLL_HANGS_AFTER_MS = 300;

const data = new TemporaryDirectory();
let server: ServerProcess;
let sqs: SQSClient;
let queueCount = 0;

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
  test("the attributes of the queue are those it was created with", async () => {
    const QueueUrl = await newQueue(attributes);
    expect(QueueUrl).toMatch(/\/000000000000\/fifo-[0-9]+\.fifo$/);
    const answer = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
    );
    expect(answer.Attributes).toMatchObject({ FifoQueue: "true", ...attributes });
  });

  test("a message is sent, received with its place, and deleted", async () => {
    const QueueUrl = await newQueue(attributes);
    const MessageAttributes = { colour: { DataType: "String", StringValue: "blue" } };
    const sent = await send(QueueUrl, "g1", "hello für Zoë 🚀", {
      MessageAttributes,
      MessageDeduplicationId: "greeting-1",
    });
    expect(sent.SequenceNumber).toMatch(/^[0-9]{20}$/);
    const [message, ...others] = await receive(QueueUrl, { MessageAttributeNames: ["All"] });
    expect(others).toEqual([]);
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: "hello für Zoë 🚀",
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      MessageAttributes,
      Attributes: {
        MessageGroupId: "g1",
        MessageDeduplicationId: "greeting-1",
        SequenceNumber: sent.SequenceNumber,
        ApproximateReceiveCount: "1",
      },
    });
    await remove(QueueUrl, message);
    await remove(QueueUrl, message);
    expect(await counts(QueueUrl)).toEqual({ visible: "0", inFlight: "0" });
  });

  test("a batch is accepted in its order, received and deleted", async () => {
    const QueueUrl = await newQueue(attributes);
    const bodies = Array.from({ length: 10 }, (_, index) => `g${index % 3}-m${index}`);
    const sent = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl, Entries: bodies.map(entryOf) }),
    );
    expect(sent.Failed).toBeUndefined();
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(bodies);
    const numbersSent = new Map(
      sent.Successful?.map(({ Id, SequenceNumber }) => [Id, SequenceNumber]),
    );
    const messages = await receive(QueueUrl);
    expect(messages.map(({ Body }) => Body).toSorted()).toEqual(bodies.toSorted());
    for (const group of ["g0", "g1", "g2"]) {
      const isOfGroup = (body = ""): boolean => body.startsWith(group);
      const received = messages.filter(({ Body }) => isOfGroup(Body));
      expect(received.map(({ Body }) => Body)).toEqual(bodies.filter(isOfGroup));
      const numbers = received.map(({ Attributes }) => Attributes?.SequenceNumber);
      expect(numbers).toEqual(received.map(({ Body }) => numbersSent.get(Body)));
      expect(numbers).toEqual(numbers.toSorted());
    }
    const Entries = messages.map(({ Body, ReceiptHandle }) => ({ Id: Body, ReceiptHandle }));
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    expect(deleted.Failed).toBeUndefined();
    expect(await counts(QueueUrl)).toEqual({ visible: "0", inFlight: "0" });
  });

  test("a send under the same id is answered with the same message, which is stored once", async () => {
    const QueueUrl = await newQueue(attributes);
    const MessageDeduplicationId = "order-17";
    const first = await send(QueueUrl, "g1", "first", { MessageDeduplicationId });
    const again = await send(QueueUrl, "g1", "another body", { MessageDeduplicationId });
    expect(again).toMatchObject({
      MessageId: first.MessageId,
      SequenceNumber: first.SequenceNumber,
    });
    const [message, ...others] = await receive(QueueUrl);
    expect([message?.Body, others]).toEqual(["first", []]);
    await remove(QueueUrl, message);
    const batch = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { ...entryOf("g1-late"), MessageDeduplicationId },
          { ...entryOf("g1-new"), MessageDeduplicationId: "order-18" },
        ],
      }),
    );
    const [late, fresh] = batch.Successful ?? [];
    expect(late).toMatchObject({ Id: "g1-late", MessageId: first.MessageId });
    expect(late?.SequenceNumber).toBe(first.SequenceNumber);
    expect(fresh?.MessageId).not.toBe(first.MessageId);
    expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(["g1-new"]);
  });

  test("ids are made of bodies where the queue says so", async () => {
    const QueueUrl = await newQueue({ ...attributes, ContentBasedDeduplication: "true" });
    const content = { QueueUrl, MessageGroupId: "g1", MessageBody: "same" };
    const first = await sqs.send(new SendMessageCommand(content));
    const again = await sqs.send(new SendMessageCommand(content));
    expect(again.MessageId).toBe(first.MessageId);
    expect(again.SequenceNumber).toBe(first.SequenceNumber);
    const [message, ...others] = await receive(QueueUrl);
    // Of SHA-256 in hexadecimal digits.
    expect(message?.Attributes?.MessageDeduplicationId).toBe(
      "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5",
    );
    expect(others).toEqual([]);
  });

  test("a message in flight holds up its group, and no other, until it is deleted", async () => {
    const QueueUrl = await newQueue(attributes);
    for (const body of ["g1-m1", "g1-m2", "g2-m1"]) await send(QueueUrl, body.slice(0, 2), body);
    const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    const [second] = await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    expect([first?.Body, second?.Body].toSorted()).toEqual(["g1-m1", "g2-m1"]);
    expect(await receive(QueueUrl)).toEqual([]);
    await remove(QueueUrl, first?.Body === "g1-m1" ? first : second);
    expect((await receive(QueueUrl)).map(({ Body }) => Body)).toEqual(["g1-m2"]);
  });

  test("a handle whose message was made visible again is refused by its class", async () => {
    const QueueUrl = await newQueue(attributes);
    await send(QueueUrl, "g1", "again");
    const [message] = await receive(QueueUrl);
    await makeVisible(QueueUrl, message);
    await expect(remove(QueueUrl, message)).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: expect.stringContaining("The receipt handle has expired"),
    });
    const [again] = await receive(QueueUrl);
    expect(again?.Attributes?.ApproximateReceiveCount).toBe("2");
    await remove(QueueUrl, again);
  });

  test("a receive under the same attempt id brings the same messages", async () => {
    const QueueUrl = await newQueue(attributes);
    for (const body of ["g1-m1", "g1-m2"]) await send(QueueUrl, "g1", body);
    const ReceiveRequestAttemptId = "attempt-1";
    const messages = await receive(QueueUrl, { ReceiveRequestAttemptId });
    expect(messages.map(({ Body }) => Body)).toEqual(["g1-m1", "g1-m2"]);
    const again = await receive(QueueUrl, { ReceiveRequestAttemptId });
    expect(again.map(identityOf)).toEqual(messages.map(identityOf));
    expect(await receive(QueueUrl)).toEqual([]);
  });

  test.concurrent("a long poll is woken by a send", async () => {
    const QueueUrl = await newQueue(attributes);
    const poll = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await pollHangs(poll);
    await send(QueueUrl, "g1", "a");
    const sentAtMs = performance.now();
    expect(await poll).toMatchObject([{ Body: "a", Attributes: { MessageGroupId: "g1" } }]);
    expect(performance.now() - sentAtMs).toBeLessThan(WOKEN_WITHIN_MS);
  });

  test.concurrent("a long poll is woken by a send after its queue was evicted from memory", async () => {
    const QueueUrl = await newQueue(attributes);
    const poll = receive(QueueUrl, { WaitTimeSeconds: 20 });
    expect(await rowsWritten(QueueUrl)).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, EVICTED_AFTER_MS));
    // The count is kept in memory alone.
    expect(await rowsWritten(QueueUrl)).toBe(0);
    await send(QueueUrl, "g1", "a");
    const sentAtMs = performance.now();
    expect(await poll).toMatchObject([{ Body: "a" }]);
    expect(performance.now() - sentAtMs).toBeLessThan(WOKEN_WITHIN_MS);
  });

  test.concurrent("a long poll is woken by the delete that frees a group", async () => {
    const QueueUrl = await newQueue(attributes);
    for (const body of ["m1", "m2"]) await send(QueueUrl, "g1", body);
    const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    const poll = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await pollHangs(poll);
    await remove(QueueUrl, first);
    const deletedAtMs = performance.now();
    expect(await poll).toMatchObject([{ Body: "m2" }]);
    expect(performance.now() - deletedAtMs).toBeLessThan(WOKEN_WITHIN_MS);
  });

  test.concurrent("a long poll is woken by a message that is made visible", async () => {
    const QueueUrl = await newQueue(attributes);
    for (const body of ["m1", "m2"]) await send(QueueUrl, "g1", body);
    const messages = await receive(QueueUrl);
    const poll = receive(QueueUrl, { WaitTimeSeconds: 20 });
    await pollHangs(poll);
    await makeVisible(QueueUrl, messages[0]);
    expect(await poll).toMatchObject([{ Body: "m1" }]);
  });

  test.concurrent("a long poll is woken by a timeout that lapses, not before it", async () => {
    const QueueUrl = await newQueue(attributes);
    for (const body of ["m1", "m2"]) await send(QueueUrl, "g1", body);
    const receivedAtMs = performance.now();
    await receive(QueueUrl, { MaxNumberOfMessages: 1, VisibilityTimeout: 2 });
    const messages = await receive(QueueUrl, { WaitTimeSeconds: 20 });
    expect(messages.map(({ Body }) => Body)).toEqual(["m1", "m2"]);
    const tookMs = performance.now() - receivedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(2_000);
    expect(tookMs).toBeLessThan(2_000 + 2 * WOKEN_WITHIN_MS);
  });
});

test("a queue of high throughput deduplicates in each group by itself, others in all", async () => {
  const received: string[][] = [];
  for (const { attributes } of KINDS) {
    const QueueUrl = await newQueue(attributes);
    for (const group of ["g1", "g2"]) {
      await send(QueueUrl, group, `${group}-body`, { MessageDeduplicationId: "one-id" });
    }
    received.push((await receive(QueueUrl)).map(({ Body = "" }) => Body).toSorted());
  }
  expect(received).toEqual([["g1-body"], ["g1-body", "g2-body"]]);
});

async function newQueue(attributes: QueueAttributes): Promise<string> {
  const { QueueUrl = "" } = await sqs.send(
    new CreateQueueCommand({
      QueueName: `fifo-${queueCount++}.fifo`,
      Attributes: { FifoQueue: "true", VisibilityTimeout: "600", ...attributes },
    }),
  );
  return QueueUrl;
}

/** The body is the deduplication id, unless `input` says another one. */
function send(
  QueueUrl: string,
  MessageGroupId: string,
  MessageBody: string,
  input: Partial<SendMessageCommandInput> = {},
) {
  return sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageGroupId,
      MessageBody,
      MessageDeduplicationId: MessageBody,
      ...input,
    }),
  );
}

/** The body says the group: everything before the first hyphen. */
function entryOf(body: string) {
  const [MessageGroupId] = body.split("-");
  return { Id: body, MessageBody: body, MessageGroupId, MessageDeduplicationId: body };
}

async function receive(
  QueueUrl: string,
  input: Partial<ReceiveMessageCommandInput> = {},
): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ["All"],
      ...input,
    }),
  );
  return Messages;
}

async function remove(QueueUrl: string, message: Message | undefined): Promise<void> {
  const { ReceiptHandle } = message ?? {};
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

async function makeVisible(QueueUrl: string, message: Message | undefined): Promise<void> {
  const { ReceiptHandle } = message ?? {};
  const input = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
  await sqs.send(new ChangeMessageVisibilityCommand(input));
}

/** Waits until a poll has had the time to begin, and insists that it was not answered. */
async function pollHangs(poll: Promise<unknown>): Promise<void> {
  const hangs = new Promise((resolve) => setTimeout(() => resolve("hangs"), POLL_HANGS_AFTER_MS));
  expect(await Promise.race([poll, hangs])).toBe("hangs");
}

async function rowsWritten(queueUrl: string): Promise<number> {
  const response = await fetch(`${server.url}/_millrace/metrics?queue=${queueUrl}`);
  return numberOf(parseObject(await response.text()), "rowsWritten");
}

function identityOf({ MessageId, ReceiptHandle, Body }: Message) {
  return { MessageId, ReceiptHandle, Body };
}

async function counts(QueueUrl: string) {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  return {
    visible: Attributes?.ApproximateNumberOfMessages,
    inFlight: Attributes?.ApproximateNumberOfMessagesNotVisible,
  };
}
