/**
 * Looking at a queue's messages without receiving them, at LocalStack's path. What is shown, in which
 * form; and that nothing changes by it, in any kind of queue.
 */
import { describe, expect, test } from "vitest";
import { type JsonObject, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { readXmlAnswer } from "./aws-query-protocol.ts";
import { controlTime, eventually, now, pass } from "./controlled-time.ts";
import { ALL_KINDS, buriedWith } from "./dead-letter-queue.ts";
import { deleteMessage, evictAll, KINDS, sendEach } from "./fifo-queue.ts";
import { encoded, fetchPath, pathOf } from "./query-requests.ts";
import { accepted, newName, refused } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const PATH = "/_aws/sqs/messages";
const ALL = { ShowInvisible: "true", ShowDelayed: "true" };
const IN_JSON = { accept: "application/json" };

function queryOf(queue: TestQueue, flags: Record<string, string> = {}): string {
  return `${PATH}?${encoded({ QueueUrl: queue.url, ...flags })}`;
}

async function peek(
  queue: TestQueue,
  flags: Record<string, string> = {},
  request: RequestInit = {},
): Promise<JsonObject[]> {
  const response = await fetchPath(queryOf(queue, flags), request);
  const answer = await accepted(readXmlAnswer("ReceiveMessage", response));
  return objectsOf(answer, "Messages");
}

async function peekBodies(queue: TestQueue, flags: Record<string, string> = {}) {
  return (await peek(queue, flags)).map(({ Body }) => Body);
}

/** The statuses that LocalStack's two attributes tell, by body. */
async function peekStatuses(queue: TestQueue): Promise<Record<string, string>> {
  const messages = await peek(queue, ALL);
  return Object.fromEntries(
    messages.map((message) => {
      const { IsVisible, IsDelayed } = objectOf(message, "Attributes");
      const status = IsDelayed === "true" ? "delayed" : "visible";
      return [stringOf(message, "Body"), IsVisible === "true" ? status : "in flight"];
    }),
  );
}

/** A group of high throughput is known to its queue a moment after it was first sent to. */
async function sendAndSee(queue: TestQueue, ...bodies: string[]): Promise<void> {
  await sendEach(queue, ...bodies);
  const isSeen = (seen: unknown[]) => bodies.every((body) => seen.includes(body));
  expect(isSeen(await eventually(() => peekBodies(queue, ALL), isSeen))).toBe(true);
}

async function metricsOf(queue: TestQueue, query = ""): Promise<JsonObject> {
  const response = await fetchPath(`/_millrace/metrics?queue=${queue.url}${query}`);
  return response.json();
}

describe("the answer to a look at a queue", () => {
  test("is that of a receive, with everything that can be asked of a message", async () => {
    const queue = await TestQueue.create();
    const MessageAttributes = { colour: { DataType: "String", StringValue: "blue" } };
    const { MessageId } = await queue.send("hello", { MessageAttributes });
    const [message, ...others] = await peek(queue);
    expect(others).toEqual([]);
    expect(message).toEqual({
      MessageId,
      ReceiptHandle: "SQS/BACKDOOR/ACCESS",
      MD5OfBody: "5d41402abc4b2a76b9719d911017c592",
      Body: "hello",
      Attributes: {
        SenderId: "000000000000",
        SentTimestamp: String(now()),
        ApproximateReceiveCount: "0",
        ApproximateFirstReceiveTimestamp: "0",
      },
      MD5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
      MessageAttributes,
    });
  });

  test("is the same by POST, and at a path that names the queue", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const expected = await peek(queue);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const form = { method: "POST", headers, body: encoded({ QueueUrl: queue.url }) };
    const names = { Action: "ReceiveMessage", Version: "2012-11-05", QueueUrl: queue.url };
    const query = { method: "POST", headers, body: encoded(names) };
    for (const [path, request] of [
      [PATH, form],
      [`${PATH}/`, form],
      [`${PATH}/`, query],
      [`${PATH}/us-east-1${pathOf(queue)}`, {}],
      [`${PATH}/us-east-1${pathOf(queue)}`, { method: "POST" }],
      [`${PATH}?Action=ReceiveMessage&MaxNumberOfMessages=0&QueueUrl=${queue.name}`, {}],
    ] as const) {
      const answer = readXmlAnswer("ReceiveMessage", await fetchPath(path, request));
      expect(objectsOf(await accepted(answer), "Messages")).toEqual(expected);
    }
  });

  test("is LocalStack's document in JSON for a client that accepts JSON", async () => {
    const queue = await TestQueue.create();
    const look = async (): Promise<JsonObject> => {
      const response = await fetchPath(queryOf(queue), { headers: IN_JSON });
      expect(response.headers.get("content-type")).toBe("application/json");
      const { ReceiveMessageResponse }: JsonObject = await response.json();
      const answer = { ReceiveMessageResponse };
      return objectOf(answer, "ReceiveMessageResponse");
    };
    expect(await look()).toEqual({
      ReceiveMessageResult: null,
      ResponseMetadata: { RequestId: expect.any(String) },
    });
    await queue.send("a");
    const { Message } = objectOf(await look(), "ReceiveMessageResult");
    expect(Message).toMatchObject({
      Body: "a",
      Attribute: expect.arrayContaining([{ Name: "ApproximateReceiveCount", Value: "0" }]),
    });
    await queue.send("b");
    const { Message: two } = objectOf(await look(), "ReceiveMessageResult");
    expect(two).toMatchObject([{ Body: "a" }, { Body: "b" }]);
  });

  test("is a ReceiveMessage's in AWS JSON to an SDK that has the path as its endpoint", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const post = (action: string) => {
      const headers = { "x-amz-target": `AmazonSQS.${action}` };
      const body = JSON.stringify({ QueueUrl: queue.url, MessageBody: "b" });
      return fetchPath(`${PATH}/`, { method: "POST", headers, body });
    };
    const answer: JsonObject = await (await post("ReceiveMessage")).json();
    expect(answer).toMatchObject({ Messages: [{ Body: "a", Attributes: {} }] });
    const refusal = await post("SendMessage");
    expect(refusal.headers.get("x-amzn-query-error")).toBe("InvalidAction;Sender");
    expect(await peekBodies(queue)).toEqual(["a"]);
  });

  test.each(["QueueUrl=no-such-queue", "QueueUrl=", "ShowDelayed=true"])(
    "for %s is SQS's for a queue that is missing",
    async (query) => {
      const answer = readXmlAnswer("ReceiveMessage", await fetchPath(`${PATH}?${query}`));
      await refused(answer, "QueueDoesNotExist");
    },
  );

  test.each(["/us-east-1/000000000000", "/us%20east/000000000000/a", "/us-east-1/0/a/b"])(
    "at the path %s is that, too",
    async (path) => {
      const answer = readXmlAnswer("ReceiveMessage", await fetchPath(PATH + path));
      await refused(answer, "QueueDoesNotExist");
    },
  );

  test("is a refusal in JSON, too, for a client that accepts JSON", async () => {
    const response = await fetchPath(`${PATH}?QueueUrl=no-such-queue`, { headers: IN_JSON });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      Error: { Code: "AWS.SimpleQueueService.NonExistentQueue" },
    });
  });

  test("to another action is a refusal, and to what is no form", async () => {
    const query = `${PATH}?Action=PurgeQueue&QueueUrl=a`;
    await refused(readXmlAnswer("", await fetchPath(query)), "UnknownOperationException");
    await refused(readXmlAnswer("", await fetchPath(`${PATH}?a=%ff`)), "SerializationException");
  });

  test("knows a queue of another region by its path", async () => {
    const QueueName = newName();
    const scope = "AWS4-HMAC-SHA256 Credential=x/21000101/eu-west-1/sqs/aws4_request";
    const headers = { "x-amz-target": "AmazonSQS.CreateQueue", authorization: scope };
    const body = JSON.stringify({ QueueName });
    await fetchPath("/", { method: "POST", headers, body });
    const path = `/000000000000/${QueueName}`;
    const there = await fetchPath(`${PATH}/eu-west-1${path}`);
    await accepted(readXmlAnswer("ReceiveMessage", there));
    const here = readXmlAnswer("ReceiveMessage", await fetchPath(`${PATH}/us-east-1${path}`));
    await refused(here, "QueueDoesNotExist");
  });
});

describe("a look at a standard queue", () => {
  test("shows what is in flight or delayed to whoever asks for it", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const handle = await queue.handleOfOne();
    await queue.send("b");
    await queue.send("c", { DelaySeconds: 60 });
    expect(await peekBodies(queue)).toEqual(["b"]);
    expect(await peekBodies(queue, { ShowInvisible: "true" })).toEqual(["a", "b"]);
    expect(await peekBodies(queue, { ShowDelayed: "True" })).toEqual(["b", "c"]);
    const statuses = { a: "in flight", b: "visible", c: "delayed" };
    expect(await peekStatuses(queue)).toEqual(statuses);
    await evictAll();
    expect(await peekStatuses(queue)).toEqual(statuses);
    pass(60);
    expect(await peekStatuses(queue)).toEqual({ a: "visible", b: "visible", c: "visible" });
    await accepted(deleteMessage(queue, handle));
    expect(await peekBodies(queue)).toEqual(["b", "c"]);
  });

  test("tells how often a message was received, and when first", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const firstAt = now();
    await queue.receive({ VisibilityTimeout: 0 });
    pass(5);
    await queue.receive({ VisibilityTimeout: 0 });
    const [message] = await peek(queue);
    expect(message?.Attributes).toMatchObject({
      ApproximateReceiveCount: "2",
      ApproximateFirstReceiveTimestamp: String(firstAt),
    });
  });

  test("shows nothing whose retention is over, before anything has dropped it", async () => {
    const queue = await TestQueue.create({ MessageRetentionPeriod: "60" });
    await queue.send("a");
    pass(30);
    await queue.send("b");
    pass(30);
    expect(await peekBodies(queue)).toEqual(["b"]);
  });
});

describe.each(KINDS)("a look at $kind", ({ attributes }) => {
  test("shows its groups one after the other, each in its order", async () => {
    const queue = await TestQueue.create(attributes);
    await sendAndSee(queue, "g2-m1", "g1-m1", "g2-m2", "g1-m2");
    const messages = await peek(queue);
    expect(messages.map(({ Body }) => Body)).toEqual(["g1-m1", "g1-m2", "g2-m1", "g2-m2"]);
    expect(messages[0]?.Attributes).toMatchObject({
      MessageGroupId: "g1",
      SentTimestamp: String(now()),
      SequenceNumber: expect.stringMatching(/^\d{20}$/),
    });
  });

  test("shows what is behind a message in flight as what the counters count it as", async () => {
    const queue = await TestQueue.create(attributes);
    await sendAndSee(queue, "g1-m1", "g1-m2", "g2-m1");
    await queue.receive({ MaxNumberOfMessages: 1 });
    expect(await peekBodies(queue)).toEqual(["g1-m2", "g2-m1"]);
    await evictAll();
    expect(await peekBodies(queue, ALL)).toEqual(["g1-m1", "g1-m2", "g2-m1"]);
  });

  test("shows what the queue's delay holds back to whoever asks for it", async () => {
    const queue = await TestQueue.create({ ...attributes, DelaySeconds: "30" });
    await sendAndSee(queue, "g1-m1");
    expect(await peekBodies(queue)).toEqual([]);
    expect(await peekStatuses(queue)).toEqual({ "g1-m1": "delayed" });
    pass(30);
    expect(await peekStatuses(queue)).toEqual({ "g1-m1": "visible" });
  });

  test("shows nothing that a purge took or whose retention is over", async () => {
    const queue = await TestQueue.create({ ...attributes, MessageRetentionPeriod: "60" });
    await sendAndSee(queue, "g1-m1", "g2-m1");
    pass(60);
    expect(await peekBodies(queue, ALL)).toEqual([]);
    await sendAndSee(queue, "g1-m2", "g2-m2");
    await accepted(queue.call("PurgeQueue"));
    expect(await peekBodies(queue, ALL)).toEqual([]);
  });
});

describe.each(ALL_KINDS)("a look at $kind that has dead letters", ({ attributes }) => {
  test("tells of their lives in the queue that they came from", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1");
    expect(await peek(source, ALL)).toEqual([]);
    const [message] = await peek(dead);
    const [received] = [await dead.receiveOne({ VisibilityTimeout: 0 })];
    const { ApproximateReceiveCount: count, ...others } = objectOf(received, "Attributes");
    expect(count).toBe("2");
    expect(message?.Attributes).toEqual({ ...others, ApproximateReceiveCount: "1" });
    expect(message?.Attributes).toMatchObject({ DeadLetterQueueSourceArn: source.arn });
  });
});

describe.each(ALL_KINDS)("nothing in $kind changes by a look", ({ attributes }) => {
  /** One message of each status, and one that was received before. */
  async function mixed(): Promise<TestQueue> {
    const queue = await TestQueue.create({ ...attributes, MessageRetentionPeriod: "3600" });
    await sendAndSee(queue, "g1-m1", "g2-m1", "g3-m1");
    await queue.receive({ MaxNumberOfMessages: 1, VisibilityTimeout: 0 });
    await queue.receive({ MaxNumberOfMessages: 1, VisibilityTimeout: 20 });
    if (attributes === ALL_KINDS[0]?.attributes) await queue.send("late", { DelaySeconds: 10 });
    return queue;
  }

  test.each([false, true])("on disk or in its counters (evicted before: %s)", async (isEvicted) => {
    const queue = await mixed();
    const counts = await queue.counts();
    if (isEvicted) await evictAll();
    const groups = ["g1", "g2", "g3"].map((group) => `&group=${group}`);
    const queries = queue.name.endsWith(".fifo") ? ["", ...groups] : [""];
    const metrics = () => Promise.all(queries.map((query) => metricsOf(queue, query)));
    await metrics();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const before = await metrics();
    const shown = await peek(queue, ALL);
    for (let looks = 0; looks < 3; looks++) expect(await peek(queue, ALL)).toEqual(shown);
    const changed = (all: JsonObject[]) => {
      return all.map(({ rowsWritten, commits, alarmsSet }) => {
        return { rowsWritten, commits, alarmsSet };
      });
    };
    expect(changed(await metrics())).toEqual(changed(before));
    expect(await queue.counts()).toEqual(counts);
  });

  test("for its receivers: order, visibility and counts are as without one", async () => {
    const courses = await Promise.all([courseOf(false), courseOf(true)]);
    expect(courses[1]).toEqual(courses[0]);
  });

  /** What receivers get of such a queue, step by step. */
  async function courseOf(isLookedAt: boolean): Promise<unknown[]> {
    const queue = await mixed();
    const course: unknown[] = [];
    for (let step = 0; step < 6; step++) {
      if (isLookedAt) await peek(queue, step % 2 === 0 ? ALL : {});
      const input = { MaxNumberOfMessages: 1, MessageSystemAttributeNames: ["All"] };
      for (const { Body, Attributes = {} } of await queue.receive(input)) {
        const { ApproximateReceiveCount } = objectOf({ Attributes }, "Attributes");
        course.push([step, Body, ApproximateReceiveCount]);
      }
      if (isLookedAt) await peek(queue, ALL);
      course.push(await queue.counts());
    }
    return course;
  }
});
