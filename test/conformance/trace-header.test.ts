/** Message system attributes on sending: AWSTraceHeader, and no other. */
import { describe, expect, test } from "vitest";
import { testRefusals } from "./refusal-case.ts";
import { accepted, invalidValue } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

const TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
const OTHER_TRACE = "Root=1-67891233-abcdef012345678912345678";

function traceOf(StringValue: string) {
  return { MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue } } };
}

test("a trace header is answered with its digest and shown to receivers [ls]", async () => {
  const queue = await TestQueue.create();
  const sent = await queue.send("a", traceOf(TRACE));
  expect(sent).toMatchObject({ MD5OfMessageSystemAttributes: "5ae4d5d7636402d80f4eb6d213245a88" });
  expect(sent).not.toHaveProperty("MD5OfMessageAttributes");
  const message = await queue.receiveOne();
  expect(message.Attributes).toMatchObject({ AWSTraceHeader: TRACE });
  expect(message).not.toHaveProperty("MD5OfMessageAttributes");
});

test("the digest of message attributes does not cover system attributes [ls]", async () => {
  const queue = await TestQueue.create();
  const MessageAttributes = { k: { DataType: "String", StringValue: "x" } };
  const sent = await queue.send("a", { MessageAttributes, ...traceOf(TRACE) });
  expect(sent).toMatchObject({
    MD5OfMessageAttributes: "a45daa70926828a2f0a1db3418e6feb4",
    MD5OfMessageSystemAttributes: "5ae4d5d7636402d80f4eb6d213245a88",
  });
});

describe("the HTTP header X-Amzn-Trace-Id", () => {
  const headers = { "x-amzn-trace-id": TRACE };

  test("becomes the trace header of a message that has none [ls]", async () => {
    const queue = await TestQueue.create();
    const input = { QueueUrl: queue.url, MessageBody: "a" };
    const sent = await accepted(queue.callWith("SendMessage", input, { headers }));
    expect(sent).not.toHaveProperty("MD5OfMessageSystemAttributes");
    expect((await queue.receiveOne()).Attributes).toMatchObject({ AWSTraceHeader: TRACE });
  });

  test("gives way to an explicit one [ls]", async () => {
    const queue = await TestQueue.create();
    const input = { MessageBody: "a", ...traceOf(OTHER_TRACE) };
    await accepted(queue.callWith("SendMessage", input, { headers }));
    expect((await queue.receiveOne()).Attributes).toMatchObject({ AWSTraceHeader: OTHER_TRACE });
  });

  test("covers every entry of a batch", async () => {
    const queue = await TestQueue.create();
    const Entries = [
      { Id: "a", MessageBody: "a" },
      { Id: "b", MessageBody: "b", ...traceOf(OTHER_TRACE) },
    ];
    await accepted(queue.callWith("SendMessageBatch", { Entries }, { headers }));
    const messages = await queue.receive({ MessageSystemAttributeNames: ["AWSTraceHeader"] });
    const traces = messages.map(({ Body, Attributes }) => ({ Body, Attributes }));
    expect(traces).toContainEqual({ Body: "a", Attributes: { AWSTraceHeader: TRACE } });
    expect(traces).toContainEqual({ Body: "b", Attributes: { AWSTraceHeader: OTHER_TRACE } });
  });
});

test("no trace header, no attribute: it is left out, even where it was asked for", async () => {
  const queue = await TestQueue.create();
  await queue.send("a", { MessageSystemAttributes: {} });
  const message = await queue.receiveOne({ MessageSystemAttributeNames: ["AWSTraceHeader"] });
  expect(message).not.toHaveProperty("Attributes");
});

describe("a system attribute", () => {
  const value = { DataType: "String", StringValue: "x" };
  testRefusals("SendMessage", [
    {
      title: "of another name is refused [las?]",
      input: { MessageBody: "a", MessageSystemAttributes: { Hello: value } },
      shape: invalidValue,
      message: "Message system attribute name 'Hello' is invalid.",
    },
    {
      title: "that SQS itself sets is refused",
      input: { MessageBody: "a", MessageSystemAttributes: { SenderId: value } },
      shape: invalidValue,
      message: "Message system attribute name 'SenderId' is invalid.",
    },
    {
      title: "named like a member of every object is refused",
      input: { MessageBody: "a", MessageSystemAttributes: { constructor: value } },
      shape: invalidValue,
      message: "Message system attribute name 'constructor' is invalid.",
    },
    ...[
      { title: "without a type", value: { StringValue: "x" } },
      { title: "without a value", value: { DataType: "String" } },
      { title: "with an empty value", value: { DataType: "String", StringValue: "" } },
      { title: "that is a number", value: { DataType: "Number", StringValue: "1" } },
      { title: "that is binary", value: { DataType: "Binary", BinaryValue: "AQID" } },
    ].map((flawed) => ({
      title: `${flawed.title} is refused`,
      input: { MessageBody: "a", MessageSystemAttributes: { AWSTraceHeader: flawed.value } },
      shape: invalidValue,
    })),
  ]);
});
