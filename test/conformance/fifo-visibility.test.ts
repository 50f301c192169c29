/**
 * Visibility in a message group. The rule behind all cases: a message in flight hides itself and
 * everything later in its group; earlier ones that are visible are delivered.
 */
import { describe, expect, test } from "vitest";
import { numberOf, objectOf } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import {
  bodiesOf,
  changeVisibility,
  deleteMessage,
  evictAll,
  handleOf,
  handlesOf,
  KINDS,
  queueWith,
  receiveBodies,
  sendEach,
} from "./fifo-queue.ts";
import { accepted, acceptedSilently } from "./sqs-client.ts";

controlTime();

const ONE = { MaxNumberOfMessages: 1 };
const TWO = { MaxNumberOfMessages: 2 };
const THREE = { MaxNumberOfMessages: 3 };
const ALL = ["g1-m1", "g1-m2", "g1-m3", "g1-m4"];

describe.each(KINDS)("in $kind, a timeout that is set to 0", ({ attributes }) => {
  test("brings the message back at once, and with it what it held up", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const held = await queue.receive(ONE);
    await acceptedSilently(changeVisibility(queue, handleOf(held, "g1-m1"), 0));
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2"]);
  });

  test("on the first of two brings that one back, behind the group that waited; the other stays hidden [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const held = await queue.receive(TWO);
    expect(bodiesOf(held)).toEqual(["g1-m1", "g1-m2"]);
    await sendEach(queue, "g2-m1");
    await accepted(changeVisibility(queue, handleOf(held, "g1-m1"), 0));
    expect(await receiveBodies(queue, THREE)).toEqual(["g2-m1", "g1-m1"]);
    expect(await queue.bodies()).toEqual([]);
  });

  test("on the second of two brings nothing back while the first is in flight", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    const held = await queue.receive(TWO);
    await accepted(changeVisibility(queue, handleOf(held, "g1-m2"), 0));
    expect(await queue.bodies()).toEqual([]);
    await accepted(deleteMessage(queue, handleOf(held, "g1-m1")));
    expect(await queue.bodies()).toEqual(["g1-m2", "g1-m3"]);
  });

  test("on all of them in one batch brings all back in order", async () => {
    const queue = await queueWith(attributes, ...ALL);
    const held = await queue.receive(THREE);
    const Entries = handlesOf(held)
      .toReversed()
      .map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle, VisibilityTimeout: 0 }));
    const answer = await accepted(queue.call("ChangeMessageVisibilityBatch", { Entries }));
    expect(answer).toEqual({ Successful: Entries.map(({ Id }) => ({ Id })) });
    expect(await queue.bodies()).toEqual(ALL);
  });
});

describe.each(KINDS)("in $kind, a message whose timeout was extended", ({ attributes }) => {
  test.each([
    { extended: "g1-m1", back: [] },
    { extended: "g1-m2", back: ["g1-m1"] },
    { extended: "g1-m3", back: ["g1-m1", "g1-m2"] },
  ])(
    "as $extended of three: those before it come back, it and later ones do not [snap]",
    async ({ extended, back }) => {
      const queue = await queueWith(attributes, ...ALL);
      const held = await queue.receive(THREE);
      await accepted(changeVisibility(queue, handleOf(held, extended), 100));
      pass(30);
      await evictAll();
      expect(await queue.bodies()).toEqual(back);
      expect(await queue.bodies()).toEqual([]);
      // What came back lapses before what was extended: all are there again, in order.
      pass(70);
      expect(await queue.bodies()).toEqual(ALL);
    },
  );

  test.each([
    { extended: "g1-m1", left: [] },
    { extended: "g1-m2", left: ["g1-m1"] },
    { extended: "g1-m3", left: ["g1-m1", "g1-m2"] },
  ])(
    "as $extended of three, and was deleted then, holds up nobody [snap]",
    async ({ extended, left }) => {
      const queue = await queueWith(attributes, ...ALL);
      const held = await queue.receive(THREE);
      const handle = handleOf(held, extended);
      await accepted(changeVisibility(queue, handle, 100));
      pass(30);
      expect(await queue.bodies()).toEqual(left);
      await acceptedSilently(deleteMessage(queue, handle));
      pass(30);
      expect(await queue.bodies()).toEqual(ALL.filter((body) => body !== extended));
    },
  );

  test("lets an earlier one be received alone, again and again", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    const held = await queue.receive(TWO);
    await accepted(changeVisibility(queue, handleOf(held, "g1-m2"), 600));
    for (const count of [2, 3, 4]) {
      pass(30);
      const again = await queue.receive({ AttributeNames: ["ApproximateReceiveCount"] });
      expect(bodiesOf(again)).toEqual(["g1-m1"]);
      const [message] = again;
      expect(numberOf(objectOf(message ?? {}, "Attributes"), "ApproximateReceiveCount")).toBe(
        count,
      );
    }
  });
});

describe.each(KINDS)("in $kind, a new timeout", ({ attributes }) => {
  test("counts from now, so a shorter one brings the message back earlier [docs]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const held = await queue.receive(TWO);
    await sendEach(queue, "g2-m1");
    await accepted(changeVisibility(queue, handleOf(held, "g1-m1"), 1));
    pass(1);
    const again = await receiveBodies(queue, THREE);
    expect(again.toSorted()).toEqual(["g1-m1", "g2-m1"]);
  });

  test("can be given again and again, as heartbeats do, and blocks all the while", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const handle = handleOf(await queue.receive(ONE), "g1-m1");
    for (let beat = 0; beat < 5; beat++) {
      pass(29);
      await acceptedSilently(changeVisibility(queue, handle, 30));
      expect(await queue.bodies()).toEqual([]);
    }
    pass(30);
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2"]);
  });

  test("holds for this receive alone: the next uses the queue's default [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    await accepted(changeVisibility(queue, handleOf(await queue.receive(), "g1-m1"), 5));
    pass(5);
    expect(await queue.bodies()).toEqual(["g1-m1"]);
    pass(29);
    expect(await queue.bodies()).toEqual([]);
    pass(1);
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });
});

describe.each(KINDS)("in $kind, the timeout of a receive", ({ attributes }) => {
  test("overrides the queue's, for every message that it brings", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g2-m1");
    expect(await receiveBodies(queue, { VisibilityTimeout: 100 })).toHaveLength(3);
    pass(99);
    expect(await queue.bodies()).toEqual([]);
    pass(1);
    expect(await queue.bodies()).toHaveLength(3);
  });

  test("of 0 hides nothing: the same message comes again, under another handle [ls]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const order = { ...ONE, VisibilityTimeout: 0, AttributeNames: ["ApproximateReceiveCount"] };
    const handles = new Set<string>();
    for (const ApproximateReceiveCount of ["1", "2", "3"]) {
      const messages = await queue.receive(order);
      expect(messages).toMatchObject([{ Body: "g1-m1", Attributes: { ApproximateReceiveCount } }]);
      handles.add(handleOf(messages, "g1-m1"));
    }
    expect(handles.size).toBe(3);
  });

  test("is the queue's own where that is 0", async () => {
    const queue = await queueWith({ ...attributes, VisibilityTimeout: "0" }, "g1-m1", "g1-m2");
    for (let count = 0; count < 3; count++) {
      expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2"]);
    }
  });

  test("differs from message to message of a group: the earliest in flight decides", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g1-m3");
    const held = await queue.receive({ ...TWO, VisibilityTimeout: 10 });
    await accepted(changeVisibility(queue, handleOf(held, "g1-m1"), 0));
    expect(await receiveBodies(queue, { VisibilityTimeout: 60 })).toEqual(["g1-m1"]);
    // The second one lapsed, but the first is still before it.
    pass(10);
    expect(await queue.bodies()).toEqual([]);
    pass(50);
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2", "g1-m3"]);
  });
});
