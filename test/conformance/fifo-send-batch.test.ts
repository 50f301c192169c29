/** SendMessageBatch on a FIFO queue: its order, what refuses all of it, and what fails alone. */
import { describe, expect, test } from "vitest";
import { objectsOf, stringOf } from "../support/json-value.ts";
import { controlTime } from "./controlled-time.ts";
import { drain, FIFO, KINDS, SEQUENCE_NUMBER, sendTogether } from "./fifo-queue.ts";
import { accepted, invalidValue, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_GROUP = "The request must contain the parameter MessageGroupId.";
const NO_DEDUPLICATION_ID =
  "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly";

function entry(Id: string, more: object = {}) {
  return { Id, MessageBody: Id, MessageGroupId: "g", MessageDeduplicationId: Id, ...more };
}

describe.each(KINDS)("a batch for $kind", ({ attributes }) => {
  test("is answered per entry, with sequence numbers that increase [pail]", async () => {
    const queue = await TestQueue.create(attributes);
    const Entries = ["a", "b", "c"].map((id) => entry(id));
    const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(Object.keys(answer)).toEqual(["Successful"]);
    expect(answer.Successful).toEqual(
      Entries.map(({ Id }) => ({
        Id,
        MessageId: expect.stringMatching(UUID),
        MD5OfMessageBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        SequenceNumber: expect.stringMatching(SEQUENCE_NUMBER),
      })),
    );
    const numbers = objectsOf(answer, "Successful").map((sent) => stringOf(sent, "SequenceNumber"));
    expect(numbers).toEqual([...new Set(numbers)].toSorted());
  });

  test("is stored in the order of its list [snap]", async () => {
    const queue = await TestQueue.create(attributes);
    const bodies = ["j", "a", "i", "b", "h", "c", "g", "d", "f", "e"].map((name) => `g1-${name}`);
    await sendTogether(queue, ...bodies);
    expect(await queue.bodies()).toEqual(bodies);
  });

  test("may hold several groups, each in its order", async () => {
    const queue = await TestQueue.create(attributes);
    await sendTogether(queue, "g1-m1", "g2-m1", "g1-m2", "g3-m1", "g2-m2", "g1-m3");
    const bodies = await drain(queue);
    expect(bodies.filter((body) => body.startsWith("g1"))).toEqual(["g1-m1", "g1-m2", "g1-m3"]);
    expect(bodies.filter((body) => body.startsWith("g2"))).toEqual(["g2-m1", "g2-m2"]);
    expect(bodies).toHaveLength(6);
  });

  test("stores a deduplication id once, also one that it holds twice [docs]", async () => {
    const queue = await TestQueue.create(attributes);
    const Entries = [
      entry("first", { MessageDeduplicationId: "same" }),
      entry("other"),
      entry("again", { MessageDeduplicationId: "same" }),
    ];
    const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
    const [first, other, again] = objectsOf(answer, "Successful");
    expect(answer).not.toHaveProperty("Failed");
    expect(again).toMatchObject({
      Id: "again",
      MessageId: first?.MessageId,
      SequenceNumber: first?.SequenceNumber,
    });
    expect(again?.MD5OfMessageBody).not.toBe(first?.MD5OfMessageBody);
    expect(other?.MessageId).not.toBe(first?.MessageId);
    expect(await queue.bodies()).toEqual(["first", "other"]);
  });

  test("that is sent again answers as before and stores nothing", async () => {
    const queue = await TestQueue.create(attributes);
    const bodies = ["g1-m1", "g2-m1", "g1-m2"];
    const first = await sendTogether(queue, ...bodies);
    expect(await sendTogether(queue, ...bodies)).toEqual(first);
    expect((await drain(queue)).toSorted()).toEqual(bodies.toSorted());
  });

  test("that overlaps with an earlier one stores what is new of it", async () => {
    const queue = await TestQueue.create(attributes);
    const first = await sendTogether(queue, "g1-m1", "g1-m2");
    const second = await sendTogether(queue, "g1-m2", "g1-m3", "g1-m1");
    expect(second.map(({ MessageId }) => MessageId)).toEqual([
      first[1]?.MessageId,
      expect.stringMatching(UUID),
      first[0]?.MessageId,
    ]);
    expect(await queue.bodies()).toEqual(["g1-m1", "g1-m2", "g1-m3"]);
  });
});

describe("the whole batch is refused", () => {
  const cases = [
    ["if one entry has no group [snap]", { MessageGroupId: undefined }, NO_GROUP],
    ["if one entry has neither", { MessageGroupId: null, MessageDeduplicationId: null }, NO_GROUP],
    [
      "if one entry has no deduplication id and content does not stand for it [snap]",
      { MessageDeduplicationId: undefined },
      NO_DEDUPLICATION_ID,
    ],
  ] as const;

  test.each(cases)("%s", async (_title, flaw, text) => {
    for (const at of [0, 1, 2]) {
      const queue = await TestQueue.create(FIFO);
      const Entries = ["a", "b", "c"].map((id, index) => entry(id, index === at ? flaw : {}));
      await refused(queue.call("SendMessageBatch", { Entries }), invalidValue, text);
      expect(await queue.counts()).toEqual(EMPTY);
      expect(await queue.receive()).toEqual([]);
    }
  });

  test.each(cases)("%s, and none of its deduplication ids are used up", async (_title, flaw) => {
    const queue = await TestQueue.create(FIFO);
    const Entries = [entry("a"), entry("b"), entry("c", flaw)];
    const { error } = await queue.call("SendMessageBatch", { Entries });
    expect(error).toBeDefined();
    await queue.send("later", { MessageGroupId: "g", MessageDeduplicationId: "a" });
    expect(await queue.bodies()).toEqual(["later"]);
  });

  test("for its ids before it is for a missing group", async () => {
    const queue = await TestQueue.create(FIFO);
    const Entries = [entry("same"), entry("same", { MessageGroupId: undefined })];
    await refused(queue.call("SendMessageBatch", { Entries }), "BatchEntryIdsNotDistinct");
    const long = [entry("a", { MessageBody: "x".repeat(1_048_577), MessageGroupId: undefined })];
    await refused(queue.call("SendMessageBatch", { Entries: long }), "BatchRequestTooLong");
  });
});

describe.each(KINDS)("an entry for $kind fails alone", ({ attributes }) => {
  const flaws = [
    [
      "that is too long [snap]",
      { MessageBody: "x".repeat(1025) },
      "InvalidParameterValue",
      "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
    ],
    ["with an empty body [bal]", { MessageBody: "" }, "EmptyValue", undefined],
    [
      "with an illegal character [pail]",
      { MessageBody: "a\u0000" },
      "InvalidMessageContents",
      undefined,
    ],
    [
      "with a delay of its own",
      { DelaySeconds: 2 },
      "InvalidParameterValue",
      "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.",
    ],
    [
      "with an illegal group",
      { MessageGroupId: "a b" },
      "InvalidParameterValue",
      "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
    ],
    [
      "with an illegal deduplication id",
      { MessageDeduplicationId: "" },
      "InvalidParameterValue",
      "Value  for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
    ],
  ] as const;

  test.each(flaws)("%s, the others keep their order", async (_title, flaw, Code, text) => {
    const queue = await TestQueue.create({ ...attributes, MaximumMessageSize: "1024" });
    const Entries = [entry("a"), entry("flawed", flaw), entry("b")];
    const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(answer.Successful).toMatchObject([{ Id: "a" }, { Id: "b" }]);
    const Message = text ?? expect.any(String);
    expect(answer.Failed).toEqual([{ Id: "flawed", SenderFault: true, Code, Message }]);
    expect(await queue.bodies()).toEqual(["a", "b"]);
  });

  test("and its deduplication id is still free", async () => {
    const queue = await TestQueue.create({ ...attributes, MaximumMessageSize: "1024" });
    const Entries = [
      entry("long", { MessageBody: "x".repeat(1025), MessageDeduplicationId: "same" }),
      entry("short", { MessageDeduplicationId: "same" }),
    ];
    const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(answer).toMatchObject({ Successful: [{ Id: "short" }], Failed: [{ Id: "long" }] });
    expect(await queue.bodies()).toEqual(["short"]);
  });
});
