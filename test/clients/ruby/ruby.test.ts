/**
 * The AWS SDK for Ruby, and Shoryuken on it, unmodified, where there is Ruby. A Shoryuken worker
 * handles 200 messages; those it fails on come again.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateQueueCommand, SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, test, vi } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, prepareRuby } from "../../support/client-toolchains.ts";
import { printedBySnippet } from "../../support/page-snippet.ts";
import { ProgramRun } from "../../support/program-run.ts";
import { expectAllSteps } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const GEMS = join(FOLDER, "gems.txt");
const WORKER = join(FOLDER, "worker.rb");
const MESSAGE_COUNT = 200;
const HANDLED_WITHIN_MS = 90_000;

describe("the Ruby SDK", () => {
  const enter = setStage({
    client: `AWS SDK for Ruby ${pinnedVersion(GEMS, /^aws-sdk-sqs:(.+)$/m)}`,
    prepare: () => prepareRuby(GEMS),
  });

  test("does all that a program does with a queue", async (context) => {
    const { environment, ...stage } = enter(context);
    await expectAllSteps({ ...stage, environment: { ...environment, ...stage.tool } }, [
      "ruby",
      join(FOLDER, "program.rb"),
    ]);
  });

  test("creates a queue by the page's snippet", async (context) => {
    const stage = enter(context);
    const printed = await printedBySnippet(stage, {
      name: "ruby",
      file: "snippet.rb",
      command: ["ruby", "snippet.rb"],
      environment: stage.tool,
    });
    expect(printed).toContain(`${stage.url}/000000000000/demo`);
  });
});

describe("Shoryuken", () => {
  const enter = setStage({
    client: `Shoryuken ${pinnedVersion(GEMS, /^shoryuken:(.+)$/m)}`,
    prepare: () => prepareRuby(GEMS),
  });

  test("handles 200 messages, each once, after the retries that some need", async (context) => {
    const { tool, environment, directory, sqs } = enter(context);
    await sendJobs(sqs);
    const results = join(directory, "results");
    const worker = new ProgramRun({
      command: ["ruby", join(tool.GEM_HOME, "bin/shoryuken"), "-q", "jobs", "-r", WORKER],
      directory,
      environment: { ...environment, ...tool, RESULTS: results },
      timeoutMs: HANDLED_WITHIN_MS,
    });
    context.onTestFinished(() => worker.kill());
    const lines = (word: string): string[] => {
      const text = existsSync(results) ? readFileSync(results, "utf8") : "";
      return text.split("\n").filter((line) => line.startsWith(word));
    };
    await vi.waitFor(() => expect(lines("done")).toHaveLength(MESSAGE_COUNT), {
      timeout: HANDLED_WITHIN_MS,
      interval: 200,
    });
    await worker.stop();
    expect(new Set(lines("done")).size).toBe(MESSAGE_COUNT);
    expect(lines("retry")).toHaveLength(MESSAGE_COUNT / 10);
  });

  test("puts a message into its queue by the page's snippet", async (context) => {
    const stage = enter(context);
    await stage.sqs.send(new CreateQueueCommand({ QueueName: "demo" }));
    const printed = await printedBySnippet(stage, {
      name: "shoryuken",
      file: "snippet.rb",
      command: [
        "ruby",
        "-r",
        "./snippet.rb",
        "-e",
        'puts DemoWorker.perform_async("x").message_id',
      ],
      environment: stage.tool,
    });
    expect(printed).toMatch(/^[0-9a-f-]{36}$/m);
  });
});

async function sendJobs(sqs: SQSClient): Promise<void> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "jobs" }));
  for (let start = 0; start < MESSAGE_COUNT; start += 10) {
    const Entries = Array.from({ length: 10 }, (_, index) => ({
      Id: String(index),
      MessageBody: `job ${start + index}`,
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}
