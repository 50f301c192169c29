/** Bodies that are no request: each is the client's fault, never ours, and changes nothing. */
import { describe, expect, test } from "vitest";
import { postText } from "./aws-json-protocol.ts";
import { call, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

const SERIALIZATION = "SerializationException";
const LIST_TEXT = "Start of list found where not expected";
const STRUCTURE_TEXT = "Start of structure or map found where not expected.";

describe("a body that is", () => {
  test.each([
    ["no JSON", "x"],
    ["cut off", '{"QueueUrl":"'],
    ["followed by something", "{}x"],
    ["two objects", "{}{}"],
    ["with a trailing comma", '{"a":1,}'],
    ["in single quotes", "{'a':1}"],
    ["white space alone", " "],
    ["a byte order mark alone", "\ufeff"],
    ["NaN", "NaN"],
    ["a form", "Action=ListQueues&Version=2012-11-05"],
    ["an XML document", "<a/>"],
    ["an array", "[]"],
    ["an array of requests", "[{}]"],
    ["a text", '"x"'],
    ["a number", "1"],
    ["a boolean", "true"],
    ["null", "null"],
    ["nested 100,000 levels deep", "[".repeat(100_000)],
    ["nested 100,000 levels deep and closed", "[".repeat(100_000) + "]".repeat(100_000)],
    ["nested in objects", '{"a":'.repeat(50_000)],
  ])("%s is malformed [pail]", async (_title, text) => {
    for (const action of ["ListQueues", "SendMessage", "CreateQueue"]) {
      await refused(postText(action, text), SERIALIZATION);
    }
  });

  test("not UTF-8 is malformed", async () => {
    for (const bytes of [[0xff], [0xc3, 0x28], [0x7b, 0x22, 0x80, 0x22, 0x3a, 0x31, 0x7d]]) {
      await refused(postText("ListQueues", new Uint8Array(bytes)), SERIALIZATION);
    }
  });
});

describe("a member of the wrong kind", () => {
  const value = { DataType: "String", StringValue: "x" };
  test.each([
    ["SendMessage", { MessageBody: {} }, STRUCTURE_TEXT],
    ["SendMessage", { MessageBody: [] }, LIST_TEXT],
    ["SendMessage", { QueueUrl: ["x"] }, LIST_TEXT],
    ["SendMessage", { DelaySeconds: "5" }, "STRING_VALUE can not be converted to an Integer"],
    ["SendMessage", { DelaySeconds: true }, "TRUE_VALUE can not be converted to an Integer"],
    ["SendMessage", { DelaySeconds: {} }, STRUCTURE_TEXT],
    ["SendMessage", { DelaySeconds: 1.5 }, /can not be converted to an Integer$/],
    ["SendMessage", { DelaySeconds: 1e300 }, /can not be converted to an Integer$/],
    ["SendMessage", { DelaySeconds: 2 ** 31 }, /can not be converted to an Integer$/],
    ["SendMessage", { DelaySeconds: -(2 ** 40) }, /can not be converted to an Integer$/],
    ["SendMessage", { MessageAttributes: [] }, LIST_TEXT],
    ["SendMessage", { MessageAttributes: "x" }, undefined],
    ["SendMessage", { MessageAttributes: { a: "x" } }, undefined],
    ["SendMessage", { MessageAttributes: { a: null } }, /may not be null/],
    ["SendMessage", { MessageAttributes: { a: { ...value, DataType: {} } } }, STRUCTURE_TEXT],
    ["SendMessage", { MessageAttributes: { a: { BinaryValue: "***" } } }, /base64/],
    ["SendMessage", { MessageAttributes: { a: { BinaryValue: "AQI" } } }, /base64/],
    ["SendMessage", { MessageAttributes: { a: { BinaryValue: "AQ_-" } } }, /base64/],
    ["SendMessage", { MessageAttributes: { a: { BinaryValue: 1 } } }, undefined],
    ["SendMessageBatch", { Entries: {} }, STRUCTURE_TEXT],
    ["SendMessageBatch", { Entries: "x" }, undefined],
    ["SendMessageBatch", { Entries: [[]] }, LIST_TEXT],
    ["SendMessageBatch", { Entries: [null] }, /may not be null/],
    ["SendMessageBatch", { Entries: ["x"] }, undefined],
    ["ReceiveMessage", { MaxNumberOfMessages: "10" }, /^STRING_VALUE/],
    ["ReceiveMessage", { MessageAttributeNames: "All" }, undefined],
    ["ReceiveMessage", { AttributeNames: { a: 1 } }, STRUCTURE_TEXT],
    ["ReceiveMessage", { AttributeNames: [null] }, /may not be null/],
    ["DeleteMessage", { ReceiptHandle: {} }, STRUCTURE_TEXT],
    ["ChangeMessageVisibility", { VisibilityTimeout: [0] }, LIST_TEXT],
    ["SetQueueAttributes", { Attributes: [["DelaySeconds", "1"]] }, LIST_TEXT],
    ["SetQueueAttributes", { Attributes: { DelaySeconds: null } }, /may not be null/],
    ["SetQueueAttributes", { Attributes: { DelaySeconds: {} } }, STRUCTURE_TEXT],
    ["TagQueue", { Tags: { a: [] } }, LIST_TEXT],
    ["UntagQueue", { TagKeys: { a: "b" } }, STRUCTURE_TEXT],
    ["GetQueueAttributes", { AttributeNames: "All" }, undefined],
  ] as const)(
    "%s %j is malformed and changes nothing [pail, las?]",
    async (action, input, text) => {
      const queue = await TestQueue.create();
      await queue.send("a");
      const before = await queue.attributes();
      await refused(queue.call(action, { MessageBody: "b", ...input }), SERIALIZATION, text);
      expect(await queue.attributes()).toEqual(before);
      expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
    },
  );

  test("is found before its queue is looked for", async () => {
    await refused(call("SendMessage", { QueueUrl: "nowhere", MessageBody: [] }), SERIALIZATION);
  });
});

describe("a number where a text belongs", () => {
  test.each([
    ["0", "0"],
    ["-0", "0"],
    ["1.0", "1"],
    ["1.50", "1.5"],
    ["1E2", "100"],
    ["1e-7", "1e-7"],
    ["0.12345678901234567890", "0.12345678901234568"],
    ["9007199254740991", "9007199254740991"],
    ["-9007199254740991", "-9007199254740991"],
  ])("%s is taken for the text of its value, %s [las?]", async (number, body) => {
    const queue = await TestQueue.create();
    const text = `{"QueueUrl":"${queue.url}","MessageBody":${number}}`;
    expect((await postText("SendMessage", text)).status).toBe(200);
    expect(await queue.bodies()).toEqual([body]);
  });

  test.each(["9007199254740992", "9007199254740993", "-9007199254740993", "1e16", "1e400"])(
    "%s is refused, for it may have been another one",
    async (number) => {
      const queue = await TestQueue.create();
      const text = `{"QueueUrl":"${queue.url}","MessageBody":${number}}`;
      const expected = "NUMBER_VALUE can not be converted to a String";
      await refused(postText("SendMessage", text), SERIALIZATION, expected);
      expect(await queue.counts()).toEqual(EMPTY);
    },
  );
});

describe("a key like those of every object", () => {
  test("is a member that nobody knows, in a request", async () => {
    const queue = await TestQueue.create();
    const text = `{"QueueUrl":"${queue.url}","__proto__":{"MessageBody":"b"},"constructor":1,"MessageBody":"a"}`;
    expect((await postText("SendMessage", text)).status).toBe(200);
    const without = `{"QueueUrl":"${queue.url}","__proto__":{"MessageBody":"b"}}`;
    await refused(postText("SendMessage", without), "MissingRequiredParameterException");
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("is a name like any other, in a map", async () => {
    const queue = await TestQueue.create();
    const text = `{"QueueUrl":"${queue.url}","Attributes":{"__proto__":"1"}}`;
    await refused(postText("SetQueueAttributes", text), "InvalidAttributeName", /__proto__/);
    const entry = '{"__proto__":{"Id":"a"},"MessageBody":"a"}';
    const batch = `{"QueueUrl":"${queue.url}","Entries":[${entry}]}`;
    await refused(postText("SendMessageBatch", batch), "InvalidBatchEntryId");
    expect(await queue.counts()).toEqual(EMPTY);
  });
});

test("of two values under one name of a map the last counts", async () => {
  const queue = await TestQueue.create();
  const attributes = '{"DelaySeconds":"5","DelaySeconds":"7"}';
  const text = `{"QueueUrl":"${queue.url}","Attributes":${attributes}}`;
  expect((await postText("SetQueueAttributes", text)).status).toBe(200);
  expect(await queue.attributes("DelaySeconds")).toEqual({ DelaySeconds: "7" });
});

test("a member that is given twice counts as it was given last", async () => {
  const queue = await TestQueue.create();
  const text = `{"QueueUrl":"nowhere","QueueUrl":"${queue.url}","MessageBody":"a","MessageBody":"b"}`;
  expect((await postText("SendMessage", text)).status).toBe(200);
  expect(await queue.bodies()).toEqual(["b"]);
});
