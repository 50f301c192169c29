/**
 * What FIFO queues cost at many groups, counted and not timed; and that groups which have nothing left
 * leave nothing behind.
 */
import { expect, test, vi } from "vitest";
import { DueHeap } from "../../src/domain/due-heap.ts";
import { ReadyGroups } from "../../src/domain/ready-groups.ts";
import { simulateGlobals } from "./fifo-platform.ts";
import { FifoTrial } from "./fifo-trial.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

const NOW_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

/** Calls of collections while something runs, a step of an iterator among them. */
function operationsOf(run: () => void): number {
  const iterator: object = Object.getPrototypeOf(new Set().values());
  const spies = [
    vi.spyOn(Map.prototype, "get"),
    vi.spyOn(Map.prototype, "set"),
    vi.spyOn(Set.prototype, "has"),
    vi.spyOn(Set.prototype, "add"),
    vi.spyOn(Set.prototype, "delete"),
    vi.spyOn(DueHeap.prototype, "popDue"),
    vi.spyOn(DueHeap.prototype, "push"),
    vi.spyOn(Object(iterator), "next"),
  ];
  run();
  const count = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  for (const spy of spies) spy.mockRestore();
  return count;
}

/** One group is ready, all others are blocked by what is in flight. */
function oneReadyAmong(blockedCount: number): ReadyGroups {
  const groups = new ReadyGroups();
  for (let number = 0; number < blockedCount; number++) {
    const readyAtMs = NOW_MS + HOUR_MS + number;
    const counts = { readyCount: 0, visible: 1, inFlight: 1, delayed: 0 };
    groups.learn(`blocked-${number}`, { generation: 1, readyAtMs, ...counts });
  }
  const counts = { readyCount: 1, visible: 1, inFlight: 0, delayed: 0 };
  groups.learn("ready", { generation: 1, readyAtMs: NOW_MS, ...counts });
  return groups;
}

function costAmong(blockedCount: number): number {
  const groups = oneReadyAmong(blockedCount);
  return operationsOf(() => {
    expect(groups.take(NOW_MS)?.messageGroupId).toBe("ready");
    expect(groups.take(NOW_MS)).toBe(undefined);
    groups.giveBack("ready");
    expect(groups.hasReady(NOW_MS)).toBe(true);
  });
}

test("counting sees every step of a walk over many", () => {
  const many = new Set(Array.from({ length: 100 }, (_, number) => number));
  const walked = operationsOf(() => {
    for (const number of many) expect(number).toBeLessThan(100);
  });
  expect(walked).toBeGreaterThan(100);
});

test("a ready group is found among ten thousand blocked ones as it is among ten", () => {
  const few = costAmong(10);
  expect(few).toBeGreaterThan(0);
  expect(costAmong(10_000)).toBe(few);
});

test("a receive asks the ready group alone, however many are blocked", async () => {
  const few = await receiveAmong(5);
  expect(few.calls).toBe(1);
  expect(await receiveAmong(120)).toEqual(few);
}, 60_000);

async function receiveAmong(blockedCount: number) {
  const trial = new FifoTrial("queue");
  await trial.ended(trial.deployment.createQueue());
  for (let number = 0; number < blockedCount; number++) {
    await trial.ended(trial.clients.send(`blocked-${number}`, [`id-${number}`]));
    await trial.ended(trial.clients.receive(10, 40_000));
  }
  await trial.ended(trial.clients.send("ready", ["id-ready"]));
  await trial.pass(1_500);
  const { platform, queue } = trial.deployment;
  let calls = 0;
  platform.trace = (line) => {
    if (/lease is executed/.test(line)) calls++;
  };
  const statements = vi.spyOn(queue.disk, "rows");
  const received = await trial.ended(trial.clients.receive(1, 40_000));
  expect(received).toMatchObject({ ok: true, value: [{ receiveCount: 1 }] });
  return { calls, statements: statements.mock.calls.length };
}

test.each(["queue", "messageGroup"] as const)(
  "in scope %s groups that are empty and past their window leave nothing on any disk",
  async (scope) => {
    const groupCount = 60;
    const trial = new FifoTrial(scope);
    await trial.ended(trial.deployment.createQueue());
    for (let number = 0; number < groupCount; number++) {
      await trial.ended(trial.clients.send(`group-${number}`, [`id-${number}`]));
    }
    expect(trial.deployment.groups).toHaveLength(groupCount);
    await trial.drain();
    expect(trial.flaws()).toEqual([]);
    for (const group of trial.deployment.groups) {
      expect([group.disk.tables(), group.disk.confirmedAlarmAtMs]).toEqual([[], undefined]);
    }
  },
  60_000,
);
