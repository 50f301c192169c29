/**
 * The last boto3 that speaks the Query protocol, unmodified, alone and beside a current one: a
 * producer on the old protocol and a consumer on JSON share a queue.
 */
import { join } from "node:path";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";
import { pinnedVersion, preparePython } from "../../support/client-toolchains.ts";
import { runProgram } from "../../support/program-run.ts";
import { expectAllSteps, lastLine } from "../../support/program-steps.ts";

const FOLDER = import.meta.dirname;
const REQUIREMENTS = join(FOLDER, "requirements-query.txt");
const MESSAGE_COUNT = 1_000;
const SHARED_WITHIN_MS = 100_000;
/** As tests that ran on LocalStack do it. */
const LOOK = `
import os, sys, boto3
endpoint = os.environ["AWS_ENDPOINT_URL_SQS"] + "/_aws/sqs/messages"
peek = boto3.client("sqs", endpoint_url=endpoint)
messages = peek.receive_message(QueueUrl=sys.argv[1]).get("Messages", [])
print([[message["Body"], message["Attributes"]["ApproximateReceiveCount"]] for message in messages])`;

const enter = setStage({
  client: `boto3 ${pinnedVersion(REQUIREMENTS, /^boto3==(.+)$/m)} (Query)`,
  prepare: async () => ({
    query: await preparePython(REQUIREMENTS, "boto3-query"),
    current: await preparePython(join(FOLDER, "requirements-current.txt"), "boto3"),
  }),
});

test("the last boto3 on the Query protocol does all that a program does", async (context) => {
  const stage = enter(context);
  await expectAllSteps(stage, [stage.tool.query, join(FOLDER, "program.py"), "query"]);
});

test("a producer on Query and a consumer on JSON share a queue", async (context) => {
  const { tool, environment, sqs } = enter(context);
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "shared" }));
  const run = (python: string, program: string): Promise<string> =>
    runProgram({
      command: [python, join(FOLDER, program), QueueUrl, String(MESSAGE_COUNT)],
      environment,
      timeoutMs: SHARED_WITHIN_MS,
    });
  const [received] = await Promise.all([
    run(tool.current, "consumer.py"),
    run(tool.query, "producer.py"),
  ]);
  expect(lastLine(received)).toBe(MESSAGE_COUNT);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
  });
});

test("in either protocol it sees messages without receiving them", async (context) => {
  const { tool, environment, sqs } = enter(context);
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "seen" }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
  for (const python of [tool.query, tool.current, tool.query]) {
    const printed = await runProgram({
      command: [python, "-c", LOOK, QueueUrl],
      environment,
      timeoutMs: 60_000,
    });
    expect(printed.trim()).toBe("[['hello', '0']]");
  }
});
