/**
 * Alarms that do not do what they should: they are lost, come twice, or find that nothing works. Who
 * waits is served by the next request at the latest, and the handler never throws.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PolledQueue } from "./polled-queue.ts";

/** Far enough in the future that an alarm never goes off by itself. */
let nowMs = Date.UTC(2102, 0, 1);
let queue: PolledQueue;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  pass(1);
  queue = await PolledQueue.create();
});

afterEach(async () => {
  await queue.end();
  vi.useRealTimers();
});

describe("an alarm that was lost", () => {
  test("is made good by the next request", async () => {
    await queue.must("SendMessage", { MessageBody: "late", DelaySeconds: 5 });
    const poll = await queue.startPoll();
    await queue.loseAlarm();
    pass(5);
    await queue.receive();
    expect(await poll.bodies()).toEqual(["late"]);
  });

  test("is armed again by a later request when something else is due", async () => {
    await queue.must("SendMessage", { MessageBody: "soon", DelaySeconds: 1 });
    const [first, second] = await queue.startPolls(2, { WaitTimeSeconds: 20 });
    await queue.loseAlarm();
    pass(10);
    await queue.must("SendMessage", { MessageBody: "later", DelaySeconds: 5 });
    expect(await first?.bodies()).toEqual(["soon"]);
    pass(5);
    expect(await queue.runAlarm()).toBe(true);
    expect(await second?.bodies()).toEqual(["later"]);
  });

  test("is armed again when the object starts", async () => {
    await queue.must("SendMessage", { MessageBody: "late", DelaySeconds: 5 });
    const poll = await queue.startPoll();
    await queue.loseAlarm();
    await queue.evict();
    pass(5);
    await queue.must("GetQueueUrl", { QueueName: queue.name });
    expect(await queue.runAlarm()).toBe(true);
    expect(await poll.bodies()).toEqual(["late"]);
  });
});

describe("the alarm handler", () => {
  test("does nothing twice: a second alarm changes nothing", async () => {
    await queue.send("a");
    const poll = await queue.startPoll();
    expect(await poll.bodies()).toEqual(["a"]);
    for (let count = 0; count < 2; count++) await runAlarmHandler();
    expect(await queue.receive()).toBeUndefined();
  });

  test("does not throw in an object of no queue", async () => {
    const nobody = env.QUEUE.getByName(crypto.randomUUID());
    await runInDurableObject(nobody, (instance) => instance.alarm());
  });

  test("does not throw when its work fails; it is tried again", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await runInDurableObject(queue.object, async (instance, state) => {
      state.storage.sql.exec("DROP TABLE segment");
      await state.storage.deleteAlarm();
      await instance.alarm();
      expect(await state.storage.getAlarm()).toBe(Date.now() + 1_000);
    });
    expect(logged).toHaveBeenCalledOnce();
    logged.mockRestore();
  });
});

function runAlarmHandler(): Promise<void> {
  return runInDurableObject(queue.object, (instance) => instance.alarm());
}

function pass(seconds: number): void {
  nowMs += seconds * 1000;
  vi.setSystemTime(nowMs);
}
