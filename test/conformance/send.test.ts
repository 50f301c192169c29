/** SendMessage: what is answered, which parameters are refused and in which words. */
import { describe, expect, test } from "vitest";
import { testRefusals } from "./refusal-case.ts";
import { invalidValue, LONE_SURROGATES, missing, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DELAY_RULE = "Reason: DelaySeconds must be >= 0 and <= 900.";
const GROUP_RULE =
  "Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.";

test("a plain message is answered with its id and the digest of its body alone", async () => {
  const queue = await TestQueue.create();
  const answer = await queue.send("message");
  expect(answer).toEqual({
    MessageId: expect.stringMatching(UUID),
    MD5OfMessageBody: "78e731027d8fd50ed642340b7c9a63b3",
  });
});

test("every message has an id of its own, also with the same body", async () => {
  const queue = await TestQueue.create();
  const ids = [await queue.send("same"), await queue.send("same")].map((sent) => sent.MessageId);
  expect(new Set(ids).size).toBe(2);
});

describe("a body", () => {
  test.each([
    ["white space alone", " "],
    ["tab, line feed and carriage return", "\t\n\r"],
    ["the first and last legal characters of each range", "\u0020\uD7FF\uE000\uFFFD"],
    ["characters beyond the basic plane", "\u{10000}\u{1F600}\u{10FFFF}"],
    ["what looks like JSON", '{"__proto__":{"a":1}}'],
    ["what looks like markup", '<a href="x">&amp;</a>'],
  ])("of %s comes back unchanged", async (_title, body) => {
    const queue = await TestQueue.create();
    await queue.send(body);
    expect(await queue.bodies()).toEqual([body]);
  });

  test.each([
    ["a number", 0, "0"],
    ["a boolean", false, "false"],
  ])("that is %s is taken for its text", async (_title, value, text) => {
    const queue = await TestQueue.create();
    await queue.call("SendMessage", { MessageBody: value });
    expect(await queue.bodies()).toEqual([text]);
  });

  const text =
    "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";
  testRefusals("SendMessage", [
    ...["\u0000", "\u0008", "\u000b", "\u001f", "\ufffe", "\uffff", ...LONE_SURROGATES].map(
      (body) => ({
        title: `with the character of ${JSON.stringify(body)} is refused [pail]`,
        input: { MessageBody: body },
        shape: "InvalidMessageContents",
        message: text,
      }),
    ),
    ...[
      { title: "that is missing is a missing parameter [snap]", input: {} },
      {
        title: "that is empty is a missing parameter, too [snap, bal]",
        input: { MessageBody: "" },
      },
      { title: "that is null is a missing parameter, too", input: { MessageBody: null } },
    ].map((refusal) => ({
      ...refusal,
      shape: missing,
      message: "The request must contain the parameter MessageBody.",
    })),
  ]);
});

describe("a delay", () => {
  testRefusals(
    "SendMessage",
    [-1, 901, 1000, 2_147_483_647, -2_147_483_647].map((DelaySeconds) => ({
      title: `of ${DelaySeconds} seconds is refused [bal]`,
      input: { MessageBody: "a", DelaySeconds },
      shape: invalidValue,
      message: `Value ${DelaySeconds} for parameter DelaySeconds is invalid. ${DELAY_RULE}`,
    })),
  );

  test.each([0, 900])("of %d seconds is accepted", async (DelaySeconds) => {
    const queue = await TestQueue.create();
    await queue.send("a", { DelaySeconds });
    const isDelayed = DelaySeconds > 0;
    const counts = { visible: isDelayed ? 0 : 1, inFlight: 0, delayed: isDelayed ? 1 : 0 };
    expect(await queue.counts()).toEqual(counts);
  });
});

describe("a message group id on a standard queue", () => {
  test.each(["g", "x".repeat(128), "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "0"])(
    "%s is accepted and shown to receivers [snap, pail]",
    async (MessageGroupId) => {
      const queue = await TestQueue.create();
      const sent = await queue.send("a", { MessageGroupId });
      expect(sent).not.toHaveProperty("SequenceNumber");
      const { Attributes } = await queue.receiveOne();
      expect(Attributes).toMatchObject({ MessageGroupId });
      expect(Attributes).not.toHaveProperty("SequenceNumber");
      expect(Attributes).not.toHaveProperty("MessageDeduplicationId");
    },
  );

  test("neither orders nor blocks: others of its group can be received [snap, pail]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a", { MessageGroupId: "g" });
    await queue.send("b", { MessageGroupId: "g" });
    expect(await queue.receive({ MaxNumberOfMessages: 1 })).toHaveLength(1);
    expect(await queue.receive({ MaxNumberOfMessages: 1 })).toHaveLength(1);
  });

  test("deduplicates nothing: the same body in the same group is another message [snap, pail]", async () => {
    const queue = await TestQueue.create();
    const first = await queue.send("a", { MessageGroupId: "g" });
    const second = await queue.send("a", { MessageGroupId: "g" });
    expect(second.MessageId).not.toBe(first.MessageId);
    expect(await queue.bodies()).toEqual(["a", "a"]);
  });

  testRefusals(
    "SendMessage",
    ["", "x".repeat(129), "a b", "tab\t", "ü", "\u007f", ...LONE_SURROGATES].map(
      (MessageGroupId) => ({
        title: `is refused as ${JSON.stringify(MessageGroupId.slice(0, 9))} of ${MessageGroupId.length} [snap]`,
        input: { MessageBody: "a", MessageGroupId },
        shape: invalidValue,
        message: `Value ${MessageGroupId} for parameter MessageGroupId is invalid. ${GROUP_RULE}`,
      }),
    ),
  );
});

describe("on a standard queue", () => {
  testRefusals("SendMessage", [
    {
      title: "a deduplication id is not valid for the type of queue [pail]",
      input: { MessageBody: "a", MessageDeduplicationId: "d" },
      shape: invalidValue,
      message:
        "Value d for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.",
    },
    {
      title: "an empty deduplication id is refused as well",
      input: { MessageBody: "a", MessageDeduplicationId: "" },
      shape: invalidValue,
      message: /^Value {2}for parameter MessageDeduplicationId is invalid\./,
    },
  ]);
});

describe("of several flaws", () => {
  test("a missing queue is named before a missing body [pail]", async () => {
    const queue = await TestQueue.create();
    await refused(queue.call("SendMessage", { QueueUrl: "nowhere" }), "QueueDoesNotExist");
    await refused(queue.call("SendMessage", { QueueUrl: "" }), "QueueDoesNotExist");
    expect(await queue.counts()).toEqual(EMPTY);
  });

  testRefusals("SendMessage", [
    {
      title: "a missing body is named before what is out of range",
      input: { DelaySeconds: 901, MessageAttributes: { "": { DataType: "Odd" } } },
      shape: missing,
      message: "The request must contain the parameter MessageBody.",
    },
  ]);
});

test("an eviction between two sends changes nothing", async () => {
  const queue = await TestQueue.create();
  await queue.send("a");
  await queue.evict();
  await queue.send("b");
  await queue.evict();
  expect((await queue.bodies()).toSorted()).toEqual(["a", "b"]);
});
