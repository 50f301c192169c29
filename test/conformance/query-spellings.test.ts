/**
 * How parameters are spelled in the old Query protocol: as the model has them, and as clients in use
 * write them. Each spelling is that of some client, or of the protocol's own default.
 */
import { describe, expect, test } from "vitest";
import { objectOf, stringOf } from "../support/json-value.ts";
import { postForm } from "./aws-query-protocol.ts";
import { accepted, invalidValue, missing, noQueue, refused } from "./sqs-client.ts";
import type { SqsAnswer } from "./sqs-protocol.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

type Form = Readonly<Record<string, string>>;

function ask(queue: TestQueue, action: string, form: Form): Promise<SqsAnswer> {
  return postForm(action, Object.entries({ Action: action, QueueUrl: queue.url, ...form }));
}

describe("the attributes of a queue are set as", () => {
  test.each([
    ["Attribute.1", "Attribute.2"],
    ["Attributes.1", "Attributes.2"],
    ["Attribute.3", "Attribute.70"],
    ["Attributes.entry.1", "Attributes.entry.2"],
    ["Attribute.1", "Attributes.1"],
  ])("%s and %s [iss aws-sdk-java-v2#2524]", async (first, second) => {
    const queue = await TestQueue.create();
    const form = {
      [`${first}.Name`]: "DelaySeconds",
      [`${first}.Value`]: "5",
      [`${second}.Name`]: "VisibilityTimeout",
      [`${second}.Value`]: "7",
    };
    await accepted(ask(queue, "SetQueueAttributes", form));
    const expected = { DelaySeconds: "5", VisibilityTimeout: "7" };
    expect(await queue.attributes("DelaySeconds", "VisibilityTimeout")).toEqual(expected);
  });

  test("an only one without a number", async () => {
    const queue = await TestQueue.create();
    const form = { "Attribute.Name": "DelaySeconds", "Attribute.Value": "5" };
    await accepted(ask(queue, "SetQueueAttributes", form));
    expect(await queue.attributes("DelaySeconds")).toEqual({ DelaySeconds: "5" });
  });
});

describe("an empty list", () => {
  test.each(["AttributeName", "AttributeNames"])(
    "of names is %s, and asks for none",
    async (name) => {
      const queue = await TestQueue.create();
      expect(await accepted(ask(queue, "GetQueueAttributes", { [name]: "" }))).toEqual({});
    },
  );

  test("of entries is empty", async () => {
    const queue = await TestQueue.create();
    const text = "There should be at least one SendMessageBatchRequestEntry in the request.";
    await refused(ask(queue, "SendMessageBatch", { Entries: "" }), "EmptyBatchRequest", text);
  });

  test("of what is needed is missing", async () => {
    const queue = await TestQueue.create();
    const text = "The request must contain the parameter TagKeys.";
    await refused(ask(queue, "UntagQueue", { TagKeys: "" }), missing, text);
  });
});

test("of two values under one name the first counts", async () => {
  const queue = await TestQueue.create();
  const form = {
    "Attribute.1.Name": "DelaySeconds",
    "Attribute.1.Value": "5",
    "Attribute.2.Name": "DelaySeconds",
    "Attribute.2.Value": "7",
  };
  await accepted(ask(queue, "SetQueueAttributes", form));
  expect(await queue.attributes("DelaySeconds")).toEqual({ DelaySeconds: "5" });
});

describe("an attribute of a queue without a value is malformed, and", () => {
  const form = { "Attribute.1.Name": "Policy", "Attribute.2.Name": "DelaySeconds" };
  const flawed = { ...form, "Attribute.2.Value": "5" };
  const text = "The value of Policy is missing";

  test("unsets and sets nothing", async () => {
    const queue = await TestQueue.create();
    const policy = { AWSAccountIds: ["210000000001"], Actions: ["SendMessage"], Label: "a" };
    await accepted(queue.call("AddPermission", policy));
    const before = await queue.attributes();
    await refused(ask(queue, "SetQueueAttributes", flawed), "SerializationException", text);
    expect(await queue.attributes()).toEqual(before);
  });

  test("creates no queue", async () => {
    const queue = await TestQueue.create();
    const QueueName = `${queue.name}-x`;
    const created = { Action: "CreateQueue", QueueName, ...flawed };
    const answer = postForm("CreateQueue", Object.entries(created));
    await refused(answer, "SerializationException", text);
    await refused(queue.call("GetQueueUrl", { QueueName }), noQueue);
  });

  test("one whose value is empty is unset, as in JSON", async () => {
    const queue = await TestQueue.create();
    const policy = { AWSAccountIds: ["210000000001"], Actions: ["SendMessage"], Label: "a" };
    await accepted(queue.call("AddPermission", policy));
    await accepted(ask(queue, "SetQueueAttributes", { ...flawed, "Attribute.1.Value": "" }));
    expect(await queue.attributes("Policy", "DelaySeconds")).toEqual({ DelaySeconds: "5" });
  });
});

describe("names are asked for as", () => {
  test.each([
    "AttributeName.1",
    "AttributeName.9",
    "AttributeName",
    "AttributeNames.1",
    "AttributeNames.member.1",
  ])("%s, of a queue", async (name) => {
    const queue = await TestQueue.create();
    const answer = await accepted(ask(queue, "GetQueueAttributes", { [name]: "DelaySeconds" }));
    expect(answer).toEqual({ Attributes: { DelaySeconds: "0" } });
  });

  test.each([
    "AttributeName.1",
    "AttributeName",
    "MessageSystemAttributeName.1",
    "MessageSystemAttributeNames.1",
    "MessageSystemAttributeNames.member.1",
  ])("%s, of a message's system attributes", async (name) => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const answer = await accepted(ask(queue, "ReceiveMessage", { [name]: "SenderId" }));
    expect(answer).toMatchObject({ Messages: [{ Attributes: { SenderId: expect.anything() } }] });
  });

  test("both lists of system attributes, of which all count", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const form = {
      "AttributeName.1": "SenderId",
      "MessageSystemAttributeName.1": "ApproximateReceiveCount",
    };
    const answer = await accepted(ask(queue, "ReceiveMessage", form));
    const Attributes = { SenderId: expect.anything(), ApproximateReceiveCount: "1" };
    expect(answer).toMatchObject({ Messages: [{ Attributes }] });
  });

  test.each(["MessageAttributeName.1", "MessageAttributeName", "MessageAttributeNames.2"])(
    "%s, of a message's own attributes",
    async (name) => {
      const queue = await TestQueue.create();
      const MessageAttributes = {
        a: { DataType: "String", StringValue: "x" },
        b: { DataType: "String", StringValue: "y" },
      };
      await queue.send("m", { MessageAttributes });
      const answer = await accepted(ask(queue, "ReceiveMessage", { [name]: "b" }));
      expect(answer).toMatchObject({
        Messages: [{ MessageAttributes: { b: MessageAttributes.b } }],
      });
    },
  );
});

describe("the attributes of a message are sent as", () => {
  test.each([
    "MessageAttribute.1",
    "MessageAttribute.12",
    "MessageAttributes.1",
    "MessageAttributes.entry.1",
    "MessageAttribute",
  ])("%s, text or bytes [iss aws-sdk-java-v2#2524]", async (prefix) => {
    const queue = await TestQueue.create();
    const named = { MessageBody: "m", [`${prefix}.Name`]: "a" };
    const text = { [`${prefix}.Value.DataType`]: "String", [`${prefix}.Value.StringValue`]: "x" };
    const bytes = {
      [`${prefix}.Value.DataType`]: "Binary",
      [`${prefix}.Value.BinaryValue`]: "AP+A/g==",
    };
    await accepted(ask(queue, "SendMessage", { ...named, ...text }));
    const ofText = await queue.receiveOne();
    expect(ofText.MessageAttributes).toEqual({ a: { DataType: "String", StringValue: "x" } });
    await accepted(ask(queue, "SendMessage", { ...named, ...bytes }));
    const ofBytes = await queue.receiveOne();
    expect(ofBytes.MessageAttributes).toEqual({
      a: { DataType: "Binary", BinaryValue: "AP+A/g==" },
    });
  });

  test.each(["MessageSystemAttribute.1", "MessageSystemAttributes.1"])(
    "%s, those of the system",
    async (prefix) => {
      const queue = await TestQueue.create();
      const form = {
        MessageBody: "m",
        [`${prefix}.Name`]: "AWSTraceHeader",
        [`${prefix}.Value.DataType`]: "String",
        [`${prefix}.Value.StringValue`]: "Root=1-5759e988-bd862e3fe1be46a994272793",
      };
      await accepted(ask(queue, "SendMessage", form));
      const { AWSTraceHeader } = objectOf(await queue.receiveOne(), "Attributes");
      expect(AWSTraceHeader).toBe("Root=1-5759e988-bd862e3fe1be46a994272793");
    },
  );

  test("their list values, of which SQS takes none [pail]", async () => {
    const queue = await TestQueue.create();
    const value = "MessageAttribute.1.Value";
    const form = {
      MessageBody: "m",
      "MessageAttribute.1.Name": "a",
      [`${value}.DataType`]: "String",
    };
    for (const list of ["StringListValue.1", "StringListValues.1", "BinaryListValue.1"]) {
      const answer = ask(queue, "SendMessage", { ...form, [`${value}.${list}`]: "AQID" });
      await refused(answer, "UnsupportedOperation");
    }
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("key and value in small letters, which SQS does not know [iss aws-sdk-php#694]", async () => {
    const queue = await TestQueue.create();
    const form = {
      MessageBody: "m",
      "MessageAttributes.1.key": "a",
      "MessageAttributes.1.value.DataType": "String",
      "MessageAttributes.1.value.StringValue": "x",
    };
    const text = "The request must contain non-empty message attribute name.";
    await refused(ask(queue, "SendMessage", form), invalidValue, text);
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test.each(["AQI", "A-_=", "*", "AQID AQID"])("bytes that are no base64: %j", async (text) => {
    const queue = await TestQueue.create();
    const value = "MessageAttribute.1.Value";
    const form = { "MessageAttribute.1.Name": "a", [`${value}.DataType`]: "Binary" };
    const answer = ask(queue, "SendMessage", {
      MessageBody: "m",
      ...form,
      [`${value}.BinaryValue`]: text,
    });
    await refused(answer, "SerializationException", /base64/);
    expect(await queue.counts()).toEqual(EMPTY);
  });
});

describe("tags are written as", () => {
  test.each(["Tag.1", "Tag.4", "Tags.1", "Tags.entry.1", "Tag"])(
    "%s [iss aws-sdk-java-v2#2524]",
    async (prefix) => {
      const queue = await TestQueue.create();
      const form = { [`${prefix}.Key`]: "a", [`${prefix}.Value`]: "b" };
      await accepted(ask(queue, "TagQueue", form));
      expect(await queue.tags()).toEqual({ a: "b" });
      const name = `${queue.name}-x`;
      const created = { Action: "CreateQueue", QueueName: name, ...form };
      const { QueueUrl } = await accepted(postForm("CreateQueue", Object.entries(created)));
      const listed = await accepted(queue.call("ListQueueTags", { QueueUrl }));
      expect(listed).toEqual({ Tags: { a: "b" } });
    },
  );

  test("a key without a value, which is empty", async () => {
    const queue = await TestQueue.create();
    await accepted(ask(queue, "TagQueue", { "Tag.1.Key": "a" }));
    expect(await queue.tags()).toEqual({ a: "" });
  });

  test.each(["TagKey.1", "TagKey", "TagKeys.1", "TagKeys.member.1"])(
    "%s, to take them away",
    async (name) => {
      const queue = await TestQueue.create();
      await accepted(queue.call("TagQueue", { Tags: { a: "1", b: "2" } }));
      await accepted(ask(queue, "UntagQueue", { [name]: "a" }));
      expect(await queue.tags()).toEqual({ b: "2" });
    },
  );
});

describe("the entries of a batch are written as", () => {
  test.each(["SendMessageBatchRequestEntry", "Entries", "Entries.member", "Entries.entry"])(
    "%s, in the order of their numbers, which may have gaps",
    async (prefix) => {
      const queue = await TestQueue.create({
        FifoQueue: "true",
        ContentBasedDeduplication: "true",
      });
      const numbers = ["10", "9", "2", "1000000"];
      const form = numbers.map((number): [string, string][] => [
        [`${prefix}.${number}.Id`, `id${number}`],
        [`${prefix}.${number}.MessageBody`, `m${number}`],
        [`${prefix}.${number}.MessageGroupId`, "g"],
      ]);
      await accepted(ask(queue, "SendMessageBatch", Object.fromEntries(form.flat())));
      expect(await queue.bodies()).toEqual(["m2", "m9", "m10", "m1000000"]);
    },
  );

  test("all three batches have them", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const handle = await queue.handleOfOne();
    for (const action of ["ChangeMessageVisibilityBatch", "DeleteMessageBatch"]) {
      const prefix = `${action}RequestEntry.1`;
      const form = { [`${prefix}.Id`]: "x", [`${prefix}.ReceiptHandle`]: handle };
      const timed = { ...form, [`${prefix}.VisibilityTimeout`]: "9" };
      expect(await accepted(ask(queue, action, timed))).toEqual({ Successful: [{ Id: "x" }] });
    }
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("one without an Id, which is refused", async () => {
    const queue = await TestQueue.create();
    const form = { "SendMessageBatchRequestEntry.1.MessageBody": "m" };
    await refused(ask(queue, "SendMessageBatch", form), "InvalidBatchEntryId");
  });

  test("none, which cannot be told from an empty list", async () => {
    const queue = await TestQueue.create();
    for (const action of [
      "SendMessageBatch",
      "DeleteMessageBatch",
      "ChangeMessageVisibilityBatch",
    ]) {
      const text = `There should be at least one ${action}RequestEntry in the request.`;
      await refused(ask(queue, action, {}), "EmptyBatchRequest", text);
    }
  });

  test("with the attributes of its messages", async () => {
    const queue = await TestQueue.create();
    const entry = "SendMessageBatchRequestEntry.1";
    const form = {
      [`${entry}.Id`]: "x",
      [`${entry}.MessageBody`]: "m",
      [`${entry}.DelaySeconds`]: "0",
      [`${entry}.MessageAttribute.1.Name`]: "a",
      [`${entry}.MessageAttribute.1.Value.DataType`]: "Number",
      [`${entry}.MessageAttribute.1.Value.StringValue`]: "1",
    };
    await accepted(ask(queue, "SendMessageBatch", form));
    const MessageAttributes = { a: { DataType: "Number", StringValue: "1" } };
    expect(await queue.receiveOne()).toMatchObject({ Body: "m", MessageAttributes });
  });
});

describe("a number is", () => {
  test.each(["0", "+0", "-0", "00"])("a text of digits, like %s", async (DelaySeconds) => {
    const queue = await TestQueue.create();
    await accepted(ask(queue, "SendMessage", { MessageBody: "m", DelaySeconds }));
    expect(await queue.bodies()).toEqual(["m"]);
  });

  test.each(["", " ", "x", "1.0", "1e1", "0x1", "99999999999", "١"])(
    "malformed as %j",
    async (DelaySeconds) => {
      const queue = await TestQueue.create();
      const text = "STRING_VALUE can not be converted to an Integer";
      const answer = ask(queue, "SendMessage", { MessageBody: "m", DelaySeconds });
      await refused(answer, "SerializationException", text);
      expect(await queue.counts()).toEqual(EMPTY);
    },
  );
});

test("names are of the case that they have, and others are ignored", async () => {
  const queue = await TestQueue.create();
  const odd = { messagebody: "x", Unknown: "x", "Deep.1.2.3": "x", ".": "x", "": "x", "a..b": "x" };
  await accepted(ask(queue, "SendMessage", { ...odd, MessageBody: "m", "MessageBody.1": "x" }));
  const message = await queue.receiveOne();
  expect(stringOf(message, "Body")).toBe("m");
});

test("a name like those of every object is a name like any other", async () => {
  const queue = await TestQueue.create();
  const form: [string, string][] = [
    ["Action", "SendMessage"],
    ["QueueUrl", queue.url],
    ["__proto__.MessageBody", "x"],
    ["constructor", "x"],
    ["MessageBody", "m"],
    ["MessageAttribute.1.Name", "__proto__"],
    ["MessageAttribute.1.Value.DataType", "String"],
    ["MessageAttribute.1.Value.StringValue", "x"],
  ];
  await accepted(postForm("SendMessage", form));
  expect(await queue.bodies()).toEqual(["m"]);
  const flawed = { "Attribute.1.Name": "__proto__", "Attribute.1.Value": "1" };
  await refused(ask(queue, "SetQueueAttributes", flawed), "InvalidAttributeName", /__proto__/);
});
