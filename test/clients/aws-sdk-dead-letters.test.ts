/**
 * Dead-letter queues and redrive through the AWS SDK: every call of the feature, what it answers, and the
 * class by which its errors are caught.
 */
import {
  CancelMessageMoveTaskCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  paginateListDeadLetterSourceQueues,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  ResourceNotFoundException,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
  SQSServiceException,
  StartMessageMoveTaskCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newSdkClient } from "../support/sdk-client.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

type Queue = { readonly QueueUrl: string; readonly arn: string };

const KINDS = [
  { kind: "standard queues", isFifo: false },
  { kind: "FIFO queues", isFifo: true },
];
const OVER_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;

const data = new TemporaryDirectory();
let server: ServerProcess;
let sqs: SQSClient;
let queueCount = 0;

beforeAll(async () => {
  server = await ServerProcess.started({
    dataDir: data.path,
    port: await freePort(),
    through: "npm",
  });
  sqs = newSdkClient(server.url);
});

afterAll(async () => {
  sqs.destroy();
  await server.stop();
  data.remove();
});

describe.each(KINDS)("with $kind", ({ isFifo }) => {
  test("a RedrivePolicy and a RedriveAllowPolicy are shown as they are kept", async () => {
    const deadLetters = await newQueue(isFifo);
    const source = await newQueue(isFifo, redriveTo(deadLetters, "3"));
    expect(await attributesOf(source)).toMatchObject({
      RedrivePolicy: `{"deadLetterTargetArn":"${deadLetters.arn}","maxReceiveCount":3}`,
    });
    const allow = { redrivePermission: "byQueue", sourceQueueArns: [source.arn] };
    await setAttributes(deadLetters, { RedriveAllowPolicy: JSON.stringify(allow) });
    const { RedriveAllowPolicy = "" } = await attributesOf(deadLetters);
    expect(JSON.parse(RedriveAllowPolicy)).toEqual(allow);
    await setAttributes(source, { RedrivePolicy: "" });
    expect(await attributesOf(source)).not.toHaveProperty("RedrivePolicy");
  });

  test("a RedrivePolicy that cannot be is refused", async () => {
    const deadLetters = await newQueue(isFifo, {
      RedriveAllowPolicy: JSON.stringify({ redrivePermission: "denyAll" }),
    });
    const nowhere = { ...deadLetters, arn: `${deadLetters.arn.replace(".fifo", "")}-nowhere` };
    const otherKind = await newQueue(!isFifo);
    for (const target of [deadLetters, nowhere, otherKind]) {
      await expectInvalid(newQueue(isFifo, redriveTo(target)));
    }
    await expectInvalid(newQueue(isFifo, redriveTo(await newQueue(isFifo), 0)));
  });

  test("the sources of a dead-letter queue are listed, and paged", async () => {
    const deadLetters = await newQueue(isFifo);
    const { QueueUrl } = deadLetters;
    const none = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));
    expect(none.queueUrls ?? []).toEqual([]);
    const sources: string[] = [];
    for (let count = 0; count < 5; count++) {
      sources.push((await newQueue(isFifo, redriveTo(deadLetters))).QueueUrl);
    }
    const all = await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl }));
    expect(all.queueUrls?.toSorted()).toEqual(sources.toSorted());
    expect(all.NextToken).toBeUndefined();
    const pages: string[][] = [];
    const pager = paginateListDeadLetterSourceQueues({ client: sqs, pageSize: 2 }, { QueueUrl });
    for await (const { queueUrls = [] } of pager) pages.push(queueUrls);
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().toSorted()).toEqual(sources.toSorted());
    await expect(
      sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: `${QueueUrl}-nowhere` })),
    ).rejects.toThrow(QueueDoesNotExist);
  });

  test("a message that failed is in the dead-letter queue, and comes back by a move task", async () => {
    const deadLetters = await newQueue(isFifo);
    const source = await newQueue(isFifo, redriveTo(deadLetters));
    const { MessageId } = await sqs.send(
      new SendMessageCommand({ QueueUrl: source.QueueUrl, MessageBody: "bad", ...place(isFifo) }),
    );
    await fail(source);
    expect(await receive(source)).toBeUndefined();
    const dead = await receive(deadLetters);
    expect(dead).toMatchObject({
      MessageId,
      Body: "bad",
      Attributes: { DeadLetterQueueSourceArn: source.arn, ApproximateReceiveCount: "2" },
    });
    await show(deadLetters, dead?.ReceiptHandle);
    const { TaskHandle } = await start({ SourceArn: deadLetters.arn });
    expect(TaskHandle).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(await overTask(deadLetters)).toMatchObject({
      Status: "COMPLETED",
      SourceArn: deadLetters.arn,
      ApproximateNumberOfMessagesMoved: 1,
      ApproximateNumberOfMessagesToMove: 1,
      StartedTimestamp: expect.any(Number),
    });
    const back = await receive(source);
    expect(back?.Body).toBe("bad");
    expect(back?.MessageId).not.toBe(MessageId);
    expect(back?.Attributes).not.toHaveProperty("DeadLetterQueueSourceArn");
  });

  test("a move task goes to its destination at its pace, and is cancelled", async () => {
    const deadLetters = await newQueue(isFifo);
    await newQueue(isFifo, redriveTo(deadLetters));
    const destination = await newQueue(isFifo);
    const Entries = Array.from({ length: 10 }, (_, index) => {
      return { Id: `${index}`, MessageBody: `${index}`, ...place(isFifo, `${index}`) };
    });
    const { QueueUrl } = deadLetters;
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const order = {
      SourceArn: deadLetters.arn,
      DestinationArn: destination.arn,
      MaxNumberOfMessagesPerSecond: 1,
    };
    const { TaskHandle } = await start(order);
    await expectInvalid(start(order));
    expect(await latestTask(deadLetters)).toMatchObject({
      ...order,
      TaskHandle,
      Status: "RUNNING",
    });
    const cancelled = await sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));
    expect(cancelled.ApproximateNumberOfMessagesMoved).toBeLessThan(5);
    const task = await overTask(deadLetters);
    expect(task).toMatchObject({ Status: "CANCELLED" });
    expect(task.TaskHandle).toBeUndefined();
    await expectInvalid(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle })));
    const moved = Number((await attributesOf(destination)).ApproximateNumberOfMessages);
    expect(moved).toBe(task.ApproximateNumberOfMessagesMoved);
    expect(await attributesOf(deadLetters)).toMatchObject({
      ApproximateNumberOfMessages: String(10 - moved),
    });
  });

  test("move tasks of what is not there are refused by the class of the error", async () => {
    const deadLetters = await newQueue(isFifo);
    const nowhere = `${deadLetters.arn}-nowhere`;
    await expectNotFound(start({ SourceArn: nowhere }));
    await expectNotFound(sqs.send(new ListMessageMoveTasksCommand({ SourceArn: nowhere })));
    // It is nobody's dead-letter queue yet.
    await expectInvalid(start({ SourceArn: deadLetters.arn }));
    await newQueue(isFifo, redriveTo(deadLetters));
    await expectNotFound(start({ SourceArn: deadLetters.arn, DestinationArn: nowhere }));
    const task = { taskId: crypto.randomUUID(), sourceArn: deadLetters.arn };
    const TaskHandle = Buffer.from(JSON.stringify(task)).toString("base64");
    await expectNotFound(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle })));
    await expectInvalid(sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle: "garbage" })));
    const { Results } = await sqs.send(
      new ListMessageMoveTasksCommand({ SourceArn: deadLetters.arn }),
    );
    expect(Results ?? []).toEqual([]);
  });
});

async function newQueue(isFifo: boolean, Attributes: Record<string, string> = {}): Promise<Queue> {
  const fifo = isFifo ? { FifoQueue: "true" } : {};
  const QueueName = `letters-${queueCount++}${isFifo ? ".fifo" : ""}`;
  const command = new CreateQueueCommand({ QueueName, Attributes: { ...fifo, ...Attributes } });
  const { QueueUrl = "" } = await sqs.send(command);
  const { QueueArn: arn = "" } = await attributesOf({ QueueUrl });
  return { QueueUrl, arn };
}

function redriveTo({ arn }: Queue, maxReceiveCount: number | string = 1): Record<string, string> {
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount }) };
}

async function attributesOf({ QueueUrl }: Pick<Queue, "QueueUrl">) {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] });
  return (await sqs.send(command)).Attributes ?? {};
}

async function setAttributes(
  { QueueUrl }: Queue,
  Attributes: Record<string, string>,
): Promise<void> {
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
}

function place(isFifo: boolean, MessageDeduplicationId = "one") {
  return isFifo ? { MessageGroupId: "g", MessageDeduplicationId } : {};
}

async function receive({ QueueUrl }: Queue) {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["All"] }),
  );
  return Messages[0];
}

async function fail(queue: Queue): Promise<void> {
  await show(queue, (await receive(queue))?.ReceiptHandle);
}

async function show({ QueueUrl }: Queue, ReceiptHandle: string | undefined): Promise<void> {
  const input = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
  await sqs.send(new ChangeMessageVisibilityCommand(input));
}

function start(input: {
  SourceArn: string;
  DestinationArn?: string;
  MaxNumberOfMessagesPerSecond?: number;
}) {
  return sqs.send(new StartMessageMoveTaskCommand(input));
}

async function latestTask({ arn: SourceArn }: Queue) {
  const { Results = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
  return Results[0] ?? {};
}

async function overTask(queue: Queue) {
  const deadlineMs = performance.now() + OVER_WITHIN_MS;
  for (;;) {
    const task = await latestTask(queue);
    if (task.Status !== "RUNNING" && task.Status !== "CANCELLING") return task;
    if (performance.now() > deadlineMs) throw new Error(`the task is still ${task.Status}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** The SDK has no class of its own for this one. */
async function expectInvalid(refused: Promise<unknown>): Promise<void> {
  await expect(refused).rejects.toThrow(SQSServiceException);
  await expect(refused).rejects.toMatchObject({ name: "InvalidParameterValue" });
}

async function expectNotFound(refused: Promise<unknown>): Promise<void> {
  await expect(refused).rejects.toThrow(ResourceNotFoundException);
  await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
}
