/**
 * One long poll through the Worker: what wakes it, what it brings, and what ends it. The clock stands
 * still unless a test moves it, and alarms go off by hand.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Poll, PolledQueue, pause } from "./polled-queue.ts";

/** Far enough in the future that an alarm never goes off by itself. */
let nowMs = Date.UTC(2100, 0, 1);
let queue: PolledQueue;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  pass(1);
  queue = await PolledQueue.create({ VisibilityTimeout: "15" });
});

afterEach(async () => {
  await queue.end();
  vi.useRealTimers();
});

describe("a waiting poll", () => {
  test("is woken by a send", async () => {
    const poll = await queue.startPoll();
    await queue.send("a");
    const { status, messages } = await poll.answer;
    expect(status).toBe(200);
    expect(messages).toMatchObject([{ body: "a", receiveCount: 1 }]);
  });

  test("has leased what it brings: nobody else receives it, and its handle deletes it", async () => {
    const poll = await queue.startPoll();
    await queue.send("a");
    const [message] = (await poll.answer).messages;
    expect(await queue.receive()).toBeUndefined();
    await queue.must("DeleteMessage", { ReceiptHandle: message?.receiptHandle });
    pass(16);
    expect(await queue.receive()).toBeUndefined();
  });

  test("brings as many of a batch as it asked for", async () => {
    const poll = await queue.startPoll({ MaxNumberOfMessages: 3 });
    await queue.sendTogether("a", "b", "c", "d");
    expect(await poll.bodies()).toHaveLength(3);
    expect(await queue.receive()).toBeDefined();
  });

  test("gets the visibility timeout that it asked for", async () => {
    const poll = await queue.startPoll({ VisibilityTimeout: 5 });
    await queue.send("a");
    await poll.answer;
    pass(4);
    expect(await queue.receive()).toBeUndefined();
    pass(1);
    expect(await queue.receive()).toMatchObject({ body: "a", receiveCount: 2 });
  });

  test("is woken when a delay ends", async () => {
    await queue.must("SendMessage", { MessageBody: "late", DelaySeconds: 5 });
    const poll = await queue.startPoll();
    pass(5);
    expect(await queue.runDueAlarm()).toBe(true);
    expect(await poll.bodies()).toEqual(["late"]);
  });

  test("is woken when the delay of a message ends that was sent while it waited", async () => {
    const poll = await queue.startPoll();
    await queue.must("SendMessage", { MessageBody: "late", DelaySeconds: 5 });
    await expectWaiting(poll);
    pass(5);
    expect(await queue.runDueAlarm()).toBe(true);
    expect(await poll.bodies()).toEqual(["late"]);
  });

  test("is woken when a visibility timeout lapses", async () => {
    await queue.send("a");
    await queue.receive();
    const poll = await queue.startPoll();
    pass(15);
    expect(await queue.runDueAlarm()).toBe(true);
    expect((await poll.answer).messages).toMatchObject([{ body: "a", receiveCount: 2 }]);
  });

  test("is woken by a visibility timeout that is changed to 0", async () => {
    await queue.send("a");
    const received = await queue.receive();
    const poll = await queue.startPoll();
    await changeVisibility(received?.receiptHandle, 0);
    expect((await poll.answer).messages).toMatchObject([{ body: "a", receiveCount: 2 }]);
  });

  test("is woken at the earlier moment to which a visibility timeout was changed", async () => {
    await queue.send("a");
    const received = await queue.receive();
    const poll = await queue.startPoll();
    await changeVisibility(received?.receiptHandle, 7);
    pass(7);
    expect(await queue.runDueAlarm()).toBe(true);
    expect(await poll.bodies()).toEqual(["a"]);
  });

  test("sleeps on through an alarm that comes too early", async () => {
    await queue.must("SendMessage", { MessageBody: "late", DelaySeconds: 5 });
    const poll = await queue.startPoll();
    pass(4);
    await queue.runAlarm();
    await expectWaiting(poll);
    pass(1);
    expect(await queue.runDueAlarm()).toBe(true);
    expect(await poll.bodies()).toEqual(["late"]);
  });

  test("ends with its queue", async () => {
    const polls = await queue.startPolls(3);
    await queue.must("DeleteQueue");
    for (const poll of polls) {
      expect(await poll.answer).toMatchObject({
        status: 400,
        output: { __type: expect.stringMatching(/QueueDoesNotExist$/) },
      });
    }
  });

  test("does not wait on in the next queue of the same name", async () => {
    const poll = await queue.startPoll();
    await queue.must("DeleteQueue");
    await queue.createAgain();
    await queue.send("for the living");
    expect((await poll.answer).status).toBe(400);
    expect(await queue.receive()).toMatchObject({ body: "for the living", receiveCount: 1 });
  });

  test("waits on through a purge and gets what is sent after it", async () => {
    await queue.must("SendMessage", { MessageBody: "purged", DelaySeconds: 5 });
    const poll = await queue.startPoll();
    await queue.must("PurgeQueue");
    pass(5);
    await queue.runAlarm();
    await expectWaiting(poll);
    await queue.send("after");
    expect(await poll.bodies()).toEqual(["after"]);
  });
});

function pass(seconds: number): void {
  nowMs += seconds * 1000;
  vi.setSystemTime(nowMs);
}

/** The polls had every chance to be answered, and were not. */
async function expectWaiting(...polls: readonly Poll[]): Promise<void> {
  await pause(30);
  expect(polls.map((poll) => poll.isAnswered)).toEqual(polls.map(() => false));
}

async function changeVisibility(ReceiptHandle: string | undefined, VisibilityTimeout: number) {
  await queue.must("ChangeMessageVisibility", { ReceiptHandle, VisibilityTimeout });
}
