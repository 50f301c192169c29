/**
 * Message move tasks in the course of time, on both kinds of queues: their pace, their cancellation, and
 * what happens to queues and objects meanwhile. A task that may move ten messages in a second does so
 * when a case lets a second pass.
 */
import { describe, expect, test } from "vitest";
import { numberOf } from "../support/json-value.ts";
import { controlTime, now, pass } from "./controlled-time.ts";
import { ALL_KINDS, createAgain, expectVisible, remove } from "./dead-letter-queue.ts";
import { controlAlarms, runDueAlarms } from "./due-alarms.ts";
import { drain, evictAll } from "./fifo-queue.ts";
import {
  cancelTask,
  latestTask,
  listTasks,
  movedAtLeast,
  movedCount,
  startAndComplete,
  startedTask,
  startTask,
  taskWith,
} from "./move-task.ts";
import { BODIES, COUNT, pacedTask, passSecond, RATE } from "./paced-task.ts";
import { accepted, acceptedSilently, invalidValue, refused } from "./sqs-client.ts";

controlTime();
controlAlarms();

const RUNNING =
  "There is already a task running. Only one active task is allowed for a source queue arn at a given time.";

describe.each(ALL_KINDS)("a move task of $kind with a rate", ({ attributes }) => {
  test("moves so many messages each second, and no more [docs]", async () => {
    const { dead, source } = await pacedTask(attributes);
    expect(await movedCount(dead)).toBe(0);
    for (let seconds = 0.5; seconds <= 3; seconds += 0.5) {
      pass(0.5);
      const moved = await movedAtLeast(dead, RATE * seconds);
      expect(moved).toBe(RATE * seconds);
    }
    await expectVisible(source, 30);
    await expectVisible(dead, 10);
    await passSecond({ dead }, COUNT);
    pass(1);
    expect(await taskWith(dead, "COMPLETED")).toMatchObject({
      MaxNumberOfMessagesPerSecond: RATE,
      ApproximateNumberOfMessagesMoved: COUNT,
      ApproximateNumberOfMessagesToMove: COUNT,
    });
    expect((await drain(source)).toSorted()).toEqual(BODIES.toSorted());
  });

  test("makes up for no more than a second in which it could not move", async () => {
    const { dead } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    pass(60);
    expect(await movedAtLeast(dead, 2 * RATE)).toBe(2 * RATE);
    await passSecond({ dead }, 3 * RATE);
  });

  test("is listed as running, with the handle that cancels it [snap, ls]", async () => {
    const { dead, source, handle } = await pacedTask(attributes);
    const startedAt = now();
    await passSecond({ dead }, RATE);
    expect(await listTasks(dead)).toEqual([
      {
        TaskHandle: handle,
        Status: "RUNNING",
        SourceArn: dead.arn,
        DestinationArn: source.arn,
        MaxNumberOfMessagesPerSecond: RATE,
        ApproximateNumberOfMessagesMoved: RATE,
        ApproximateNumberOfMessagesToMove: COUNT,
        StartedTimestamp: startedAt,
      },
    ]);
    const named: unknown = JSON.parse(Buffer.from(handle, "base64").toString());
    expect(named).toEqual({ taskId: expect.any(String), sourceArn: dead.arn });
  });

  test("is the only one of its queue while it runs [snap]", async () => {
    const { dead, source, handle } = await pacedTask(attributes);
    await refused(startTask(dead), invalidValue, RUNNING);
    await refused(startTask(dead, { DestinationArn: source.arn }), invalidValue, RUNNING);
    expect(await listTasks(dead)).toHaveLength(1);
    await accepted(cancelTask(handle));
    await taskWith(dead, "CANCELLED");
    await startAndComplete(dead, { DestinationArn: source.arn });
    await expectVisible(source, COUNT);
  });

  test("runs beside one of another queue", async () => {
    const first = await pacedTask(attributes);
    const second = await pacedTask(attributes);
    pass(1);
    expect(await movedAtLeast(first.dead, RATE)).toBe(RATE);
    expect(await movedAtLeast(second.dead, RATE)).toBe(RATE);
  });
});

describe.each(ALL_KINDS)("a move task of $kind that is cancelled", ({ attributes }) => {
  test("says how many have moved, which stay where they are [snap]", async () => {
    const { dead, source, handle } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    const answer = await accepted(cancelTask(handle));
    expect(answer).toEqual({ ApproximateNumberOfMessagesMoved: RATE });
    expect(["CANCELLING", "CANCELLED"]).toContain((await latestTask(dead)).Status);
    const task = await taskWith(dead, "CANCELLED");
    expect(task).not.toHaveProperty("TaskHandle");
    expect(task).not.toHaveProperty("FailureReason");
    pass(5);
    await evictAll();
    await runDueAlarms();
    expect(await movedCount(dead)).toBe(RATE);
    await expectVisible(source, RATE);
    await expectVisible(dead, COUNT - RATE);
  });

  test("cannot be cancelled again, nor can one that is completed [las?]", async () => {
    const { dead, source, handle } = await pacedTask(attributes);
    await accepted(cancelTask(handle));
    await taskWith(dead, "CANCELLED");
    const text = /Only active tasks can be cancelled/;
    await refused(cancelTask(handle), invalidValue, text);
    const next = await startedTask(dead, { DestinationArn: source.arn });
    await taskWith(dead, "COMPLETED");
    await refused(cancelTask(next), invalidValue, text);
  });

  test("makes room for the next, which moves the rest", async () => {
    const { dead, source, handle } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    await accepted(cancelTask(handle));
    await taskWith(dead, "CANCELLED");
    const next = await startAndComplete(dead, { DestinationArn: source.arn });
    expect(next).toMatchObject({ ApproximateNumberOfMessagesMoved: COUNT - RATE });
    const tasks = await listTasks(dead);
    expect(tasks.map(({ Status }) => Status)).toEqual(["COMPLETED", "CANCELLED"]);
    expect((await drain(source)).toSorted()).toEqual(BODIES.toSorted());
  });
});

describe.each(ALL_KINDS)("while a move task of $kind runs", ({ attributes }) => {
  test("its destination may be deleted: it fails, and the rest stays [snap]", async () => {
    const { dead, source } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    await remove(source);
    pass(1);
    const task = await taskWith(dead, "FAILED");
    expect(task).toMatchObject({
      FailureReason: "AWS.SimpleQueueService.NonExistentQueue",
      ApproximateNumberOfMessagesMoved: RATE,
    });
    await evictAll();
    pass(1);
    await runDueAlarms();
    await expectVisible(dead, COUNT - RATE);
    expect(await drain(dead)).toHaveLength(COUNT - RATE);
  });

  test("its destination may be purged: what moves after a minute is kept [docs]", async () => {
    const { dead, source } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    await acceptedSilently(source.call("PurgeQueue"));
    pass(60);
    expect(await movedAtLeast(dead, 2 * RATE)).toBe(2 * RATE);
    await expectVisible(source, RATE);
  });

  test("its queue may be purged: nothing is left to move", async () => {
    const { dead, source } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    await acceptedSilently(dead.call("PurgeQueue"));
    pass(1);
    const task = await taskWith(dead, "COMPLETED");
    expect(task).toMatchObject({ ApproximateNumberOfMessagesMoved: RATE });
    await expectVisible(source, RATE);
    await expectVisible(dead, 0);
  });

  test("its queue may be deleted: what has moved has moved", async () => {
    const { dead, source } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    await remove(dead);
    pass(60);
    await createAgain(dead, attributes);
    await runDueAlarms();
    expect(await listTasks(dead)).toEqual([]);
    await expectVisible(source, RATE);
    await expectVisible(dead, 0);
  });

  test("others may receive from its queue, and get what has not moved", async () => {
    const { dead, source } = await pacedTask(attributes);
    await passSecond({ dead }, RATE);
    const received = await drain(dead);
    expect(received).toHaveLength(COUNT - RATE);
    pass(1);
    const task = await taskWith(dead, "COMPLETED");
    expect(numberOf(task, "ApproximateNumberOfMessagesMoved")).toBe(RATE);
    expect([...received, ...(await drain(source))].toSorted()).toEqual(BODIES.toSorted());
  });
});
