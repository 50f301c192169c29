/** Digests: known vectors, as sent and as received. Clients verify digests and fail hard. */
import { describe, expect, test } from "vitest";
import { accepted } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

const TRACE_BYTES = "traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01";

const VECTORS = [
  {
    title: "a number",
    attributes: { timestamp: { DataType: "Number", StringValue: "1493147359900" } },
    md5: "235c5c510d26fb653d073faed50ae77c",
  },
  {
    title: "a text",
    attributes: { k: { DataType: "String", StringValue: "x" } },
    md5: "a45daa70926828a2f0a1db3418e6feb4",
  },
  {
    title: "another text",
    attributes: { MyAttribute: { DataType: "String", StringValue: "foobar" } },
    md5: "adb59cd4678ea5a855436b949cd07ab6",
  },
  {
    title: "three kinds together, whatever their order",
    attributes: {
      color: { DataType: "String", StringValue: "blue" },
      count: { DataType: "Number", StringValue: "3" },
      blob: { DataType: "Binary", BinaryValue: "AQID" },
    },
    md5: "d838729972a4b70e2d2acd9d59ac847c",
  },
  {
    title: "a type with a label",
    attributes: { UserId: { DataType: "Number.bigint", StringValue: "1234567890123456789012" } },
    md5: "797ab158d73dcb5242dedc4412c8e855",
  },
  {
    title: "bytes that are no text",
    attributes: {
      attr1: { DataType: "Binary", BinaryValue: Buffer.from(TRACE_BYTES).toString("base64") },
    },
    md5: "8cbe4db156db8a94db8b801b7addb984",
  },
];

describe("the digest of attributes", () => {
  test.each(VECTORS)("of $title is the same for sender and receiver", async (vector) => {
    const queue = await TestQueue.create();
    const sent = await queue.send("a", { MessageAttributes: vector.attributes });
    expect(sent.MD5OfMessageAttributes).toBe(vector.md5);
    const message = await queue.receiveOne();
    expect(message.MD5OfMessageAttributes).toBe(vector.md5);
  });

  test.each(VECTORS)("of $title is the same in a batch", async (vector) => {
    const queue = await TestQueue.create();
    const Entries = [{ Id: "a", MessageBody: "a", MessageAttributes: vector.attributes }];
    const { Successful } = await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(Successful).toEqual([expect.objectContaining({ MD5OfMessageAttributes: vector.md5 })]);
  });

  test("covers only the attributes that a receiver gets [pail, snap]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a", { MessageAttributes: VECTORS[3]?.attributes });
    const message = await queue.receiveOne({ MessageAttributeNames: ["color"] });
    expect(message).toMatchObject({
      MessageAttributes: { color: { DataType: "String", StringValue: "blue" } },
      MD5OfMessageAttributes: "da1b33cc3cbfe8b1630921e78e6b9880",
    });
  });

  test("is absent where no attribute is returned [pail, snap]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a", { MessageAttributes: VECTORS[0]?.attributes });
    const message = await queue.receiveOne({ MessageAttributeNames: ["other"] });
    expect(message).not.toHaveProperty("MD5OfMessageAttributes");
    expect(message).not.toHaveProperty("MessageAttributes");
  });

  test("sorts names by their bytes, not by their letters", async () => {
    const queue = await TestQueue.create();
    const value = { DataType: "String", StringValue: "x" };
    const [forwards, backwards] = await Promise.all([
      queue.send("a", { MessageAttributes: { Z: value, a: value, ä: value } }),
      queue.send("a", { MessageAttributes: { ä: value, a: value, Z: value } }),
    ]);
    expect(forwards.MD5OfMessageAttributes).toBe(backwards.MD5OfMessageAttributes);
  });
});

describe("the digest of a body", () => {
  test.each([
    ["message", "78e731027d8fd50ed642340b7c9a63b3"],
    ["hello", "5d41402abc4b2a76b9719d911017c592"],
    ["a\r\nb", "65d5f03c46e62e3f2babbe712d2ce464"],
    ["中文", "a7bac2239fcdcb3a067903d8077c4a07"],
  ])("%j is that of its UTF-8 for sender and receiver", async (body, md5) => {
    const queue = await TestQueue.create();
    expect(await queue.send(body)).toMatchObject({ MD5OfMessageBody: md5 });
    expect(await queue.receiveOne()).toMatchObject({ MD5OfBody: md5, Body: body });
  });
});
