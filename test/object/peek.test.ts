/**
 * Looking at messages without receiving them, in objects: how much one look shows, what is on its way to
 * another queue, a message group that cannot be asked, and who may look or reset at all.
 */
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { app } from "../../src/app.ts";
import { MessageGroup } from "../../src/objects/message-group.ts";
import { Queue } from "../../src/objects/queue.ts";
import { type JsonObject, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { PolledQueue } from "./polled-queue.ts";

const BY_CONTENT = { FifoQueue: "true", ContentBasedDeduplication: "true" };
const KINDS: readonly { kind: string; attributes: Record<string, string> }[] = [
  { kind: "a standard queue", attributes: {} },
  { kind: "a FIFO queue", attributes: BY_CONTENT },
  {
    kind: "a FIFO queue of high throughput",
    attributes: { ...BY_CONTENT, DeduplicationScope: "messageGroup" },
  },
];
const PATH = "/_aws/sqs/messages";

const queues: PolledQueue[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const queue of queues.splice(0)) await queue.end();
});

async function create(attributes: Record<string, string>): Promise<PolledQueue> {
  const queue = await PolledQueue.create(attributes);
  queues.push(queue);
  return queue;
}

function fetchPeek(queue: PolledQueue, flags = ""): Promise<Response> {
  return exports.default.fetch(`http://localhost${PATH}?${flags}`, {
    method: "POST",
    headers: { "x-amz-target": "AmazonSQS.ReceiveMessage" },
    body: JSON.stringify({ QueueUrl: queue.url }),
  });
}

async function peek(queue: PolledQueue, flags = ""): Promise<JsonObject[]> {
  const answer: JsonObject = await (await fetchPeek(queue, flags)).json();
  return objectsOf(answer, "Messages");
}

function bodiesOf(messages: readonly JsonObject[]): string[] {
  return messages.map((message) => stringOf(message, "Body"));
}

/** Messages in three groups, ten to a request. */
async function fill(queue: PolledQueue, bodies: readonly string[]): Promise<void> {
  const isFifo = queue.name.endsWith(".fifo");
  for (let from = 0; from < bodies.length; from += 10) {
    const Entries = bodies.slice(from, from + 10).map((MessageBody, index) => {
      const MessageGroupId = `g${index % 3}`;
      return { Id: String(index), MessageBody, ...(isFifo ? { MessageGroupId } : {}) };
    });
    await queue.must("SendMessageBatch", { Entries });
  }
}

describe.each(KINDS)("a look at $kind", ({ attributes }) => {
  test("shows 1,000 messages at most, the oldest first", async () => {
    const queue = await create(attributes);
    const bodies = Array.from({ length: 1_020 }, (_, number) => String(number).padStart(4, "0"));
    await fill(queue, bodies);
    const shown = bodiesOf(await peek(queue));
    expect(shown).toHaveLength(1_000);
    if (!queue.name.endsWith(".fifo")) return expect(shown).toEqual(bodies.slice(0, 1_000));
    const group = (body: string) => Number(body.slice(-1)) % 3;
    const byGroup = [0, 1, 2].flatMap((id) => bodies.filter((body) => group(body) === id));
    expect(shown).toEqual(byGroup.slice(0, 1_000));
  });

  test("shows a few MiB at most, and a whole message at least", async () => {
    const queue = await create(attributes);
    for (let number = 0; number < 6; number++) await fill(queue, [`${number}`.repeat(1_000_000)]);
    expect(await peek(queue)).toHaveLength(4);
  });

  test("shows what is on its way to another queue with what is invisible", async () => {
    const dead = await create(attributes);
    const deadLetterTargetArn = `arn:aws:sqs:us-east-1:000000000000:${dead.name}`;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    const source = await create({ ...attributes, RedrivePolicy });
    await fill(source, ["a"]);
    await expect.poll(() => source.receive({ VisibilityTimeout: 0 })).toMatchObject({ body: "a" });
    const away = new Error("the target cannot be reached");
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    vi.spyOn(Queue.prototype, "acceptTransfer").mockRejectedValue(away);
    vi.spyOn(MessageGroup.prototype, "acceptGroupTransfer").mockRejectedValue(away);
    expect(await source.receive()).toBeUndefined();
    expect(await peek(source)).toEqual([]);
    const [moving] = await peek(source, "ShowInvisible=1");
    expect(moving?.Attributes).toMatchObject({ ApproximateReceiveCount: "1", IsVisible: "false" });
    expect(await peek(dead, "ShowInvisible=1&ShowDelayed=1")).toEqual([]);
    vi.restoreAllMocks();
    await source.evict();
    await expect.poll(async () => bodiesOf(await peek(dead))).toEqual(["a"]);
    expect(await peek(source, "ShowInvisible=1")).toEqual([]);
  });
});

describe("a look at a FIFO queue", () => {
  test("is to be repeated when a message group cannot be asked", async () => {
    const queue = await create(BY_CONTENT);
    await fill(queue, ["a", "b"]);
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    vi.spyOn(MessageGroup.prototype, "peek").mockRejectedValueOnce(new Error("away"));
    expect((await fetchPeek(queue)).status).toBe(503);
    expect(bodiesOf(await peek(queue))).toEqual(["a", "b"]);
  });
});

describe("a reset", () => {
  const account = "300000000001";
  const call = (region: string, path: string, request: RequestInit = {}) => {
    const credential = `Credential=${account}/21000101/${region}/sqs/aws4_request`;
    const headers = { ...request.headers, authorization: `AWS4-HMAC-SHA256 ${credential}` };
    return exports.default.fetch(`http://localhost${path}`, { ...request, headers });
  };
  const sqs = async (region: string, action: string, input: object): Promise<JsonObject> => {
    const headers = { "x-amz-target": `AmazonSQS.${action}` };
    const request = { method: "POST", headers, body: JSON.stringify(input) };
    const text = await (await call(region, "/", request)).text();
    return objectOf({ answer: text === "" ? {} : JSON.parse(text) }, "answer");
  };
  const reset = async (region: string): Promise<unknown> => {
    const response = await call(region, "/_millrace/reset", { method: "POST" });
    expect(response.status).toBe(200);
    return response.json();
  };

  test("deletes all queues of the account and region, whose names are free at once", async () => {
    const names = Array.from({ length: 40 }, (_, number) => `reset-${number}`);
    for (const QueueName of names) await sqs("us-east-1", "CreateQueue", { QueueName });
    const fifo = { QueueName: "reset.fifo", Attributes: BY_CONTENT };
    await sqs("us-east-1", "CreateQueue", fifo);
    const message = { QueueUrl: "reset.fifo", MessageGroupId: "g1", MessageBody: "a" };
    await sqs("us-east-1", "SendMessage", message);
    await sqs("eu-west-1", "CreateQueue", { QueueName: "elsewhere" });
    expect(await reset("us-east-1")).toEqual({ deletedQueues: 41 });
    expect(await sqs("us-east-1", "ListQueues", {})).toEqual({});
    expect(await reset("us-east-1")).toEqual({ deletedQueues: 0 });
    expect(await sqs("eu-west-1", "ListQueues", {})).toHaveProperty("QueueUrls");
    expect(await sqs("us-east-1", "CreateQueue", fifo)).toHaveProperty("QueueUrl");
    expect(await sqs("us-east-1", "ReceiveMessage", { QueueUrl: "reset.fifo" })).toEqual({});
    expect(await sqs("us-east-1", "SendMessage", message)).toHaveProperty("SequenceNumber");
    await Promise.all([reset("us-east-1"), reset("eu-west-1")]);
  });

  test("is nothing that a GET does", async () => {
    await sqs("us-east-2", "CreateQueue", { QueueName: "stays" });
    expect((await call("us-east-2", "/_millrace/reset")).status).toBe(404);
    expect(await reset("us-east-2")).toEqual({ deletedQueues: 1 });
  });
});

describe("where access is not open", () => {
  test.each([
    ["GET", `${PATH}?QueueUrl=a`],
    ["POST", `${PATH}/us-east-1/000000000000/a`],
    ["POST", "/_millrace/reset"],
  ])("%s %s is refused", async (method, path) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { MILLRACE_ACCESS: _, ...closed } = env;
    const response = await app.request(`http://localhost${path}`, { method }, closed);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("has no root credential");
  });
});
