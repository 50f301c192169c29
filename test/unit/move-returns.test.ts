/**
 * What a move task may take messages back to, on disk: over a restart, for as many queues as there are, and
 * never for another task.
 */
import { describe, expect, test } from "vitest";
import { startedTask } from "../../src/domain/move-task.ts";
import { MoveTasks } from "../../src/storage/move-tasks.ts";
import { NodeSql } from "../support/node-sql.ts";

const ORDER = { destination: undefined, maxMessagesPerSecond: undefined };

function start(tasks: MoveTasks, taskId: string, returnsTo: readonly string[] | undefined): void {
  tasks.start(startedTask({ ...ORDER, taskId, returnsTo }, 0, 1), returnsTo);
  tasks.write();
}

describe("the queues that a move task may take messages back to", () => {
  test.each([0, 1, 1_000, 1_001, 2_500])("are %i, also after a restart", (count) => {
    const sql = new NodeSql();
    const arns = Array.from({ length: count }, (_, place) => `arn:aws:sqs:us-east-1:1:q${place}`);
    start(new MoveTasks(sql), "a", arns);
    const reopened = new MoveTasks(sql);
    expect(reopened.returnsTo).toEqual(arns);
    reopened.moved(1);
    reopened.write();
    expect(new MoveTasks(sql).returnsTo).toEqual(arns);
  });

  test("are all of them for a task that nobody was asked about, or of an older version", () => {
    const sql = new NodeSql();
    start(new MoveTasks(sql), "a", undefined);
    expect(new MoveTasks(sql).returnsTo).toBeUndefined();
    expect(sql.rows("SELECT name FROM sqlite_master WHERE name = 'move_return'")).toEqual([]);
  });

  test("are forgotten with the task", () => {
    const sql = new NodeSql();
    const tasks = new MoveTasks(sql);
    start(tasks, "a", ["arn:aws:sqs:us-east-1:1:a"]);
    tasks.change({ status: "FAILED", failure: "AccessDenied" });
    start(tasks, "b", undefined);
    expect(new MoveTasks(sql).returnsTo).toBeUndefined();
    expect(sql.rows("SELECT * FROM move_return")).toEqual([]);
    tasks.change({ status: "COMPLETED" });
    start(tasks, "c", ["arn:aws:sqs:us-east-1:1:c"]);
    expect(new MoveTasks(sql).returnsTo).toEqual(["arn:aws:sqs:us-east-1:1:c"]);
  });

  test("are no part of what is listed", () => {
    const tasks = new MoveTasks(new NodeSql());
    start(tasks, "a", ["arn:aws:sqs:us-east-1:1:a"]);
    expect(JSON.stringify(tasks.list(10))).not.toContain("arn:");
  });
});
