/** Delays: a message's own, the queue's, and which of the two holds. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const DELAYED = { ...EMPTY, delayed: 1 };
const VISIBLE = { ...EMPTY, visible: 1 };

describe("a delayed message", () => {
  test("counts as delayed and becomes visible when its delay ends, to the second", async () => {
    const queue = await TestQueue.create();
    await queue.send("a", { DelaySeconds: 10 });
    expect(await queue.counts()).toEqual(DELAYED);
    pass(9);
    expect(await queue.receive()).toEqual([]);
    pass(1);
    expect(await queue.counts()).toEqual(VISIBLE);
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("is still delayed after an eviction, and visible when the time has come", async () => {
    const queue = await TestQueue.create();
    await queue.send("a", { DelaySeconds: 10 });
    await queue.evict();
    expect(await queue.counts()).toEqual(DELAYED);
    pass(10);
    await queue.evict();
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("does not hold back those that were sent after it", async () => {
    const queue = await TestQueue.create();
    await queue.send("late", { DelaySeconds: 900 });
    await queue.send("soon");
    expect(await queue.bodies()).toEqual(["soon"]);
    pass(900);
    expect((await queue.bodies()).toSorted()).toEqual(["late", "soon"]);
  });

  test("has its send time, not the end of its delay, as SentTimestamp [docs]", async () => {
    const queue = await TestQueue.create();
    const sentAtMs = Date.now();
    await queue.send("a", { DelaySeconds: 10 });
    pass(10);
    const { Attributes } = await queue.receiveOne();
    expect(Attributes).toMatchObject({ SentTimestamp: String(sentAtMs) });
  });
});

describe("the queue's delay", () => {
  test("holds for messages without a delay of their own [docs]", async () => {
    const queue = await TestQueue.create({ DelaySeconds: "5" });
    await queue.send("a");
    expect(await queue.counts()).toEqual(DELAYED);
    pass(5);
    expect(await queue.counts()).toEqual(VISIBLE);
  });

  test.each([
    [0, VISIBLE, 0],
    [20, DELAYED, 20],
  ])("gives way to a message's own delay of %d [docs]", async (DelaySeconds, counts, seconds) => {
    const queue = await TestQueue.create({ DelaySeconds: "5" });
    await queue.send("a", { DelaySeconds });
    expect(await queue.counts()).toEqual(counts);
    pass(seconds);
    expect(await queue.counts()).toEqual(VISIBLE);
  });

  test("does not reach back to what was sent before it changed [docs]", async () => {
    const queue = await TestQueue.create({ DelaySeconds: "5" });
    await queue.send("before");
    await queue.call("SetQueueAttributes", { Attributes: { DelaySeconds: "900" } });
    await queue.send("after");
    pass(5);
    expect(await queue.bodies()).toEqual(["before"]);
    expect(await queue.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 1 });
  });
});
