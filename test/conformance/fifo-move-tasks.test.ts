/**
 * Message move tasks of FIFO queues: order, groups and deduplication. Pace, cancellation and failures that
 * both kinds of queues have in common are in the other tests of move tasks.
 */
import { describe, expect, test } from "vitest";
import { type JsonObject, numberOf, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { controlTime, eventually, now, pass } from "./controlled-time.ts";
import {
  buriedWith,
  bury,
  createAgain,
  drained,
  expectVisible,
  look,
  pairWith,
  redriveTo,
  remove,
} from "./dead-letter-queue.ts";
import {
  bodiesOf,
  deleteAll,
  drain,
  evictAll,
  KINDS,
  ofGroup,
  SEQUENCE_NUMBER,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { startAndComplete, startAndFail, startTask } from "./move-task.ts";
import { accepted } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const NO_QUEUE = "AWS.SimpleQueueService.NonExistentQueue";
const EVERYTHING = { MessageSystemAttributeNames: ["All"] };

function moved(count: number, toMove = count) {
  return {
    ApproximateNumberOfMessagesMoved: count,
    ApproximateNumberOfMessagesToMove: toMove,
  };
}

function sequenceOf(message: JsonObject): string {
  return stringOf(objectOf(message, "Attributes"), "SequenceNumber");
}

describe.each(KINDS)("a move task of $kind", ({ attributes }) => {
  test("brings dead letters back to their sources, each group in its order [snap]", async () => {
    const dead = await TestQueue.create(attributes);
    const sources = [
      await TestQueue.create({ ...attributes, ...redriveTo(dead) }),
      await TestQueue.create({ ...attributes, ...redriveTo(dead) }),
    ];
    for (const source of sources) {
      await sendTogether(source, "g1-m1", "g2-m1", "g1-m2", "g1-m3", "g2-m2");
      await bury({ source });
    }
    await expectVisible(dead, 10);
    expect(await startAndComplete(dead)).toEqual({
      Status: "COMPLETED",
      SourceArn: dead.arn,
      StartedTimestamp: now(),
      ...moved(10),
    });
    for (const source of sources) {
      const bodies = await drained(source, 5);
      expect(ofGroup("g1", bodies)).toEqual(["g1-m1", "g1-m2", "g1-m3"]);
      expect(ofGroup("g2", bodies)).toEqual(["g2-m1", "g2-m2"]);
    }
    await expectVisible(dead, 0);
    expect(await dead.receive()).toEqual([]);
  });

  test("brings messages of any source to a destination, behind what is there", async () => {
    const { dead } = await buriedWith(attributes, "g1-m1", "g1-m2");
    await sendEach(dead, "g1-m3");
    const destination = await TestQueue.create(attributes);
    await sendEach(destination, "g1-m0");
    const task = await startAndComplete(dead, { DestinationArn: destination.arn });
    expect(task).toMatchObject({ DestinationArn: destination.arn, ...moved(3) });
    await sendEach(destination, "g1-m4");
    await evictAll();
    const messages = await destination.receive(EVERYTHING);
    expect(bodiesOf(messages)).toEqual(["g1-m0", "g1-m1", "g1-m2", "g1-m3", "g1-m4"]);
    const numbers = messages.map(sequenceOf);
    expect(numbers).toEqual([...new Set(numbers)].toSorted());
  });

  test("moves many messages of many groups, each once and in order", async () => {
    const { source, dead } = await pairWith(attributes);
    const groups = Array.from({ length: 50 }, (_, index) => `g${index}`);
    for (const group of groups)
      await sendTogether(dead, `${group}-m1`, `${group}-m2`, `${group}-m3`);
    const task = await startAndComplete(dead, { DestinationArn: source.arn });
    expect(task).toMatchObject(moved(150));
    await expectVisible(source, 150);
    const bodies: string[] = [];
    await eventually(
      async () => bodies.push(...(await drain(source))),
      (count) => count === 150,
    );
    expect(bodies).toHaveLength(150);
    for (const group of groups) {
      expect(ofGroup(group, bodies)).toEqual([`${group}-m1`, `${group}-m2`, `${group}-m3`]);
    }
  });

  test("leaves alone what is in flight and what is behind it in its group", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1", "g1-m2", "g2-m1");
    const held = await dead.receive({ MaxNumberOfMessages: 1 });
    expect(bodiesOf(held)).toEqual(["g1-m1"]);
    const task = await startAndComplete(dead);
    expect(numberOf(task, "ApproximateNumberOfMessagesMoved")).toBe(1);
    expect(await drained(source, 1)).toEqual(["g2-m1"]);
    await deleteAll(dead, held);
    expect(await look(dead)).toEqual(["g1-m2"]);
  });

  test("wakes who waits at the source", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1");
    const poll = source.call("ReceiveMessage", { WaitTimeSeconds: 20 });
    await accepted(startTask(dead));
    expect(bodiesOf(objectsOf(await accepted(poll), "Messages"))).toEqual(["g1-m1"]);
  });

  test("of an empty queue has moved nothing", async () => {
    const { dead } = await pairWith(attributes);
    expect(await startAndComplete(dead)).toMatchObject(moved(0));
  });
});

describe.each(KINDS)("a message that was moved back in $kind", ({ attributes }) => {
  test("is a fresh one, under the deduplication id that its sender gave it [docs]", async () => {
    const { source, dead } = await pairWith(attributes);
    const placing = { MessageGroupId: "g1", MessageDeduplicationId: "own" };
    const sent = await source.send("g1-m1", placing);
    await bury({ source });
    pass(10);
    await startAndComplete(dead);
    const movedAt = String(now());
    pass(10);
    const message = await source.receiveOne();
    expect(message).toMatchObject({ Body: "g1-m1", MD5OfBody: sent.MD5OfMessageBody });
    expect(message.MessageId).not.toBe(sent.MessageId);
    expect(message.Attributes).toEqual({
      ...placing,
      SenderId: expect.any(String),
      SequenceNumber: expect.stringMatching(SEQUENCE_NUMBER),
      SentTimestamp: movedAt,
      ApproximateReceiveCount: "1",
      ApproximateFirstReceiveTimestamp: String(now()),
    });
    expect(sequenceOf(message) > stringOf(sent, "SequenceNumber")).toBe(true);
  });

  test("has all its chances again, and dies again [docs]", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1", "g1-m2");
    for (let round = 0; round < 3; round++) {
      await startAndComplete(dead);
      await evictAll();
      await expectVisible(source, 2);
      await bury({ source });
      await expectVisible(dead, 2);
    }
    expect(await drained(dead, 2)).toEqual(["g1-m1", "g1-m2"]);
  });

  test("is no duplicate of itself, though its id is still remembered there", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1");
    await startAndComplete(dead);
    expect(await drained(source, 1)).toEqual(["g1-m1"]);
  });

  test("is no duplicate of another under its id at the destination", async () => {
    const { dead } = await buriedWith(attributes, "g1-m1");
    const destination = await TestQueue.create(attributes);
    await sendEach(destination, "g1-m1");
    pass(299);
    await startAndComplete(dead, { DestinationArn: destination.arn });
    expect(await drained(destination, 2)).toEqual(["g1-m1", "g1-m1"]);
  });

  test("is for senders what it was: the id that they gave it deduplicates as before", async () => {
    const { source, dead } = await pairWith(attributes);
    const [first] = await sendEach(source, "g1-m1");
    await bury({ source });
    await startAndComplete(dead);
    const [again] = await sendEach(source, "g1-m1");
    expect(again?.MessageId).toBe(first?.MessageId);
    pass(300);
    await sendEach(source, "g1-m1");
    expect(await drained(source, 2)).toEqual(["g1-m1", "g1-m1"]);
  });
});

describe.each(KINDS)("a move task of $kind fails", ({ attributes }) => {
  test("at a message that came from nowhere; those before it in its group have moved", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1", "g1-m2");
    await sendEach(dead, "g1-m3");
    await bury({ source });
    await sendEach(source, "g1-m4");
    await bury({ source });
    expect(await startAndFail(dead)).toMatchObject({
      FailureReason: "CouldNotDetermineMessageSource",
      ...moved(2, 4),
    });
    expect(await drained(source, 2)).toEqual(["g1-m1", "g1-m2"]);
    await evictAll();
    expect(await drained(dead, 2)).toEqual(["g1-m3", "g1-m4"]);
  });

  test("if the source is gone, loses nothing, and succeeds once it is there again [snap]", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1", "g1-m2", "g2-m1");
    await TestQueue.create({ ...attributes, ...redriveTo(dead) });
    await remove(source);
    expect(await startAndFail(dead)).toMatchObject({ FailureReason: NO_QUEUE, ...moved(0, 3) });
    pass(60);
    await evictAll();
    await expectVisible(dead, 3);
    await createAgain(source, { ...attributes, ...redriveTo(dead) });
    expect(await startAndComplete(dead)).toMatchObject(moved(3));
    const bodies = await drained(source, 3);
    expect(ofGroup("g1", bodies)).toEqual(["g1-m1", "g1-m2"]);
    expect(ofGroup("g2", bodies)).toEqual(["g2-m1"]);
  });
});
