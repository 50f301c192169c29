/**
 * Dead letters when queues come and go: a dead-letter queue that is deleted or denies its source, one that
 * is there again, purges, deletions, and objects that are evicted. No message is lost by any of these, and
 * none is in two queues.
 */
import { describe, expect, test } from "vitest";
import { numberOf, objectOf } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import {
  ALL_KINDS,
  buriedWith,
  bury,
  createAgain,
  expectVisible,
  fail,
  look,
  type Pair,
  pairWith,
  redriveTo,
  remove,
  set,
} from "./dead-letter-queue.ts";
import { controlAlarms, runDueAlarms } from "./due-alarms.ts";
import { drain, evictAll, KINDS, sendEach } from "./fifo-queue.ts";
import { acceptedSilently } from "./sqs-client.ts";
import type { TestQueue } from "./test-queue.ts";

controlTime();
controlAlarms();

/** For so long a refused message may go on being received where it is. */
const REFUSAL_SECONDS = 60;
const DENY = { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' };

/** Receives the one message that is there again and again; its counts of receives. */
async function receiveCounts(queue: TestQueue, times: number): Promise<number[]> {
  const counts: number[] = [];
  for (let time = 0; time < times * 2 && counts.length < times; time++) {
    pass(1);
    // A receive that tried to move it may bring nothing: it is there for the next.
    const order = { VisibilityTimeout: 0, MessageSystemAttributeNames: ["All"] };
    for (const message of await queue.receive(order)) {
      counts.push(numberOf(objectOf(message, "Attributes"), "ApproximateReceiveCount"));
    }
  }
  return counts;
}

/** Fails to move at least once, and stays. */
async function expectToStay(source: TestQueue): Promise<void> {
  expect(await receiveCounts(source, 4)).toEqual([2, 3, 4, 5]);
  await expectVisible(source, 1);
  await evictAll();
  pass(1);
  await expectVisible(source, 1);
  expect(await receiveCounts(source, 2)).toEqual([6, 7]);
}

async function expectToMove(source: TestQueue, dead: TestQueue, body: string): Promise<void> {
  expect(await source.receive()).toEqual([]);
  expect(await look(dead)).toEqual([body]);
  await expectVisible(source, 0);
  await expectVisible(dead, 1);
}

describe.each(ALL_KINDS)("the dead-letter queue of $kind", ({ attributes }) => {
  const failed = async () => {
    const pair = await pairWith(attributes);
    await sendEach(pair.source, "g1-m1");
    expect(await fail(pair.source)).toEqual(["g1-m1"]);
    return pair;
  };

  test("that was deleted takes nothing: messages stay, and go on being received", async () => {
    const { source, dead } = await failed();
    await remove(dead);
    await expectToStay(source);
    expect(await source.attributes("RedrivePolicy")).toEqual(redriveTo(dead));
  });

  test("that was deleted and is there again takes them, after a while", async () => {
    const { source, dead } = await failed();
    await remove(dead);
    await expectToStay(source);
    pass(60);
    await createAgain(dead, attributes);
    pass(REFUSAL_SECONDS);
    await expectToMove(source, dead, "g1-m1");
  });

  test("that was deleted and is there again before anything moves takes them at once", async () => {
    const { source, dead } = await failed();
    await remove(dead);
    pass(60);
    await createAgain(dead, attributes);
    await expectToMove(source, dead, "g1-m1");
  });

  test("that is there again has none of what moved to the one before it", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1");
    await expectVisible(dead, 1);
    await remove(dead);
    pass(60);
    await createAgain(dead, attributes);
    await sendEach(source, "g1-m2");
    await bury({ source });
    expect(await dead.bodies()).toEqual(["g1-m2"]);
  });

  test("that denies its source takes nothing until it allows it, and says so in time", async () => {
    const { source, dead } = await failed();
    await set(dead, DENY);
    await expectToStay(source);
    await expectVisible(dead, 0);
    await set(dead, { RedriveAllowPolicy: "" });
    pass(REFUSAL_SECONDS);
    await expectToMove(source, dead, "g1-m1");
  });

  test("that denies its source after others have moved takes no more, within a minute", async () => {
    const { source, dead } = await failed();
    await expectToMove(source, dead, "g1-m1");
    await set(dead, DENY);
    pass(60);
    await sendEach(source, "g2-m1");
    expect(await receiveCounts(source, 3)).toEqual([1, 2, 3]);
    await expectVisible(dead, 1);
  });

  test("can be another one: messages that it did not take go there", async () => {
    const { source, dead } = await failed();
    await remove(dead);
    await expectToStay(source);
    const { dead: other } = await pairWith(attributes);
    await set(source, redriveTo(other));
    await expectToMove(source, other, "g1-m1");
  });

  test("holds up nobody when it is gone: others are received as before", async () => {
    const { source, dead } = await failed();
    await remove(dead);
    await sendEach(source, "g2-m1", "g3-m1");
    const bodies: string[] = [];
    for (let count = 0; count < 3; count++) {
      bodies.push(...(await source.bodies()));
      pass(1);
    }
    expect(bodies.toSorted()).toEqual(["g1-m1", "g2-m1", "g3-m1"]);
  });
});

test("the dead-letter queue of a standard queue is asked again at once when the source has changed", async () => {
  const { source, dead } = await pairWith();
  await source.send("a");
  await fail(source);
  await set(dead, DENY);
  await expectToStay(source);
  await set(dead, { RedriveAllowPolicy: "" });
  await set(source, redriveTo(dead));
  await expectToMove(source, dead, "a");
});

describe.each(KINDS)("a message of $kind that its dead-letter queue does not take", (kind) => {
  // It is on its way when it turns out to be refused: its follower is received in its place.
  test("is still received before its followers", async () => {
    const { source, dead } = await pairWith(kind.attributes);
    await sendEach(source, "g1-m1", "g1-m2");
    await source.receive({ MaxNumberOfMessages: 1, VisibilityTimeout: 0 });
    await remove(dead);
    const bodies: string[] = [];
    for (let count = 0; count < 4; count++) {
      bodies.push(...(await source.bodies()));
      pass(1);
    }
    expect(bodies).toEqual(["g1-m1", "g1-m2"]);
  });
});

describe.each(ALL_KINDS)("a dead letter of $kind", ({ attributes }) => {
  test("outlives the queue that it came from, and says which it was", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1");
    await remove(source);
    await runDueAlarms();
    const { Attributes } = await dead.receiveOne();
    expect(Attributes).toMatchObject({ DeadLetterQueueSourceArn: source.arn });
  });

  test("has no part in a purge of that queue", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1", "g2-m1");
    await acceptedSilently(source.call("PurgeQueue"));
    pass(60);
    await runDueAlarms();
    expect(await look(dead)).toEqual(["g1-m1", "g2-m1"]);
    await sendEach(source, "g1-m2");
    await bury({ source });
    expect(await look(dead)).toEqual(["g1-m1", "g1-m2", "g2-m1"]);
  });

  test("is gone with a purge of its own queue, which takes others after it", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1", "g2-m1");
    await acceptedSilently(dead.call("PurgeQueue"));
    pass(60);
    await evictAll();
    await expectVisible(dead, 0);
    await sendEach(source, "g1-m2");
    await bury({ source });
    expect(await dead.bodies()).toEqual(["g1-m2"]);
  });

  test("comes after those of the queue's earlier life, if its queue was created again", async () => {
    const { source, dead } = await buriedWith(attributes, "g1-m1");
    await remove(source);
    pass(60);
    await runDueAlarms();
    await createAgain(source, { ...attributes, ...redriveTo(dead) });
    await sendEach(source, "g1-m2");
    await bury({ source });
    expect(await look(dead)).toEqual(["g1-m1", "g1-m2"]);
  });

  test("moves once, whoever is evicted before, while and after it does", async () => {
    const { source, dead } = await pairWith(attributes);
    const bodies = ["g1-m1", "g1-m2", "g2-m1", "g3-m1"];
    await sendEach(source, ...bodies);
    await fail(source);
    await evictAll();
    const [received] = await Promise.all([source.receive(), dead.counts()]);
    await evictAll();
    await runDueAlarms();
    expect(received).toEqual([]);
    await expectVisible(source, 0);
    await expectVisible(dead, bodies.length);
    await evictAll();
    pass(10);
    await runDueAlarms();
    expect(await source.receive()).toEqual([]);
    expect((await drain(dead)).toSorted()).toEqual(bodies);
  });

  test.each([0, 3])("moves once, if objects are evicted %d ms after it began", async (ms) => {
    const bodies = ["g1-m1", "g2-m1", "g3-m1"];
    const evictions = [
      ({ source }: Pair) => source.evict(),
      ({ dead }: Pair) => dead.evict(),
      () => evictAll(),
    ];
    for (const evict of evictions) {
      const pair = await pairWith(attributes);
      await sendEach(pair.source, ...bodies);
      expect(await fail(pair.source)).toHaveLength(bodies.length);
      const eviction = scheduler.wait(ms).then(() => evict(pair));
      // Whoever is evicted may be gone already, and the receive may be answered or not.
      await Promise.allSettled([pair.source.receive(), eviction]);
      pass(10);
      await runDueAlarms();
      expect(await pair.source.receive()).toEqual([]);
      await expectVisible(pair.dead, bodies.length);
      await expectVisible(pair.source, 0);
      expect(await look(pair.dead)).toEqual(bodies);
    }
  });

  test("is where the counters say that it is, at each of its steps", async () => {
    const { source, dead } = await pairWith(attributes, 2);
    const bodies = Array.from({ length: 10 }, (_, index) => `g${index}-m1`);
    await sendEach(source, ...bodies);
    for (let count = 0; count < 2; count++) {
      expect(await fail(source)).toHaveLength(10);
      await expectVisible(source, 10);
      await expectVisible(dead, 0);
    }
    await sendEach(source, "h1-m1", "h2-m1");
    expect((await fail(source)).toSorted()).toEqual(["h1-m1", "h2-m1"]);
    await expectVisible(source, 2);
    await expectVisible(dead, 10);
    expect(await drain(dead)).toHaveLength(10);
    await expectVisible(dead, 0);
    await expectVisible(source, 2);
  });
});
