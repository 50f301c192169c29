/** What a receiver is told of a FIFO message besides what its sender wrote. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { stringOf } from "../support/json-value.ts";
import { controlTime, now, pass } from "./controlled-time.ts";
import { evictAll, KINDS, SEQUENCE_NUMBER } from "./fifo-queue.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const OWN_NAMES = ["MessageDeduplicationId", "MessageGroupId", "SequenceNumber"];
const COMMON_NAMES = [
  "ApproximateFirstReceiveTimestamp",
  "ApproximateReceiveCount",
  "SenderId",
  "SentTimestamp",
];

describe.each(KINDS)("of a message of $kind a receiver gets", ({ attributes }) => {
  test.each([
    [{ MessageSystemAttributeNames: ["All"] }, [...COMMON_NAMES, ...OWN_NAMES]],
    [{ AttributeNames: ["All"] }, [...COMMON_NAMES, ...OWN_NAMES]],
    [{ MessageSystemAttributeNames: ["MessageGroupId"] }, ["MessageGroupId"]],
    [{ MessageSystemAttributeNames: ["MessageDeduplicationId"] }, ["MessageDeduplicationId"]],
    [{ AttributeNames: ["SequenceNumber"] }, ["SequenceNumber"]],
    [{ AttributeNames: OWN_NAMES }, OWN_NAMES],
    [{ MessageSystemAttributeNames: ["sequencenumber", "DeadLetterQueueSourceArn"] }, []],
    [{}, []],
  ])("for %j exactly those that are asked for [snap]", async (names, expected) => {
    const queue = await TestQueue.create(attributes);
    await queue.send("a", { MessageGroupId: "g", MessageDeduplicationId: "d" });
    const [message] = await queue.receive(names);
    expect(Object.keys(message?.Attributes ?? {}).toSorted()).toEqual(expected.toSorted());
    expect("Attributes" in (message ?? {})).toBe(expected.length > 0);
  });

  test("the values of all of them, in their form [snap]", async () => {
    const queue = await TestQueue.create(attributes);
    const sentAtMs = now();
    const ids = { MessageGroupId: "g", MessageDeduplicationId: "d" };
    const { SequenceNumber } = await queue.send("a", ids);
    expect(SequenceNumber).toMatch(SEQUENCE_NUMBER);
    pass(5);
    expect((await queue.receiveOne()).Attributes).toEqual({
      ...ids,
      SequenceNumber,
      SenderId: "000000000000",
      SentTimestamp: String(sentAtMs),
      ApproximateFirstReceiveTimestamp: String(now()),
      ApproximateReceiveCount: "1",
    });
  });

  test.each([
    ["same", "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5"],
    ["中 \u{1F600}\r\n", createHash("sha256").update("中 \u{1F600}\r\n").digest("hex")],
  ])(
    "the SHA-256 of the body %j as its deduplication id, without another [pail]",
    async (body, hash) => {
      const queue = await TestQueue.create(attributes);
      const MessageAttributes = { k: { DataType: "String", StringValue: "x" } };
      await queue.send(body, { MessageGroupId: "g", MessageAttributes });
      expect((await queue.receiveOne()).Attributes).toMatchObject({ MessageDeduplicationId: hash });
    },
  );

  test("the sender's deduplication id, though content could stand for it [docs]", async () => {
    const queue = await TestQueue.create(attributes);
    await queue.send("same", { MessageGroupId: "g", MessageDeduplicationId: "mine" });
    expect((await queue.receiveOne()).Attributes).toMatchObject({ MessageDeduplicationId: "mine" });
  });

  test("the same at every receive but the count of receives [snap]", async () => {
    const queue = await TestQueue.create({ ...attributes, VisibilityTimeout: "10" });
    await queue.send("a", { MessageGroupId: "g", MessageDeduplicationId: "d" });
    const first = await queue.receiveOne();
    for (const ApproximateReceiveCount of ["2", "3"]) {
      pass(10);
      await evictAll();
      const again = await queue.receiveOne();
      expect(again.MessageId).toBe(first.MessageId);
      expect(again.Attributes).toEqual({ ...Object(first.Attributes), ApproximateReceiveCount });
    }
  });

  test("nothing of another message of its group", async () => {
    const queue = await TestQueue.create(attributes);
    for (const id of ["d1", "d2"]) {
      await queue.send(id, { MessageGroupId: "g", MessageDeduplicationId: id });
    }
    const messages = await queue.receive({ AttributeNames: OWN_NAMES });
    expect(messages).toMatchObject([
      { Body: "d1", Attributes: { MessageDeduplicationId: "d1" } },
      { Body: "d2", Attributes: { MessageDeduplicationId: "d2" } },
    ]);
    expect(new Set(messages.map((message) => stringOf(message, "MessageId"))).size).toBe(2);
  });
});
