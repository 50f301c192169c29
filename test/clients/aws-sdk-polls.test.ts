/**
 * Long polls of the AWS SDK for JavaScript against `npm start`, with the runtime's own alarms and its
 * own eviction of an idle object after ten seconds. The tests run at the same time, because what they
 * do is wait.
 */
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  type Message,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { numberOf, parseObject } from "../support/json-value.ts";
import { newSdkClient } from "../support/sdk-client.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const EVICTED_AFTER_MS = 12_000;
const WOKEN_WITHIN_MS = 500;

const data = new TemporaryDirectory();
let server: ServerProcess;
let sqs: SQSClient;

beforeAll(async () => {
  const start = { dataDir: data.path, port: await freePort() };
  server = await ServerProcess.started({ ...start, through: "npm" });
  sqs = newSdkClient(server.url);
});

afterAll(async () => {
  sqs.destroy();
  await server.stop();
  data.remove();
});

describe.concurrent("a long poll of the SDK", () => {
  test("is woken by a send", async () => {
    const QueueUrl = await newQueue("send");
    const poll = startPoll(QueueUrl);
    await pause(300);
    await send(QueueUrl);
    const sentAtMs = performance.now();
    expect(await poll.messages).toMatchObject([{ Body: "a" }]);
    expect(poll.tookMs()).toBeGreaterThan(300);
    expect(performance.now() - sentAtMs).toBeLessThan(WOKEN_WITHIN_MS);
  });

  test("is woken by the end of a delay, not before it", async () => {
    const QueueUrl = await newQueue("delay");
    const sentAtMs = performance.now();
    await send(QueueUrl, 2);
    expect(await startPoll(QueueUrl).messages).toMatchObject([{ Body: "a" }]);
    const tookMs = performance.now() - sentAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(2_000);
    expect(tookMs).toBeLessThan(2_000 + WOKEN_WITHIN_MS);
  });

  test("is woken by a visibility timeout that lapses, not before it", async () => {
    const QueueUrl = await newQueue("lapse");
    await send(QueueUrl);
    const receivedAtMs = performance.now();
    const first = startPoll(QueueUrl, { VisibilityTimeout: 2 });
    expect(await first.messages).toMatchObject([{ Body: "a" }]);
    const [again] = await startPoll(QueueUrl).messages;
    expect(again).toMatchObject({ Attributes: { ApproximateReceiveCount: "2" } });
    const tookMs = performance.now() - receivedAtMs;
    expect(tookMs).toBeGreaterThanOrEqual(2_000);
    expect(tookMs).toBeLessThan(2_000 + 2 * WOKEN_WITHIN_MS);
  });

  test("is woken by a visibility timeout that is changed to 0", async () => {
    const QueueUrl = await newQueue("change");
    await send(QueueUrl);
    const [{ ReceiptHandle } = {}] = await startPoll(QueueUrl).messages;
    const poll = startPoll(QueueUrl);
    await pause(300);
    const changed = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
    await sqs.send(new ChangeMessageVisibilityCommand(changed));
    expect(await poll.messages).toMatchObject([{ Attributes: { ApproximateReceiveCount: "2" } }]);
  });

  test("is woken by a send after its queue was evicted from memory", async () => {
    const QueueUrl = await newQueue("evicted");
    const poll = startPoll(QueueUrl);
    expect(await rowsWritten(QueueUrl)).toBeGreaterThan(0);
    await pause(EVICTED_AFTER_MS);
    // The count is kept in memory alone.
    expect(await rowsWritten(QueueUrl)).toBe(0);
    await send(QueueUrl);
    const sentAtMs = performance.now();
    expect(await poll.messages).toMatchObject([{ Body: "a" }]);
    expect(performance.now() - sentAtMs).toBeLessThan(WOKEN_WITHIN_MS);
  });

  test("is woken by the end of a delay after its queue was evicted from memory", async () => {
    const QueueUrl = await newQueue("evicted-delay");
    await send(QueueUrl, 13);
    expect(await startPoll(QueueUrl).messages).toMatchObject([{ Body: "a" }]);
  });

  test("that is aborted swallows nothing", async () => {
    const QueueUrl = await newQueue("abort");
    const abort = new AbortController();
    const poll = startPoll(QueueUrl, {}, abort.signal);
    await pause(300);
    abort.abort();
    await expect(poll.messages).rejects.toThrow("abort");
    await pause(100);
    await send(QueueUrl);
    const [message] = await startPoll(QueueUrl).messages;
    expect(message).toMatchObject({ Attributes: { ApproximateReceiveCount: "1" } });
  });

  test("learns that its queue is deleted", async () => {
    const QueueUrl = await newQueue("deleted");
    const poll = startPoll(QueueUrl);
    const ended = expect(poll.messages).rejects.toThrow(QueueDoesNotExist);
    await pause(300);
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    await ended;
  });
});

async function newQueue(QueueName: string): Promise<string> {
  const Attributes = { VisibilityTimeout: "600" };
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

async function send(QueueUrl: string, DelaySeconds = 0): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "a", DelaySeconds }));
}

async function rowsWritten(queueUrl: string): Promise<number> {
  const response = await fetch(`${server.url}/_millrace/metrics?queue=${queueUrl}`);
  return numberOf(parseObject(await response.text()), "rowsWritten");
}

type Poll = { readonly messages: Promise<readonly Message[]>; tookMs(): number };

function startPoll(QueueUrl: string, input: object = {}, abortSignal?: AbortSignal): Poll {
  const startedAtMs = performance.now();
  let endedAtMs = startedAtMs;
  const command = new ReceiveMessageCommand({
    QueueUrl,
    WaitTimeSeconds: 20,
    MessageSystemAttributeNames: ["All"],
    ...input,
  });
  const answer = sqs.send(command, abortSignal === undefined ? {} : { abortSignal });
  const messages = answer.then(({ Messages = [] }) => {
    endedAtMs = performance.now();
    return Messages;
  });
  return { messages, tookMs: () => endedAtMs - startedAtMs };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
