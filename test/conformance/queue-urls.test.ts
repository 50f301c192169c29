/** Queue URLs: the form in which they are given out, and every form in which they are taken. */
import { describe, expect, test } from "vitest";
import { accepted, call, IN_JSON, newName, noQueue, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

describe("a queue's URL", () => {
  test.each(["http://localhost:9324", "https://sqs.us-east-1.example.com", "http://127.0.0.1"])(
    "repeats the endpoint %s as the client used it [pail, ecosystem]",
    async (endpoint) => {
      const QueueName = newName();
      const url = `${endpoint}/000000000000/${QueueName}`;
      const created = await accepted(call("CreateQueue", { QueueName }, { endpoint }));
      expect(created).toEqual({ QueueUrl: url });
      const found = await accepted(call("GetQueueUrl", { QueueName }, { endpoint }));
      expect(found).toEqual({ QueueUrl: url });
      const listed = await accepted(
        call("ListQueues", { QueueNamePrefix: QueueName }, { endpoint }),
      );
      expect(listed).toEqual({ QueueUrls: [url] });
    },
  );

  test.each([
    (name: string) => name,
    (name: string) => `/000000000000/${name}`,
    (name: string) => `000000000000/${name}`,
    (name: string) => `https://sqs.us-east-1.amazonaws.com/000000000000/${name}`,
    (name: string) => `https://eu-west-1.queue.amazonaws.com/000000000000/${name}`,
    (name: string) => `https://queue.amazonaws.com/000000000000/${name}`,
    (name: string) => `http://other:1/000000000000/${name}`,
    (name: string) => `http://other:1/queue/000000000000/${name}`,
    (name: string) => `http://other:1/000000000000/${name}/`,
  ])("is taken in the form of case %# [ls, moto-aws]", async (form) => {
    const queue = await TestQueue.create();
    await accepted(call("SendMessage", { QueueUrl: form(queue.name), MessageBody: "a" }));
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test.each([
    undefined,
    null,
    "",
    "/",
    "http://whatever-incorrect-queue-address",
    "http://sqs.test:9324/",
    "http://sqs.test:9324/000000000000",
    "http://sqs.test:9324/account/queue",
    "http://sqs.test:9324/000000000000/no-such-queue",
    "no such queue",
    "x".repeat(100_000),
    "\ud800",
    "../../../etc/passwd",
    "hasOwnProperty",
  ])("that cannot be one is that of no queue: case %# [pail, moto-aws]", async (QueueUrl) => {
    const text = "The specified queue does not exist.";
    await refused(call("SendMessage", { QueueUrl, MessageBody: "a" }), noQueue, text);
    await refused(call("ReceiveMessage", { QueueUrl }), noQueue, text);
  });

  test("of another account leads to that account's queue alone", async () => {
    const queue = await TestQueue.create();
    const QueueUrl = queue.url.replace("000000000000", "000000000001");
    await refused(queue.call("SendMessage", { QueueUrl, MessageBody: "a" }), noQueue);
  });
});

describe.each([
  "SendMessage",
  "SendMessageBatch",
  "ReceiveMessage",
  "DeleteMessage",
  "DeleteMessageBatch",
  "ChangeMessageVisibility",
  "ChangeMessageVisibilityBatch",
  "GetQueueAttributes",
  "SetQueueAttributes",
  "ListQueueTags",
  "TagQueue",
  "UntagQueue",
  "PurgeQueue",
  "DeleteQueue",
])("%s", (action) => {
  test.each([{}, { QueueUrl: "" }, { QueueUrl: newName() }])(
    "finds no queue at %j, whatever else is missing [pail]",
    async (input) => {
      await refused(call(action, input), noQueue, "The specified queue does not exist.");
    },
  );
});

describe("a request at the path of a queue", () => {
  test("is for that queue where it names none [ls]", async () => {
    const queue = await TestQueue.create();
    const path = new URL(queue.url).pathname;
    await accepted(call("SendMessage", { MessageBody: "a" }, { path }));
    await accepted(call("SendMessage", { MessageBody: "b" }, { path: `${path}/?x=1` }));
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 2 });
  });

  test("is for the queue that it names, if it names one [ls]", async () => {
    const queue = await TestQueue.create();
    const other = await TestQueue.create();
    const path = new URL(queue.url).pathname;
    await accepted(other.callWith("SendMessage", { MessageBody: "a" }, { path }));
    expect(await queue.counts()).toEqual(EMPTY);
    expect(await other.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test("can ask for another queue's URL [ls]", async () => {
    const queue = await TestQueue.create();
    const other = await TestQueue.create();
    const path = new URL(queue.url).pathname;
    const answer = await accepted(call("GetQueueUrl", { QueueName: other.name }, { path }));
    expect(answer).toEqual({ QueueUrl: other.url });
  });

  test.runIf(IN_JSON)("may be about no queue at all: the target says what it is", async () => {
    const queue = await TestQueue.create();
    const path = new URL(queue.url).pathname;
    const QueueName = newName();
    await accepted(call("CreateQueue", { QueueName }, { path }));
    const listed = await accepted(call("ListQueues", { QueueNamePrefix: QueueName }, { path }));
    expect(listed).toEqual({ QueueUrls: [queue.url.replace(queue.name, QueueName)] });
  });

  test("that does not exist is refused", async () => {
    const path = `/000000000000/${newName()}`;
    await refused(call("SendMessage", { MessageBody: "a" }, { path }), noQueue);
  });
});

test.each(["/", "/anything", "/a/b/c/d", "/health", "/000000000000/", "/%00", "//"])(
  "a request is understood at the path %s [ecosystem]",
  async (path) => {
    const queue = await TestQueue.create();
    await accepted(queue.callWith("SendMessage", { MessageBody: "a" }, { path }));
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  },
);
