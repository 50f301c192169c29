/**
 * A move task with a rate: of forty messages in eight groups it may move ten in a second, and does so when
 * a case lets a second pass.
 */
import { expect, onTestFinished } from "vitest";
import { pass } from "./controlled-time.ts";
import { expectVisible, type Pair, pairWith } from "./dead-letter-queue.ts";
import { sendTogether } from "./fifo-queue.ts";
import { cancelTask, movedAtLeast, startedTask } from "./move-task.ts";

export const RATE = 10;
export const COUNT = 40;
const GROUPS = 8;
/** Sent in the order of their groups. */
export const BODIES = Array.from({ length: COUNT }, (_, index) => {
  return `g${index % GROUPS}-m${Math.floor(index / GROUPS)}`;
});

export type PacedTask = Pair & { readonly handle: string };

/** A task that is about to move messages to the queue that they may come from. */
export async function pacedTask(attributes: Record<string, string>): Promise<PacedTask> {
  const { dead, source } = await pairWith(attributes);
  for (let from = 0; from < COUNT; from += 10) {
    await sendTogether(dead, ...BODIES.slice(from, from + 10));
  }
  await expectVisible(dead, COUNT);
  const input = { DestinationArn: source.arn, MaxNumberOfMessagesPerSecond: RATE };
  const handle = await startedTask(dead, input);
  // What runs on would hold up the evictions of other cases.
  onTestFinished(async () => {
    await cancelTask(handle);
  });
  return { dead, source, handle };
}

/** Lets a second pass and the task move what it may in it. */
export async function passSecond({ dead }: Pick<Pair, "dead">, movedThen: number): Promise<void> {
  pass(1);
  expect(await movedAtLeast(dead, movedThen)).toBe(movedThen);
}
