/**
 * StartMessageMoveTask, CancelMessageMoveTask and ListMessageMoveTasks: what is wrong with a request, in
 * the order in which SQS looks, and that a refused one starts nothing. How a task moves is not said here.
 */
import { describe, expect, test } from "vitest";
import { controlTime } from "./controlled-time.ts";
import { redriveTo, set } from "./dead-letter-queue.ts";
import { FIFO } from "./fifo-queue.ts";
import {
  accepted,
  acceptedSilently,
  call,
  IN_JSON,
  invalidValue,
  missing,
  refused,
} from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const notFound = "ResourceNotFoundException";
const TASK_ID = "10f57157-fc38-4da9-a113-4de7e12d05aa";
const RATE =
  "Value for parameter MaxNumberOfMessagesPerSecond is invalid. Reason: You must enter a number that's between 1 and 500.";
const MAX_RESULTS =
  "Value for parameter MaxResults is invalid. Reason: You must enter a number that's between 1 and 10.";
const NO_ARNS = [
  "",
  " ",
  "dead",
  "arn",
  "arn:aws:sqs:us-east-1:dead",
  "arn:aws:sqs:::dead",
  ":::::x",
];

const ofNoQueue = (region: string, accountId: string, name = "nowhere") =>
  `arn:aws:sqs:${region}:${accountId}:${name}`;
/** ARNs of this and of other services, regions and accounts; none of a queue that a caller here has. */
const ARNS_OF_NOTHING = [
  ofNoQueue("us-east-1", "000000000000"),
  ofNoQueue("us-east-1", "000000000000", "nowhere.fifo"),
  ofNoQueue("us-east-1", "000000000000", "no/where"),
  ofNoQueue("us-east-1", "000000000000", "a:b"),
  ofNoQueue("us-east-1", "0"),
  "arn:aws:sns:us-east-1:000000000000:nowhere",
];

function formText(parameterName: string): string {
  return `You must use this format to specify the ${parameterName}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`;
}

function noResourceText(parameterName: string): string {
  return `The resource that you specified for the ${parameterName} parameter doesn't exist.`;
}

function policyTo({ arn }: TestQueue): Record<string, string> {
  const policy = { deadLetterTargetArn: arn, maxReceiveCount: 3 };
  return { RedrivePolicy: JSON.stringify(policy) };
}

/** A dead-letter queue and a queue that dead-letters to it. */
async function deadLetterQueue(
  attributes: Record<string, string> = {},
): Promise<{ dead: TestQueue; source: TestQueue }> {
  const dead = await TestQueue.create(attributes);
  return { dead, source: await TestQueue.create({ ...attributes, ...policyTo(dead) }) };
}

/** The same name in another region, and the ARN of that queue. */
async function abroad(queue: TestQueue): Promise<string> {
  const credential = "Credential=AKIDEXAMPLE/21000101/eu-west-1/sqs/aws4_request";
  const headers = { authorization: `AWS4-HMAC-SHA256 ${credential}` };
  await accepted(call("CreateQueue", { QueueName: queue.name }, { headers }));
  return ofNoQueue("eu-west-1", "000000000000", queue.name);
}

function taskHandle(task: unknown): string {
  return Buffer.from(JSON.stringify(task)).toString("base64");
}

/** An empty list is no element at all in XML. */
const NONE = IN_JSON ? { Results: [] } : {};

async function expectNoTasks({ arn: SourceArn }: TestQueue): Promise<void> {
  expect(await accepted(call("ListMessageMoveTasks", { SourceArn }))).toEqual(NONE);
}

describe.each(["StartMessageMoveTask", "ListMessageMoveTasks"])("the SourceArn of %s", (action) => {
  test("must be given [las?]", async () => {
    const text = "The request must contain the parameter SourceArn.";
    await refused(call(action, { MaxResults: 0, DestinationArn: "x" }), missing, text);
  });

  test.each(NO_ARNS)("must have the form of an ARN, unlike %j [ls-impl?, las?]", async (arn) => {
    const input = { SourceArn: arn, MaxResults: 0, DestinationArn: "x" };
    await refused(call(action, input), invalidValue, formText("SourceArn"));
  });

  test.each(ARNS_OF_NOTHING)("must be that of a queue, unlike %s [snap]", async (arn) => {
    const input = { SourceArn: arn, MaxResults: 0, DestinationArn: "x" };
    await refused(call(action, input), notFound, noResourceText("SourceArn"));
  });

  test("must be that of a queue of the caller's region and account", async () => {
    const { dead } = await deadLetterQueue();
    for (const arn of [await abroad(dead), dead.arn.replace("000000000000", "111111111111")]) {
      await refused(call(action, { SourceArn: arn }), notFound, noResourceText("SourceArn"));
    }
  });

  test("must be that of a queue that was not deleted", async () => {
    const { dead } = await deadLetterQueue();
    await acceptedSilently(dead.call("DeleteQueue"));
    const input = { SourceArn: dead.arn, MaxResults: 0 };
    await refused(call(action, input), notFound, noResourceText("SourceArn"));
  });
});

describe("StartMessageMoveTask is refused", () => {
  const start = (dead: TestQueue, input: object = {}) =>
    call("StartMessageMoveTask", { SourceArn: dead.arn, ...input });
  const notDeadLetter = "Source queue must be configured as a Dead Letter Queue.";

  test("for a source to which no queue dead-letters, before its other flaws [snap]", async () => {
    const queue = await TestQueue.create();
    const destination = await TestQueue.create(policyTo(await TestQueue.create()));
    for (const DestinationArn of [undefined, destination.arn, queue.arn, "x"]) {
      const input = { DestinationArn, MaxNumberOfMessagesPerSecond: 0 };
      await refused(start(queue, input), invalidValue, notDeadLetter);
    }
    await expectNoTasks(queue);
  });

  test("for a source to which the last queue has stopped to dead-letter", async () => {
    const { dead, source } = await deadLetterQueue();
    const Attributes = { RedrivePolicy: "" };
    await acceptedSilently(source.call("SetQueueAttributes", { Attributes }));
    await refused(start(dead), invalidValue, notDeadLetter);
  });

  test.each(NO_ARNS)("for the destination %j [ls-impl?, las?]", async (DestinationArn) => {
    const { dead } = await deadLetterQueue();
    const input = { DestinationArn, MaxNumberOfMessagesPerSecond: 0 };
    await refused(start(dead, input), invalidValue, formText("DestinationArn"));
    await expectNoTasks(dead);
  });

  test("for a destination that is the source [las?]", async () => {
    const { dead } = await deadLetterQueue();
    const input = { DestinationArn: dead.arn, MaxNumberOfMessagesPerSecond: 0 };
    const text = "Source queue arn and destination queue arn cannot be the same.";
    await refused(start(dead, input), invalidValue, text);
    await expectNoTasks(dead);
  });

  test("without a destination, of a queue that is the dead-letter queue of itself alone", async () => {
    const queue = await TestQueue.create();
    await set(queue, redriveTo(queue));
    const text = "Source queue arn and destination queue arn cannot be the same.";
    await refused(start(queue), invalidValue, text);
    await expectNoTasks(queue);
  });

  test.each(ARNS_OF_NOTHING)("for the destination %s [snap]", async (DestinationArn) => {
    const { dead } = await deadLetterQueue();
    const input = { DestinationArn, MaxNumberOfMessagesPerSecond: 0 };
    await refused(start(dead, input), notFound, noResourceText("DestinationArn"));
    await expectNoTasks(dead);
  });

  test("for a destination of another region or account, or one that was deleted", async () => {
    const { dead, source } = await deadLetterQueue();
    const foreign = [await abroad(dead), source.arn.replace("000000000000", "111111111111")];
    const gone = await TestQueue.create();
    await acceptedSilently(gone.call("DeleteQueue"));
    for (const DestinationArn of [...foreign, gone.arn]) {
      await refused(start(dead, { DestinationArn }), notFound, noResourceText("DestinationArn"));
    }
    await expectNoTasks(dead);
  });

  test.each([
    ["standard", {}, FIFO],
    ["FIFO", FIFO, {}],
  ])("for a destination of another kind than the %s source [las?]", async (_kind, own, other) => {
    const { dead } = await deadLetterQueue(own);
    const destination = await TestQueue.create(other);
    const input = { DestinationArn: destination.arn, MaxNumberOfMessagesPerSecond: 0 };
    const text = "The source queue and destination queue must be of the same queue type.";
    await refused(start(dead, input), invalidValue, text);
    await expectNoTasks(dead);
  });

  test.each([0, -1, 501, 2 ** 31 - 1])("for %d messages per second [las?]", async (rate) => {
    const { dead, source } = await deadLetterQueue();
    for (const DestinationArn of [undefined, source.arn]) {
      const input = { DestinationArn, MaxNumberOfMessagesPerSecond: rate };
      await refused(start(dead, input), invalidValue, RATE);
    }
    await expectNoTasks(dead);
  });
});

describe("CancelMessageMoveTask is refused", () => {
  const cancel = (TaskHandle: unknown) => call("CancelMessageMoveTask", { TaskHandle });

  test("without a handle [las?]", async () => {
    const text = "The request must contain the parameter TaskHandle.";
    await refused(cancel(undefined), missing, text);
  });

  test.each([
    "",
    "foobared",
    "e30=",
    "\ud800",
    taskHandle(null),
    taskHandle([]),
    taskHandle({ taskId: TASK_ID }),
    taskHandle({ sourceArn: ofNoQueue("us-east-1", "000000000000") }),
    taskHandle({ taskId: 1, sourceArn: ofNoQueue("us-east-1", "000000000000") }),
  ])("for the handle %j [snap]", async (handle) => {
    const text = "Value for parameter TaskHandle is invalid.";
    await refused(cancel(handle), invalidValue, text);
  });

  test.each(ARNS_OF_NOTHING)("for a task of %s [snap]", async (sourceArn) => {
    const handle = taskHandle({ taskId: TASK_ID, sourceArn });
    await refused(cancel(handle), notFound, noResourceText("SourceArn"));
  });

  test("for a task of a queue of another region or account, or of one that was deleted", async () => {
    const { dead } = await deadLetterQueue();
    const foreign = [await abroad(dead), dead.arn.replace("000000000000", "111111111111")];
    await acceptedSilently(dead.call("DeleteQueue"));
    for (const sourceArn of [...foreign, dead.arn]) {
      const handle = taskHandle({ taskId: TASK_ID, sourceArn });
      await refused(cancel(handle), notFound, noResourceText("SourceArn"));
    }
  });

  test.each([{}, FIFO])("for a task that a queue with %j does not have [snap]", async (kind) => {
    const { dead } = await deadLetterQueue(kind);
    const queue = await TestQueue.create(kind);
    for (const { arn: sourceArn } of [dead, queue]) {
      for (const taskId of [TASK_ID, "", "x".repeat(10_000)]) {
        await refused(cancel(taskHandle({ taskId, sourceArn })), notFound, "Task does not exist.");
      }
    }
  });
});

describe("ListMessageMoveTasks", () => {
  const list = ({ arn: SourceArn }: TestQueue, MaxResults?: number) =>
    call("ListMessageMoveTasks", { SourceArn, MaxResults });

  test.each([{}, FIFO])("lists none of a queue with %j that had none", async (kind) => {
    const { dead, source } = await deadLetterQueue(kind);
    await expectNoTasks(dead);
    await expectNoTasks(source);
    expect(await accepted(list(dead, 1))).toEqual(NONE);
    expect(await accepted(list(dead, 10))).toEqual(NONE);
  });

  test.each([0, -1, 11, 2 ** 31 - 1])("is refused for MaxResults %d [las?]", async (count) => {
    const { dead } = await deadLetterQueue();
    await refused(list(dead, count), invalidValue, MAX_RESULTS);
  });
});
