/** Retention in FIFO queues: what expires is gone, and holds up nobody any more. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { controlAlarms, runDueAlarms } from "./due-alarms.ts";
import { evictAll, expectCounts, handleOf, KINDS, queueWith, sendEach } from "./fifo-queue.ts";
import { acceptedSilently } from "./sqs-client.ts";
import { EMPTY } from "./test-queue.ts";

controlTime();
controlAlarms();

const SHORT = { MessageRetentionPeriod: "60", VisibilityTimeout: "300" };

describe.each(KINDS)("a message of $kind", ({ attributes }) => {
  test("can be received until its retention period is over, and not after", async () => {
    const queue = await queueWith({ ...attributes, ...SHORT }, "g1-m1", "g2-m1");
    pass(59);
    expect(await queue.receive({ MaxNumberOfMessages: 1 })).toHaveLength(1);
    pass(2);
    expect(await queue.receive()).toEqual([]);
    await expectCounts(queue, EMPTY);
  });

  test("that expires in flight frees its group [ls]", async () => {
    const queue = await queueWith({ ...attributes, ...SHORT }, "g1-m1");
    await queue.receive();
    pass(30);
    await sendEach(queue, "g1-m2");
    expect(await queue.bodies()).toEqual([]);
    pass(31);
    expect(await queue.bodies()).toEqual(["g1-m2"]);
  });

  test("that expires leaves the younger ones of its group, in order", async () => {
    const queue = await queueWith({ ...attributes, ...SHORT }, "g1-m1", "g1-m2");
    pass(30);
    await sendEach(queue, "g1-m3", "g1-m4");
    pass(31);
    await runDueAlarms();
    await evictAll();
    expect(await queue.bodies()).toEqual(["g1-m3", "g1-m4"]);
  });

  test("can still be deleted without complaint after it expired in flight", async () => {
    const queue = await queueWith({ ...attributes, ...SHORT }, "g1-m1");
    const ReceiptHandle = handleOf(await queue.receive(), "g1-m1");
    pass(61);
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
  });

  test("expires by its age since it was sent, not since its delay ended [docs]", async () => {
    const delayed = { ...attributes, ...SHORT, DelaySeconds: "50" };
    const queue = await queueWith(delayed, "g1-m1");
    pass(61);
    expect(await queue.receive()).toEqual([]);
  });

  test("lives longer when the retention period is made longer, whoever is evicted meanwhile", async () => {
    const queue = await queueWith({ ...attributes, MessageRetentionPeriod: "3600" }, "g1-m1");
    await queue.counts();
    pass(1_800);
    const Attributes = { MessageRetentionPeriod: "1209600" };
    await acceptedSilently(queue.call("SetQueueAttributes", { Attributes }));
    pass(1);
    await runDueAlarms();
    await evictAll();
    pass(1_900);
    await runDueAlarms();
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test("expires earlier when the retention period is made shorter [docs]", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    const Attributes = { MessageRetentionPeriod: "60" };
    await acceptedSilently(queue.call("SetQueueAttributes", { Attributes }));
    // SQS gives itself 15 minutes for this change.
    pass(900);
    expect(await queue.receive()).toEqual([]);
    await sendEach(queue, "g1-m2");
    expect(await queue.bodies()).toEqual(["g1-m2"]);
  });
});
