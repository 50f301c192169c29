/**
 * Message move tasks whose objects end in the middle of their work, without a warning: an eviction would
 * wait for them. What has ended here keeps later evictions waiting, so it has a file of its own.
 */
import { abortAllDurableObjects } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { ALL_KINDS, expectVisible } from "./dead-letter-queue.ts";
import { controlAlarms, runDueAlarms } from "./due-alarms.ts";
import { drain } from "./fifo-queue.ts";
import { cancelTask, movedAtLeast, movedCount, startTask, taskWith } from "./move-task.ts";
import { BODIES, COUNT, pacedTask, passSecond, RATE } from "./paced-task.ts";
import { accepted, invalidValue, refused } from "./sqs-client.ts";

controlTime();
controlAlarms();

describe.each(ALL_KINDS)("a move task of $kind whose objects end", ({ attributes }) => {
  test("goes on at its rate", async () => {
    const { dead, source } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    await abortAllDurableObjects();
    pass(6);
    await runDueAlarms();
    for (let moved = await movedCount(dead); moved < COUNT; ) {
      pass(1);
      const next = await movedAtLeast(dead, Math.min(moved + RATE, COUNT));
      expect(next - moved).toBeLessThanOrEqual(RATE);
      moved = next;
    }
    pass(1);
    await taskWith(dead, "COMPLETED");
    await expectVisible(dead, 0);
    expect((await drain(source)).toSorted()).toEqual(BODIES.toSorted());
  });

  test("is still the only one of its queue, and can be cancelled", async () => {
    const { dead, source, handle } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    await abortAllDurableObjects();
    await refused(startTask(dead), invalidValue, /already a task running/);
    await accepted(cancelTask(handle));
    await taskWith(dead, "CANCELLED");
    // The news of what has arrived may be lost, and is told again.
    pass(10);
    await runDueAlarms();
    await expectVisible(source, RATE);
    await expectVisible(dead, COUNT - RATE);
  });
});
