/** What a list of move tasks shows of each, by its status (SQS API reference, ListMessageMoveTasks). */
import { expect, test } from "vitest";
import type { MoveTask } from "../../src/domain/move-task.ts";
import { shownTask } from "../../src/router/move-task-actions.ts";
import { readTaskHandle } from "../../src/router/task-handle.ts";

const SOURCE_ARN = "arn:aws:sqs:us-east-1:000000000000:dead";

const TASK: MoveTask = {
  taskId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  status: "RUNNING",
  movedCount: 1,
  toMoveCount: 2,
  startedAtMs: 3,
  failure: undefined,
  destination: undefined,
  maxMessagesPerSecond: undefined,
};

test("a task shows the handle that cancels it while it runs", () => {
  const { TaskHandle = "" } = shownTask(TASK, SOURCE_ARN);
  expect(readTaskHandle(TaskHandle)).toEqual({ taskId: TASK.taskId, sourceArn: SOURCE_ARN });
});

test.each(["CANCELLING", "CANCELLED", "COMPLETED", "FAILED"] as const)(
  "a task that is %s shows none",
  (status) => {
    const shown = shownTask({ ...TASK, status }, SOURCE_ARN);
    expect(shown.Status).toBe(status);
    expect(shown).not.toHaveProperty("TaskHandle");
  },
);
