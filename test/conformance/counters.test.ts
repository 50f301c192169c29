/** The three counters: each message is in exactly one of them, in every status. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

describe("a message counts", () => {
  test("as delayed, visible, in flight and not at all, in the course of its life", async () => {
    const queue = await TestQueue.create();
    await queue.send("a", { DelaySeconds: 1 });
    expect(await queue.counts()).toEqual({ ...EMPTY, delayed: 1 });
    pass(1);
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
    const ReceiptHandle = await queue.handleOfOne();
    expect(await queue.counts()).toEqual({ ...EMPTY, inFlight: 1 });
    pass(30);
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
    await queue.call("DeleteMessage", { ReceiptHandle });
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("the same after an eviction, in each status", async () => {
    const queue = await TestQueue.create();
    for (const body of ["a", "b", "c"]) await queue.send(body);
    await queue.send("d", { DelaySeconds: 900 });
    await queue.receive({ MaxNumberOfMessages: 1 });
    const counts = { visible: 2, inFlight: 1, delayed: 1 };
    expect(await queue.counts()).toEqual(counts);
    await queue.evict();
    expect(await queue.counts()).toEqual(counts);
  });

  test("the same when several hundred go through all of them", async () => {
    const queue = await TestQueue.create();
    for (let batch = 0; batch < 30; batch++) {
      const Entries = Array.from({ length: 10 }, (_, index) => {
        return { Id: `${index}`, MessageBody: "a", DelaySeconds: index % 2 };
      });
      await queue.call("SendMessageBatch", { Entries });
    }
    expect(await queue.counts()).toEqual({ visible: 150, inFlight: 0, delayed: 150 });
    pass(1);
    for (let count = 0; count < 12; count++) await queue.receive();
    const { visible, inFlight, delayed } = await queue.counts();
    expect({ total: visible + inFlight, delayed }).toEqual({ total: 300, delayed: 0 });
    expect(inFlight).toBeGreaterThan(0);
  });
});

test("asking for one counter gives that one, as a decimal text", async () => {
  const queue = await TestQueue.create();
  await queue.send("a");
  const name = "ApproximateNumberOfMessages";
  expect(await queue.attributes(name)).toEqual({ [name]: "1" });
});
