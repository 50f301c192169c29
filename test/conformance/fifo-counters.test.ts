/** The three counters of FIFO queues. A message that is only held up by its group counts as visible. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import {
  changeVisibility,
  deleteAll,
  deleteMessage,
  drain,
  evictAll,
  expectCounts,
  handleOf,
  KINDS,
  queueWith,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { accepted } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

describe.each(KINDS)("a message of $kind counts", ({ attributes }) => {
  test("as delayed, visible, in flight and not at all, in the course of its life", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "10" }, "g1-m1");
    await expectCounts(queue, { ...EMPTY, delayed: 1 });
    pass(10);
    await expectCounts(queue, { ...EMPTY, visible: 1 });
    const held = await queue.receive();
    await expectCounts(queue, { ...EMPTY, inFlight: 1 });
    await deleteAll(queue, held);
    await expectCounts(queue, EMPTY);
  });

  test("as visible when it is held up by another of its group [snap, ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    await expectCounts(queue, { ...EMPTY, visible: 3 });
    await queue.receive({ MaxNumberOfMessages: 1 });
    await expectCounts(queue, { ...EMPTY, visible: 2, inFlight: 1 });
    await sendEach(queue, "g1-m4", "g2-m1");
    await expectCounts(queue, { ...EMPTY, visible: 4, inFlight: 1 });
  });

  test("as in flight until it is deleted, several of a group each by itself [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3", "g1-m4");
    const held = await queue.receive({ MaxNumberOfMessages: 3 });
    await expectCounts(queue, { ...EMPTY, visible: 1, inFlight: 3 });
    await accepted(deleteMessage(queue, handleOf(held, "g1-m1")));
    await expectCounts(queue, { ...EMPTY, visible: 1, inFlight: 2 });
    await deleteAll(queue, held);
    await expectCounts(queue, { ...EMPTY, visible: 1 });
  });

  test("as visible again when its timeout is set to 0", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const held = await queue.receive();
    await accepted(changeVisibility(queue, handleOf(held, "g1-m2"), 0));
    await expectCounts(queue, { ...EMPTY, visible: 1, inFlight: 1 });
  });

  test("as visible again when its timeout lapsed", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    const held = await queue.receive({ MaxNumberOfMessages: 2 });
    await accepted(changeVisibility(queue, handleOf(held, "g1-m2"), 100));
    await expectCounts(queue, { ...EMPTY, visible: 1, inFlight: 2 });
    pass(30);
    await expectCounts(queue, { ...EMPTY, visible: 2, inFlight: 1 });
    pass(70);
    await expectCounts(queue, { ...EMPTY, visible: 3 });
  });

  test("once, however often it is sent", async () => {
    const queue = await TestQueue.create(attributes);
    for (let count = 0; count < 3; count++) await sendTogether(queue, "g1-m1", "g2-m1");
    await expectCounts(queue, { ...EMPTY, visible: 2 });
  });

  test("the same after an eviction, in each status", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g2-m1", "g3-m1");
    await queue.receive({ MaxNumberOfMessages: 1 });
    const counts = { ...EMPTY, visible: 3, inFlight: 1 };
    await expectCounts(queue, counts);
    await evictAll();
    await expectCounts(queue, counts);
  });

  test("among many groups as among few", async () => {
    const queue = await TestQueue.create(attributes);
    for (let batch = 0; batch < 12; batch++) {
      const bodies = Array.from(
        { length: 10 },
        (_, index) => `g${batch * 5 + (index % 5)}-${index}`,
      );
      await sendTogether(queue, ...bodies);
    }
    await expectCounts(queue, { ...EMPTY, visible: 120 });
    const held = await queue.receive({ MaxNumberOfMessages: 10 });
    expect(held.length).toBeGreaterThan(0);
    await expectCounts(queue, { ...EMPTY, visible: 120 - held.length, inFlight: held.length });
    await deleteAll(queue, held);
    expect(await drain(queue)).toHaveLength(120 - held.length);
    await expectCounts(queue, EMPTY);
  });
});
