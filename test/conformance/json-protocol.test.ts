/** AWS JSON 1.0 itself: which requests are understood, and the envelope of every answer. */
import { exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { postText, readAnswer } from "./aws-json-protocol.ts";
import { accepted, acceptedSilently, call, newName, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

describe("an answer", () => {
  test("has an id of its own", async () => {
    const ids = [await call("ListQueues"), await call("ListQueues")].map(({ headers }) =>
      headers.get("x-amzn-requestid"),
    );
    expect(new Set(ids).size).toBe(2);
  });

  test("says what time it is, as clients whose clock is wrong want to know", async () => {
    const { headers } = await call("ListQueues");
    expect(headers.get("date")).toMatch(/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} [\d:]{8} GMT$/);
  });

  test("of a void action has no body, not even an empty object [pail]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const ReceiptHandle = await queue.handleOfOne();
    const handle = { ReceiptHandle };
    await acceptedSilently(
      queue.call("ChangeMessageVisibility", { ...handle, VisibilityTimeout: 9 }),
    );
    await acceptedSilently(queue.call("DeleteMessage", handle));
    const Attributes = { DelaySeconds: "1" };
    await acceptedSilently(queue.call("SetQueueAttributes", { Attributes }));
    await acceptedSilently(queue.call("TagQueue", { Tags: { a: "b" } }));
    await acceptedSilently(queue.call("UntagQueue", { TagKeys: ["a"] }));
    await acceptedSilently(queue.call("PurgeQueue"));
    await acceptedSilently(queue.call("DeleteQueue"));
  });

  test("to an error is its type and its message alone [pail, snap]", async () => {
    const { status, headers, body } = await call("GetQueueUrl", { QueueName: newName() });
    expect(status).toBe(400);
    expect(headers.get("x-amzn-query-error")).toBe(
      "AWS.SimpleQueueService.NonExistentQueue;Sender",
    );
    expect(body).toEqual({
      __type: "com.amazonaws.sqs#QueueDoesNotExist",
      message: "The specified queue does not exist.",
    });
  });

  test("does not depend on x-amzn-query-mode [pail]", async () => {
    const input = { QueueName: newName() };
    const plain = await call("GetQueueUrl", input);
    const hinted = await call("GetQueueUrl", input, { headers: { "x-amzn-query-mode": "true" } });
    expect(hinted.text).toBe(plain.text);
    expect(hinted.status).toBe(plain.status);
    const garbage = { QueueUrl: (await TestQueue.create()).url, ReceiptHandle: "garbage" };
    const headers = { "x-amzn-query-mode": "true" };
    expect((await call("DeleteMessage", garbage, { headers })).status).toBe(404);
  });
});

describe("a request", () => {
  test("may hold members that nobody knows; they are ignored", async () => {
    const queue = await TestQueue.create();
    const deep = "[".repeat(10_000) + "]".repeat(10_000);
    const text = `{"QueueUrl":"${queue.url}","MessageBody":"a","Unknown":${deep},"messagebody":1}`;
    await accepted(postText("SendMessage", text));
    expect(await queue.bodies()).toEqual(["a"]);
  });

  test("may hold null for every optional member", async () => {
    const queue = await TestQueue.create();
    const input = {
      DelaySeconds: null,
      MessageAttributes: null,
      MessageSystemAttributes: null,
      MessageGroupId: null,
      MessageDeduplicationId: null,
    };
    await queue.send("a", input);
    const order = { VisibilityTimeout: null, MessageAttributeNames: null, AttributeNames: null };
    expect(await queue.receive(order)).toHaveLength(1);
  });

  test("may have no body where no member is needed", async () => {
    await accepted(postText("ListQueues", ""));
  });

  test.each(["application/json", "application/x-amz-json-1.1", "text/plain"])(
    "is known by its target, also as %s [ecosystem]",
    async (contentType) => {
      const headers = { "content-type": contentType };
      await accepted(call("ListQueues", {}, { headers }));
    },
  );

  test("may begin with a byte order mark and hold any white space", async () => {
    const queue = await TestQueue.create();
    const text = `\ufeff \r\n\t{ "QueueUrl" : "${queue.url}" , "MessageBody" : "a" } \n`;
    await accepted(postText("SendMessage", text));
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])(
    "by %s does not act: whoever is on the way may repeat it",
    async (method) => {
      const queue = await TestQueue.create();
      const query = `?QueueUrl=${encodeURIComponent(queue.url)}`;
      const headers = { "x-amz-target": "AmazonSQS.DeleteQueue" };
      const path = new URL(queue.url).pathname;
      const response = await exports.default.fetch(`http://sqs.test${path}${query}`, {
        method,
        headers,
      });
      expect(response.status).toBe(404);
      await response.text();
      expect(await queue.counts()).toEqual(EMPTY);
    },
  );

  test.each(["1e400", "12345678901234567890"])(
    "with %s where a text is expected is refused: its text would be another one",
    async (number) => {
      const queue = await TestQueue.create();
      const text = `{"QueueUrl":"${queue.url}","MessageBody":${number}}`;
      const { status, body } = await postText("SendMessage", text);
      expect(status).toBe(400);
      expect(body).toMatchObject({ __type: "com.amazon.coral.service#SerializationException" });
      expect(await queue.counts()).toEqual(EMPTY);
    },
  );

  test("of more than any message can need is read to its end and refused, as too large", async () => {
    const response = await exports.default.fetch("http://sqs.test/", {
      method: "POST",
      headers: { "x-amz-target": "AmazonSQS.SendMessage" },
      body: new Uint8Array(9 * 1024 * 1024),
    });
    expect(response.status).toBe(413);
    await response.text();
  });
});

describe("an unknown action is refused", () => {
  test.each([
    ["AmazonSQS.FooBar", "FooBar"],
    ["AmazonSQS.sendMessage", "sendMessage"],
    ["AmazonSQS.constructor", "constructor"],
    ["AmazonSQS.__proto__", "__proto__"],
    ["AmazonSQS.", ""],
    ["", ""],
    ["SendMessage", "SendMessage"],
    ["AmazonSNS.SendMessage", "SendMessage"],
    ["DynamoDB_20120810.PutItem", "PutItem"],
  ])("for the target %j [pail]", async (target, action) => {
    const headers = { "x-amz-target": target };
    const text = `The action ${action} is not valid for this endpoint.`;
    await refused(call("", {}, { headers }), "UnknownOperationException", text);
  });

  test("before its body is looked at", async () => {
    await refused(postText("FooBar", "x"), "UnknownOperationException");
  });

  test("of a very long name without repeating all of it", async () => {
    const { error, text } = await call("x".repeat(10_000));
    expect(error?.shape).toBe("UnknownOperationException");
    expect(text.length).toBeLessThan(1_000);
  });

  test("when it comes without a target", async () => {
    const headers = { "content-type": "application/x-amz-json-1.0" };
    const request = { method: "POST", headers, body: "{}" };
    const { error } = await readAnswer(await exports.default.fetch("http://sqs.test/", request));
    expect(error?.shape).toBe("UnknownOperationException");
  });
});

test("an error echoes what was sent, but not without a bound", async () => {
  const queue = await TestQueue.create();
  const long = "x".repeat(1_000_000);
  const answers = [
    await queue.call("DeleteMessage", { ReceiptHandle: long }),
    await queue.call("SendMessage", { MessageBody: "a", MessageGroupId: long }),
    await queue.call("SendMessage", { MessageBody: "a", MessageAttributes: { [long]: {} } }),
    await queue.call("GetQueueAttributes", { AttributeNames: [long] }),
    await queue.call("SetQueueAttributes", { Attributes: { [long]: "" } }),
    await queue.call("SetQueueAttributes", { Attributes: { RedrivePolicy: `{"a":"${long}"}` } }),
    await call("CreateQueue", { QueueName: long }),
  ];
  for (const { error, text } of answers) {
    expect(error).toBeDefined();
    expect(text.length).toBeLessThan(8_192);
  }
});
