/** Answers of the old Query protocol: documents and what is escaped in them, and their form in JSON. */
import { describe, expect, test } from "vitest";
import { stringOf } from "../support/json-value.ts";
import { readXmlAnswer } from "./aws-query-protocol.ts";
import { encoded, type Form, fetchPath, get, pathOf } from "./query-requests.ts";
import { accepted, acceptedSilently, call, newName, refused } from "./sqs-client.ts";
import { ENDPOINT } from "./sqs-protocol.ts";
import { TestQueue } from "./test-queue.ts";

describe("an answer", () => {
  test("is a document in the envelope of its action", async () => {
    const QueueName = newName();
    const { headers, text } = await call("CreateQueue", { QueueName });
    expect(text).toBe(
      '<?xml version="1.0"?><CreateQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">' +
        `<CreateQueueResult><QueueUrl>${ENDPOINT}/000000000000/${QueueName}</QueueUrl></CreateQueueResult>` +
        `<ResponseMetadata><RequestId>${headers.get("x-amzn-requestid")}</RequestId></ResponseMetadata>` +
        "</CreateQueueResponse>",
    );
  });

  test("has an id of its own and says what time it is", async () => {
    const answers = [await call("ListQueues"), await call("ListQueues")];
    const ids = answers.map(({ headers }) => headers.get("x-amzn-requestid"));
    expect(new Set(ids).size).toBe(2);
    expect(answers[0]?.headers.get("date")).toMatch(/ GMT$/);
  });

  test("of a void action has no result at all", async () => {
    const queue = await TestQueue.create();
    const { headers, text } = await queue.call("PurgeQueue");
    expect(text).toBe(
      '<?xml version="1.0"?><PurgeQueueResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">' +
        `<ResponseMetadata><RequestId>${headers.get("x-amzn-requestid")}</RequestId></ResponseMetadata>` +
        "</PurgeQueueResponse>",
    );
    await acceptedSilently(queue.call("SetQueueAttributes", { Attributes: { DelaySeconds: "1" } }));
    await acceptedSilently(queue.call("DeleteQueue"));
  });

  test("of a receive that brings nothing has an empty result", async () => {
    const queue = await TestQueue.create();
    const { text } = await queue.call("ReceiveMessage");
    expect(text).toContain("<ReceiveMessageResult/><ResponseMetadata>");
  });

  test("holds a message with its attributes, each in an element", async () => {
    const queue = await TestQueue.create();
    const MessageAttributes = {
      text: { DataType: "String", StringValue: "x" },
      bytes: { DataType: "Binary", BinaryValue: "AQID" },
    };
    const { MessageId } = await queue.send("m", { MessageAttributes, MessageGroupId: "g" });
    const { body, text } = await queue.call("ReceiveMessage", {
      AttributeNames: ["MessageGroupId", "ApproximateReceiveCount"],
      MessageAttributeNames: ["All"],
    });
    const handle = /<ReceiptHandle>(.*?)<\/ReceiptHandle>/.exec(text)?.[1];
    const digest = /<MD5OfMessageAttributes>(.*?)<\/MD5OfMessageAttributes>/.exec(text)?.[1];
    const elements = [
      `<MessageId>${String(MessageId)}</MessageId>`,
      `<ReceiptHandle>${handle}</ReceiptHandle>`,
      "<MD5OfBody>6f8f57715090da2632453988d9a1501b</MD5OfBody>",
      "<Body>m</Body>",
      "<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>",
      "<Attribute><Name>MessageGroupId</Name><Value>g</Value></Attribute>",
      `<MD5OfMessageAttributes>${digest}</MD5OfMessageAttributes>`,
      "<MessageAttribute><Name>bytes</Name><Value><DataType>Binary</DataType><BinaryValue>AQID</BinaryValue></Value></MessageAttribute>",
      "<MessageAttribute><Name>text</Name><Value><DataType>String</DataType><StringValue>x</StringValue></Value></MessageAttribute>",
    ];
    for (const element of elements) expect(text).toContain(element);
    const message = /<Message>(.*)<\/Message>/.exec(text)?.[1] ?? "";
    expect(message.length).toBe(elements.join("").length);
    expect(body).toMatchObject({ Messages: [{ MessageAttributes }] });
  });

  test.each([
    ['"', "&quot;"],
    ["&", "&amp;"],
    ["<", "&lt;"],
    [">", "&gt;"],
    ["\r", "&#xD;"],
    ["\r\n", "&#xD;\n"],
    ["]]>", "]]&gt;"],
    ["<![CDATA[x]]>", "&lt;![CDATA[x]]&gt;"],
    ["&amp;&#13;&#xD;", "&amp;amp;&amp;#13;&amp;#xD;"],
    ["'", "'"],
    ["\t \n", "\t \n"],
    ["\u007f\u0085\u2028\ufeff\ufffd\ud7ff\ue000", "\u007f\u0085\u2028\ufeff\ufffd\ud7ff\ue000"],
    ["\u{1F600}\u{10FFFF}", "\u{1F600}\u{10FFFF}"],
  ])("holds the text %j so that it survives [ls]", async (body, escaped) => {
    const queue = await TestQueue.create();
    const value = { DataType: "String", StringValue: body };
    await queue.send(body, { MessageAttributes: { a: value } });
    const input = { MessageAttributeNames: ["All"] };
    const answer = await queue.call("ReceiveMessage", input);
    expect(answer.text).toContain(`<Body>${escaped}</Body>`);
    expect(answer.text).toContain(`<StringValue>${escaped}</StringValue>`);
    expect(answer.body).toMatchObject({
      Messages: [{ Body: body, MessageAttributes: { a: value } }],
    });
  });

  test.each(["\u0000", "\u0001", "\u001f", "\ufffe", "\uffff"])(
    "that echoes the character %j is a document all the same",
    async (character) => {
      const queue = await TestQueue.create();
      const { error } = await queue.call("DeleteMessage", { ReceiptHandle: `x${character}<&>` });
      const text = 'The input receipt handle "x\ufffd<&>" is not a valid receipt handle.';
      expect(error).toEqual({ shape: "ReceiptHandleIsInvalid", message: text });
    },
  );
});

describe("an error", () => {
  test("is a document with its type, code, text and an empty detail [snap, iss aws-sdk-php#694]", async () => {
    const { status, headers, text } = await call("GetQueueUrl", { QueueName: newName() });
    expect(status).toBe(400);
    expect(text).toBe(
      '<?xml version="1.0"?><ErrorResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">' +
        "<Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>" +
        "<Message>The specified queue does not exist for this wsdl version.</Message><Detail/></Error>" +
        `<RequestId>${headers.get("x-amzn-requestid")}</RequestId></ErrorResponse>`,
    );
    expect(headers.get("x-amzn-query-error")).toBeNull();
  });

  test("has the status of its kind [model]", async () => {
    const queue = await TestQueue.create();
    expect((await queue.call("DeleteMessage", { ReceiptHandle: "x" })).status).toBe(404);
    await accepted(queue.call("PurgeQueue"));
    expect((await queue.call("PurgeQueue")).status).toBe(403);
  });

  test("says which parameter is missing [ls]", async () => {
    const queue = await TestQueue.create();
    const text = "The request must contain the parameter MessageBody.";
    const answer = get("SendMessage", {}, pathOf(queue));
    await refused(answer, "MissingRequiredParameterException", text);
  });
});

describe("to a client that accepts JSON alone, an answer [ls]", () => {
  async function getJson(form: Form, accept = "application/json") {
    const response = await fetchPath(`/?${encoded(form)}`, { headers: { accept } });
    const { status, headers } = response;
    expect(headers.get("content-type")).toBe("application/json");
    const json: unknown = await response.json();
    return { status, json, RequestId: headers.get("x-amzn-requestid") };
  }

  test("has the form of the document", async () => {
    const queue = await TestQueue.create();
    const form = { QueueUrl: queue.url };
    const attributes = { Action: "GetQueueAttributes", AttributeName: "DelaySeconds", ...form };
    const { status, json, RequestId } = await getJson(attributes);
    expect(status).toBe(200);
    expect(json).toEqual({
      GetQueueAttributesResponse: {
        GetQueueAttributesResult: { Attributes: [{ Name: "DelaySeconds", Value: "0" }] },
        ResponseMetadata: { RequestId },
      },
    });
  });

  test("of a void action holds its id alone", async () => {
    const queue = await TestQueue.create();
    const { json, RequestId } = await getJson({ Action: "PurgeQueue", QueueUrl: queue.url });
    expect(json).toEqual({ PurgeQueueResponse: { ResponseMetadata: { RequestId } } });
  });

  test("names messages and URLs with a small letter, and null where there are none", async () => {
    const queue = await TestQueue.create();
    const receive = { Action: "ReceiveMessage", QueueUrl: queue.url };
    const list = { Action: "ListQueues", QueueNamePrefix: queue.name };
    await queue.send("a");
    expect((await getJson(receive)).json).toMatchObject({
      ReceiveMessageResponse: { ReceiveMessageResult: { messages: [{ Body: "a" }] } },
    });
    expect((await getJson(receive)).json).toMatchObject({
      ReceiveMessageResponse: { ReceiveMessageResult: { messages: null } },
    });
    expect((await getJson(list)).json).toMatchObject({
      ListQueuesResponse: { ListQueuesResult: { queueUrls: [queue.url], NextToken: null } },
    });
  });

  test("to an error is the error and its id", async () => {
    const form = { Action: "GetQueueUrl", QueueName: newName() };
    const { status, json, RequestId } = await getJson(form);
    expect(status).toBe(400);
    expect(json).toEqual({
      Error: {
        Type: "Sender",
        Code: "AWS.SimpleQueueService.NonExistentQueue",
        Message: "The specified queue does not exist for this wsdl version.",
        Detail: null,
      },
      RequestId,
    });
  });

  test.each(["*/*", "text/xml", "application/xml, application/json", "text/html"])(
    "is a document where %s is accepted",
    async (accept) => {
      const response = await fetchPath("/?Action=ListQueues", { headers: { accept } });
      expect(await accepted(readXmlAnswer("ListQueues", response))).toBeTypeOf("object");
    },
  );
});

test("every message that can be sent comes back as it was, through either end", async () => {
  const queue = await TestQueue.create();
  const body = Array.from({ length: 0x500 }, (_, code) => String.fromCharCode(code + 0x20)).join(
    "",
  );
  await queue.send(body);
  expect(stringOf(await queue.receiveOne(), "Body")).toBe(body);
});
