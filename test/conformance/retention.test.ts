/** Retention: messages expire by their age, whatever their status. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { acceptedSilently } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const VISIBLE = { ...EMPTY, visible: 1 };

async function shortLived(): Promise<TestQueue> {
  return TestQueue.create({ MessageRetentionPeriod: "60", VisibilityTimeout: "300" });
}

describe("a message", () => {
  test("can be received until its retention period is over, and not after", async () => {
    const queue = await shortLived();
    await queue.send("a");
    pass(59);
    expect(await queue.counts()).toEqual(VISIBLE);
    pass(2);
    expect(await queue.counts()).toEqual(EMPTY);
    expect(await queue.receive()).toEqual([]);
  });

  test("expires in flight as well [ls]", async () => {
    const queue = await shortLived();
    await queue.send("a");
    await queue.receiveOne();
    pass(61);
    expect(await queue.counts()).toEqual(EMPTY);
    pass(300);
    expect(await queue.receive()).toEqual([]);
  });

  test("expires by its age since it was sent, not since its delay ended [docs]", async () => {
    const queue = await shortLived();
    await queue.send("a", { DelaySeconds: 50 });
    pass(50);
    expect(await queue.counts()).toEqual(VISIBLE);
    pass(11);
    expect(await queue.receive()).toEqual([]);
  });

  test("can still be deleted without complaint after it expired", async () => {
    const queue = await shortLived();
    await queue.send("a");
    const ReceiptHandle = await queue.handleOfOne();
    pass(61);
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
  });

  test("is gone after the alarm and an eviction, its younger neighbour is not", async () => {
    const queue = await shortLived();
    await queue.send("old");
    pass(30);
    await queue.send("young");
    pass(31);
    await runDurableObjectAlarm(queue.object);
    await queue.evict();
    expect(await queue.counts()).toEqual(VISIBLE);
    expect(await queue.bodies()).toEqual(["young"]);
  });
});

describe("a changed retention period", () => {
  test("that is shorter expires what is older already [docs]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    pass(61);
    await queue.call("SetQueueAttributes", { Attributes: { MessageRetentionPeriod: "60" } });
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("that is longer keeps what would have expired", async () => {
    const queue = await shortLived();
    await queue.send("a");
    await queue.call("SetQueueAttributes", { Attributes: { MessageRetentionPeriod: "120" } });
    pass(100);
    expect(await queue.counts()).toEqual(VISIBLE);
  });
});
