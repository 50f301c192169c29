/** Which attributes a receiver gets: MessageAttributeNames, and the two lists of system names. */
import { describe, expect, test } from "vitest";
import { controlTime, now, pass } from "./controlled-time.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const VALUE = { DataType: "String", StringValue: "x" };
const ATTRIBUTES = { Hello: VALUE, "Help.Me": VALUE, hello: VALUE, "a.b": VALUE, ab: VALUE };
const SYSTEM_NAMES = [
  "ApproximateFirstReceiveTimestamp",
  "ApproximateReceiveCount",
  "SenderId",
  "SentTimestamp",
];

describe("of the message attributes a receiver gets", () => {
  test.each([
    [["All"], ["Hello", "Help.Me", "a.b", "ab", "hello"]],
    [["ALL"], ["Hello", "Help.Me", "a.b", "ab", "hello"]],
    [[".*"], ["Hello", "Help.Me", "a.b", "ab", "hello"]],
    [["*"], ["Hello", "Help.Me", "a.b", "ab", "hello"]],
    [["Hel.*"], ["Hello", "Help.Me"]],
    [["Help.*"], ["Help.Me"]],
    [["a.*"], ["a.b", "ab"]],
    [["Hello"], ["Hello"]],
    [
      ["hello", "ab"],
      ["ab", "hello"],
    ],
    [
      ["Hello", "a.*"],
      ["Hello", "a.b", "ab"],
    ],
    [
      ["Hello", "All"],
      ["Hello", "Help.Me", "a.b", "ab", "hello"],
    ],
    [["ab", "ab"], ["ab"]],
    [["HELLO"], []],
    [["Hel"], []],
    [["Hel*"], []],
    [["x.*"], []],
    [["constructor"], []],
    [[""], []],
    [[], []],
  ])("for %j those named %j [snap]", async (MessageAttributeNames, expected) => {
    const queue = await TestQueue.create();
    await queue.send("a", { MessageAttributes: ATTRIBUTES });
    const message = await queue.receiveOne({ MessageAttributeNames });
    expect(Object.keys(message.MessageAttributes ?? {}).toSorted()).toEqual(expected);
    expect("MD5OfMessageAttributes" in message).toBe(expected.length > 0);
  });

  test("none without asking: no attributes and no digest of them [snap]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a", { MessageAttributes: ATTRIBUTES });
    const [message] = await queue.receive();
    expect(Object.keys(message ?? {}).toSorted()).toEqual([
      "Body",
      "MD5OfBody",
      "MessageId",
      "ReceiptHandle",
    ]);
  });
});

describe("of the system attributes a receiver gets", () => {
  test.each([
    [{ MessageSystemAttributeNames: ["All"] }, SYSTEM_NAMES],
    [{ AttributeNames: ["All"] }, SYSTEM_NAMES],
    [{ AttributeNames: ["SenderId"] }, ["SenderId"]],
    [{ AttributeNames: ["All"], MessageSystemAttributeNames: ["SenderId"] }, SYSTEM_NAMES],
    [
      { AttributeNames: ["SenderId"], MessageSystemAttributeNames: ["SentTimestamp"] },
      ["SenderId", "SentTimestamp"],
    ],
    [{ AttributeNames: [], MessageSystemAttributeNames: [] }, []],
    [{ MessageSystemAttributeNames: ["Foo"] }, []],
    [{ MessageSystemAttributeNames: ["Foo", "SenderId"] }, ["SenderId"]],
    [{ MessageSystemAttributeNames: ["senderid"] }, []],
    [{ AttributeNames: ["Policy", "VisibilityTimeout"] }, []],
    [{ MessageSystemAttributeNames: ["SequenceNumber", "MessageDeduplicationId"] }, []],
    [{ MessageSystemAttributeNames: ["MessageGroupId", "DeadLetterQueueSourceArn"] }, []],
    [{}, []],
  ])("for %j those named %j [snap, ls, sqslite]", async (names, expected) => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const [message] = await queue.receive(names);
    expect(Object.keys(message?.Attributes ?? {}).toSorted()).toEqual(expected);
    expect("Attributes" in (message ?? {})).toBe(expected.length > 0);
  });

  test("the account that sent, and instants in milliseconds, all as text [docs]", async () => {
    const queue = await TestQueue.create({ VisibilityTimeout: "10" });
    const sentAtMs = now();
    await queue.send("a");
    pass(5);
    const firstReceivedAtMs = now();
    const attributes = {
      SenderId: "000000000000",
      SentTimestamp: String(sentAtMs),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
    };
    const first = await queue.receiveOne();
    expect(first.Attributes).toEqual({ ...attributes, ApproximateReceiveCount: "1" });
    pass(10);
    await queue.evict();
    const second = await queue.receiveOne();
    expect(second.Attributes).toEqual({ ...attributes, ApproximateReceiveCount: "2" });
  });

  test("the count of receives, which a timeout of 0 also raises [ls]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    for (const ApproximateReceiveCount of ["1", "2", "3"]) {
      const message = await queue.receiveOne({ VisibilityTimeout: 0, MaxNumberOfMessages: 1 });
      expect(message.Attributes).toMatchObject({ ApproximateReceiveCount });
    }
  });
});
