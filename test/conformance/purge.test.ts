/** PurgeQueue, and the minute between two of them. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { acceptedSilently, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

async function queueWithAllStatuses(): Promise<TestQueue> {
  const queue = await TestQueue.create();
  await queue.send("in flight");
  await queue.receiveOne();
  await queue.send("visible");
  await queue.send("delayed", { DelaySeconds: 10 });
  expect(await queue.counts()).toEqual({ visible: 1, inFlight: 1, delayed: 1 });
  return queue;
}

describe("a purge", () => {
  test("deletes what is visible, delayed and in flight, and says nothing [ls, pail]", async () => {
    const queue = await queueWithAllStatuses();
    await acceptedSilently(queue.call("PurgeQueue"));
    expect(await queue.counts()).toEqual(EMPTY);
    pass(60);
    await queue.evict();
    expect(await queue.receive()).toEqual([]);
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("leaves attributes and tags alone", async () => {
    const queue = await TestQueue.create({ VisibilityTimeout: "7" });
    await queue.call("TagQueue", { Tags: { a: "b" } });
    const before = await queue.attributes();
    await queue.call("PurgeQueue");
    expect(await queue.attributes()).toEqual(before);
    expect(await queue.tags()).toEqual({ a: "b" });
  });

  test("does not reach what is sent after it", async () => {
    const queue = await queueWithAllStatuses();
    await queue.call("PurgeQueue");
    await queue.send("later");
    await queue.evict();
    expect(await queue.bodies()).toEqual(["later"]);
  });

  test("of an empty queue is fine", async () => {
    const queue = await TestQueue.create();
    await acceptedSilently(queue.call("PurgeQueue"));
  });
});

describe("a second purge", () => {
  test("within 60 seconds is refused with 403, naming the queue [snap]", async () => {
    const queue = await TestQueue.create();
    await queue.call("PurgeQueue");
    await queue.send("later");
    pass(59);
    await queue.evict();
    const text = `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`;
    await refused(queue.call("PurgeQueue"), "PurgeQueueInProgress", text);
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test("after 60 seconds is accepted", async () => {
    const queue = await TestQueue.create();
    await queue.call("PurgeQueue");
    pass(60);
    await acceptedSilently(queue.call("PurgeQueue"));
  });

  test("that was refused does not prolong the wait", async () => {
    const queue = await TestQueue.create();
    await queue.call("PurgeQueue");
    pass(59);
    await refused(queue.call("PurgeQueue"), "PurgeQueueInProgress");
    pass(1);
    await acceptedSilently(queue.call("PurgeQueue"));
  });

  test("of another queue is not held up", async () => {
    const queue = await TestQueue.create();
    const other = await TestQueue.create();
    await queue.call("PurgeQueue");
    await acceptedSilently(other.call("PurgeQueue"));
  });
});

test("purging a queue that does not exist is refused", async () => {
  const queue = await TestQueue.create();
  await refused(queue.call("PurgeQueue", { QueueUrl: `${queue.url}x` }), "QueueDoesNotExist");
});
