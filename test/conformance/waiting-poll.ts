/**
 * WaitingPoll: a long poll on its way, for cases about what wakes one. `startPoll` returns when the
 * poll waits in its queue: a poll that only comes after what should wake it would prove nothing.
 */
import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect } from "vitest";
import { type JsonObject, objectsOf } from "../support/json-value.ts";
import { runDueAlarms } from "./due-alarms.ts";
import { bodiesOf } from "./fifo-queue.ts";
import { accepted } from "./sqs-client.ts";
import type { TestQueue } from "./test-queue.ts";

export type WaitingPoll = {
  readonly messages: Promise<JsonObject[]>;
  readonly bodies: Promise<string[]>;
  isAnswered: boolean;
};

const started: { queue: TestQueue; poll: WaitingPoll }[] = [];

/** Call it at the top of a test file that starts polls: no case leaves one behind. */
export function controlPolls(): void {
  afterEach(async () => {
    for (const { queue, poll } of started.splice(0)) {
      if (!poll.isAnswered) await queue.call("DeleteQueue");
      await Promise.allSettled([poll.bodies]);
    }
  });
}

/** Polls are in the order in which a case starts them. */
export async function startPoll(queue: TestQueue, input: object = {}): Promise<WaitingPoll> {
  const before = await waiterCount(queue);
  const order = { WaitTimeSeconds: 20, MaxNumberOfMessages: 10, ...input };
  const messages = accepted(queue.call("ReceiveMessage", order)).then((answer) =>
    objectsOf(answer, "Messages"),
  );
  const bodies = messages.then(bodiesOf);
  const poll: WaitingPoll = { messages, bodies, isAnswered: false };
  void bodies.catch(() => {}).then(() => Object.assign(poll, { isAnswered: true }));
  started.push({ queue, poll });
  await expect.poll(async () => poll.isAnswered || (await waiterCount(queue)) > before).toBe(true);
  return poll;
}

/** A request and its answer have gone by, and the poll has none. */
export async function expectWaiting(queue: TestQueue, poll: WaitingPoll): Promise<void> {
  await queue.attributes();
  expect(poll.isAnswered).toBe(false);
  expect(await waiterCount(queue)).toBeGreaterThan(0);
}

/** Alarms go off until the poll has its answer: one may be set by what another one did. */
export async function wakeByAlarm(poll: WaitingPoll): Promise<void> {
  await expect.poll(() => runDueAlarms().then(() => poll.isAnswered)).toBe(true);
}

function waiterCount(queue: TestQueue): Promise<number> {
  return runInDurableObject(queue.object, (_, state) => state.getWebSockets().length);
}
