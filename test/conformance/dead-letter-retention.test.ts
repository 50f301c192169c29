/**
 * Retention of dead letters: on standard queues it goes on counting from the send, on FIFO queues it
 * begins with the move, and after a move back it begins anew.
 */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import {
  ALL_KINDS,
  buriedWith,
  bury,
  expectVisible,
  fail,
  look,
  redriveTo,
} from "./dead-letter-queue.ts";
import { controlAlarms, runDueAlarms } from "./due-alarms.ts";
import { evictAll, KINDS, sendEach } from "./fifo-queue.ts";
import { startAndComplete } from "./move-task.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();
controlAlarms();

const DAY = 86_400;
const FOUR_DAYS = { MessageRetentionPeriod: String(4 * DAY) };
const LONG = { MessageRetentionPeriod: String(14 * DAY) };

/** A message of two days is received for the last time, and moves. */
async function buriedAfterTwoDays(attributes: Record<string, string>) {
  const dead = await TestQueue.create({ ...attributes, ...FOUR_DAYS });
  const source = await TestQueue.create({ ...attributes, ...LONG, ...redriveTo(dead) });
  await sendEach(source, "g1-m1");
  pass(2 * DAY);
  await bury({ source });
  return { source, dead };
}

describe("a dead letter of a standard queue", () => {
  test("lives for what the dead-letter queue's period leaves it since it was sent [docs]", async () => {
    const { dead } = await buriedAfterTwoDays({});
    pass(2 * DAY - 1);
    expect(await look(dead)).toEqual(["g1-m1"]);
    pass(2);
    expect(await dead.counts()).toEqual(EMPTY);
    expect(await dead.receive()).toEqual([]);
  });

  test("is gone at once where that is over already [docs]", async () => {
    const dead = await TestQueue.create({ MessageRetentionPeriod: "60" });
    const source = await TestQueue.create(redriveTo(dead));
    await source.send("a");
    pass(61);
    await bury({ source });
    expect(await dead.counts()).toEqual(EMPTY);
    expect(await dead.receive()).toEqual([]);
    expect(await source.counts()).toEqual(EMPTY);
  });

  test("is gone before younger messages that were in the dead-letter queue earlier", async () => {
    const dead = await TestQueue.create({ MessageRetentionPeriod: "100" });
    const source = await TestQueue.create(redriveTo(dead));
    await source.send("old");
    pass(50);
    await dead.send("young");
    await bury({ source });
    await dead.send("youngest");
    pass(51);
    await runDueAlarms();
    await evictAll();
    expect(await dead.counts()).toEqual({ ...EMPTY, visible: 2 });
    expect(await look(dead)).toEqual(["young", "youngest"]);
    pass(50);
    await runDueAlarms();
    expect(await dead.counts()).toEqual(EMPTY);
  });

  test("does not grow older or younger by passing through several queues [docs]", async () => {
    const last = await TestQueue.create({ MessageRetentionPeriod: "100" });
    const middle = await TestQueue.create(redriveTo(last));
    const first = await TestQueue.create(redriveTo(middle));
    await first.send("a");
    pass(30);
    await bury({ source: first });
    pass(30);
    await bury({ source: middle });
    pass(39);
    expect(await look(last)).toEqual(["a"]);
    pass(2);
    expect(await last.counts()).toEqual(EMPTY);
  });
});

describe.each(KINDS)("a dead letter of $kind", ({ attributes }) => {
  test("lives for the dead-letter queue's whole period since it came [docs]", async () => {
    const { dead } = await buriedAfterTwoDays(attributes);
    pass(4 * DAY - 1);
    expect(await look(dead)).toEqual(["g1-m1"]);
    pass(2);
    expect(await dead.receive()).toEqual([]);
    await expectVisible(dead, 0);
  });
});

describe.each(ALL_KINDS)("in $kind, a message", ({ attributes }) => {
  test("that expires before it is received again never moves", async () => {
    const dead = await TestQueue.create(attributes);
    const short = { ...attributes, MessageRetentionPeriod: "60" };
    const source = await TestQueue.create({ ...short, ...redriveTo(dead) });
    await sendEach(source, "g1-m1");
    await fail(source);
    pass(61);
    expect(await source.receive()).toEqual([]);
    await expectVisible(source, 0);
    await expectVisible(dead, 0);
  });

  test("that is moved back begins anew [docs]", async () => {
    const { source, dead } = await buriedWith({ ...attributes, ...FOUR_DAYS }, "g1-m1");
    pass(3 * DAY);
    await startAndComplete(dead);
    pass(4 * DAY - 1);
    await runDueAlarms();
    expect(await look(source)).toEqual(["g1-m1"]);
    pass(2);
    expect(await source.receive()).toEqual([]);
    await expectVisible(source, 0);
  });
});
