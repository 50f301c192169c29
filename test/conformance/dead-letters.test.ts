/**
 * Dead letters of standard queues: when a message moves to the dead-letter queue, what it is there, and
 * what is left of it in the queue that it came from.
 */
import { describe, expect, test } from "vitest";
import { type JsonObject, objectOf, objectsOf } from "../support/json-value.ts";
import { controlTime, now, pass } from "./controlled-time.ts";
import {
  bury,
  expectArrived,
  expectVisible,
  fail,
  pairWith,
  redriveTo,
  set,
} from "./dead-letter-queue.ts";
import { changeVisibility, deleteMessage, evictAll } from "./fifo-queue.ts";
import { accepted, acceptedSilently, invalidValue, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const VISIBLE = { ...EMPTY, visible: 1 };
const IN_FLIGHT = { ...EMPTY, inFlight: 1 };

const systemAttributesOf = (message: JsonObject) => objectOf(message, "Attributes");

function sendBatch(queue: TestQueue, ...bodies: string[]) {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  return accepted(queue.call("SendMessageBatch", { Entries }));
}

async function longPoll(queue: TestQueue): Promise<unknown[]> {
  const input = { WaitTimeSeconds: 20, MaxNumberOfMessages: 10 };
  const answer = await accepted(queue.call("ReceiveMessage", input));
  return objectsOf(answer, "Messages").map(({ Body }) => Body);
}

describe("a message that was received maxReceiveCount times", () => {
  test("moves on the next receive, which brings nothing, and is there at once [pail, ls]", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    expect(await fail(source)).toEqual(["a"]);
    expect(await source.counts()).toEqual(VISIBLE);
    expect(await source.receive()).toEqual([]);
    expect(await dead.bodies()).toEqual(["a"]);
    expect(await source.counts()).toEqual(EMPTY);
    expect(await dead.counts()).toEqual(IN_FLIGHT);
  });

  test.each([1, 2, 5])("which is %d times, moves after exactly these [docs]", async (max) => {
    const { source, dead } = await pairWith({}, max);
    await source.send("a");
    for (let count = 1; count <= max; count++) {
      const { Attributes } = await source.receiveOne();
      expect(Attributes).toMatchObject({ ApproximateReceiveCount: String(count) });
      pass(31);
    }
    expect(await source.receive()).toEqual([]);
    expect(await dead.bodies()).toEqual(["a"]);
  });

  test("stays where it is while nobody receives [docs]", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    await source.receiveOne();
    pass(3_600);
    await evictAll();
    expect(await source.counts()).toEqual(VISIBLE);
    expect(await dead.receive()).toEqual([]);
    expect(await source.receive()).toEqual([]);
    expect(await dead.counts()).toEqual(VISIBLE);
  });

  test("stays while it is in flight, and goes for good if it is deleted", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    const handle = await source.handleOfOne();
    expect(await source.receive()).toEqual([]);
    expect(await source.counts()).toEqual(IN_FLIGHT);
    await acceptedSilently(deleteMessage(source, handle));
    pass(31);
    expect(await source.receive()).toEqual([]);
    expect(await dead.counts()).toEqual(EMPTY);
  });

  test("moves also if its last receiver gave it back with a timeout of 0", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    await acceptedSilently(changeVisibility(source, await source.handleOfOne(), 0));
    expect(await source.receive()).toEqual([]);
    expect(await dead.counts()).toEqual(VISIBLE);
  });

  test("holds up no other: the receive that meets it brings the good ones", async () => {
    const { source, dead } = await pairWith();
    await sendBatch(source, "bad1", "bad2", "bad3");
    await fail(source);
    await sendBatch(source, "good1", "good2");
    expect((await source.bodies()).toSorted()).toEqual(["good1", "good2"]);
    await expectArrived(dead, "bad1", "bad2", "bad3");
    expect(await source.counts()).toEqual({ ...EMPTY, inFlight: 2 });
  });

  test("moves beside as many others as are there, in one receive of ten", async () => {
    const { source, dead } = await pairWith();
    const bodies = Array.from({ length: 30 }, (_, index) => `bad${index}`);
    for (let from = 0; from < 30; from += 10) {
      await sendBatch(source, ...bodies.slice(from, from + 10));
      await source.receive();
    }
    pass(31);
    const good = Array.from({ length: 10 }, (_, index) => `good${index}`);
    await sendBatch(source, ...good);
    const received = await source.bodies();
    expect(received.toSorted()).toEqual(good);
    // The good ones may have been enough before the last bad one was met.
    expect(await source.receive()).toEqual([]);
    await expectVisible(dead, 30);
    const dug: string[] = [];
    for (let count = 0; count < 3; count++) dug.push(...(await dead.bodies()));
    expect(dug.toSorted()).toEqual(bodies.toSorted());
  });

  test("is met by a receive of one as well", async () => {
    const { source, dead } = await pairWith();
    await source.send("bad");
    await fail(source);
    await source.send("good");
    const one = { MaxNumberOfMessages: 1 };
    expect(await source.receive(one)).toMatchObject([{ Body: "good" }]);
    expect(await source.receive(one)).toEqual([]);
    await expectArrived(dead, "bad");
  });
});

describe("a dead letter", () => {
  test("is the message that was sent: id, body, attributes, digests, times [snap, pail]", async () => {
    const { source, dead } = await pairWith({}, 2);
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    await source.send("a\u{1f40c}", {
      MessageGroupId: "tenant",
      MessageAttributes: {
        text: { DataType: "String", StringValue: "x" },
        bytes: { DataType: "Binary.png", BinaryValue: "AP8=" },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } },
    });
    const sentAt = String(now());
    pass(10);
    const firstReceivedAt = String(now());
    const first = await source.receiveOne({ VisibilityTimeout: 0 });
    pass(10);
    const second = await source.receiveOne({ VisibilityTimeout: 0 });
    expect(await source.receive()).toEqual([]);
    pass(10);
    const letter = await dead.receiveOne();
    const { ReceiptHandle: _, Attributes, ...kept } = second;
    expect(letter).toMatchObject(kept);
    expect(letter.ReceiptHandle).not.toBe(first.ReceiptHandle);
    expect(letter.Attributes).toEqual({
      ...systemAttributesOf(second),
      ApproximateReceiveCount: "3",
      DeadLetterQueueSourceArn: source.arn,
    });
    expect(Attributes).toMatchObject({
      SentTimestamp: sentAt,
      ApproximateFirstReceiveTimestamp: firstReceivedAt,
      AWSTraceHeader: trace,
      MessageGroupId: "tenant",
    });
  });

  test("names the queue that it came from, a message sent to that queue none [snap, pail]", async () => {
    const { source, dead } = await pairWith();
    await source.send("moved");
    await bury({ source });
    await dead.send("sent");
    const names = { MessageSystemAttributeNames: ["DeadLetterQueueSourceArn"] };
    const messages = await dead.receive(names);
    const attributes = new Map(messages.map(({ Body, Attributes }) => [Body, Attributes]));
    expect(attributes.get("moved")).toEqual({ DeadLetterQueueSourceArn: source.arn });
    expect(attributes.get("sent")).toBeUndefined();
    expect(attributes.size).toBe(2);
  });

  test("goes on counting its receives, whoever is evicted meanwhile [snap, pail]", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    await bury({ source });
    for (const count of ["2", "3", "4"]) {
      await evictAll();
      const { Attributes } = await dead.receiveOne({ VisibilityTimeout: 0 });
      expect(Attributes).toMatchObject({ ApproximateReceiveCount: count });
    }
  });

  test("may be larger than what may be sent to its queue, and is not delayed there", async () => {
    const dead = await TestQueue.create({ MaximumMessageSize: "1024", DelaySeconds: "900" });
    const source = await TestQueue.create(redriveTo(dead));
    const body = "x".repeat(1_048_576);
    await source.send(body);
    await bury({ source });
    expect(await dead.bodies()).toEqual([body]);
  });

  test("can be deleted, and hidden, like any message", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    await bury({ source });
    const handle = await dead.handleOfOne();
    await acceptedSilently(changeVisibility(dead, handle, 100));
    pass(50);
    expect(await dead.counts()).toEqual(IN_FLIGHT);
    await acceptedSilently(deleteMessage(dead, handle));
    await evictAll();
    pass(60);
    expect(await dead.receive()).toEqual([]);
    expect(await source.receive()).toEqual([]);
  });
});

describe("what a receiver held before a message moved", () => {
  test("deletes nothing any more, and is not complained of", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    const handle = await source.handleOfOne({ VisibilityTimeout: 0 });
    expect(await source.receive()).toEqual([]);
    await acceptedSilently(deleteMessage(source, handle));
    expect(await dead.counts()).toEqual(VISIBLE);
  });

  test("hides nothing any more [pail]", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    const handle = await source.handleOfOne({ VisibilityTimeout: 0 });
    expect(await source.receive()).toEqual([]);
    const text = `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`;
    for (const seconds of [0, 100]) {
      await refused(changeVisibility(source, handle, seconds), invalidValue, text);
    }
    expect(await source.counts()).toEqual(EMPTY);
    expect(await dead.counts()).toEqual(VISIBLE);
  });

  test("is no handle of the dead-letter queue [iss]", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    const handle = await source.handleOfOne({ VisibilityTimeout: 0 });
    expect(await source.receive()).toEqual([]);
    await refused(deleteMessage(dead, handle), "ReceiptHandleIsInvalid");
    expect(await dead.counts()).toEqual(VISIBLE);
  });
});

describe("a long poll", () => {
  test("on the dead-letter queue is woken by a dead letter [ls]", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    await fail(source);
    const poll = longPoll(dead);
    expect(await source.receive()).toEqual([]);
    expect(await poll).toEqual(["a"]);
  });

  test("moves what it meets, and goes on waiting for what it may have", async () => {
    const { source, dead } = await pairWith();
    await source.send("bad");
    await fail(source);
    const poll = longPoll(source);
    await expectVisible(dead, 1);
    await source.send("good");
    expect(await poll).toEqual(["good"]);
  });

  test("moves what becomes visible while it waits", async () => {
    const { source, dead } = await pairWith();
    await source.send("bad");
    const handle = await source.handleOfOne();
    const poll = longPoll(source);
    await acceptedSilently(changeVisibility(source, handle, 0));
    await expectVisible(dead, 1);
    await source.send("good");
    expect(await poll).toEqual(["good"]);
    expect(await source.counts()).toEqual(IN_FLIGHT);
  });
});

describe("a changed RedrivePolicy holds for what is there already", () => {
  const received = async (queue: TestQueue, times: number) => {
    for (let count = 0; count < times; count++) expect(await fail(queue)).toEqual(["a"]);
  };

  test("if it is removed, nothing moves any more", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    await received(source, 1);
    await set(source, { RedrivePolicy: "" });
    await received(source, 5);
    expect(await dead.counts()).toEqual(EMPTY);
  });

  test("if its maxReceiveCount is lowered, what was received more often moves", async () => {
    const { source, dead } = await pairWith({}, 10);
    await source.send("a");
    await received(source, 5);
    await set(source, redriveTo(dead, 2));
    expect(await source.receive()).toEqual([]);
    const { Attributes } = await dead.receiveOne();
    expect(Attributes).toMatchObject({ ApproximateReceiveCount: "6" });
  });

  test("if its maxReceiveCount is raised, there are more chances", async () => {
    const { source, dead } = await pairWith();
    await source.send("a");
    await received(source, 1);
    await set(source, redriveTo(dead, 3));
    await received(source, 2);
    expect(await source.receive()).toEqual([]);
    expect(await dead.bodies()).toEqual(["a"]);
  });

  test("if it is the first one, receives before it count", async () => {
    const [source, dead] = [await TestQueue.create(), await TestQueue.create()];
    await source.send("a");
    await received(source, 4);
    await set(source, redriveTo(dead, 4));
    await evictAll();
    expect(await source.receive()).toEqual([]);
    expect(await dead.bodies()).toEqual(["a"]);
  });

  test("if it names another queue, what has moved stays where it is", async () => {
    const { source, dead } = await pairWith();
    await source.send("before");
    await bury({ source });
    const other = await TestQueue.create();
    await set(source, redriveTo(other));
    await source.send("after");
    await bury({ source });
    expect(await dead.bodies()).toEqual(["before"]);
    expect(await other.bodies()).toEqual(["after"]);
  });
});
