/**
 * Celery with kombu's SQS transport, unmodified: a worker of four processes runs 1,000 tasks, some of
 * which retry or have a countdown. Each is done once, and the queue is empty afterwards.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GetQueueAttributesCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { expect, test, vi } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePython } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { ProgramRun, runProgram } from "../../support/program-run.ts";

const FOLDER = import.meta.dirname;
const REQUIREMENTS = join(FOLDER, "requirements.txt");
const TASK_COUNT = 1_000;
const RETRIES = (TASK_COUNT / 10) * 2;
const DONE_WITHIN_MS = 180_000;
const TEST_TIMEOUT_MS = 240_000;

const enter = setStage({
  client: ["celery", "kombu"]
    .map((name) => `${name} ${pinnedVersion(REQUIREMENTS, new RegExp(`^${name}==(.+)$`, "m"))}`)
    .join(" with "),
  prepare: () => preparePython(REQUIREMENTS, "celery"),
});

test(
  "a Celery worker runs 1,000 tasks with retries and countdowns, each once",
  async (context) => {
    const { tool, environment, directory, sqs, url } = enter(context);
    const results = join(directory, "results");
    const start = {
      directory: FOLDER,
      environment: {
        ...environment,
        BROKER_URL: `sqs://any:any@${new URL(url).host}//`,
        RESULTS: results,
        PYTHONDONTWRITEBYTECODE: "1",
      },
      timeoutMs: TEST_TIMEOUT_MS,
    };
    const worker = new ProgramRun({
      ...start,
      command: [tool, "-m", "celery", "-A", "tasks", "worker", "--concurrency", "4"],
    });
    context.onTestFinished(() => worker.kill());
    await runProgram({ ...start, command: [tool, "enqueue.py", String(TASK_COUNT)] });
    const isDone = (): void => expect(linesOf(results, "done")).toHaveLength(TASK_COUNT);
    await vi.waitFor(isDone, { timeout: DONE_WITHIN_MS, interval: 200 });
    await vi.waitFor(() => expectEmpty(sqs, "tasks"), { timeout: 20_000, interval: 200 });
    await worker.stop();
    const numbers = Array.from({ length: TASK_COUNT }, (_, number) => String(number));
    expect(linesOf(results, "done").toSorted()).toEqual(numbers.toSorted());
    expect(linesOf(results, "retry")).toHaveLength(RETRIES);
    expect(linesOf(results, "early")).toEqual([]);
    expect(worker.output).not.toContain("Traceback");
  },
  TEST_TIMEOUT_MS,
);

test("the page's snippet for Celery puts a task into its queue", async (context) => {
  const stage = enter(context);
  const call = ["call", "snippet.add", "--args", "[2, 3]"];
  await printedBySnippet(stage, {
    name: "celery",
    file: "snippet.py",
    command: [stage.tool, "-m", "celery", "-A", "snippet", ...call],
  });
  const { Attributes } = await stage.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: "demo", AttributeNames: ["All"] }),
  );
  expect(Attributes?.ApproximateNumberOfMessages).toBe("1");
});

/** The numbers of the tasks that wrote such a line. */
function linesOf(results: string, word: string): string[] {
  if (!existsSync(results)) return [];
  const lines = readFileSync(results, "utf8").split("\n");
  return lines.filter((line) => line.startsWith(word)).map((line) => line.slice(word.length + 1));
}

async function expectEmpty(sqs: SQSClient, QueueUrl: string): Promise<void> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesDelayed: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
  });
}
