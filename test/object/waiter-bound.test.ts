/**
 * The bound on the waiters of one queue: whoever comes when 10,000 polls wait gets an empty answer
 * after the wait that it asked for, and nobody who waits is disturbed.
 */
import { expect, test } from "vitest";
import { HeldPoll } from "./held-poll.ts";
import { PolledQueue } from "./polled-queue.ts";

const WAITERS_MAX = 10_000;
const AT_A_TIME = 100;

test("the 10,001st poll waits in vain, also after an eviction; the first in line is served", async () => {
  const queue = await PolledQueue.create();
  const first = await HeldPoll.open(queue);
  for (let count = 1; count < WAITERS_MAX; count += AT_A_TIME) {
    const room = Math.min(AT_A_TIME, WAITERS_MAX - count);
    await Promise.all(Array.from({ length: room }, () => HeldPoll.open(queue)));
  }
  const askedAtMs = performance.now();
  expect(await queue.poll({ WaitTimeSeconds: 1 })).toMatchObject({ status: 200, output: {} });
  expect(performance.now() - askedAtMs).toBeGreaterThanOrEqual(1_000);
  await queue.evict();
  expect((await HeldPoll.ask(queue)).status).toBe(204);
  await queue.send("a");
  expect(await first.handed()).toMatchObject([{ receiveCount: 1 }]);
  expect((await HeldPoll.ask(queue)).status).toBe(101);
  await queue.end();
}, 60_000);
