/** Deduplication: which sends are duplicates of which, for how long, and what a duplicate is answered. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import {
  BY_CONTENT,
  deleteAll,
  drain,
  evictAll,
  FIFO,
  HIGH_THROUGHPUT,
  KINDS,
  PER_GROUP,
  queueWith,
  sendTogether,
} from "./fifo-queue.ts";
import { accepted } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const SCOPES = [
  ...KINDS,
  { kind: "a FIFO queue that deduplicates per group", attributes: PER_GROUP },
];

function sendAs(
  queue: TestQueue,
  MessageDeduplicationId: string | undefined,
  body: string,
  more: object = {},
): Promise<JsonObject> {
  return queue.send(body, { MessageGroupId: "g", MessageDeduplicationId, ...more });
}

describe.each(SCOPES)("a duplicate in $kind", ({ attributes }) => {
  test("is answered with the id and sequence number of the original, and not stored [pail]", async () => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, "d", "a");
    expect(await sendAs(queue, "d", "a")).toEqual(original);
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("with another body is answered with the digest of that body [las?]", async () => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, "d", "original");
    const MessageAttributes = { k: { DataType: "String", StringValue: "x" } };
    expect(await sendAs(queue, "d", "message", { MessageAttributes })).toEqual({
      ...original,
      MD5OfMessageBody: "78e731027d8fd50ed642340b7c9a63b3",
      MD5OfMessageAttributes: "a45daa70926828a2f0a1db3418e6feb4",
    });
    const message = await queue.receiveOne();
    expect(message.Body).toBe("original");
    expect(message).not.toHaveProperty("MessageAttributes");
  });

  test("is one up to five minutes after the original, to the second [docs]", async () => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, "d", "a");
    pass(299);
    expect(await sendAs(queue, "d", "b")).toMatchObject({ MessageId: original.MessageId });
    pass(2);
    const next = await sendAs(queue, "d", "c");
    expect(next.MessageId).not.toBe(original.MessageId);
    expect(await queue.bodies()).toEqual(["a", "c"]);
  });

  test("does not prolong the time: it counts from the first that was accepted", async () => {
    const queue = await TestQueue.create(attributes);
    await sendAs(queue, "d", "a");
    for (const seconds of [100, 100, 99]) {
      pass(seconds);
      await sendAs(queue, "d", "again");
    }
    pass(2);
    const next = await sendAs(queue, "d", "b");
    pass(299);
    expect(await sendAs(queue, "d", "again")).toMatchObject({ MessageId: next.MessageId });
    expect(await queue.bodies()).toEqual(["a", "b"]);
  });

  test("is one while the original is in flight, and after it came back", async () => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, "d", "a");
    await queue.receive();
    expect(await sendAs(queue, "d", "b")).toMatchObject({ MessageId: original.MessageId });
    pass(30);
    expect(await sendAs(queue, "d", "c")).toMatchObject({ MessageId: original.MessageId });
    expect(await drain(queue)).toEqual(["a"]);
  });

  test.each([
    ["under the same id", "d"],
    ["with the same content", undefined],
  ])("%s is one after the original was received and deleted [snap]", async (_title, id) => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, id, "a");
    await deleteAll(queue, await queue.receive());
    expect(await sendAs(queue, id, "a")).toEqual(original);
    pass(200);
    await evictAll();
    expect(await sendAs(queue, id, "a")).toEqual(original);
    expect(await queue.receive()).toEqual([]);
  });

  test("is one after an eviction, and no more when the time is over", async () => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, "d", "a");
    await evictAll();
    expect(await sendAs(queue, "d", "b")).toMatchObject({ MessageId: original.MessageId });
    pass(301);
    await evictAll();
    await sendAs(queue, "d", "c");
    expect(await queue.bodies()).toEqual(["a", "c"]);
  });

  test("is one among hundreds", async () => {
    const queue = await TestQueue.create(attributes);
    const batches = Array.from({ length: 30 }, (_, batch) =>
      Array.from({ length: 10 }, (_, index) => `g${index % 4}-${batch}.${index}`),
    );
    const originals: JsonObject[][] = [];
    for (const bodies of batches) originals.push(await sendTogether(queue, ...bodies));
    await evictAll();
    for (const [number, bodies] of batches.entries()) {
      expect(await sendTogether(queue, ...bodies)).toEqual(originals[number]);
    }
    expect((await drain(queue)).toSorted()).toEqual(batches.flat().toSorted());
  });

  test("is one when both are sent at the same time", async () => {
    const queue = await TestQueue.create(attributes);
    const sends = Array.from({ length: 8 }, () => sendAs(queue, "d", "a"));
    const answers = await Promise.all(sends);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("is nobody's after a purge: the id is new [ls]", async () => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, "d", "a");
    await queue.call("PurgeQueue");
    const next = await sendAs(queue, "d", "b");
    expect(next.MessageId).not.toBe(original.MessageId);
    await evictAll();
    expect(await sendAs(queue, "d", "c")).toMatchObject({ MessageId: next.MessageId });
    expect(await queue.bodies()).toEqual(["b"]);
  });
});

describe.each(SCOPES)("in $kind, deduplication by content", ({ attributes }) => {
  test("looks at the body alone, not at attributes [docs]", async () => {
    const queue = await TestQueue.create(attributes);
    const MessageAttributes = { k: { DataType: "String", StringValue: "x" } };
    const original = await sendAs(queue, undefined, "a");
    const duplicate = await sendAs(queue, undefined, "a", { MessageAttributes });
    expect(duplicate).toMatchObject(original);
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("tells bodies apart that differ in anything", async () => {
    const queue = await TestQueue.create(attributes);
    const bodies = ["a", "A", "a ", " a", "a\n", "aa", "á"];
    for (const body of bodies) await sendAs(queue, undefined, body);
    expect(await queue.bodies()).toEqual(bodies);
  });

  test("gives way to an id of the sender's own: same body, other ids [docs]", async () => {
    const queue = await TestQueue.create(attributes);
    await sendAs(queue, undefined, "a");
    await sendAs(queue, "d1", "a");
    await sendAs(queue, "d2", "a");
    expect(await queue.bodies()).toEqual(["a", "a", "a"]);
  });

  test("gives way to an id of the sender's own: other bodies, same id [docs]", async () => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, "d", "a");
    expect(await sendAs(queue, "d", "b")).toMatchObject({ MessageId: original.MessageId });
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("is no more than an id: the hash of a body, sent as one, is the same [pail]", async () => {
    const queue = await TestQueue.create(attributes);
    const original = await sendAs(queue, undefined, "a");
    const hash = createHash("sha256").update("a").digest("hex");
    expect(await sendAs(queue, hash, "b")).toMatchObject({ MessageId: original.MessageId });
    expect(await queue.bodies()).toEqual(["a"]);
  });
});

describe("without deduplication by content", () => {
  test.each([
    ["a FIFO queue", FIFO],
    ["one of high throughput", { ...HIGH_THROUGHPUT, ContentBasedDeduplication: "false" }],
  ])(
    "%s stores the same body as often as its id differs, and an id once",
    async (_kind, attributes) => {
      const queue = await TestQueue.create(attributes);
      for (const id of ["d", "D", "d1", "d"]) await sendAs(queue, id, "a");
      expect(await queue.bodies()).toEqual(["a", "a", "a"]);
    },
  );
});

test("what one queue has seen, another has not", async () => {
  const queue = await queueWith(BY_CONTENT, "g1-m1");
  const other = await queueWith(BY_CONTENT, "g1-m1");
  expect(await queue.bodies()).toEqual(["g1-m1"]);
  expect(await other.bodies()).toEqual(["g1-m1"]);
});

test("what a queue has seen, its namesake in another region has not", async () => {
  const queue = await queueWith(HIGH_THROUGHPUT, "g1-m1");
  const credential = "Credential=AKIDEXAMPLE/21000101/eu-west-1/sqs/aws4_request";
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`;
  const elsewhere = { headers: { authorization } };
  const creation = { QueueName: queue.name, Attributes: HIGH_THROUGHPUT };
  await accepted(queue.callWith("CreateQueue", creation, elsewhere));
  expect(await accepted(queue.callWith("ReceiveMessage", {}, elsewhere))).toEqual({});
  const message = { MessageBody: "g1-m1", MessageGroupId: "g1" };
  await accepted(queue.callWith("SendMessage", message, elsewhere));
  const received = await accepted(queue.callWith("ReceiveMessage", {}, elsewhere));
  expect(received).toMatchObject({ Messages: [{ Body: "g1-m1" }] });
  expect(await queue.bodies()).toEqual(["g1-m1"]);
});
