/**
 * Message groups and the queue that knows them, as objects: how groups end, how purges and deletions
 * reach every one of them, and what becomes of news that does not arrive.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { groupObjectName } from "../../src/domain/object-name.ts";
import type { MessageGroup } from "../../src/objects/message-group.ts";
import { Queue } from "../../src/objects/queue.ts";
import { PolledQueue } from "./polled-queue.ts";

const DEFAULT = { FifoQueue: "true", ContentBasedDeduplication: "true" };
const HIGH_THROUGHPUT = {
  ...DEFAULT,
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};
const KINDS = [
  { kind: "a FIFO queue", attributes: DEFAULT },
  { kind: "a FIFO queue of high throughput", attributes: HIGH_THROUGHPUT },
];
const SIX_MINUTES = 360;

/** Far enough in the future that an alarm never goes off by itself. */
let nowMs = Date.UTC(2103, 0, 1);
let queue: PolledQueue;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  pass(1);
});

afterEach(async () => {
  await queue.end();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe.each(KINDS)("a message group of $kind", ({ attributes }) => {
  test("forgets everything when it is empty and past its deduplication window", async () => {
    queue = await PolledQueue.create(attributes);
    await send("g1", "a");
    await deleteAll();
    expect(await tablesOf("g1")).not.toEqual([]);
    pass(SIX_MINUTES);
    await runDurableObjectAlarm(group("g1"));
    expect(await tablesOf("g1")).toEqual([]);
    expect(await entries()).toEqual([]);
  });

  test("begins again when it is sent to after that", async () => {
    queue = await PolledQueue.create(attributes);
    await send("g1", "a");
    await deleteAll();
    pass(SIX_MINUTES);
    await runDurableObjectAlarm(group("g1"));
    await send("g1", "a");
    expect(await receiveBodies()).toEqual(["a"]);
    expect(await entries()).toEqual(["g1"]);
  });

  test("stays while it has a message, however old", async () => {
    queue = await PolledQueue.create(attributes);
    await send("g1", "a");
    pass(SIX_MINUTES);
    await runDurableObjectAlarm(group("g1"));
    await runDurableObjectAlarm(group("g1"));
    expect(await receiveBodies()).toEqual(["a"]);
  });

  test("sets one alarm for its end, whatever it is used for meanwhile", async () => {
    queue = await PolledQueue.create(attributes);
    await send("g1", "a");
    await receiveBodies();
    const { alarmsSet } = await group("g1").metrics();
    for (const body of ["b", "c", "d"]) await send("g1", body);
    expect((await group("g1").metrics()).alarmsSet).toBe(alarmsSet);
  });

  test("that was never sent to writes nothing, whoever asks it", async () => {
    queue = await PolledQueue.create(attributes);
    await send("g1", "a");
    const ReceiptHandle = (await queue.receive())?.receiptHandle;
    await queue.must("DeleteMessage", { ReceiptHandle });
    pass(SIX_MINUTES);
    await runDurableObjectAlarm(group("g1"));
    await queue.must("DeleteMessage", { ReceiptHandle });
    const answer = await queue.call("ChangeMessageVisibility", {
      ReceiptHandle,
      VisibilityTimeout: 1,
    });
    expect(answer.status).toBe(400);
    expect(await tablesOf("g1")).toEqual([]);
  });
});

describe.each(KINDS)("of many groups of $kind", ({ attributes }) => {
  const groupIds = Array.from({ length: 120 }, (_, number) => `g${number}`);

  test("every one drops its messages after a purge, also over evictions", async () => {
    queue = await PolledQueue.create(attributes);
    await Promise.all(groupIds.map((groupId) => send(groupId, groupId)));
    await settle(groupIds.length);
    await queue.must("PurgeQueue");
    for (let round = 0; round < 4; round++) {
      await queue.evict();
      pass(1);
      await queue.runAlarm();
    }
    for (const groupId of groupIds) expect(await segmentsOf(groupId)).toBe(0);
    expect(await receiveBodies()).toEqual([]);
  });

  test("every one drops all it has after the queue was deleted, also over evictions", async () => {
    queue = await PolledQueue.create(attributes);
    await Promise.all(groupIds.map((groupId) => send(groupId, groupId)));
    await settle(groupIds.length);
    const objects = groupIds.map((groupId) => group(groupId));
    await queue.must("DeleteQueue");
    await queue.createAgain(attributes);
    await send("g1", "new");
    for (let round = 0; round < 4; round++) {
      await queue.evict();
      pass(1);
      await queue.runAlarm();
    }
    for (const object of objects) expect(await tableNames(object)).toEqual([]);
    expect(await receiveBodies()).toEqual(["new"]);
  });

  test("all are found after an eviction, each once", async () => {
    queue = await PolledQueue.create(attributes);
    await Promise.all(groupIds.map((groupId) => send(groupId, groupId)));
    await settle(groupIds.length);
    await queue.evict();
    const bodies: string[] = [];
    while (bodies.length < groupIds.length) {
      const next = await receiveBodies();
      expect(next).not.toEqual([]);
      bodies.push(...next);
    }
    expect(await receiveBodies()).toEqual([]);
    expect(bodies.toSorted()).toEqual(groupIds.toSorted());
  });
});

describe("a FIFO queue of high throughput", () => {
  test("is sent to without a request to the queue's object", async () => {
    queue = await PolledQueue.create(HIGH_THROUGHPUT);
    await send("g1", "first");
    await settle();
    const before = await callsOfQueue();
    for (let number = 0; number < 20; number++) await send("g1", `m${number}`);
    expect(await callsOfQueue()).toEqual(before);
  });

  test("hears of a group by the alarm if the news was lost, and serves who waits", async () => {
    queue = await PolledQueue.create(HIGH_THROUGHPUT);
    const poll = await queue.startPoll();
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const news = vi.spyOn(Queue.prototype, "groupAnnounced").mockRejectedValue(new Error("lost"));
    await send("g1", "a");
    await settle();
    expect(news).toHaveBeenCalled();
    expect(poll.isAnswered).toBe(false);
    news.mockRestore();
    pass(3);
    await runDurableObjectAlarm(group("g1"));
    expect(await poll.bodies()).toEqual(["a"]);
  });
});

async function send(MessageGroupId: string, MessageBody: string): Promise<void> {
  await queue.must("SendMessage", { MessageGroupId, MessageBody });
  uid ??= await uidOf();
}

let uid: string | undefined;

beforeEach(() => {
  uid = undefined;
});

function group(messageGroupId: string): DurableObjectStub<MessageGroup> {
  return env.MESSAGE_GROUP.getByName(groupObjectName(uid ?? "", messageGroupId));
}

async function receiveBodies(): Promise<string[]> {
  const { messages } = await queue.poll({ MaxNumberOfMessages: 10 });
  return messages.map(({ body }) => body);
}

async function deleteAll(): Promise<void> {
  const { messages } = await queue.poll({ MaxNumberOfMessages: 10, VisibilityTimeout: 40 });
  for (const { receiptHandle } of messages) {
    await queue.must("DeleteMessage", { ReceiptHandle: receiptHandle });
  }
}

/** What was let in has reached its groups, and the queue knows of so many groups. */
async function settle(groupCount = 0): Promise<void> {
  await queue.must("GetQueueAttributes", { AttributeNames: ["All"] });
  if (groupCount === 0) return;
  await expect.poll(async () => (await entries()).length).toBeGreaterThanOrEqual(groupCount);
}

async function uidOf(): Promise<string> {
  const terms = await queue.object.fifoTerms();
  if (!terms.ok) throw new Error("no FIFO queue");
  return Array.from(terms.value.issuer.uid, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function callsOfQueue() {
  const { send, receive, news } = (await queue.object.metrics()).calls;
  return { send, receive, news };
}

/** The groups that the queue's object has entered. */
function entries(): Promise<string[]> {
  return runInDurableObject(queue.object, (_, { storage }) =>
    storage.sql
      .exec("SELECT message_group_id FROM group_entry")
      .toArray()
      .map((row) => String(row.message_group_id)),
  );
}

function tablesOf(messageGroupId: string): Promise<string[]> {
  return tableNames(group(messageGroupId));
}

function tableNames(object: DurableObjectStub<MessageGroup>): Promise<string[]> {
  return runInDurableObject(object, (_, { storage }) =>
    storage.sql
      .exec(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray()
      .map((row) => String(row.name)),
  );
}

async function segmentsOf(messageGroupId: string): Promise<number> {
  return runInDurableObject(group(messageGroupId), (_, { storage }) =>
    Number(storage.sql.exec("SELECT count(*) AS n FROM segment").one().n),
  );
}

function pass(seconds: number): void {
  nowMs += seconds * 1000;
  vi.setSystemTime(nowMs);
}
