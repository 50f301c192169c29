/**
 * Polls that outlast their object's memory: an eviction is invisible to whoever waits. A reset is not,
 * but nothing is lost in it.
 */
import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HeldPoll } from "./held-poll.ts";
import { PolledQueue, pause } from "./polled-queue.ts";

/** Far enough in the future that an alarm never goes off by itself. */
let nowMs = Date.UTC(2101, 0, 1);
let queue: PolledQueue;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  pass(1);
  queue = await PolledQueue.create();
});

afterEach(async () => {
  await queue.end();
  vi.useRealTimers();
});

describe("an eviction while polls wait", () => {
  test("is invisible to a poll that is woken by a send", async () => {
    const poll = await queue.startPoll();
    await queue.evict();
    await queue.send("a");
    expect((await poll.answer).messages).toMatchObject([{ body: "a", receiveCount: 1 }]);
  });

  test("keeps the order of the waiters, those who came later included", async () => {
    const before = await queue.startPolls(3);
    await queue.evict();
    const between = await queue.startPolls(2);
    await queue.evict();
    const polls = [...before, ...between, await queue.startPoll()];
    for (const [index, poll] of polls.entries()) {
      await queue.send(`message ${index}`);
      expect(await poll.bodies()).toEqual([`message ${index}`]);
    }
  });

  test("keeps what each of them asked for", async () => {
    const poll = await queue.startPoll({ MaxNumberOfMessages: 2, VisibilityTimeout: 5 });
    await queue.evict();
    await queue.sendTogether("a", "b", "c");
    expect(await poll.bodies()).toHaveLength(2);
    expect(await queue.receive({ VisibilityTimeout: 600 })).toBeDefined();
    pass(5);
    expect(await queue.receive()).toMatchObject({ receiveCount: 2 });
  });

  test("keeps their deadlines: a poll that was over while the object slept gets nothing", async () => {
    const over = await queue.startPoll({ WaitTimeSeconds: 10 });
    const waiting = await queue.startPoll({ WaitTimeSeconds: 20 });
    await queue.evict();
    pass(10);
    await queue.send("a");
    expect(await waiting.bodies()).toEqual(["a"]);
    expect(await over.bodies()).toEqual([]);
  });

  test("keeps the alarm that ends a delay", async () => {
    await queue.must("SendMessage", { MessageBody: "late", DelaySeconds: 5 });
    const poll = await queue.startPoll();
    await queue.evict();
    pass(5);
    expect(await queue.runDueAlarm()).toBe(true);
    expect(await poll.bodies()).toEqual(["late"]);
  });

  test("ends a poll only once its queue is deleted", async () => {
    const poll = await queue.startPoll();
    await queue.evict();
    await queue.must("DeleteQueue");
    expect((await poll.answer).status).toBe(400);
  });
});

describe("an eviction while a message is handed out", () => {
  test("waits until it is taken back from a Worker that stays silent", async () => {
    const silent = await HeldPoll.open(queue);
    await queue.send("a");
    await silent.handed();
    await queue.evict();
    expect(await queue.receive()).toMatchObject({ body: "a", receiveCount: 1 });
  });

  test("does not hand a second message to the same Worker", async () => {
    const silent = await HeldPoll.open(queue);
    await queue.send("a");
    await silent.handed();
    await queue.evict();
    await queue.send("b");
    await pause(50);
    expect(silent.frameCount).toBe(1);
    const { messages } = await queue.poll({ MaxNumberOfMessages: 10, WaitTimeSeconds: 0 });
    expect(messages).toMatchObject([{ receiveCount: 1 }, { receiveCount: 1 }]);
  });

  test("leaves it received if it was acknowledged", async () => {
    const held = await HeldPoll.open(queue);
    await queue.send("a");
    await held.handed();
    held.acknowledge();
    await held.closed();
    await queue.evict();
    await pause(700);
    expect(await queue.receive()).toBeUndefined();
  });
});

describe("an object that is reset while polls wait", () => {
  test("ends them empty, and loses nothing", async () => {
    await queue.must("SendMessage", { MessageBody: "late", DelaySeconds: 5 });
    const poll = await queue.startPoll();
    await abortAllDurableObjects();
    expect(await poll.bodies()).toEqual([]);
    pass(5);
    expect(await queue.receive()).toMatchObject({ body: "late", receiveCount: 1 });
  });

  test("because a commit failed hands out nothing of that commit", async () => {
    const errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const warnings = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const poll = await queue.startPoll();
    await onDisk(`CREATE TRIGGER full_disk BEFORE INSERT ON segment_state
      BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
    const sent = await queue.call("SendMessage", { MessageBody: "never accepted" });
    expect(sent.status).toBe(503);
    expect(await poll.bodies()).toEqual([]);
    await onDisk("DROP TRIGGER full_disk");
    expect(await queue.receive()).toBeUndefined();
    await queue.send("a");
    expect(await queue.receive()).toMatchObject({ body: "a", receiveCount: 1 });
    expect(errors).toHaveBeenCalledOnce();
    expect(warnings).toHaveBeenCalledOnce();
    errors.mockRestore();
    warnings.mockRestore();
  });
});

/** Behind the object's back. */
function onDisk(statement: string): Promise<unknown> {
  return runInDurableObject(queue.object, (_, state) =>
    state.storage.sql.exec(statement).toArray(),
  );
}

function pass(seconds: number): void {
  nowMs += seconds * 1000;
  vi.setSystemTime(nowMs);
}
