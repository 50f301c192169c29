/** SendMessage on a FIFO queue: what is answered, which parameters it needs, in which words it refuses. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { BY_CONTENT, FIFO, KINDS, SEQUENCE_NUMBER } from "./fifo-queue.ts";
import { testRefusals } from "./refusal-case.ts";
import { invalidValue, missing, refused } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_GROUP = "The request must contain the parameter MessageGroupId.";
const NO_DEDUPLICATION_ID =
  "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";
const WRONG_QUEUE_TYPE = "The request include parameter that is not valid for this queue type.";
const RANGE = "DelaySeconds must be >= 0 and <= 900.";

const GROUPED = { MessageGroupId: "g", MessageDeduplicationId: "d" };
const WHOLE = { MessageBody: "a", ...GROUPED };
const ILLEGAL_IDS = ["", "x".repeat(129), "a b", " ", "tab\t", "ü", "\u007f"];
const LEGAL_IDS = ["g", "x".repeat(128), "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "0", "__proto__"];

function idRule(name: string, value: string): string {
  return `Value ${value} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`;
}

describe.each(KINDS)("a message to $kind", ({ attributes }) => {
  test("is answered with its id, digest and sequence number alone [pail, ls]", async () => {
    const queue = await TestQueue.create(attributes);
    expect(await queue.send("message", GROUPED)).toEqual({
      MessageId: expect.stringMatching(UUID),
      MD5OfMessageBody: "78e731027d8fd50ed642340b7c9a63b3",
      SequenceNumber: expect.stringMatching(SEQUENCE_NUMBER),
    });
  });

  test("comes back as it was sent, with attributes, trace header and digests", async () => {
    const queue = await TestQueue.create(attributes);
    const MessageAttributes = { k: { DataType: "String", StringValue: "x" } };
    const AWSTraceHeader = { DataType: "String", StringValue: "Root=1-5759e988" };
    const MessageSystemAttributes = { AWSTraceHeader };
    const input = { ...GROUPED, MessageAttributes, MessageSystemAttributes };
    const sent = await queue.send("中 \u{1F600}", input);
    expect(sent.MD5OfMessageAttributes).toBe("a45daa70926828a2f0a1db3418e6feb4");
    expect(await queue.receiveOne()).toMatchObject({
      MessageId: sent.MessageId,
      Body: "中 \u{1F600}",
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      MessageAttributes,
      Attributes: { AWSTraceHeader: "Root=1-5759e988" },
    });
  });

  test("may be of exactly 1 MiB, and not of one byte more [snap]", async () => {
    const queue = await TestQueue.create(attributes);
    const body = "x".repeat(1_048_576);
    const tooLong = { MessageBody: `${body}x`, ...GROUPED };
    const text =
      "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.";
    await refused(queue.call("SendMessage", tooLong), invalidValue, text);
    await queue.send(body, GROUPED);
    expect((await queue.receiveOne()).Body === body).toBe(true);
  });

  test.each(LEGAL_IDS)("may have the ids %s [snap]", async (id) => {
    const queue = await TestQueue.create(attributes);
    const ids = { MessageGroupId: id, MessageDeduplicationId: id };
    await queue.send("a", ids);
    expect((await queue.receiveOne()).Attributes).toMatchObject(ids);
  });

  test.each([0, null])("may have a delay of %s, which is none [snap]", async (DelaySeconds) => {
    const queue = await TestQueue.create(attributes);
    await queue.send("a", { ...GROUPED, DelaySeconds });
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("needs no deduplication id where content stands for it [docs]", async () => {
    const queue = await TestQueue.create(attributes);
    await queue.send("a", { MessageGroupId: "g" });
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("that was refused has not used up its deduplication id", async () => {
    const queue = await TestQueue.create({ ...attributes, MaximumMessageSize: "1024" });
    const flaws = [
      { MessageBody: "x".repeat(1025) },
      { MessageBody: "a\u0000" },
      { MessageBody: "" },
      { DelaySeconds: 2 },
      { MessageGroupId: "" },
    ];
    for (const flaw of flaws) {
      const { error } = await queue.call("SendMessage", { ...WHOLE, ...flaw });
      expect(error).toBeDefined();
    }
    await queue.send("good", GROUPED);
    expect(await queue.bodies()).toEqual(["good"]);
  });
});

describe("refused is a message", () => {
  testRefusals(
    "SendMessage",
    [
      ...[undefined, null].map((MessageGroupId) => ({
        title: `without a group, given as ${MessageGroupId} [snap]`,
        input: { ...WHOLE, MessageGroupId },
        shape: missing,
        message: NO_GROUP,
      })),
      ...[undefined, null].map((MessageDeduplicationId) => ({
        title: `without a deduplication id, given as ${MessageDeduplicationId} [snap]`,
        input: { ...WHOLE, MessageDeduplicationId },
        shape: invalidValue,
        message: NO_DEDUPLICATION_ID,
      })),
      ...["MessageGroupId", "MessageDeduplicationId"].flatMap((name) =>
        ILLEGAL_IDS.map((value) => ({
          title: `whose ${name} is ${JSON.stringify(value.slice(0, 9))} of ${value.length} [snap]`,
          input: { ...WHOLE, [name]: value },
          shape: invalidValue,
          message: idRule(name, value),
        })),
      ),
      ...[1, 2, 900].map((DelaySeconds) => ({
        title: `with a delay of its own of ${DelaySeconds} [snap, pail]`,
        input: { ...WHOLE, DelaySeconds },
        shape: invalidValue,
        message: `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: ${WRONG_QUEUE_TYPE}`,
      })),
      ...[-1, 901].map((DelaySeconds) => ({
        title: `with a delay of ${DelaySeconds}, which no queue would take [bal]`,
        input: { ...WHOLE, DelaySeconds },
        shape: invalidValue,
        message: `Value ${DelaySeconds} for parameter DelaySeconds is invalid. Reason: ${RANGE}`,
      })),
      {
        title: "without a body, whatever else is there [snap]",
        input: GROUPED,
        shape: missing,
        message: "The request must contain the parameter MessageBody.",
      },
    ],
    FIFO,
  );

  testRefusals(
    "SendMessage",
    [
      ...ILLEGAL_IDS.map((value) => ({
        title: `with the deduplication id ${JSON.stringify(value.slice(0, 9))} of ${value.length}, though content could stand for it [snap]`,
        input: { ...WHOLE, MessageDeduplicationId: value },
        shape: invalidValue,
        message: idRule("MessageDeduplicationId", value),
      })),
      {
        title: "without a group, though content stands for the deduplication id [snap]",
        input: { MessageBody: "a" },
        shape: missing,
        message: NO_GROUP,
      },
    ],
    BY_CONTENT,
  );
});

describe("of several flaws", () => {
  testRefusals(
    "SendMessage",
    [
      {
        title: "a missing group is named before a missing deduplication id [snap]",
        input: { MessageBody: "a" },
        shape: missing,
        message: NO_GROUP,
      },
      {
        title: "an illegal group is named before a missing deduplication id",
        input: { MessageBody: "a", MessageGroupId: "a b" },
        shape: invalidValue,
        message: idRule("MessageGroupId", "a b"),
      },
      {
        title: "an illegal group is named before an illegal deduplication id",
        input: { MessageBody: "a", MessageGroupId: "a b", MessageDeduplicationId: "c d" },
        shape: invalidValue,
        message: idRule("MessageGroupId", "a b"),
      },
    ],
    FIFO,
  );
});

test("deduplication by content can be switched on and off later [docs]", async () => {
  const queue = await TestQueue.create(FIFO);
  const input = { MessageBody: "a", MessageGroupId: "g" };
  const on = { ContentBasedDeduplication: "true" };
  await queue.call("SetQueueAttributes", { Attributes: on });
  // SQS gives itself a minute for a change of attributes.
  pass(60);
  await queue.send("a", input);
  const off = { ContentBasedDeduplication: "false" };
  await queue.call("SetQueueAttributes", { Attributes: off });
  pass(60);
  await refused(queue.call("SendMessage", input), invalidValue, NO_DEDUPLICATION_ID);
  expect(await queue.bodies()).toEqual(["a"]);
});
