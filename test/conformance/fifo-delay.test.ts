/** Delays of FIFO queues: the queue's alone, and unlike a standard queue's it reaches back. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import {
  deleteAll,
  evictAll,
  expectCounts,
  KINDS,
  queueWith,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { acceptedSilently } from "./sqs-client.ts";
import { EMPTY, type TestQueue } from "./test-queue.ts";

controlTime();

async function changeDelay(queue: TestQueue, DelaySeconds: string): Promise<void> {
  await acceptedSilently(queue.call("SetQueueAttributes", { Attributes: { DelaySeconds } }));
}

describe.each(KINDS)("the delay of $kind", ({ attributes }) => {
  test("holds messages back, to the second, in their order [ls]", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "10" }, "g1-m1", "g1-m2", "g1-m3");
    expect(await queue.bodies()).toEqual([]);
    await expectCounts(queue, { ...EMPTY, delayed: 3 });
    pass(9);
    await evictAll();
    expect(await queue.bodies()).toEqual([]);
    pass(1);
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2", "g1-m3"]);
  });

  test("holds back each message by itself, counted from its send", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "10" }, "g1-m1");
    pass(5);
    await sendTogether(queue, "g1-m2", "g2-m1");
    pass(5);
    await expectCounts(queue, { ...EMPTY, visible: 1, delayed: 2 });
    const held = await queue.receive();
    expect(held).toMatchObject([{ Body: "g1-m1" }]);
    await deleteAll(queue, held);
    expect(await queue.bodies()).toEqual([]);
    pass(5);
    expect((await queue.bodies()).toSorted()).toEqual(["g1-m2", "g2-m1"]);
  });

  test("holds for a message with an explicit delay of 0, too [snap]", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "10" });
    await queue.send("a", { MessageGroupId: "g", DelaySeconds: 0 });
    expect(await queue.bodies()).toEqual([]);
    pass(10);
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("is over once for a message: what came back is not delayed again", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "10" }, "g1-m1");
    pass(10);
    expect(await queue.bodies()).toEqual(["g1-m1"]);
    pass(30);
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test("leaves the send time what it was [docs]", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "10" });
    const SentTimestamp = String(Date.now());
    await sendEach(queue, "g1-m1");
    pass(10);
    expect((await queue.receiveOne()).Attributes).toMatchObject({ SentTimestamp });
  });
});

// SQS gives itself a minute for a change of attributes.
describe.each(KINDS)("a changed delay of $kind", ({ attributes }) => {
  test("that is shorter lets go of what was sent before [docs]", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "900" }, "g1-m1", "g1-m2");
    await changeDelay(queue, "0");
    pass(60);
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2"]);
  });

  test("that is longer holds back further what was sent before [docs]", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "100" }, "g1-m1");
    await changeDelay(queue, "300");
    pass(299);
    expect(await queue.bodies()).toEqual([]);
    await evictAll();
    expect(await queue.bodies()).toEqual([]);
    pass(1);
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test("holds for what is sent after it", async () => {
    const queue = await queueWith(attributes);
    await changeDelay(queue, "10");
    pass(60);
    await sendEach(queue, "g1-m1");
    pass(9);
    expect(await queue.bodies()).toEqual([]);
    pass(1);
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });
});
