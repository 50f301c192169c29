/**
 * What a queue's object does with waiters that are no longer there: the test plays the Worker, and
 * leaves, is silent, or speaks too late. No message is swallowed.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HeldPoll } from "./held-poll.ts";
import { type Poll, PolledQueue, pause } from "./polled-queue.ts";

/** Longer than a Worker may take to acknowledge. */
const TAKEN_BACK_AFTER_MS = 700;
const AT_ONCE_MS = 400;

describe.concurrent("a message that was handed to a Worker", () => {
  test("goes to the next waiter at once when the Worker leaves, as if never received", async () => {
    const queue = await PolledQueue.create();
    const gone = await HeldPoll.open(queue);
    const poll = await queue.startPoll();
    await queue.send("a");
    await gone.handed();
    const leftAtMs = performance.now();
    gone.leave();
    expect((await poll.answer).messages).toMatchObject([{ body: "a", receiveCount: 1 }]);
    expect(performance.now() - leftAtMs).toBeLessThan(AT_ONCE_MS);
  });

  test("goes to the next waiter when the Worker stays silent, whatever else it says", async () => {
    const queue = await PolledQueue.create();
    const silent = await HeldPoll.open(queue);
    const poll = await queue.startPoll();
    await queue.send("a");
    await silent.handed();
    silent.say("not an acknowledgement");
    expect((await poll.answer).messages).toMatchObject([{ body: "a", receiveCount: 1 }]);
    await silent.closed();
    expect(silent.frameCount).toBe(1);
  });

  test("can be received again when nobody else waits", async () => {
    const queue = await PolledQueue.create();
    const silent = await HeldPoll.open(queue);
    await queue.send("a");
    await silent.handed();
    expect(await queue.receive()).toBeUndefined();
    await pause(TAKEN_BACK_AFTER_MS);
    expect(await queue.receive()).toMatchObject({ body: "a", receiveCount: 1 });
  });

  test("keeps the receives that did reach somebody", async () => {
    const queue = await PolledQueue.create({ VisibilityTimeout: "0" });
    await queue.send("a");
    await queue.receive();
    const received = await queue.receive({ VisibilityTimeout: 600 });
    expect(received).toMatchObject({ receiveCount: 2 });
    const gone = await HeldPoll.open(queue, { visibilityTimeoutSeconds: 600 });
    await queue.must("ChangeMessageVisibility", {
      ReceiptHandle: received?.receiptHandle,
      VisibilityTimeout: 0,
    });
    expect(await gone.handed()).toMatchObject([{ receiveCount: 3 }]);
    gone.leave();
    await pause(AT_ONCE_MS);
    expect(await queue.receive()).toMatchObject({ body: "a", receiveCount: 3 });
  });

  test("stays received once the Worker has acknowledged it", async () => {
    const queue = await PolledQueue.create();
    const held = await HeldPoll.open(queue);
    await queue.send("a");
    await held.handed();
    held.acknowledge();
    await held.closed();
    await pause(TAKEN_BACK_AFTER_MS);
    expect(await queue.receive()).toBeUndefined();
  });

  test("belongs to its second receiver: the first one can acknowledge it no more", async () => {
    const queue = await PolledQueue.create();
    const slow = await HeldPoll.open(queue);
    const second = await HeldPoll.open(queue);
    await queue.send("a");
    await slow.handed();
    await second.handed();
    expect(() => slow.acknowledge()).toThrow("close");
    second.leave();
    await pause(AT_ONCE_MS);
    expect(await queue.receive()).toMatchObject({ body: "a", receiveCount: 1 });
  });

  test("that was deleted by an earlier handle does not come back", async () => {
    const queue = await PolledQueue.create({ VisibilityTimeout: "0" });
    await queue.send("a");
    const received = await queue.receive({ VisibilityTimeout: 600 });
    const gone = await HeldPoll.open(queue, { visibilityTimeoutSeconds: 600 });
    const { receiptHandle: ReceiptHandle } = received ?? {};
    await queue.must("ChangeMessageVisibility", { ReceiptHandle, VisibilityTimeout: 0 });
    await gone.handed();
    await queue.must("DeleteMessage", { ReceiptHandle });
    gone.leave();
    await pause(AT_ONCE_MS);
    expect(await queue.receive()).toBeUndefined();
  });

  test("does not come back into a purged queue", async () => {
    const queue = await PolledQueue.create();
    const gone = await HeldPoll.open(queue);
    await queue.send("a");
    await gone.handed();
    await queue.must("PurgeQueue");
    await queue.send("b");
    gone.leave();
    await pause(AT_ONCE_MS);
    expect(await queue.receive({ MaxNumberOfMessages: 10 })).toMatchObject({ body: "b" });
    expect(await queue.receive()).toBeUndefined();
  });

  test("does not come back into the next queue of the same name", async () => {
    const queue = await PolledQueue.create();
    const gone = await HeldPoll.open(queue);
    await queue.send("a");
    await gone.handed();
    await queue.must("DeleteQueue");
    await queue.createAgain();
    await queue.send("b");
    gone.leave();
    await pause(AT_ONCE_MS);
    expect(await queue.receive({ MaxNumberOfMessages: 10 })).toMatchObject({ body: "b" });
    expect(await queue.receive()).toBeUndefined();
  });
});

describe("many Workers that leave", () => {
  let queue: PolledQueue;
  let poll: Poll;

  beforeEach(async () => {
    queue = await PolledQueue.create();
  });

  afterEach(async () => {
    await queue.end();
  });

  test("before anything was sent stand in nobody's way", async () => {
    const leaving = await openMany(queue, 100);
    poll = await queue.startPoll();
    for (const held of leaving) held.leave();
    await queue.send("a");
    expect((await poll.answer).messages).toMatchObject([{ body: "a", receiveCount: 1 }]);
  });

  test("when messages were handed to the first of them swallow none", async () => {
    const leaving = await openMany(queue, 20);
    await queue.sendTogether("a", "b", "c", "d", "e");
    await Promise.all(leaving.slice(0, 5).map((held) => held.handed()));
    for (const held of leaving) held.leave();
    await pause(TAKEN_BACK_AFTER_MS);
    const { messages } = await queue.poll({ MaxNumberOfMessages: 10, WaitTimeSeconds: 0 });
    expect(messages.map(({ body }) => body).toSorted()).toEqual(["a", "b", "c", "d", "e"]);
    expect(messages.filter(({ receiveCount }) => receiveCount !== 1)).toEqual([]);
  });
});

async function openMany(queue: PolledQueue, count: number): Promise<HeldPoll[]> {
  return Promise.all(Array.from({ length: count }, () => HeldPoll.open(queue)));
}
