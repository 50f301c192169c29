/** The order in which messages of FIFO queues are received: strict in a group, free between groups. */
import { describe, expect, test } from "vitest";
import { numberOf, objectOf } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import {
  bodiesOf,
  deleteAll,
  drain,
  evictAll,
  groupOf,
  KINDS,
  ofGroup,
  queueWith,
  receiveBodies,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const GROUPS = ["g1", "g2", "g3"];

/** `g1-m1`, `g1-m2`, and so on. */
function messagesOf(group: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${group}-m${index + 1}`);
}

describe.each(KINDS)("one receive from $kind", ({ attributes }) => {
  test("gives several of a group, in order, and drains it before the next [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g2-m1", "g1-m2", "g1-m3");
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2", "g1-m3", "g2-m1"]);
  });

  test("takes the groups in the order of their oldest messages [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g2-m1", "g2-m2", "g3-m1", "g1-m2");
    const order = { MaxNumberOfMessages: 3, VisibilityTimeout: 0 };
    expect(await receiveBodies(queue, order)).toEqual(["g1-m1", "g1-m2", "g2-m1"]);
  });

  test("gives no more than it is asked for, oldest first [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    expect(await receiveBodies(queue, { MaxNumberOfMessages: 2 })).toEqual(["g1-m1", "g1-m2"]);
  });

  test("gives one without being asked for a number", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const received = await receiveBodies(queue, { MaxNumberOfMessages: undefined });
    expect(received).toEqual(["g1-m1"]);
  });

  test("gives at most ten of a group that has more, and the rest after them", async () => {
    const queue = await TestQueue.create(attributes);
    const bodies = messagesOf("g1", 12);
    await sendEach(queue, ...bodies);
    const messages = await queue.receive();
    expect(bodiesOf(messages)).toEqual(bodies.slice(0, 10));
    await deleteAll(queue, messages);
    expect(await queue.bodies()).toEqual(bodies.slice(10));
  });

  test("fills up from many groups", async () => {
    const bodies = Array.from({ length: 10 }, (_, index) => `g${index}-m1`);
    const queue = await queueWith(attributes, ...bodies);
    expect((await queue.bodies()).toSorted()).toEqual(bodies.toSorted());
  });
});

describe.each(KINDS)("a group of $kind", ({ attributes }) => {
  test("is received message by message in the order of its sends [ls]", async () => {
    const queue = await TestQueue.create(attributes);
    const bodies = messagesOf("g1", 4);
    await sendEach(queue, ...bodies);
    expect(await drain(queue, 1)).toEqual(bodies);
  });

  test("keeps its order over sends, batches, evictions and time", async () => {
    const queue = await TestQueue.create(attributes);
    const bodies = messagesOf("g1", 40);
    for (let at = 0; at < bodies.length; at += 10) {
      await sendTogether(queue, ...bodies.slice(at, at + 4));
      await sendEach(queue, ...bodies.slice(at + 4, at + 7));
      pass(1);
      await evictAll();
      await sendTogether(queue, ...bodies.slice(at + 7, at + 10));
    }
    expect(await drain(queue, 7)).toEqual(bodies);
  });

  test("keeps its order beside others that are sent and received between", async () => {
    const queue = await TestQueue.create(attributes);
    const sent: string[] = [];
    const received: string[] = [];
    for (let round = 0; round < 12; round++) {
      const bodies = GROUPS.flatMap((group, index) =>
        Array.from({ length: ((round + index) % 3) + 1 }, (_, at) => `${group}-${round}.${at}`),
      );
      sent.push(...bodies);
      await (round % 2 === 0 ? sendTogether(queue, ...bodies) : sendEach(queue, ...bodies));
      const messages = await queue.receive({ MaxNumberOfMessages: (round % 4) + 1 });
      received.push(...bodiesOf(messages));
      await deleteAll(queue, messages);
    }
    received.push(...(await drain(queue, 3)));
    for (const group of GROUPS) expect(ofGroup(group, received)).toEqual(ofGroup(group, sent));
    expect(received).toHaveLength(sent.length);
  });

  test("keeps its order when its messages are received again after the timeout [ls]", async () => {
    const queue = await TestQueue.create({ ...attributes, VisibilityTimeout: "10" });
    const bodies = messagesOf("g1", 3);
    await sendEach(queue, ...bodies);
    expect(await queue.bodies()).toEqual(bodies);
    for (const count of [2, 3]) {
      pass(10);
      await evictAll();
      const again = await queue.receive({ AttributeNames: ["ApproximateReceiveCount"] });
      expect(bodiesOf(again)).toEqual(bodies);
      for (const message of again) {
        expect(numberOf(objectOf(message, "Attributes"), "ApproximateReceiveCount")).toBe(count);
      }
    }
  });

  test("gives what came back before what was never received", async () => {
    const queue = await TestQueue.create({ ...attributes, VisibilityTimeout: "10" });
    await sendEach(queue, "g1-m1", "g1-m2");
    await queue.receive({ MaxNumberOfMessages: 1 });
    pass(5);
    await sendEach(queue, "g1-m3");
    pass(5);
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2", "g1-m3"]);
  });

  test("is in the hands of one receiver at a time, however many ask at once", async () => {
    const queue = await TestQueue.create(attributes);
    for (const group of GROUPS) await sendTogether(queue, ...messagesOf(group, 5));
    const order = { MaxNumberOfMessages: 3 };
    const receives = Array.from({ length: 6 }, () => receiveBodies(queue, order));
    const received = await Promise.all(receives);
    for (const group of GROUPS) {
      const holders = received.map((bodies) => ofGroup(group, bodies)).filter(hasAny);
      expect(holders).toHaveLength(1);
      expect(holders[0]).toEqual(messagesOf(group, holders[0]?.length ?? 0));
    }
  });

  test("gets the messages of a sender who waits for answers in their order, whoever else sends", async () => {
    const queue = await TestQueue.create(attributes);
    const senders = ["a", "b", "c", "d"].map((name) =>
      sendEach(queue, ...Array.from({ length: 5 }, (_, index) => `g1-${name}${index}`)),
    );
    await Promise.all(senders);
    const received = await drain(queue);
    expect(received).toHaveLength(20);
    for (const name of ["a", "b", "c", "d"]) {
      const own = received.filter((body) => body.startsWith(`g1-${name}`));
      expect(own).toEqual(own.toSorted());
    }
  });

  test("is another than one whose name differs in case alone", async () => {
    const queue = await TestQueue.create(attributes);
    await sendEach(queue, "g-m1", "G-m1", "g-m2", "G-m2");
    const received = await drain(queue, 1);
    expect(ofGroup("g", received)).toEqual(["g-m1", "g-m2"]);
    expect(ofGroup("G", received)).toEqual(["G-m1", "G-m2"]);
    expect(new Set(received.map(groupOf)).size).toBe(2);
  });
});

function hasAny(bodies: readonly string[]): boolean {
  return bodies.length > 0;
}
