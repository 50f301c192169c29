/**
 * The calls that the Terraform provider makes for aws_sqs_queue, in its order and with its ways of
 * judging the answers, but without its waits. It runs where Terraform itself cannot, too.
 */
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  SetQueueAttributesCommand,
  type SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { setStage } from "../../support/client-stage.ts";

/** The provider believes what it has read this often in a row. */
const EQUAL_READS = 6;
const MISSING_READS = 15;
/** The provider gives all of them, whatever its user wrote. */
const DEFAULTS = {
  DelaySeconds: "0",
  MaximumMessageSize: "262144",
  MessageRetentionPeriod: "345600",
  ReceiveMessageWaitTimeSeconds: "0",
  VisibilityTimeout: "30",
};

const enter = setStage({ prepare: () => Promise.resolve(undefined) });

test("queues are created, read without a difference, changed and destroyed", async (context) => {
  const { sqs } = enter(context);
  const failed = await create(sqs, "failed", DEFAULTS);
  const target = (await readOften(sqs, failed, DEFAULTS))["QueueArn"];
  const redrive = { deadLetterTargetArn: target, maxReceiveCount: 4 };
  const wanted = { ...DEFAULTS, DelaySeconds: "5", RedrivePolicy: JSON.stringify(redrive) };
  const work = await create(sqs, "work", wanted);
  const shown = await readOften(sqs, work, { ...wanted, RedrivePolicy: expect.any(String) });
  expect(JSON.parse(shown["RedrivePolicy"] ?? "")).toEqual(redrive);
  expect(await tagsOf(sqs, work)).toEqual({ team: "red" });

  const allow = { redrivePermission: "byQueue", sourceQueueArns: [shown["QueueArn"]] };
  await set(sqs, failed, { RedriveAllowPolicy: JSON.stringify(allow) });
  const allowed = await readOften(sqs, failed, DEFAULTS);
  expect(JSON.parse(allowed["RedriveAllowPolicy"] ?? "")).toEqual(allow);

  await sqs.send(new UntagQueueCommand({ QueueUrl: work, TagKeys: ["team"] }));
  await sqs.send(new TagQueueCommand({ QueueUrl: work, Tags: { stage: "test" } }));
  expect(await tagsOf(sqs, work)).toEqual({ stage: "test" });

  // To the provider an attribute that is shown empty is another than one that is not there.
  await set(sqs, failed, { RedriveAllowPolicy: "" });
  expect(await readOften(sqs, failed, DEFAULTS)).not.toHaveProperty("RedriveAllowPolicy");
  for (const queue of [work, failed]) await destroy(sqs, queue);
});

test("a FIFO queue shows what it was created with", async (context) => {
  const { sqs } = enter(context);
  const wanted = {
    ...DEFAULTS,
    FifoQueue: "true",
    ContentBasedDeduplication: "true",
    DeduplicationScope: "messageGroup",
    FifoThroughputLimit: "perMessageGroupId",
  };
  const queue = await create(sqs, "ledger.fifo", wanted);
  await readOften(sqs, queue, wanted);
  await destroy(sqs, queue);
});

test("a policy is kept as it is, and its removal leaves none", async (context) => {
  const { sqs } = enter(context);
  const queue = await create(sqs, "guarded", DEFAULTS);
  const { QueueArn } = await readOften(sqs, queue, DEFAULTS);
  const statement = { Effect: "Allow", Principal: "*", Action: "sqs:*", Resource: QueueArn };
  const policy = { Version: "2012-10-17", Statement: [statement] };
  await set(sqs, queue, { Policy: JSON.stringify(policy) });
  const shown = await readOften(sqs, queue, DEFAULTS);
  expect(JSON.parse(shown["Policy"] ?? "")).toEqual(policy);
  await set(sqs, queue, { Policy: "" });
  expect(await readOften(sqs, queue, DEFAULTS)).not.toHaveProperty("Policy");
  await destroy(sqs, queue);
});

async function create(
  sqs: SQSClient,
  QueueName: string,
  Attributes: Record<string, string>,
): Promise<string> {
  const tags = { team: "red" };
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes, tags }));
  // The provider's import takes the account and name from the path.
  expect(QueueUrl).toMatch(/^http:\/\/[^/]+\/[0-9]{12}\/[^/]+$/);
  return QueueUrl;
}

async function set(
  sqs: SQSClient,
  QueueUrl: string,
  Attributes: Record<string, string>,
): Promise<void> {
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
}

/** Every read in a row must show what was wanted, and the same. */
async function readOften(
  sqs: SQSClient,
  QueueUrl: string,
  wanted: Record<string, unknown>,
): Promise<Record<string, string>> {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
  const { Attributes: first = {} } = await sqs.send(command);
  expect(first).toMatchObject(wanted);
  for (let read = 1; read < EQUAL_READS; read++) {
    expect((await sqs.send(command)).Attributes).toEqual(first);
  }
  return first;
}

async function tagsOf(sqs: SQSClient, QueueUrl: string) {
  const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
  return Tags;
}

async function destroy(sqs: SQSClient, QueueUrl: string): Promise<void> {
  await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  for (let read = 0; read < MISSING_READS; read++) {
    const reading = sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    await expect(reading).rejects.toMatchObject({ name: "QueueDoesNotExist" });
  }
}
