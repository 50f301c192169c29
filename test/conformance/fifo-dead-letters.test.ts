/**
 * Dead letters of FIFO queues: the group that a message leaves and the one that it comes to, order,
 * deduplication and numbers. What holds for both kinds of queues is in the other tests of dead letters.
 */
import { describe, expect, test } from "vitest";
import { objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { controlTime, now, pass } from "./controlled-time.ts";
import {
  buriedWith,
  bury,
  drained,
  expectArrived,
  expectVisible,
  fail,
  pairWith,
  redriveTo,
  set,
} from "./dead-letter-queue.ts";
import {
  BY_CONTENT,
  bodiesOf,
  changeVisibility,
  deleteMessage,
  evictAll,
  FIFO,
  HIGH_THROUGHPUT,
  handleOf,
  KINDS,
  ofGroup,
  SEQUENCE_NUMBER,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { accepted, acceptedSilently, invalidValue, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const ONE = { MaxNumberOfMessages: 1 };
const EVERYTHING = { MessageSystemAttributeNames: ["All"] };

async function longPoll(queue: TestQueue): Promise<string[]> {
  const input = { WaitTimeSeconds: 20, MaxNumberOfMessages: 10 };
  return bodiesOf(objectsOf(await accepted(queue.call("ReceiveMessage", input)), "Messages"));
}

function attributeOf(message: object, name: string): string {
  return stringOf(objectOf({ ...message }, "Attributes"), name);
}

describe.each(KINDS)("a dead letter of $kind", ({ attributes }) => {
  test("moves on the receive after its last, and is there at once [pail, ls]", async () => {
    const { source, dead } = await pairWith(attributes, 2);
    await sendEach(source, "g1-m1");
    expect(await fail(source)).toEqual(["g1-m1"]);
    expect(await source.bodies()).toEqual(["g1-m1"]);
    pass(31);
    expect(await source.receive()).toEqual([]);
    expect(await dead.bodies()).toEqual(["g1-m1"]);
    await expectVisible(source, 0);
  });

  test("keeps all but its number, its time of sending and its deduplication id [docs, snap]", async () => {
    const { source, dead } = await pairWith(attributes);
    const trace = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const sent = await source.send("g1-m1", {
      MessageGroupId: "g1",
      MessageDeduplicationId: "own",
      MessageAttributes: { text: { DataType: "String", StringValue: "x" } },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } },
    });
    pass(10);
    const firstReceivedAt = String(now());
    const { Attributes, ReceiptHandle, ...kept } = await source.receiveOne({
      VisibilityTimeout: 0,
    });
    expect(Attributes).toMatchObject({ MessageDeduplicationId: "own" });
    pass(10);
    const movedAt = String(now());
    expect(await source.receive()).toEqual([]);
    pass(10);
    const letter = await dead.receiveOne();
    expect(letter).toMatchObject(kept);
    expect(letter.ReceiptHandle).not.toBe(ReceiptHandle);
    expect(letter.Attributes).toEqual({
      SenderId: attributeOf({ Attributes }, "SenderId"),
      AWSTraceHeader: trace,
      MessageGroupId: "g1",
      MessageDeduplicationId: sent.MessageId,
      SequenceNumber: expect.stringMatching(SEQUENCE_NUMBER),
      SentTimestamp: movedAt,
      ApproximateFirstReceiveTimestamp: firstReceivedAt,
      ApproximateReceiveCount: "2",
      DeadLetterQueueSourceArn: source.arn,
    });
  });

  test("frees its group at once: the same receive brings its followers [ls]", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(source, "g1-m1", "g1-m2", "g1-m3", "g2-m1");
    expect(await source.receive({ ...ONE, VisibilityTimeout: 0 })).toHaveLength(1);
    const bodies = await source.bodies();
    expect(ofGroup("g1", bodies)).toEqual(["g1-m2", "g1-m3"]);
    expect(ofGroup("g2", bodies)).toEqual(["g2-m1"]);
    await expectArrived(dead, "g1-m1");
  });

  test("frees its group for what is sent after it", async () => {
    const { source } = await buriedWith(attributes, "g1-m1");
    await sendEach(source, "g1-m2");
    expect(await source.bodies()).toEqual(["g1-m2"]);
  });

  test("waits in flight like any message, and holds up its group until then", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(source, "g1-m1", "g1-m2");
    expect(await source.receive(ONE)).toHaveLength(1);
    expect(await source.receive()).toEqual([]);
    await expectVisible(dead, 0);
    pass(31);
    expect(await source.bodies()).toEqual(["g1-m2"]);
    await expectArrived(dead, "g1-m1");
  });

  test("stays in order with those of its group, and comes behind what is there", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(dead, "g1-m0");
    await sendTogether(source, "g1-m1", "g1-m2", "g1-m3", "g2-m1", "g2-m2");
    await bury({ source });
    await sendEach(source, "g1-m4");
    await bury({ source });
    await sendEach(dead, "g1-m5");
    await evictAll();
    const letters = await drained(dead, 8);
    expect(ofGroup("g1", letters)).toEqual(["g1-m0", "g1-m1", "g1-m2", "g1-m3", "g1-m4", "g1-m5"]);
    expect(ofGroup("g2", letters)).toEqual(["g2-m1", "g2-m2"]);
  });

  test("moves from the middle of its group, which keeps its order", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(source, "g1-m1", "g1-m2", "g1-m3");
    const received = await source.receive({ MaxNumberOfMessages: 2 });
    expect(bodiesOf(received)).toEqual(["g1-m1", "g1-m2"]);
    await acceptedSilently(deleteMessage(source, handleOf(received, "g1-m1")));
    pass(31);
    expect(await source.bodies()).toEqual(["g1-m3"]);
    await expectArrived(dead, "g1-m2");
  });

  test("locks its group in the dead-letter queue while it is in flight there", async () => {
    const { dead } = await buriedWith(attributes, "g1-m1", "g1-m2", "g2-m1");
    const received = await dead.receive({ MaxNumberOfMessages: 1 });
    expect(bodiesOf(received)).toEqual(["g1-m1"]);
    expect(await dead.bodies()).toEqual(["g2-m1"]);
    await acceptedSilently(deleteMessage(dead, handleOf(received, "g1-m1")));
    expect(await dead.bodies()).toEqual(["g1-m2"]);
  });

  test("has a number above all that its new group had, and later ones a greater", async () => {
    const { source, dead } = await pairWith(attributes);
    const [before] = await sendEach(dead, "g1-m0");
    await sendTogether(source, "g1-m1", "g1-m2");
    await bury({ source });
    const [after] = await sendEach(dead, "g1-m3");
    const messages = await dead.receive(EVERYTHING);
    const numbers = messages.map((message) => attributeOf(message, "SequenceNumber"));
    expect(numbers).toHaveLength(4);
    expect(numbers[0]).toBe(before?.SequenceNumber);
    expect(numbers[3]).toBe(after?.SequenceNumber);
    expect(numbers).toEqual(numbers.toSorted());
    expect(new Set(numbers).size).toBe(4);
  });

  test("is woken for: a long poll on the dead-letter queue brings it [ls]", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(source, "g1-m1");
    await fail(source);
    const poll = longPoll(dead);
    expect(await source.receive()).toEqual([]);
    expect(await poll).toEqual(["g1-m1"]);
  });

  test("is moved by a long poll, which goes on waiting for its followers", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(source, "g1-m1");
    await fail(source);
    const poll = longPoll(source);
    await expectVisible(dead, 1);
    await sendEach(source, "g1-m2");
    expect(await poll).toEqual(["g1-m2"]);
  });

  test("is moved if its receiver gave it back, and its handle is worth nothing then", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(source, "g1-m1");
    const handle = await source.handleOfOne();
    await acceptedSilently(changeVisibility(source, handle, 0));
    expect(await source.receive()).toEqual([]);
    const text = `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`;
    await refused(changeVisibility(source, handle, 10), invalidValue, text);
    await acceptedSilently(deleteMessage(source, handle));
    await refused(deleteMessage(dead, handle), "ReceiptHandleIsInvalid");
    await expectVisible(dead, 1);
  });

  test("passes through a chain of queues, each of which gives its group chances", async () => {
    const last = await TestQueue.create(attributes);
    const middle = await TestQueue.create({ ...attributes, ...redriveTo(last) });
    const first = await TestQueue.create({ ...attributes, ...redriveTo(middle) });
    await sendEach(first, "g1-m1", "g1-m2");
    await bury({ source: first });
    await bury({ source: middle });
    const letters = await last.receive(EVERYTHING);
    expect(bodiesOf(letters)).toEqual(["g1-m1", "g1-m2"]);
    for (const letter of letters) {
      expect(letter.Attributes).toMatchObject({
        DeadLetterQueueSourceArn: middle.arn,
        ApproximateReceiveCount: "3",
        MessageDeduplicationId: letter.MessageId,
      });
    }
    await expectVisible(first, 0);
    await expectVisible(middle, 0);
  });

  test("of a queue that is its own dead-letter queue comes behind its group [pail]", async () => {
    const queue = await TestQueue.create(attributes);
    await set(queue, redriveTo(queue));
    await sendEach(queue, "g1-m1", "g1-m2");
    expect(await queue.receive({ ...ONE, VisibilityTimeout: 0 })).toHaveLength(1);
    const received = await queue.receive(ONE);
    expect(bodiesOf(received)).toEqual(["g1-m2"]);
    await acceptedSilently(deleteMessage(queue, handleOf(received, "g1-m2")));
    await expectArrived(queue, "g1-m1");
    expect(await queue.receive()).toEqual([]);
    await expectArrived(queue, "g1-m1");
  });

  test("of several queues shares its group's order of arrival", async () => {
    const { source, dead } = await pairWith(attributes);
    const other = await TestQueue.create({ ...attributes, ...redriveTo(dead) });
    await sendEach(source, "g1-m1");
    await sendEach(other, "g1-m2");
    await bury({ source: other });
    await bury({ source });
    expect(await drained(dead, 2)).toEqual(["g1-m2", "g1-m1"]);
  });

  test("moves under a policy that came after it was received", async () => {
    const [source, dead] = [await TestQueue.create(attributes), await TestQueue.create(attributes)];
    await sendEach(source, "g1-m1", "g1-m2");
    for (let count = 0; count < 3; count++) await source.receive({ ...ONE, VisibilityTimeout: 0 });
    await set(source, redriveTo(dead, 3));
    expect(await source.bodies()).toEqual(["g1-m2"]);
    await expectArrived(dead, "g1-m1");
  });

  test("does not move once the policy is gone", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(source, "g1-m1");
    await fail(source);
    await set(source, { RedrivePolicy: "" });
    for (let count = 0; count < 3; count++) expect(await fail(source)).toEqual(["g1-m1"]);
    await expectVisible(dead, 0);
  });
});

describe.each(KINDS)("in the dead-letter queue of $kind, deduplication", ({ attributes }) => {
  const sendUnder = (queue: TestQueue, body: string, MessageDeduplicationId: string) =>
    queue.send(body, { MessageGroupId: "g1", MessageDeduplicationId });

  test("swallows no dead letter, though the id was seen there [docs]", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendUnder(dead, "g1-m1", "same");
    await sendUnder(source, "g1-m2", "same");
    await bury({ source });
    expect(await drained(dead, 2)).toEqual(["g1-m1", "g1-m2"]);
  });

  test("swallows no dead letter of the same content [docs]", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendEach(dead, "g1-m1");
    await sendEach(source, "g1-m1");
    await bury({ source });
    expect(await drained(dead, 2)).toEqual(["g1-m1", "g1-m1"]);
  });

  test("swallows neither of two dead letters of the same id, from two queues [docs]", async () => {
    const { source, dead } = await pairWith(attributes);
    const other = await TestQueue.create({ ...attributes, ...redriveTo(dead) });
    await sendUnder(source, "g1-m1", "same");
    await sendUnder(other, "g1-m2", "same");
    await bury({ source });
    await bury({ source: other });
    expect(await drained(dead, 2)).toEqual(["g1-m1", "g1-m2"]);
  });

  test("does not know the ids of dead letters: a send under one is new", async () => {
    const { source, dead } = await pairWith(attributes);
    await sendUnder(source, "g1-m1", "same");
    await bury({ source });
    await sendUnder(dead, "g1-m2", "same");
    expect(await drained(dead, 2)).toEqual(["g1-m1", "g1-m2"]);
  });

  test("goes on in the queue that a dead letter has left [snap]", async () => {
    const { source } = await pairWith(attributes);
    const first = await sendUnder(source, "g1-m1", "same");
    await bury({ source });
    const second = await sendUnder(source, "g1-m2", "same");
    expect(second.MessageId).toBe(first.MessageId);
    expect(await source.receive()).toEqual([]);
  });
});

describe("the dead-letter queue of a FIFO queue", () => {
  test("needs no deduplication by content [ls]", async () => {
    const dead = await TestQueue.create(FIFO);
    for (const { attributes } of KINDS) {
      const source = await TestQueue.create({ ...attributes, ...redriveTo(dead) });
      await sendEach(source, "g1-m1");
      await bury({ source });
      expect(await drained(dead, 1)).toEqual(["g1-m1"]);
    }
  });

  test("may deduplicate otherwise than its source", async () => {
    for (const [from, to] of [
      [BY_CONTENT, HIGH_THROUGHPUT],
      [HIGH_THROUGHPUT, BY_CONTENT],
    ]) {
      const dead = await TestQueue.create(to);
      const source = await TestQueue.create({ ...from, ...redriveTo(dead) });
      await sendEach(source, "g1-m1", "g1-m2", "g2-m1");
      await bury({ source });
      const letters = await drained(dead, 3);
      expect(ofGroup("g1", letters)).toEqual(["g1-m1", "g1-m2"]);
      expect(ofGroup("g2", letters)).toEqual(["g2-m1"]);
      expect(await source.counts()).toEqual(EMPTY);
    }
  });

  test("delays dead letters like all its messages", async () => {
    const dead = await TestQueue.create({ ...HIGH_THROUGHPUT, DelaySeconds: "10" });
    const source = await TestQueue.create({ ...HIGH_THROUGHPUT, ...redriveTo(dead) });
    await sendEach(source, "g1-m1");
    await bury({ source });
    expect(await dead.receive()).toEqual([]);
    pass(10);
    expect(await dead.bodies()).toEqual(["g1-m1"]);
  });
});
