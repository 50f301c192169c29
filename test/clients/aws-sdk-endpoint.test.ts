/**
 * The AWS SDK for JavaScript, sqs-consumer and sqs-producer find Millrace in each way that
 * docs/clients.md names.
 */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test, vi } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { setStage } from "../support/client-stage.ts";
import { printedBySnippet } from "../support/page-snippet.ts";
import { runProgram } from "../support/program-run.ts";

const ROOT = join(import.meta.dirname, "../..");
const LIST_QUEUES = `
  import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
  const { QueueUrls } = await new SQSClient().send(new ListQueuesCommand());
  console.log(QueueUrls[0]);`;

const enter = setStage({
  client: `AWS SDK for JavaScript ${manifest.devDependencies["@aws-sdk/client-sqs"]}`,
  prepare: () => Promise.resolve(process.execPath),
});

for (const { snippet, expected } of [
  { snippet: "javascript", expected: "/000000000000/demo" },
  { snippet: "sqs-consumer", expected: "hello" },
]) {
  test(`the page's snippet for ${snippet} works`, async (context) => {
    const stage = enter(context);
    symlinkSync(join(ROOT, "node_modules"), join(stage.directory, "node_modules"));
    const command = [stage.tool, "snippet.mjs"] as const;
    const printed = await printedBySnippet(stage, {
      name: snippet,
      file: "snippet.mjs",
      command: [...command],
    });
    expect(printed).toContain(expected);
  });
}

test("the endpoint is taken from the environment", async (context) => {
  const { tool, environment, sqs, url } = enter(context);
  await sqs.send(new CreateQueueCommand({ QueueName: "a" }));
  const printed = await runProgram({
    command: [tool, "--input-type=module", "--eval", LIST_QUEUES],
    directory: ROOT,
    environment,
    timeoutMs: 30_000,
  });
  expect(printed).toContain(`${url}/000000000000/a`);
});

test("without an endpoint, the queue's URL is one, and a warning says so", async (context) => {
  const { sqs } = enter(context);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "a" }));
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const warn = vi.fn();
  const logger = { trace: vi.fn(), debug: vi.fn(), info: vi.fn(), warn, error: vi.fn() };
  const client = new SQSClient({ region: "us-east-1", credentials, logger });
  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
  client.destroy();
  expect(sent.MessageId).toBeDefined();
  expect(warn).toHaveBeenCalledWith(expect.stringContaining("QueueUrl"));
});
