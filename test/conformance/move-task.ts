/**
 * Short words for message move tasks: one is started, looked at, and waited for. A task goes on by
 * itself, so what is waited for is its end and not a time.
 */
import { expect } from "vitest";
import { type JsonObject, numberOf, objectsOf, stringOf } from "../support/json-value.ts";
import { eventually } from "./controlled-time.ts";
import { accepted, call } from "./sqs-client.ts";
import type { SqsAnswer } from "./sqs-protocol.ts";
import type { TestQueue } from "./test-queue.ts";

export function startTask({ arn }: TestQueue, input: object = {}): Promise<SqsAnswer> {
  return call("StartMessageMoveTask", { SourceArn: arn, ...input });
}

export async function startedTask(dead: TestQueue, input: object = {}): Promise<string> {
  return stringOf(await accepted(startTask(dead, input)), "TaskHandle");
}

export function cancelTask(TaskHandle: string): Promise<SqsAnswer> {
  return call("CancelMessageMoveTask", { TaskHandle });
}

export async function listTasks({ arn }: TestQueue, MaxResults = 10): Promise<JsonObject[]> {
  const input = { SourceArn: arn, MaxResults };
  return objectsOf(await accepted(call("ListMessageMoveTasks", input)), "Results");
}

export async function latestTask(dead: TestQueue): Promise<JsonObject> {
  const [latest = {}] = await listTasks(dead, 1);
  return latest;
}

export async function movedCount(dead: TestQueue): Promise<number> {
  return numberOf(await latestTask(dead), "ApproximateNumberOfMessagesMoved");
}

/** Resolves when the latest task has this status. */
export async function taskWith(dead: TestQueue, Status: string): Promise<JsonObject> {
  const task = await eventually(
    () => latestTask(dead),
    (seen) => seen.Status === Status,
  );
  expect(task.Status).toBe(Status);
  return task;
}

/** Resolves when at least so many messages have moved; how many that are. */
export function movedAtLeast(dead: TestQueue, count: number): Promise<number> {
  return eventually(
    () => movedCount(dead),
    (seen) => seen >= count,
  );
}

export async function startAndComplete(dead: TestQueue, input: object = {}): Promise<JsonObject> {
  await startedTask(dead, input);
  return taskWith(dead, "COMPLETED");
}

export async function startAndFail(dead: TestQueue, input: object = {}): Promise<JsonObject> {
  await startedTask(dead, input);
  return taskWith(dead, "FAILED");
}
