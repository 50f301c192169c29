/**
 * The steps that every client's program takes, in the words in which it prints them. Comparing them
 * shows that a program did all of them and did not end early.
 */
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { expect } from "vitest";
import type { StagedClient } from "./client-stage.ts";
import { runProgram } from "./program-run.ts";

const STEPS = [
  "create",
  "send and receive",
  "change visibility",
  "delete",
  "batches",
  "long poll",
  "attributes",
  "tags",
  "queue does not exist",
  "fifo",
  "dead letters",
  "redrive",
  "purge and delete queues",
];

const PROGRAM_WITHIN_MS = 110_000;

/** Runs a program with the environment of the page; it must take all steps and leave no queue. */
export async function expectAllSteps(
  stage: StagedClient<unknown>,
  command: readonly [string, ...string[]],
): Promise<void> {
  const printed = await runProgram({
    command,
    directory: stage.directory,
    environment: stage.environment,
    timeoutMs: PROGRAM_WITHIN_MS,
  });
  expect(lastLine(printed)).toEqual({ steps: STEPS });
  const { QueueUrls = [] } = await stage.sqs.send(new ListQueuesCommand({}));
  expect(QueueUrls).toEqual([]);
}

/** The result that a program prints last. */
export function lastLine(printed: string): unknown {
  return JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "");
}
