/**
 * Clients that hang up in the middle of a long poll swallow no message. 500 of them poll and leave,
 * half by FIN and half by RST; one second later messages are sent, and a living consumer gets every
 * one of them at once, each with a receive count of 1.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HttpCaller } from "../support/http-caller.ts";
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
const SENT_AFTER_HANGING_UP_MS = 1_000;
const RECEIVED_WITHIN_MS = 5_000;
const CONSUMER_COUNT = 4;
const TEST_TIMEOUT_MS = 60_000;

const data = new TemporaryDirectory();
let server: ServerProcess;

beforeAll(async () => {
  server = await ServerProcess.started({ dataDir: data.path, port: await freePort() });
});

afterAll(async () => {
  await server.stop();
  data.remove();
});

describe("500 clients that hang up in the middle of a long poll", () => {
  test(
    "swallow none of the next 500 messages of one queue",
    async () => {
      const queueUrls = await createQueues("one", 1);
      hangUp(await startPolls(queueUrls));
      await pause(SENT_AFTER_HANGING_UP_MS);
      await sendTo(queueUrls);
      expectAllOnce(await consume(queueUrls));
    },
    TEST_TIMEOUT_MS,
  );

  test(
    "swallow none of the next 500 messages of ten queues",
    async () => {
      const queueUrls = await createQueues("ten", 10);
      hangUp(await startPolls(queueUrls));
      await pause(SENT_AFTER_HANGING_UP_MS);
      await sendTo(queueUrls);
      expectAllOnce(await consume(queueUrls));
    },
    TEST_TIMEOUT_MS,
  );

  test(
    "do not stand in the way of a consumer whose poll waits behind them",
    async () => {
      const queueUrls = await createQueues("behind", 1);
      const polls = await startPolls(queueUrls);
      const consumed = consume(queueUrls);
      await pause(POLLS_HANG_AFTER_MS);
      hangUp(polls);
      await pause(SENT_AFTER_HANGING_UP_MS);
      await sendTo(queueUrls);
      expectAllOnce(await consumed);
    },
    TEST_TIMEOUT_MS,
  );
});

async function createQueues(name: string, count: number): Promise<string[]> {
  const caller = await SqsCaller.connect({ port: server.port });
  const queueUrls: string[] = [];
  for (let index = 0; index < count; index++) {
    const attributes = { VisibilityTimeout: VISIBILITY_TIMEOUT_SECONDS };
    queueUrls.push(await caller.createQueue(`${name}-${index}`, attributes));
  }
  caller.close();
  return queueUrls;
}

/** Polls from all clients, spread over the queues, and waits until every one hangs. */
async function startPolls(queueUrls: readonly string[]): Promise<HttpCaller[]> {
  const host = `127.0.0.1:${server.port}`;
  const head = requestHead("ReceiveMessage", host);
  const polls = await HttpCaller.connectMany(CLIENT_COUNT, { port: server.port });
  let earlyAnswerCount = 0;
  for (const [index, poll] of polls.entries()) {
    const request = sqsRequest(head, {
      QueueUrl: queueUrls[index % queueUrls.length],
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: WAIT_TIME_SECONDS,
    });
    const countEarly = (): number => earlyAnswerCount++;
    poll.call(request).then(countEarly, () => undefined); // It is hung up on: no answer comes.
  }
  await pause(POLLS_HANG_AFTER_MS);
  expect(earlyAnswerCount, "polls answered before anything was sent").toBe(0);
  return polls;
}

function hangUp(polls: readonly HttpCaller[]): void {
  for (const [index, poll] of polls.entries()) {
    // Polls go round the queues, so the ways go round in pairs: each queue sees both.
    if (Math.floor(index / 10) % 2 === 0) poll.hangUp();
    else poll.reset();
  }
}

async function sendTo(queueUrls: readonly string[]): Promise<void> {
  const caller = await SqsCaller.connect({ port: server.port });
  for (let index = 0; index < MESSAGE_COUNT; index++) {
    const queueUrl = queueUrls[index % queueUrls.length];
    await caller.must("SendMessage", { QueueUrl: queueUrl, MessageBody: `message ${index}` });
  }
  caller.close();
}

/** What living consumers receive until they have everything, or the time is up. */
async function consume(queueUrls: readonly string[]): Promise<ReceivedMessage[]> {
  const received: ReceivedMessage[] = [];
  const isComplete = (): boolean => received.length >= MESSAGE_COUNT;
  let deadlineMs = performance.now() + WAIT_TIME_SECONDS * 1000;
  const consumers = Array.from({ length: CONSUMER_COUNT }, async (_, index) => {
    const caller = await SqsCaller.connect({ port: server.port });
    for (let turn = index; !isComplete() && performance.now() < deadlineMs; turn++) {
      const output = await caller.must("ReceiveMessage", {
        QueueUrl: queueUrls[turn % queueUrls.length],
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: queueUrls.length === 1 ? 2 : 0,
        ...ALL_SYSTEM_ATTRIBUTES,
      });
      const messages = readMessages(output);
      if (received.length === 0 && messages.length > 0) {
        deadlineMs = performance.now() + RECEIVED_WITHIN_MS;
      }
      received.push(...messages);
    }
    caller.close();
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
