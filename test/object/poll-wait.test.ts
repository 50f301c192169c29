/**
 * For how long a poll waits, in real time: the parameter, the queue's attribute, and which of the two
 * counts. The tests run at the same time, because each of them waits for a second.
 */
import { describe, expect, test } from "vitest";
import { type Answer, PolledQueue } from "./polled-queue.ts";

const AT_ONCE_MS = 700;

describe.concurrent("a poll in vain", () => {
  test("answers an empty object, no earlier than its wait is over", async () => {
    const queue = await PolledQueue.create();
    const { answer, tookMs } = await timed(queue, { WaitTimeSeconds: 1 });
    expect(answer).toMatchObject({ status: 200, output: {} });
    expect(Object.keys(answer.output)).toEqual([]);
    expect(tookMs).toBeGreaterThanOrEqual(1_000);
  });

  test("waits as long as the queue's attribute says, when it does not say itself", async () => {
    const queue = await PolledQueue.create({ ReceiveMessageWaitTimeSeconds: "1" });
    const { answer, tookMs } = await timed(queue, {});
    expect(answer.messages).toEqual([]);
    expect(tookMs).toBeGreaterThanOrEqual(1_000);
  });

  test("does not wait at all when it says 0, whatever the queue's attribute says", async () => {
    const queue = await PolledQueue.create({ ReceiveMessageWaitTimeSeconds: "20" });
    const { answer, tookMs } = await timed(queue, { WaitTimeSeconds: 0 });
    expect(answer).toMatchObject({ status: 200, messages: [] });
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  });

  test("waits when it says so, even if the queue's attribute is 0", async () => {
    const queue = await PolledQueue.create({ ReceiveMessageWaitTimeSeconds: "0" });
    const { tookMs } = await timed(queue, { WaitTimeSeconds: 1 });
    expect(tookMs).toBeGreaterThanOrEqual(1_000);
  });

  test("does not wait when neither says so", async () => {
    const { tookMs } = await timed(await PolledQueue.create(), {});
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  });

  test("goes by the attribute as it is now, also on a queue that was found idle before", async () => {
    const queue = await PolledQueue.create({ ReceiveMessageWaitTimeSeconds: "1" });
    await timed(queue, {});
    await queue.must("SetQueueAttributes", { Attributes: { ReceiveMessageWaitTimeSeconds: "0" } });
    const { answer, tookMs } = await timed(queue, {});
    expect(answer).toMatchObject({ status: 200, messages: [] });
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
  });

  test("leaves nothing behind: a message that is sent afterwards is received once", async () => {
    const queue = await PolledQueue.create();
    await timed(queue, { WaitTimeSeconds: 1 });
    await queue.send("a");
    expect(await queue.receive()).toMatchObject({ body: "a", receiveCount: 1 });
    expect(await queue.receive()).toBeUndefined();
  });
});

test("a queue that was found idle is received from at once when it has something", async () => {
  const queue = await PolledQueue.create();
  await timed(queue, { WaitTimeSeconds: 1 });
  await queue.send("a");
  const { answer, tookMs } = await timed(queue, { WaitTimeSeconds: 20 });
  expect(answer.messages).toMatchObject([{ body: "a", receiveCount: 1 }]);
  expect(tookMs).toBeLessThan(AT_ONCE_MS);
});

async function timed(
  queue: PolledQueue,
  input: object,
): Promise<{ answer: Answer; tookMs: number }> {
  const startedAtMs = performance.now();
  const answer = await queue.poll(input);
  return { answer, tookMs: performance.now() - startedAtMs };
}
