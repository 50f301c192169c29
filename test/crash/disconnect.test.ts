/**
 * Clients that hang up in the middle of a long poll swallow no message. 500 of them poll, which is
 * proved by waking one per queue, and the others leave, half by FIN and half by RST. One second later
 * 500 messages are sent: not one is leased, and a living consumer gets every one of them at once,
 * each with a receive count of 1.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpCaller } from "../support/http-caller.ts";
import { parseObject } from "../support/json-value.ts";
import type { HttpAnswer } from "../support/response-reader.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import {
  ALL_SYSTEM_ATTRIBUTES,
  type ReceivedMessage,
  readMessages,
  SqsCaller,
} from "../support/sqs-caller.ts";
import { requestHead, sqsRequest } from "../support/sqs-request.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const CLIENT_COUNT = 500;
const MESSAGE_COUNT = 500;
const WAIT_TIME_SECONDS = 20;
/** Long against the test: a message leased to a dead client is not seen again in it. */
const VISIBILITY_TIMEOUT_SECONDS = "600";
/** All polls hang by then: the server had time to let every one of them wait. */
const POLLS_HANG_AFTER_MS = 1_500;
const WOKEN_WITHIN_MS = 500;
const SENT_AFTER_HANGING_UP_MS = 1_000;
const RECEIVED_WITHIN_MS = 5_000;
const CONSUMER_COUNT = 4;
const TEST_TIMEOUT_MS = 60_000;

const data = new TemporaryDirectory();
let server: ServerProcess;
let caller: SqsCaller;

beforeAll(async () => {
  server = await ServerProcess.started({ dataDir: data.path, port: await freePort() });
  caller = await SqsCaller.connect({ port: server.port });
});

afterAll(async () => {
  caller.close();
  await server.stop();
  data.remove();
});

describe("500 clients that hang up in the middle of a long poll", {
  timeout: TEST_TIMEOUT_MS,
}, () => {
  test("swallow none of the next 500 messages of one queue", async () => {
    const queueUrls = await createQueues("one", 1);
    hangUp(await startPolls(queueUrls));
    await pause(SENT_AFTER_HANGING_UP_MS);
    await sendTo(queueUrls);
    await expectNoneLeased(queueUrls);
    expectAllOnce(await drain(queueUrls));
  });

  test("swallow none of the next 500 messages of ten queues", async () => {
    const queueUrls = await createQueues("ten", 10);
    hangUp(await startPolls(queueUrls));
    await pause(SENT_AFTER_HANGING_UP_MS);
    await sendTo(queueUrls);
    await expectNoneLeased(queueUrls);
    expectAllOnce(await drain(queueUrls));
  });

  test("do not stand in the way of consumers whose polls wait behind them", async () => {
    const queueUrls = await createQueues("behind", 1);
    const polls = await startPolls(queueUrls);
    const consumed = consume(queueUrls);
    await pause(POLLS_HANG_AFTER_MS);
    hangUp(polls);
    await pause(SENT_AFTER_HANGING_UP_MS);
    await sendTo(queueUrls);
    expectAllOnce(await consumed);
  });

  test("leave no trace in the server's log", () => {
    expect(server.output).toMatch(/^Millrace is ready at [^\n]*\n$/);
  });
});

async function createQueues(name: string, count: number): Promise<string[]> {
  const queueUrls: string[] = [];
  for (let index = 0; index < count; index++) {
    const attributes = { VisibilityTimeout: VISIBILITY_TIMEOUT_SECONDS };
    queueUrls.push(await caller.createQueue(`${name}-${index}`, attributes));
  }
  return queueUrls;
}

/**
 * Polls from all clients, spread over the queues, and waits until every one hangs. Returns those that
 * still do after one poll of each queue was woken: without that, clients that never waited, or waited
 * in vain, would prove nothing by leaving.
 */
async function startPolls(queueUrls: readonly string[]): Promise<HttpCaller[]> {
  const head = requestHead("ReceiveMessage", `127.0.0.1:${server.port}`);
  const polls = await HttpCaller.connectMany(CLIENT_COUNT, { port: server.port });
  const answers: HttpAnswer[] = [];
  for (const [index, poll] of polls.entries()) {
    const request = sqsRequest(head, {
      QueueUrl: queueUrls[index % queueUrls.length],
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: WAIT_TIME_SECONDS,
    });
    const keep = (answer: HttpAnswer): number => answers.push(answer);
    poll.call(request).then(keep, () => undefined); // It is hung up on: no answer comes.
  }
  await pause(POLLS_HANG_AFTER_MS);
  expect(answers.length, "polls answered before anything was sent").toBe(0);
  for (const QueueUrl of queueUrls) {
    await caller.must("SendMessage", { QueueUrl, MessageBody: "wake up" });
  }
  await pause(WOKEN_WITHIN_MS);
  expect(answers.map(({ status }) => status)).toEqual(queueUrls.map(() => 200));
  const woken = answers.map(({ body }) => parseObject(body.toString()));
  expect(woken).toMatchObject(queueUrls.map(() => ({ Messages: [{ Body: "wake up" }] })));
  return polls.filter((poll) => poll.answerCount === 0);
}

function hangUp(polls: readonly HttpCaller[]): void {
  for (const [index, poll] of polls.entries()) {
    // Polls go round the queues, so the ways go round in pairs: each queue sees both.
    if (Math.floor(index / 10) % 2 === 0) poll.hangUp();
    else poll.reset();
  }
}

async function sendTo(queueUrls: readonly string[]): Promise<void> {
  for (let index = 0; index < MESSAGE_COUNT; index++) {
    const queueUrl = queueUrls[index % queueUrls.length];
    await caller.must("SendMessage", { QueueUrl: queueUrl, MessageBody: `message ${index}` });
  }
}

/** But for the message that woke one poll of each queue. */
async function expectNoneLeased(queueUrls: readonly string[]): Promise<void> {
  const visible = MESSAGE_COUNT / queueUrls.length;
  for (const queueUrl of queueUrls) {
    expect(await caller.counts(queueUrl)).toEqual({ visible, inFlight: 1, delayed: 0 });
  }
}

/** What one receiver gets that never waits, until each queue says once that it is empty. */
async function drain(queueUrls: readonly string[]): Promise<ReceivedMessage[]> {
  const received: ReceivedMessage[] = [];
  for (const QueueUrl of queueUrls) {
    for (let isEmpty = false; !isEmpty; ) {
      const input = { QueueUrl, MaxNumberOfMessages: 10, ...ALL_SYSTEM_ATTRIBUTES };
      const messages = readMessages(await caller.must("ReceiveMessage", input));
      isEmpty = messages.length === 0;
      received.push(...messages);
    }
  }
  return received;
}

/** What living consumers receive until they have everything, or the time is up. */
async function consume(queueUrls: readonly string[]): Promise<ReceivedMessage[]> {
  const received: ReceivedMessage[] = [];
  const isComplete = (): boolean => received.length >= MESSAGE_COUNT;
  let deadlineMs = performance.now() + WAIT_TIME_SECONDS * 1000;
  const consumers = Array.from({ length: CONSUMER_COUNT }, async (_, index) => {
    const consumer = await SqsCaller.connect({ port: server.port });
    for (let turn = index; !isComplete() && performance.now() < deadlineMs; turn++) {
      const output = await consumer.must("ReceiveMessage", {
        QueueUrl: queueUrls[turn % queueUrls.length],
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 2,
        ...ALL_SYSTEM_ATTRIBUTES,
      });
      const messages = readMessages(output);
      if (received.length === 0 && messages.length > 0) {
        deadlineMs = performance.now() + RECEIVED_WITHIN_MS;
      }
      received.push(...messages);
    }
    consumer.close();
  });
  await Promise.all(consumers);
  return received;
}

function expectAllOnce(received: readonly ReceivedMessage[]): void {
  const bodies = new Set(received.map((message) => message.body));
  const missing = Array.from({ length: MESSAGE_COUNT }, (_, index) => `message ${index}`).filter(
    (body) => !bodies.has(body),
  );
  expect(missing, `${missing.length} messages were swallowed`).toEqual([]);
  expect(received.filter((message) => message.receiveCount !== 1)).toEqual([]);
  expect(received).toHaveLength(MESSAGE_COUNT);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
