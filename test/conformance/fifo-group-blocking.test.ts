/** Whom a message in flight holds up: everything later in its group, and nobody else. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import {
  bodiesOf,
  deleteAll,
  deleteMessage,
  drain,
  evictAll,
  handleOf,
  KINDS,
  ofGroup,
  queueWith,
  receiveBodies,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { accepted } from "./sqs-client.ts";

controlTime();

const ONE = { MaxNumberOfMessages: 1 };
const TWO = { MaxNumberOfMessages: 2 };

describe.each(KINDS)("in $kind, a message in flight", ({ attributes }) => {
  test("hides everything later in its group [pail]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    expect(await receiveBodies(queue, ONE)).toEqual(["g1-m1"]);
    expect(await queue.bodies()).toEqual([]);
    await evictAll();
    expect(await queue.bodies()).toEqual([]);
  });

  test("leaves other groups alone [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    expect(await receiveBodies(queue, ONE)).toEqual(["g1-m1"]);
    await sendEach(queue, "g2-m1", "g1-m3", "g2-m2", "g3-m1");
    const others = await queue.bodies();
    expect(ofGroup("g2", others)).toEqual(["g2-m1", "g2-m2"]);
    expect(others.toSorted()).toEqual(["g2-m1", "g2-m2", "g3-m1"]);
  });

  test("hides what is sent to its group afterwards [iss localstack#9975]", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    const held = await queue.receive();
    await sendEach(queue, "g1-m2");
    await sendTogether(queue, "g1-m3", "g1-m4");
    expect(await queue.bodies()).toEqual([]);
    await evictAll();
    await sendEach(queue, "g1-m5", "g2-m1");
    expect(await queue.bodies()).toEqual(["g2-m1"]);
    await deleteAll(queue, held);
    expect(await queue.bodies()).toEqual(["g1-m2", "g1-m3", "g1-m4", "g1-m5"]);
  });

  test("frees its group at once when it is deleted [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    const held = await queue.receive(ONE);
    await deleteAll(queue, held);
    expect(await receiveBodies(queue, ONE)).toEqual(["g1-m2"]);
  });

  test("frees its group when its timeout lapses, and comes back itself first [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    await queue.receive(ONE);
    pass(29);
    expect(await queue.bodies()).toEqual([]);
    pass(1);
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2", "g1-m3"]);
  });

  test("that was received with a timeout of 0 holds up nobody [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g2-m1", "g2-m2", "g3-m1", "g1-m2");
    const none = { VisibilityTimeout: 0 };
    expect(await receiveBodies(queue, { ...none, MaxNumberOfMessages: 3 })).toHaveLength(3);
    const all = await receiveBodies(queue, none);
    expect(ofGroup("g1", all)).toEqual(["g1-m1", "g1-m2"]);
    expect(ofGroup("g2", all)).toEqual(["g2-m1", "g2-m2"]);
    expect(ofGroup("g3", all)).toEqual(["g3-m1"]);
  });
});

describe.each(KINDS)("in $kind, of several messages in flight", ({ attributes }) => {
  test("all must be deleted to free their group [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3", "g1-m4");
    const held = await queue.receive(TWO);
    expect(bodiesOf(held)).toEqual(["g1-m1", "g1-m2"]);
    await sendEach(queue, "g2-m1");
    await deleteAll(queue, held);
    const rest = await queue.bodies();
    expect(ofGroup("g1", rest)).toEqual(["g1-m3", "g1-m4"]);
    expect(ofGroup("g2", rest)).toEqual(["g2-m1"]);
  });

  test.each(["g1-m1", "g1-m2"])("deleting %s alone keeps it blocked [ls]", async (body) => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    const held = await queue.receive(TWO);
    await sendEach(queue, "g2-m1", "g2-m2", "g3-m1");
    await accepted(deleteMessage(queue, handleOf(held, body)));
    const others = await queue.bodies();
    expect(ofGroup("g1", others)).toEqual([]);
    expect(others.toSorted()).toEqual(["g2-m1", "g2-m2", "g3-m1"]);
    await deleteAll(queue, held);
    expect(await queue.bodies()).toEqual(["g1-m3"]);
  });

  test("what was not deleted comes back before what is later", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    const held = await queue.receive(TWO);
    await accepted(deleteMessage(queue, handleOf(held, "g1-m1")));
    pass(30);
    expect(await queue.bodies()).toEqual(["g1-m2", "g1-m3"]);
  });

  test("a batch of deletions frees their group like single ones", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g2-m1", "g1-m3");
    const held = await queue.receive();
    expect(held).toHaveLength(4);
    await sendEach(queue, "g1-m4", "g2-m2");
    const Entries = ["g2-m1", "g1-m3", "g1-m1", "g1-m2"].map((Id) => {
      return { Id, ReceiptHandle: handleOf(held, Id) };
    });
    const answer = await accepted(queue.call("DeleteMessageBatch", { Entries }));
    expect(answer).toEqual({ Successful: Entries.map(({ Id }) => ({ Id })) });
    expect((await queue.bodies()).toSorted()).toEqual(["g1-m4", "g2-m2"]);
  });
});

test.each(KINDS)(
  "in $kind, many groups are blocked and freed each by itself",
  async ({ attributes }) => {
    const groups = Array.from({ length: 30 }, (_, index) => `g${index}`);
    const queue = await queueWith(attributes, ...groups.map((group) => `${group}-m1`));
    for (const group of groups) await sendEach(queue, `${group}-m2`);
    const received: string[] = [];
    for (const _ of groups) {
      const [message] = await queue.receive(ONE);
      received.push(...bodiesOf(message === undefined ? [] : [message]));
    }
    expect(received.toSorted()).toEqual(groups.map((group) => `${group}-m1`).toSorted());
    expect(await queue.bodies()).toEqual([]);
    pass(30);
    const drained = await drain(queue);
    for (const group of groups) {
      expect(ofGroup(group, drained)).toEqual([`${group}-m1`, `${group}-m2`]);
    }
  },
);
