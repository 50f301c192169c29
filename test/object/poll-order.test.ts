/**
 * Several long polls on one queue: whom a message wakes, and in which order. The clock stands still
 * unless a test moves it, and alarms go off by hand.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Poll, PolledQueue, pause } from "./polled-queue.ts";

/** Far enough in the future that an alarm never goes off by itself. */
let nowMs = Date.UTC(2103, 0, 1);
let queue: PolledQueue;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  pass(1);
  queue = await PolledQueue.create({ VisibilityTimeout: "15" });
});

afterEach(async () => {
  await queue.end();
  vi.useRealTimers();
});

describe("several waiting polls", () => {
  test("are served in the order of their arrival", async () => {
    const [first, second, third] = await startThree();
    await queue.send("a");
    expect(await first.bodies()).toEqual(["a"]);
    await queue.send("b");
    expect(await second.bodies()).toEqual(["b"]);
    await queue.send("c");
    expect(await third.bodies()).toEqual(["c"]);
  });

  test("one message wakes exactly one; the others keep waiting", async () => {
    const [first, ...others] = await startThree();
    await queue.send("a");
    expect(await first.bodies()).toEqual(["a"]);
    await expectWaiting(...others);
  });

  test("the messages of one commit wake as many as they are enough for", async () => {
    const [first, second, third] = await startThree();
    await queue.sendTogether("a", "b");
    const bodies = [...(await first.bodies()), ...(await second.bodies())];
    expect(bodies.toSorted()).toEqual(["a", "b"]);
    await expectWaiting(third);
  });

  test("those who lost keep their deadlines: a message that comes too late is nobody's", async () => {
    const early = await queue.startPoll({ WaitTimeSeconds: 18 });
    const late = await queue.startPoll({ WaitTimeSeconds: 19 });
    const [third] = await queue.startPolls(1, { WaitTimeSeconds: 20 });
    await queue.send("a");
    expect(await early.bodies()).toEqual(["a"]);
    pass(19);
    await queue.send("b");
    expect(await third?.bodies()).toEqual(["b"]);
    expect(await late.bodies()).toEqual([]);
  });

  test("go before a receiver who comes later", async () => {
    await queue.must("SendMessage", { MessageBody: "late", DelaySeconds: 5 });
    const poll = await queue.startPoll();
    pass(5);
    expect(await queue.receive()).toBeUndefined();
    expect(await poll.bodies()).toEqual(["late"]);
  });
});

function pass(seconds: number): void {
  nowMs += seconds * 1000;
  vi.setSystemTime(nowMs);
}

async function startThree(): Promise<[Poll, Poll, Poll]> {
  return [await queue.startPoll(), await queue.startPoll(), await queue.startPoll()];
}

/** The polls had every chance to be answered, and were not. */
async function expectWaiting(...polls: readonly Poll[]): Promise<void> {
  await pause(30);
  expect(polls.map((poll) => poll.isAnswered)).toEqual(polls.map(() => false));
}
