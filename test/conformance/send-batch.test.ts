/** SendMessageBatch: its answer, and the entries that fail alone. */
import { describe, expect, test } from "vitest";
import { accepted, LONE_SURROGATES } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("ten messages are answered in order, and nothing failed [pail, snap]", async () => {
  const queue = await TestQueue.create();
  const Entries = Array.from({ length: 10 }, (_, index) => {
    return { Id: `id-${index}`, MessageBody: `body ${index}` };
  });
  const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
  expect(Object.keys(answer)).toEqual(["Successful"]);
  expect(answer.Successful).toEqual(
    Entries.map(({ Id }) => ({
      Id,
      MessageId: expect.stringMatching(UUID),
      MD5OfMessageBody: expect.stringMatching(/^[0-9a-f]{32}$/),
    })),
  );
  const bodies = Entries.map(({ MessageBody }) => MessageBody);
  expect((await queue.bodies()).toSorted()).toEqual(bodies);
});

test("an entry's own delay, attributes and group are its own", async () => {
  const queue = await TestQueue.create();
  const MessageAttributes = { k: { DataType: "String", StringValue: "x" } };
  const Entries = [
    { Id: "delayed", MessageBody: "a", DelaySeconds: 60 },
    { Id: "plain", MessageBody: "b", DelaySeconds: 0, MessageGroupId: "g", MessageAttributes },
  ];
  const { Successful } = await accepted(queue.call("SendMessageBatch", { Entries }));
  expect(Successful).toMatchObject([
    { Id: "delayed" },
    { Id: "plain", MD5OfMessageAttributes: "a45daa70926828a2f0a1db3418e6feb4" },
  ]);
  expect(await queue.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
  const message = await queue.receiveOne();
  expect(message).toMatchObject({ Body: "b", Attributes: { MessageGroupId: "g" } });
});

describe("an entry fails alone", () => {
  const value = { DataType: "String", StringValue: "x" };
  const flaws = [
    ["for an empty body [bal]", { MessageBody: "" }, "EmptyValue"],
    ["for a missing body", {}, "EmptyValue"],
    ["for an illegal character [pail, ls]", { MessageBody: "a\u0000" }, "InvalidMessageContents"],
    ...LONE_SURROGATES.map((MessageBody) => {
      return ["for a lone surrogate", { MessageBody }, "InvalidMessageContents"] as const;
    }),
    ["for a delay out of range", { MessageBody: "a", DelaySeconds: 901 }, "InvalidParameterValue"],
    ["for a negative delay", { MessageBody: "a", DelaySeconds: -1 }, "InvalidParameterValue"],
    ["for an empty group id", { MessageBody: "a", MessageGroupId: "" }, "InvalidParameterValue"],
    [
      "for a deduplication id",
      { MessageBody: "a", MessageDeduplicationId: "d" },
      "InvalidParameterValue",
    ],
    [
      "for a reserved attribute name",
      { MessageBody: "a", MessageAttributes: { "AWS.x": value } },
      "InvalidParameterValue",
    ],
    [
      "for a system attribute that nobody may set",
      { MessageBody: "a", MessageSystemAttributes: { SenderId: value } },
      "InvalidParameterValue",
    ],
    [
      "for a list of values",
      { MessageBody: "a", MessageAttributes: { a: { ...value, StringListValues: ["x"] } } },
      "AWS.SimpleQueueService.UnsupportedOperation",
    ],
  ] as const;

  test.each(flaws)("%s", async (_title, flawed, Code) => {
    const queue = await TestQueue.create();
    const Entries = [
      { Id: "first", MessageBody: "first" },
      { Id: "flawed", ...flawed },
      { Id: "last", MessageBody: "last" },
    ];
    const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(answer.Successful).toMatchObject([{ Id: "first" }, { Id: "last" }]);
    const Message = expect.any(String);
    expect(answer.Failed).toEqual([{ Id: "flawed", SenderFault: true, Code, Message }]);
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 2 });
  });

  test("and where all fail, nothing succeeded: the list is left out [pail, snap]", async () => {
    const queue = await TestQueue.create();
    const Entries = flaws.slice(0, 10).map(([, flawed], index) => ({ Id: `${index}`, ...flawed }));
    const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(Object.keys(answer)).toEqual(["Failed"]);
    expect(answer.Failed).toHaveLength(10);
    expect(await queue.counts()).toEqual(EMPTY);
  });
});
