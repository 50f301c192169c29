/**
 * ReceiveRequestAttemptId: a receiver that lost the answer to a receive asks again under the same id
 * and gets the same messages under the same handles.
 */
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import {
  bodiesOf,
  changeVisibility,
  deleteMessage,
  evictAll,
  handleOf,
  KINDS,
  queueWith,
  receiveBodies,
  sendEach,
} from "./fifo-queue.ts";
import { accepted, invalidValue, refused } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const BODIES = ["g1-m1", "g1-m2", "g2-m1"];
const NOT_RETRYABLE =
  "Value attempt for parameter ReceiveRequestAttemptId is invalid. Reason: The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.";

function attempt(queue: TestQueue, input: object = {}): Promise<JsonObject[]> {
  return queue.receive({ ReceiveRequestAttemptId: "attempt", AttributeNames: ["All"], ...input });
}

async function refusedAttempt(queue: TestQueue): Promise<void> {
  const input = { ReceiveRequestAttemptId: "attempt", MaxNumberOfMessages: 10 };
  await refused(queue.call("ReceiveMessage", input), invalidValue, NOT_RETRYABLE);
}

describe.each(KINDS)("the same attempt on $kind", ({ attributes }) => {
  test("brings the same messages with all that is known of them [docs]", async () => {
    const queue = await queueWith(attributes, ...BODIES);
    const first = await attempt(queue);
    expect(bodiesOf(first).toSorted()).toEqual(BODIES);
    pass(10);
    const again = await attempt(queue);
    // Handles are the same; nothing was received anew, so the count of receives is, too.
    expect(again).toEqual(first);
  });

  test("brings nothing else, whatever was sent since", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    await attempt(queue);
    await sendEach(queue, "g1-m2", "g2-m1");
    expect(bodiesOf(await attempt(queue))).toEqual(["g1-m1"]);
    expect(await queue.bodies()).toEqual(["g2-m1"]);
  });

  test("brings them again over an eviction", async () => {
    const queue = await queueWith(attributes, ...BODIES);
    const first = await attempt(queue);
    await evictAll();
    expect(await attempt(queue)).toEqual(first);
  });

  test("resets their timeout [docs]", async () => {
    const queue = await queueWith(attributes, ...BODIES);
    const first = await attempt(queue);
    for (let count = 0; count < 3; count++) {
      pass(20);
      expect(await attempt(queue)).toEqual(first);
    }
    pass(29);
    expect(await queue.bodies()).toEqual([]);
    pass(1);
    expect((await queue.bodies()).toSorted()).toEqual(BODIES);
  });

  test("leaves handles that delete, also after the original timeout", async () => {
    const queue = await queueWith(attributes, ...BODIES);
    const first = await attempt(queue);
    pass(20);
    await attempt(queue);
    pass(20);
    for (const body of BODIES) await accepted(deleteMessage(queue, handleOf(first, body)));
    pass(60);
    expect(await queue.receive()).toEqual([]);
  });

  test("is one for five minutes [docs]", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    const first = await attempt(queue, { VisibilityTimeout: 1000 });
    await sendEach(queue, "g2-m1");
    pass(299);
    expect(await attempt(queue, { VisibilityTimeout: 1000 })).toEqual(first);
  });

  test("is forgotten after five minutes: the id receives what is there [docs]", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    await attempt(queue, { VisibilityTimeout: 1000 });
    await sendEach(queue, "g2-m1");
    pass(301);
    expect(bodiesOf(await attempt(queue))).toEqual(["g2-m1"]);
  });

  test("that found nothing is not remembered", async () => {
    const queue = await TestQueue.create(attributes);
    expect(await attempt(queue)).toEqual([]);
    await sendEach(queue, "g1-m1");
    expect(bodiesOf(await attempt(queue))).toEqual(["g1-m1"]);
  });

  test("may ask for other attributes, another number and another timeout", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2");
    const first = await attempt(queue, { MaxNumberOfMessages: 1 });
    const order = { MaxNumberOfMessages: 10, VisibilityTimeout: 100, AttributeNames: [] };
    const [again, ...others] = await attempt(queue, order);
    expect(others).toEqual([]);
    expect(again?.ReceiptHandle).toBe(handleOf(first, "g1-m1"));
    expect(again).not.toHaveProperty("Attributes");
    pass(99);
    expect(await queue.bodies()).toEqual([]);
    pass(1);
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2"]);
  });

  test("also answers for a long poll that waited", async () => {
    const queue = await TestQueue.create(attributes);
    const poll = attempt(queue, { WaitTimeSeconds: 20 });
    await sendEach(queue, "g1-m1");
    const first = await poll;
    expect(bodiesOf(first)).toEqual(["g1-m1"]);
    expect(await attempt(queue)).toEqual(first);
  });
});

describe.each(KINDS)("an attempt on $kind cannot be repeated", ({ attributes }) => {
  test("after one of its messages was deleted [docs, iss amazon-sqs-java-messaging-lib#213]", async () => {
    const queue = await queueWith(attributes, ...BODIES);
    const first = await attempt(queue);
    await sendEach(queue, "g3-m1");
    await accepted(deleteMessage(queue, handleOf(first, "g1-m1")));
    await refusedAttempt(queue);
    // Refused is the attempt, not the queue: nothing was received by asking.
    expect(await queue.bodies()).toEqual(["g3-m1"]);
  });

  test.each([0, 10, 100])(
    "after the visibility of one was changed to %d seconds [docs]",
    async (seconds) => {
      const queue = await queueWith(attributes, ...BODIES);
      const first = await attempt(queue);
      await accepted(changeVisibility(queue, handleOf(first, "g1-m2"), seconds));
      await refusedAttempt(queue);
    },
  );

  test("after their timeout lapsed", async () => {
    const queue = await queueWith(attributes, ...BODIES);
    await attempt(queue);
    pass(30);
    await refusedAttempt(queue);
    expect((await queue.bodies()).toSorted()).toEqual(BODIES);
  });

  test("after somebody else received them", async () => {
    const queue = await queueWith(attributes, ...BODIES);
    await attempt(queue);
    pass(30);
    const order = { VisibilityTimeout: 200, ReceiveRequestAttemptId: "other" };
    expect(await queue.receive(order)).toHaveLength(3);
    await refusedAttempt(queue);
    pass(199);
    expect(await queue.receive()).toEqual([]);
  });
});

describe.each(KINDS)("attempts on $kind", ({ attributes }) => {
  test("with other ids, or none, are receives of their own", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g2-m1", "g3-m1");
    const one = { MaxNumberOfMessages: 1 };
    const received = [
      ...(await receiveBodies(queue, { ...one, ReceiveRequestAttemptId: "a" })),
      ...(await receiveBodies(queue, { ...one, ReceiveRequestAttemptId: "A" })),
      ...(await receiveBodies(queue, one)),
    ];
    expect(received.toSorted()).toEqual(["g1-m1", "g2-m1", "g3-m1"]);
    const again = await receiveBodies(queue, { ...one, ReceiveRequestAttemptId: "A" });
    expect(again).toEqual([received[1]]);
  });

  test("of the same id on two queues have nothing to do with each other", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    const other = await queueWith(attributes, "g1-m1");
    const first = await attempt(queue);
    const second = await attempt(other);
    expect(handleOf(first, "g1-m1")).not.toBe(handleOf(second, "g1-m1"));
    expect(await attempt(queue)).toEqual(first);
  });

  test.each(["x".repeat(128), "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "0"])(
    "may be called %s [docs]",
    async (ReceiveRequestAttemptId) => {
      const queue = await queueWith(attributes, "g1-m1");
      const first = await queue.receive({ ReceiveRequestAttemptId });
      expect(first).toHaveLength(1);
      expect(await queue.receive({ ReceiveRequestAttemptId })).toEqual(first);
    },
  );

  test.each(["", "x".repeat(129), "a b", "ü", "tab\t"])(
    "may not be called %j, and nothing is received by trying [docs]",
    async (id) => {
      const queue = await queueWith(attributes, "g1-m1");
      const text = `Value ${id} for parameter ReceiveRequestAttemptId is invalid. Reason: ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
      const input = { ReceiveRequestAttemptId: id };
      await refused(queue.call("ReceiveMessage", input), invalidValue, text);
      expect(await queue.bodies()).toEqual(["g1-m1"]);
    },
  );
});

test("on a standard queue an attempt's id is ignored, whatever it is [bal]", async () => {
  const queue = await TestQueue.create();
  await queue.send("a");
  expect(await attempt(queue, { ReceiveRequestAttemptId: "a b" })).toHaveLength(1);
  expect(await attempt(queue, { ReceiveRequestAttemptId: "a b" })).toEqual([]);
});
