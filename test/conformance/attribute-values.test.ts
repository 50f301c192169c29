/** The values of message attributes: texts, numbers, bytes, and the lists that SQS does not take. */
import { describe, expect, test } from "vitest";
import { flawedValue, testRefusals } from "./refusal-case.ts";
import { invalidValue, LONE_SURROGATES } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

describe("a value", () => {
  test.each([
    "0",
    "-1",
    "+1",
    "1.5",
    ".5",
    "1e3",
    "1E-128",
    "00",
    "123456789012345678901234567890",
  ])("%s is a number, and comes back as it was sent [ls]", async (StringValue) => {
    const queue = await TestQueue.create();
    const MessageAttributes = { a: { DataType: "Number", StringValue } };
    await queue.send("a", { MessageAttributes });
    expect((await queue.receiveOne()).MessageAttributes).toEqual(MessageAttributes);
  });

  test("of bytes comes back byte for byte", async () => {
    const queue = await TestQueue.create();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const BinaryValue = bytes.toString("base64");
    const MessageAttributes = { a: { DataType: "Binary.all", BinaryValue } };
    await queue.send("a", { MessageAttributes });
    expect((await queue.receiveOne()).MessageAttributes).toEqual(MessageAttributes);
  });

  testRefusals("SendMessage", [
    ...["String", "Number", "String.custom"].map((DataType) =>
      flawedValue(
        `that is empty is refused for ${DataType} [snap]`,
        { DataType, StringValue: "" },
        `Message (user) attribute 'a' must contain a non-empty value of type '${DataType.split(".")[0]}'.`,
      ),
    ),
    flawedValue(
      "that is empty is refused for Binary [snap]",
      { DataType: "Binary", BinaryValue: "" },
      "Message (user) attribute 'a' must contain a non-empty value of type 'Binary'.",
    ),
    ...["String", "Number", "Binary"].map((DataType) =>
      flawedValue(
        `is demanded for ${DataType} [las?]`,
        { DataType },
        "The message (user) attribute 'a' must contain a non-empty message attribute value.",
      ),
    ),
    ...[
      "abc",
      "1x",
      "",
      " ",
      "0x10",
      "1,5",
      "--1",
      "NaN",
      "Infinity",
      "1e",
      ".",
      "1e127",
      "1e-129",
      "1".repeat(39),
    ].map((text) =>
      flawedValue(
        `${JSON.stringify(text)} is no number [las?]`,
        { DataType: "Number.int", StringValue: text },
        text === ""
          ? /non-empty/
          : "Can't cast the value of message (user) attribute 'a' to a number.",
      ),
    ),
    ...["\u0000", "\u0001b", "\ufffe", ...LONE_SURROGATES].map((StringValue) =>
      flawedValue(
        `with the character of ${JSON.stringify(StringValue)} is refused as a value, not as contents [ls]`,
        { DataType: "String", StringValue },
        /^Invalid characters found/,
      ),
    ),
    flawedValue(
      "in the field of text is refused for Binary [las?]",
      { DataType: "Binary", StringValue: "x" },
      "Message (user) attribute 'a' with type 'Binary' must use field 'Binary'.",
    ),
    flawedValue(
      "in the field of bytes is refused for String [las?]",
      { DataType: "String", BinaryValue: "AQID" },
      "Message (user) attribute 'a' with type 'String' must use field 'String'.",
    ),
    flawedValue(
      "in both fields is refused [las?]",
      { DataType: "String", StringValue: "x", BinaryValue: "AQID" },
      "Message (user) attribute 'a' must have a single value.",
    ),
    ...["StringListValues", "BinaryListValues"].map((field) => ({
      title: `in ${field} is not supported by SQS [pail]`,
      input: {
        MessageBody: "a",
        MessageAttributes: { a: { DataType: "String", [field]: ["AQID"] } },
      },
      shape: "UnsupportedOperation",
      message: "Message attribute list values in SendMessage operation are not supported.",
    })),
  ]);

  test("of very many digits and a flaw at the end is refused at once", async () => {
    const queue = await TestQueue.create();
    const StringValue = `${"1".repeat(500_000)}x`;
    const input = {
      MessageBody: "a",
      MessageAttributes: { a: { DataType: "Number", StringValue } },
    };
    const { error } = await queue.call("SendMessage", input);
    expect(error?.shape).toBe(invalidValue);
  });
});
