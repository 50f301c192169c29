/** Long polls: what ends one, and that the wait of the queue is only a default. */
import { describe, expect, test } from "vitest";
import { objectsOf } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import { controlAlarms } from "./due-alarms.ts";
import { accepted, acceptedEmpty, noQueue } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";
import { controlPolls, startPoll, wakeByAlarm } from "./waiting-poll.ts";

controlTime();
controlAlarms();
controlPolls();

/** Resolves with the bodies that a poll brings. */
async function longPoll(queue: TestQueue, input: object = {}): Promise<unknown[]> {
  const order = { WaitTimeSeconds: 20, MaxNumberOfMessages: 10, ...input };
  const answer = await accepted(queue.call("ReceiveMessage", order));
  return objectsOf(answer, "Messages").map(({ Body }) => Body);
}

describe("a long poll", () => {
  test("returns at once when something is there, and does not wait to fill up", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    expect(await longPoll(queue)).toEqual(["a"]);
  });

  test("is woken by a send [ls]", async () => {
    const queue = await TestQueue.create();
    const poll = longPoll(queue);
    await queue.send("a");
    expect(await poll).toEqual(["a"]);
    expect(await queue.counts()).toEqual({ ...EMPTY, inFlight: 1 });
  });

  test("is woken by a visibility timeout that is set to 0 [ls]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const ReceiptHandle = await queue.handleOfOne();
    const poll = longPoll(queue);
    await queue.call("ChangeMessageVisibility", { ReceiptHandle, VisibilityTimeout: 0 });
    expect(await poll).toEqual(["a"]);
  });

  test("is woken by a visibility timeout that lapses [ls]", async () => {
    const queue = await TestQueue.create({ VisibilityTimeout: "10" });
    await queue.send("a");
    await queue.receiveOne();
    const poll = await startPoll(queue);
    pass(10);
    await wakeByAlarm(poll);
    expect(await poll.bodies).toEqual(["a"]);
  });

  test.each([
    ["a message", {}, { DelaySeconds: 10 }],
    ["the queue", { DelaySeconds: "10" }, {}],
  ])("is woken by the end of a delay of %s [ls]", async (_title, attributes, input) => {
    const queue = await TestQueue.create(attributes);
    await queue.send("a", input);
    const poll = await startPoll(queue);
    pass(10);
    await wakeByAlarm(poll);
    expect(await poll.bodies).toEqual(["a"]);
  });

  test("gives each message to one of several pollers", async () => {
    const queue = await TestQueue.create();
    const polls = [longPoll(queue), longPoll(queue), longPoll(queue)];
    for (const body of ["a", "b", "c"]) await queue.send(body);
    // A poll takes what is there, so one may get two; what is left over is waited for no longer.
    const first = await Promise.race(polls);
    expect(first.length).toBeGreaterThan(0);
    await queue.call("DeleteQueue");
    const settled = await Promise.allSettled(polls);
    const bodies = settled.flatMap((poll) => (poll.status === "fulfilled" ? poll.value : []));
    expect(bodies.length).toBe(new Set(bodies).size);
  });

  test("ends with the queue: it is answered that there is none", async () => {
    const queue = await TestQueue.create();
    const poll = queue.call("ReceiveMessage", { WaitTimeSeconds: 20 });
    await queue.call("DeleteQueue");
    expect((await poll).error?.shape).toBe(noQueue);
  });

  test("that nothing ends is answered with an empty object when its time is over", async () => {
    const queue = await TestQueue.create();
    await acceptedEmpty(queue.call("ReceiveMessage", { WaitTimeSeconds: 1 }));
  });
});

describe("the queue's own wait", () => {
  test("makes a poll without a wait of its own a long one [docs]", async () => {
    const queue = await TestQueue.create({ ReceiveMessageWaitTimeSeconds: "20" });
    const poll = longPoll(queue, { WaitTimeSeconds: undefined });
    await queue.send("a");
    expect(await poll).toEqual(["a"]);
  });

  test("gives way to an explicit 0 [snap]", async () => {
    const queue = await TestQueue.create({ ReceiveMessageWaitTimeSeconds: "20" });
    expect(await longPoll(queue, { WaitTimeSeconds: 0 })).toEqual([]);
  });
});
