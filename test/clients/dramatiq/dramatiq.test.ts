/**
 * Dramatiq with dramatiq_sqs, unmodified: a worker of eight threads handles 500 messages, some of
 * which are retried or delayed, and puts one that fails for good into Dramatiq's dead-letter queue.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GetQueueAttributesCommand, ListQueueTagsCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePython } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { ProgramRun, runProgram } from "../../support/program-run.ts";

const FOLDER = import.meta.dirname;
const REQUIREMENTS = join(FOLDER, "requirements.txt");
const MESSAGE_COUNT = 500;
const TEST_TIMEOUT_MS = 240_000;

const enter = setStage({
  client: ["dramatiq", "dramatiq-sqs"]
    .map((name) => `${name} ${pinnedVersion(REQUIREMENTS, new RegExp(`^${name}==(.+)$`, "m"))}`)
    .join(" with "),
  prepare: () => preparePython(REQUIREMENTS, "dramatiq"),
});

test(
  "a Dramatiq worker handles 500 messages with retries and delays, each once",
  async (context) => {
    const { tool, environment, directory, sqs } = enter(context);
    const results = join(directory, "results");
    const start = {
      directory: FOLDER,
      environment: { ...environment, RESULTS: results, PYTHONDONTWRITEBYTECODE: "1" },
      timeoutMs: TEST_TIMEOUT_MS,
    };
    const flags = ["--processes", "1", "--threads", "8"];
    const worker = new ProgramRun({
      ...start,
      command: [tool, "-m", "dramatiq", ...flags, "actors"],
    });
    context.onTestFinished(() => worker.kill());
    await runProgram({ ...start, command: [tool, "enqueue.py", String(MESSAGE_COUNT)] });
    await worker.stop();
    const lines = readFileSync(results, "utf8").trim().split("\n");
    const numbers = Array.from({ length: MESSAGE_COUNT }, (_, number) => `done ${number}`);
    const done = lines.filter((line) => line.startsWith("done"));
    expect(done.toSorted()).toEqual(numbers.toSorted());
    expect(lines.length - done.length).toBe(MESSAGE_COUNT / 10);

    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: "dramatiq_default_dlq",
        AttributeNames: ["All"],
      }),
    );
    expect(Attributes?.ApproximateNumberOfMessages).toBe("1");
    const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl: "dramatiq_default" }));
    expect(Tags).toEqual({ team: "red" });
  },
  TEST_TIMEOUT_MS,
);

test("the page's snippet for Dramatiq sends a message", async (context) => {
  const stage = enter(context);
  await printedBySnippet(stage, {
    name: "dramatiq",
    file: "snippet.py",
    command: [stage.tool, "-c", "import snippet; snippet.add.send(2, 3)"],
  });
  const { Attributes } = await stage.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: "demo", AttributeNames: ["All"] }),
  );
  expect(Attributes?.ApproximateNumberOfMessages).toBe("1");
});
