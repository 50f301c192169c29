/**
 * Message move tasks of standard queues: what moves and where to, what a moved message is, and how a task
 * ends. Pace and cancellation have a test of their own.
 */
import { describe, expect, test } from "vitest";
import { numberOf, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { controlTime, now, pass } from "./controlled-time.ts";
import {
  buriedWith,
  bury,
  createAgain,
  expectVisible,
  look,
  pairWith,
  redriveTo,
  remove,
  set,
} from "./dead-letter-queue.ts";
import { controlAlarms, runDueAlarms } from "./due-alarms.ts";
import { deleteMessage, evictAll } from "./fifo-queue.ts";
import { listTasks, startAndComplete, startAndFail, startTask, taskWith } from "./move-task.ts";
import { accepted, acceptedSilently } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();
controlAlarms();

const NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue";

function moved(count: number, toMove = count) {
  return {
    ApproximateNumberOfMessagesMoved: count,
    ApproximateNumberOfMessagesToMove: toMove,
  };
}

async function longPoll(queue: TestQueue): Promise<unknown[]> {
  const input = { WaitTimeSeconds: 20, MaxNumberOfMessages: 10 };
  const answer = await accepted(queue.call("ReceiveMessage", input));
  return objectsOf(answer, "Messages").map(({ Body }) => Body);
}

/** So many messages with the bodies m0, m1 and so on, dead letters of one queue. */
async function buriedMany(count: number) {
  const pair = await pairWith();
  for (let from = 0; from < count; from += 10) {
    const Entries = Array.from({ length: Math.min(10, count - from) }, (_, index) => {
      return { Id: String(index), MessageBody: `m${from + index}` };
    });
    await accepted(pair.source.call("SendMessageBatch", { Entries }));
    await pair.source.receive();
  }
  pass(31);
  // One receive lets no more than a thousand leave.
  for (let left = count; left > 0; left -= 1_000) {
    expect(await pair.source.receive()).toEqual([]);
  }
  return pair;
}

describe("a move task without a destination", () => {
  test("brings dead letters back to their source, and says so [snap]", async () => {
    const { source, dead } = await buriedWith({}, "a", "b", "c");
    const startedAt = now();
    expect(await startAndComplete(dead)).toEqual({
      Status: "COMPLETED",
      SourceArn: dead.arn,
      StartedTimestamp: startedAt,
      ...moved(3),
    });
    expect(await look(source)).toEqual(["a", "b", "c"]);
    expect(await source.counts()).toEqual({ ...EMPTY, visible: 3 });
    expect(await dead.counts()).toEqual(EMPTY);
    expect(await dead.receive()).toEqual([]);
  });

  test("brings each back to its own source [snap]", async () => {
    const dead = await TestQueue.create();
    const sources = [
      await TestQueue.create(redriveTo(dead)),
      await TestQueue.create(redriveTo(dead)),
      await TestQueue.create(redriveTo(dead)),
    ];
    for (const source of sources) {
      await source.send(`1 of ${source.name}`);
      await source.send(`2 of ${source.name}`);
      await bury({ source });
    }
    expect(await startAndComplete(dead)).toMatchObject(moved(6));
    for (const source of sources) {
      expect(await look(source)).toEqual([`1 of ${source.name}`, `2 of ${source.name}`]);
    }
    expect(await dead.counts()).toEqual(EMPTY);
  });

  test("brings one back by one step of a chain", async () => {
    const last = await TestQueue.create();
    const middle = await TestQueue.create(redriveTo(last));
    const first = await TestQueue.create(redriveTo(middle));
    await first.send("a");
    await bury({ source: first });
    await bury({ source: middle });
    await startAndComplete(last);
    expect(await middle.bodies()).toEqual(["a"]);
    expect(await first.counts()).toEqual(EMPTY);
  });

  test("brings one back to a queue that names another dead-letter queue by now", async () => {
    const { source, dead } = await buriedWith({}, "a");
    await TestQueue.create(redriveTo(dead));
    await set(source, redriveTo(await TestQueue.create()));
    expect(await startAndComplete(dead)).toMatchObject(moved(1));
    expect(await source.bodies()).toEqual(["a"]);
  });

  test("of an empty queue has moved nothing", async () => {
    const { dead } = await pairWith();
    expect(await startAndComplete(dead)).toMatchObject(moved(0));
  });

  test("moves more than one batch, each message once", async () => {
    const { source, dead } = await buriedMany(1_200);
    await expectVisible(dead, 1_200);
    expect(await startAndComplete(dead)).toMatchObject(moved(1_200));
    expect(await source.counts()).toEqual({ ...EMPTY, visible: 1_200 });
    expect(await dead.counts()).toEqual(EMPTY);
    const bodies = new Set<string>();
    for (let count = 0; count < 120; count++) {
      for (const body of await source.bodies()) bodies.add(body);
    }
    expect(bodies.size).toBe(1_200);
  });

  test("goes on over an eviction of every object", async () => {
    const { source, dead } = await buriedMany(600);
    await accepted(startTask(dead));
    await evictAll();
    pass(5);
    await runDueAlarms();
    expect(await taskWith(dead, "COMPLETED")).toMatchObject({ ...moved(600) });
    expect(await source.counts()).toEqual({ ...EMPTY, visible: 600 });
    expect(await dead.counts()).toEqual(EMPTY);
  });

  test("wakes who waits at the source", async () => {
    const { source, dead } = await buriedWith({}, "a");
    const poll = longPoll(source);
    await accepted(startTask(dead));
    expect(await poll).toEqual(["a"]);
  });
});

describe("a message that was moved back", () => {
  test("is a fresh one: its id, its count of receives, its time of sending [docs]", async () => {
    const { source, dead } = await pairWith();
    const sent = await source.send("a", {
      MessageAttributes: { n: { DataType: "Number", StringValue: "1" } },
      MessageGroupId: "tenant",
    });
    await bury({ source });
    pass(100);
    await startAndComplete(dead);
    const movedAt = String(now());
    pass(10);
    const message = await source.receiveOne();
    expect(message.MessageId).not.toBe(sent.MessageId);
    expect(message).toMatchObject({
      Body: "a",
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    });
    expect(objectOf(message, "Attributes")).toEqual({
      SenderId: expect.any(String),
      MessageGroupId: "tenant",
      SentTimestamp: movedAt,
      ApproximateReceiveCount: "1",
      ApproximateFirstReceiveTimestamp: String(now()),
    });
  });

  test("has all its chances again, and dies again [docs]", async () => {
    const { source, dead } = await pairWith({}, 2);
    await source.send("a");
    const ids = new Set<string>();
    for (let round = 0; round < 3; round++) {
      await evictAll();
      for (const count of ["1", "2"]) {
        const message = await source.receiveOne({ VisibilityTimeout: 0 });
        expect(message.Attributes).toMatchObject({ ApproximateReceiveCount: count });
        ids.add(stringOf(message, "MessageId"));
      }
      expect(await source.receive()).toEqual([]);
      const { Attributes } = await dead.receiveOne({ VisibilityTimeout: 0 });
      expect(Attributes).toMatchObject({ ApproximateReceiveCount: "3" });
      await startAndComplete(dead);
    }
    expect(ids.size).toBe(3);
  });
});

describe("a move task to a destination", () => {
  test("brings all of them there, whatever their source, and names it [snap]", async () => {
    const { dead } = await buriedWith({}, "a", "b");
    await dead.send("direct");
    const destination = await TestQueue.create();
    const input = { DestinationArn: destination.arn, MaxNumberOfMessagesPerSecond: 500 };
    await accepted(startTask(dead, input));
    pass(1);
    expect(await taskWith(dead, "COMPLETED")).toMatchObject({
      DestinationArn: destination.arn,
      MaxNumberOfMessagesPerSecond: 500,
      ...moved(3),
    });
    expect(await look(destination)).toEqual(["a", "b", "direct"]);
    const { Attributes } =
      (await destination.receive({ MessageSystemAttributeNames: ["All"] }))[0] ?? {};
    expect(Attributes).not.toHaveProperty("DeadLetterQueueSourceArn");
    expect(await dead.counts()).toEqual(EMPTY);
  });

  test("brings them there though it allows no dead letters, and without its delay", async () => {
    const { dead } = await buriedWith({}, "a");
    const destination = await TestQueue.create({
      RedriveAllowPolicy: '{"redrivePermission":"denyAll"}',
      DelaySeconds: "900",
      MaximumMessageSize: "1024",
    });
    await startAndComplete(dead, { DestinationArn: destination.arn });
    expect(await destination.bodies()).toEqual(["a"]);
  });

  test("may be for messages that were never dead letters alone", async () => {
    const { source, dead } = await pairWith();
    await dead.send("a");
    expect(await startAndComplete(dead, { DestinationArn: source.arn })).toMatchObject(moved(1));
    const { Attributes } = await source.receiveOne();
    expect(Attributes).toMatchObject({ ApproximateReceiveCount: "1" });
  });
});

describe("a move task leaves alone", () => {
  test("what is in flight or delayed in the dead-letter queue, and counts it not", async () => {
    const { source, dead } = await buriedWith({}, "held", "moved");
    const held = await dead.receive({ MaxNumberOfMessages: 1 });
    await dead.send("delayed", { DelaySeconds: 100 });
    expect(await startAndComplete(dead)).toMatchObject(moved(1));
    expect(await dead.counts()).toEqual({ visible: 0, inFlight: 1, delayed: 1 });
    expect(await source.counts()).toEqual({ ...EMPTY, visible: 1 });
    await acceptedSilently(deleteMessage(dead, stringOf(held[0] ?? {}, "ReceiptHandle")));
    pass(100);
    expect(await dead.bodies()).toEqual(["delayed"]);
  });

  test("what has expired", async () => {
    const { source, dead } = await buriedWith({ MessageRetentionPeriod: "60" }, "old");
    pass(61);
    expect(await startAndComplete(dead)).toMatchObject(moved(0));
    expect(await source.counts()).toEqual(EMPTY);
  });
});

describe("a move task fails", () => {
  test("at the first message that came from nowhere; those before it have moved", async () => {
    const { source, dead } = await buriedWith({}, "a", "b");
    await dead.send("direct");
    const task = await startAndFail(dead);
    expect(task).toMatchObject({ FailureReason: "CouldNotDetermineMessageSource" });
    expect(task).not.toHaveProperty("TaskHandle");
    const count = numberOf(task, "ApproximateNumberOfMessagesMoved");
    await expectVisible(source, count);
    await expectVisible(dead, 3 - count);
    expect(await look(dead)).toContain("direct");
  });

  test("if the destination is deleted before it begins, and loses nothing [snap]", async () => {
    const { source, dead } = await buriedWith({}, "a", "b");
    // A queue to which none dead-letters has no tasks.
    await TestQueue.create(redriveTo(dead));
    await remove(source);
    expect(await startAndFail(dead)).toMatchObject({ FailureReason: NO_QUEUE, ...moved(0, 2) });
    await evictAll();
    expect(await look(dead)).toEqual(["a", "b"]);
  });

  test("if one of the sources is gone, and what came from it stays a dead letter", async () => {
    const { source, dead } = await buriedWith({}, "a");
    const other = await TestQueue.create(redriveTo(dead));
    await other.send("b");
    await bury({ source: other });
    await remove(source);
    expect(await startAndFail(dead)).toMatchObject({ FailureReason: NO_QUEUE });
    const [left, back] = [await look(dead), await look(other)];
    expect([...left, ...back].toSorted()).toEqual(["a", "b"]);
    expect(left).toContain("a");
    const { Attributes } = await dead.receiveOne({ MaxNumberOfMessages: 1 });
    expect(Attributes).toHaveProperty("DeadLetterQueueSourceArn");
  });

  test("and can be followed by one that succeeds, once the source is there again", async () => {
    const { source, dead } = await buriedWith({}, "a");
    const other = await TestQueue.create(redriveTo(dead));
    await remove(source);
    await startAndFail(dead);
    pass(60);
    await createAgain(source, redriveTo(dead));
    expect(await startAndComplete(dead)).toMatchObject(moved(1));
    expect(await source.bodies()).toEqual(["a"]);
    expect(await other.counts()).toEqual(EMPTY);
  });
});

describe("ListMessageMoveTasks", () => {
  test("lists the latest first, at most ten, and one if not asked for more [snap]", async () => {
    const { source, dead } = await pairWith();
    const started: number[] = [];
    for (let count = 0; count < 12; count++) {
      pass(1);
      started.unshift(now());
      await source.send("a");
      await bury({ source });
      expect(await startAndComplete(dead)).toMatchObject(moved(1));
      await acceptedSilently(deleteMessage(source, await source.handleOfOne()));
    }
    await evictAll();
    const tasks = await listTasks(dead);
    expect(tasks.map(({ StartedTimestamp }) => StartedTimestamp)).toEqual(started.slice(0, 10));
    expect(await listTasks(dead, 3)).toEqual(tasks.slice(0, 3));
    expect(tasks.every(({ Status }) => Status === "COMPLETED")).toBe(true);
    expect(tasks.some((task) => "TaskHandle" in task)).toBe(false);
  });

  test("knows nothing of the tasks of a queue that was deleted", async () => {
    const { source, dead } = await buriedWith({}, "a");
    await startAndComplete(dead);
    await remove(dead);
    pass(60);
    await createAgain(dead, {});
    expect(await listTasks(dead)).toEqual([]);
    await bury({ source });
    expect(await startAndComplete(dead)).toMatchObject(moved(1));
  });
});
