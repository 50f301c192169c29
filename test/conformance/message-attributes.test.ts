/** Message attributes on sending: their names, types and number. */
import { describe, expect, test } from "vitest";
import { flawedValue, type RefusalCase, testRefusals } from "./refusal-case.ts";
import { invalidValue, LONE_SURROGATES } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

const VALUE = { DataType: "String", StringValue: "x" };

function flawedName(title: string, name: string, message: string | RegExp): RefusalCase {
  // Not a literal: there, `__proto__` would not be a member.
  const MessageAttributes = Object.fromEntries([[name, VALUE]]);
  return { title, input: { MessageBody: "a", MessageAttributes }, shape: invalidValue, message };
}

function numbered(count: number) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, VALUE]));
}

describe("a name", () => {
  test.each([
    "a",
    "A-b_c.d9",
    "ø",
    "ßä",
    "awsome",
    "Amazonas",
    "9",
    "-",
    "constructor",
    "__proto__",
    "x".repeat(256),
  ])("%s is accepted and comes back as it was [ls]", async (name) => {
    const queue = await TestQueue.create();
    const MessageAttributes = Object.fromEntries([[name, VALUE]]);
    await queue.send("a", { MessageAttributes });
    expect((await queue.receiveOne()).MessageAttributes).toEqual(MessageAttributes);
  });

  test("is case-sensitive: two that differ in case are two [docs]", async () => {
    const queue = await TestQueue.create();
    const MessageAttributes = { Name: VALUE, name: { ...VALUE, StringValue: "y" } };
    await queue.send("a", { MessageAttributes });
    expect((await queue.receiveOne()).MessageAttributes).toEqual(MessageAttributes);
  });

  testRefusals("SendMessage", [
    flawedName(
      "that is empty is refused [iss aws-sdk-php#694]",
      "",
      /must contain non-empty message attribute name/,
    ),
    flawedName("of 257 characters is refused [ls]", "x".repeat(257), /shorter than 256 bytes/),
    ...["AWS.x", "aws.x", "Amazon.x", "aMaZoN.", ".a", "a.", "."].map((name) =>
      flawedName(`${name} is refused as reserved [ls]`, name, /^You can't use message attribute/),
    ),
    flawedName("a..b is refused for its successive dots [docs]", "a..b", /successive/),
    ...["!", '"', "§", "(", "?", "a b", "a\n", "a/b", ...LONE_SURROGATES].map((name) =>
      flawedName(`${JSON.stringify(name)} is refused for its characters [ls]`, name, /can only/),
    ),
  ]);
});

describe("a type", () => {
  test.each([
    "String",
    "Number",
    "String.uuid",
    "Number.bigint",
    "String.a.b c",
    `String.${"x".repeat(249)}`,
  ])("%s comes back unchanged, label and all [ls]", async (DataType) => {
    const queue = await TestQueue.create();
    const MessageAttributes = { a: { DataType, StringValue: "1" } };
    await queue.send("a", { MessageAttributes });
    expect((await queue.receiveOne()).MessageAttributes).toEqual(MessageAttributes);
  });

  testRefusals("SendMessage", [
    ...["string", "Text", "StringValue", "Strings.x", "Number ", "X.String"].map((DataType) =>
      flawedValue(
        `${JSON.stringify(DataType)} is refused [bal, iss k6-jslib-aws#65]`,
        { DataType, StringValue: "1" },
        "The type of message (user) attribute 'a' is invalid. You must use only the following supported type prefixes: Binary, Number, String.",
      ),
    ),
    ...[
      `String.${"x".repeat(250)}`,
      "String.\u0000",
      ...LONE_SURROGATES.map((half) => `String.${half}`),
    ].map((DataType) =>
      flawedValue(
        `is refused for its label ${JSON.stringify(DataType.slice(6, 16))} of ${DataType.length} [docs]`,
        { DataType, StringValue: "1" },
        /^The type of message \(user\) attribute 'a' is invalid/,
      ),
    ),
    ...[{ DataType: "", StringValue: "x" }, { StringValue: "x" }, {}].map((value) =>
      flawedValue(
        `is demanded of ${JSON.stringify(value)} [las?]`,
        value,
        "The message (user) attribute 'a' must contain a non-empty message attribute type.",
      ),
    ),
  ]);
});

describe("of attributes a message may have", () => {
  test("none: an empty map yields neither attributes nor a digest [bal]", async () => {
    const queue = await TestQueue.create();
    const sent = await queue.send("a", { MessageAttributes: {} });
    expect(sent).not.toHaveProperty("MD5OfMessageAttributes");
    const message = await queue.receiveOne();
    expect(message).not.toHaveProperty("MessageAttributes");
    expect(message).not.toHaveProperty("MD5OfMessageAttributes");
  });

  test("ten", async () => {
    const queue = await TestQueue.create();
    await queue.send("a", { MessageAttributes: numbered(10) });
    expect((await queue.receiveOne()).MessageAttributes).toEqual(numbered(10));
  });

  testRefusals("SendMessage", [
    {
      title: "no eleventh [iss opentelemetry-java-instrumentation#13799]",
      input: { MessageBody: "a", MessageAttributes: numbered(11) },
      shape: invalidValue,
      message: "Number of message attributes [11] exceeds the allowed maximum [10].",
    },
  ]);
});
