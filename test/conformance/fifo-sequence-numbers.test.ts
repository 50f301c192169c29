/** Sequence numbers: 20 digits that strictly increase, in a group and in fact over the queue. */
import { describe, expect, test } from "vitest";
import { type JsonObject, objectOf, stringOf } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import { controlAlarms, runDueAlarms } from "./due-alarms.ts";
import {
  BY_CONTENT,
  deleteAll,
  drain,
  evictAll,
  KINDS,
  SEQUENCE_NUMBER,
  sendEach,
  sendTogether,
} from "./fifo-queue.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();
controlAlarms();

function numbersOf(answers: readonly JsonObject[]): string[] {
  return answers.map((answer) => stringOf(answer, "SequenceNumber"));
}

/** Texts of one length compare as the numbers do. */
function expectIncreasing(numbers: readonly string[]): void {
  for (const number of numbers) expect(number).toMatch(SEQUENCE_NUMBER);
  expect(numbers).toEqual([...new Set(numbers)].toSorted());
}

describe.each(KINDS)("the sequence numbers of a group of $kind", ({ attributes }) => {
  test("increase from send to send, also within a millisecond [ls]", async () => {
    const queue = await TestQueue.create(attributes);
    const bodies = Array.from({ length: 20 }, (_, index) => `g1-m${index}`);
    expectIncreasing(numbersOf(await sendEach(queue, ...bodies)));
  });

  test("increase over sends, batches, evictions and time", async () => {
    const queue = await TestQueue.create(attributes);
    const answers = await sendEach(queue, "g1-m1", "g1-m2");
    answers.push(...(await sendTogether(queue, "g1-m3", "g1-m4", "g1-m5")));
    await evictAll();
    answers.push(...(await sendEach(queue, "g1-m6")));
    pass(1);
    answers.push(...(await sendTogether(queue, "g1-m7", "g1-m8")));
    expectIncreasing(numbersOf(answers));
  });

  test("are the same on every receive, in the order of the messages [snap]", async () => {
    const queue = await TestQueue.create(attributes);
    const sent = numbersOf(await sendTogether(queue, "g1-m1", "g1-m2", "g1-m3"));
    for (let count = 0; count < 2; count++) {
      const messages = await queue.receive({ AttributeNames: ["SequenceNumber"] });
      expect(numbersOf(messages.map((message) => objectOf(message, "Attributes")))).toEqual(sent);
      pass(30);
    }
  });

  test("go on increasing after all messages were deleted and everything was forgotten", async () => {
    const queue = await TestQueue.create(attributes);
    const answers: JsonObject[] = [];
    for (const body of ["g1-m1", "g1-m2", "g1-m3"]) {
      answers.push(...(await sendEach(queue, body)));
      await deleteAll(queue, await queue.receive());
      pass(600);
      await runDueAlarms();
      await evictAll();
    }
    expectIncreasing(numbersOf(answers));
  });

  test("go on increasing after a purge", async () => {
    const queue = await TestQueue.create(attributes);
    const answers = await sendTogether(queue, "g1-m1", "g1-m2");
    await queue.call("PurgeQueue");
    answers.push(...(await sendEach(queue, "g1-m3")));
    await evictAll();
    answers.push(...(await sendEach(queue, "g1-m4")));
    expectIncreasing(numbersOf(answers));
    expect(await drain(queue)).toEqual(["g1-m3", "g1-m4"]);
  });

  test("go on after a duplicate, which has the number of its original [pail]", async () => {
    const queue = await TestQueue.create(attributes);
    const [first, second] = numbersOf(await sendEach(queue, "g1-m1", "g1-m2"));
    const [again, next] = numbersOf(await sendEach(queue, "g1-m1", "g1-m3"));
    expect(again).toBe(first);
    expectIncreasing([first ?? "", second ?? "", next ?? ""]);
  });
});

test("sequence numbers increase over the groups of a queue that deduplicates as a whole", async () => {
  const queue = await TestQueue.create(BY_CONTENT);
  const answers = await sendEach(queue, "g1-m1", "g2-m1", "g1-m2", "g3-m1");
  await evictAll();
  answers.push(...(await sendTogether(queue, "g3-m2", "g1-m3", "g4-m1", "g2-m2")));
  expectIncreasing(numbersOf(answers));
});

test("senders that send at once all get numbers of their own", async () => {
  const queue = await TestQueue.create(BY_CONTENT);
  const bodies = Array.from({ length: 20 }, (_, index) => `g${index % 3}-m${index}`);
  const answers = await Promise.all(bodies.map((body) => sendEach(queue, body)));
  expect(new Set(numbersOf(answers.flat())).size).toBe(20);
});
