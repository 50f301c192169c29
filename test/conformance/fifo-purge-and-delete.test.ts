/** PurgeQueue and DeleteQueue on FIFO queues: nothing of what was there comes back, in no group. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { controlAlarms, runDueAlarms } from "./due-alarms.ts";
import {
  changeVisibility,
  deleteMessage,
  drain,
  evictAll,
  expectCounts,
  handleOf,
  KINDS,
  queueWith,
  receiveBodies,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { accepted, acceptedSilently, call, invalidValue, noQueue, refused } from "./sqs-client.ts";
import { EMPTY, type TestQueue } from "./test-queue.ts";

controlTime();
controlAlarms();

/** In flight, held up and visible, in three groups; and the handle of what is in flight. */
async function busyQueue(attributes: Record<string, string>): Promise<[TestQueue, string]> {
  const queue = await queueWith(attributes, "g1-m1", "g1-m2");
  const held = await queue.receive({ MaxNumberOfMessages: 1 });
  await sendEach(queue, "g2-m1", "g3-m1");
  return [queue, handleOf(held, "g1-m1")];
}

async function createAgain(queue: TestQueue, Attributes: Record<string, string>): Promise<void> {
  await acceptedSilently(queue.call("DeleteQueue"));
  pass(61);
  await accepted(call("CreateQueue", { QueueName: queue.name, Attributes }));
}

describe.each(KINDS)("a purge of $kind", ({ attributes }) => {
  test("deletes the messages of all groups, in flight or held up, and says nothing [ls]", async () => {
    const [queue] = await busyQueue(attributes);
    await acceptedSilently(queue.call("PurgeQueue"));
    expect(await queue.receive()).toEqual([]);
    await expectCounts(queue, EMPTY);
    pass(60);
    await runDueAlarms();
    await evictAll();
    expect(await queue.receive()).toEqual([]);
    await expectCounts(queue, EMPTY);
  });

  test("deletes what is delayed [ls]", async () => {
    const queue = await queueWith({ ...attributes, DelaySeconds: "10" }, "g1-m1", "g2-m1");
    await accepted(queue.call("PurgeQueue"));
    await expectCounts(queue, EMPTY);
    pass(10);
    expect(await queue.receive()).toEqual([]);
  });

  test("frees its groups: what is sent after it is received at once, in order", async () => {
    const [queue] = await busyQueue(attributes);
    await accepted(queue.call("PurgeQueue"));
    await sendEach(queue, "g1-m3", "g2-m2");
    await sendTogether(queue, "g1-m4", "g4-m1");
    const bodies = await drain(queue);
    expect(bodies.toSorted()).toEqual(["g1-m3", "g1-m4", "g2-m2", "g4-m1"]);
    expect(bodies.indexOf("g1-m3")).toBeLessThan(bodies.indexOf("g1-m4"));
  });

  test("leaves what is sent after it also where objects were evicted in between", async () => {
    const [queue] = await busyQueue(attributes);
    await accepted(queue.call("PurgeQueue"));
    await evictAll();
    await sendEach(queue, "g1-m3");
    await evictAll();
    expect(await queue.bodies()).toEqual(["g1-m3"]);
    pass(30);
    expect(await queue.bodies()).toEqual(["g1-m3"]);
  });

  test("makes handles lead nowhere: deleting is fine, a new timeout is not", async () => {
    const [queue, handle] = await busyQueue(attributes);
    await accepted(queue.call("PurgeQueue"));
    await acceptedSilently(deleteMessage(queue, handle));
    await refused(changeVisibility(queue, handle, 0), invalidValue, /Message does not exist/);
    await sendEach(queue, "g1-m3");
    await acceptedSilently(deleteMessage(queue, handle));
    expect(await queue.bodies()).toEqual(["g1-m3"]);
  });

  test("is one a minute [snap]", async () => {
    const [queue] = await busyQueue(attributes);
    await accepted(queue.call("PurgeQueue"));
    await sendEach(queue, "g1-m3");
    pass(59);
    const text = `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`;
    await refused(queue.call("PurgeQueue"), "PurgeQueueInProgress", text);
    expect(await queue.bodies()).toEqual(["g1-m3"]);
    pass(1);
    await accepted(queue.call("PurgeQueue"));
    pass(30);
    expect(await queue.receive()).toEqual([]);
  });

  test("reaches a group that slept through the one before it", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g2-m1");
    await accepted(queue.call("PurgeQueue"));
    await sendEach(queue, "g2-m2");
    pass(60);
    await accepted(queue.call("PurgeQueue"));
    await evictAll();
    await sendEach(queue, "g1-m2", "g2-m3");
    expect((await drain(queue)).toSorted()).toEqual(["g1-m2", "g2-m3"]);
  });
});

describe.each(KINDS)("after $kind was deleted", ({ attributes }) => {
  test("it is unknown to every action", async () => {
    const [queue, ReceiptHandle] = await busyQueue(attributes);
    await acceptedSilently(queue.call("DeleteQueue"));
    // SQS gives itself a minute.
    pass(60);
    const send = { MessageBody: "a", MessageGroupId: "g1" };
    await refused(queue.call("SendMessage", send), noQueue);
    await refused(queue.call("ReceiveMessage"), noQueue);
    await refused(queue.call("DeleteMessage", { ReceiptHandle }), noQueue);
    const change = { ReceiptHandle, VisibilityTimeout: 0 };
    await refused(queue.call("ChangeMessageVisibility", change), noQueue);
    await refused(queue.call("PurgeQueue"), noQueue);
  });

  test("and created again, nothing of the old one is there", async () => {
    const [queue] = await busyQueue(attributes);
    await createAgain(queue, attributes);
    expect(await queue.receive()).toEqual([]);
    await expectCounts(queue, EMPTY);
    pass(600);
    await runDueAlarms();
    await evictAll();
    expect(await queue.receive()).toEqual([]);
  });

  test("and created again, its groups are new ones: nothing is blocked or a duplicate", async () => {
    const [queue] = await busyQueue({ ...attributes, VisibilityTimeout: "43200" });
    await createAgain(queue, attributes);
    await sendTogether(queue, "g1-m1", "g1-m2", "g2-m1");
    expect((await receiveBodies(queue)).toSorted()).toEqual(["g1-m1", "g1-m2", "g2-m1"]);
  });

  test("and created again, handles of the old one are refused", async () => {
    const [queue, handle] = await busyQueue({ ...attributes, VisibilityTimeout: "43200" });
    await createAgain(queue, attributes);
    await sendEach(queue, "g1-m1");
    await refused(deleteMessage(queue, handle), "ReceiptHandleIsInvalid");
    await refused(changeVisibility(queue, handle, 0), "ReceiptHandleIsInvalid");
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test("and created again as a queue that deduplicates otherwise, it does so", async () => {
    const other = KINDS.find((kind) => kind.attributes !== attributes)?.attributes ?? {};
    const [queue] = await busyQueue(attributes);
    await createAgain(queue, other);
    for (const MessageGroupId of ["g1", "g2"]) await queue.send("same", { MessageGroupId });
    const count = "DeduplicationScope" in other ? 2 : 1;
    expect(await drain(queue)).toHaveLength(count);
  });
});
