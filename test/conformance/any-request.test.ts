/**
 * Any request at all: whatever the members of an action hold, the answer is the client's success or
 * the client's error, never ours, and the queue works afterwards.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { call } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

const ACTIONS = [
  "AddPermission",
  "CancelMessageMoveTask",
  "ChangeMessageVisibility",
  "ChangeMessageVisibilityBatch",
  "CreateQueue",
  "DeleteMessage",
  "DeleteMessageBatch",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "ListMessageMoveTasks",
  "ListQueueTags",
  "ListQueues",
  "ReceiveMessage",
  "RemovePermission",
  "SendMessage",
  "SendMessageBatch",
  "SetQueueAttributes",
  "StartMessageMoveTask",
  "TagQueue",
  "UntagQueue",
];

const ARN_OF_A = "arn:aws:sqs:us-east-1:000000000000:a";

const TEXTS = [
  "",
  " ",
  "a",
  "0",
  "true",
  "All",
  ".*",
  "a.*",
  "String",
  "Number.x",
  "Binary",
  "AQID",
  "\u0000",
  "\ud800",
  "中",
  "\u{1F600}",
  "__proto__",
  "constructor",
  "FifoQueue",
  "DelaySeconds",
  "Policy",
  "RedrivePolicy",
  '{"redrivePermission":"allowAll"}',
  '{"Statement":[]}',
  `{"deadLetterTargetArn":"${ARN_OF_A}","maxReceiveCount":"1"}`,
  "AWSTraceHeader",
  "x".repeat(300),
];
const NUMBERS = [0, -0, 1, -1, 10, 11, 900, 43_200, 43_201, 2 ** 31, 2 ** 53, 1e308, 0.5];

const ODD = fc.oneof(fc.jsonValue(), fc.constantFrom(...TEXTS, ...NUMBERS, null, true));

/** Of the right kind most of the time, because a single wrong one ends the reading of a request. */
function mostly<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary, weight: 40 }, { arbitrary: ODD, weight: 1 });
}

const NAME = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: "binary" }));
const TEXT = mostly(NAME);
const INTEGER = mostly(fc.constantFrom(...NUMBERS.filter(Number.isInteger)));
const BINARY = mostly(fc.base64String());
const TEXTS_LIST = mostly(fc.array(TEXT, { maxLength: 3 }));
const TEXTS_MAP = mostly(fc.dictionary(NAME, TEXT, { maxKeys: 3 }));
const ATTRIBUTE = fc.record(
  { DataType: TEXT, StringValue: TEXT, BinaryValue: BINARY, StringListValues: TEXTS_LIST },
  { requiredKeys: [] },
);
const ATTRIBUTES = mostly(fc.dictionary(NAME, ATTRIBUTE, { maxKeys: 3 }));

/** Of a queue that is there, now and then. */
const ARN_TEXTS = fc.oneof(NAME, fc.constantFrom(ARN_OF_A));
const ARN = mostly(ARN_TEXTS);
const HANDLE = mostly(
  fc.oneof(
    NAME,
    fc
      .record({ taskId: NAME, sourceArn: ARN_TEXTS })
      .map((task) => Buffer.from(JSON.stringify(task)).toString("base64")),
  ),
);

const MESSAGE_MEMBERS = {
  MessageBody: TEXT,
  DelaySeconds: INTEGER,
  MessageAttributes: ATTRIBUTES,
  MessageSystemAttributes: ATTRIBUTES,
  MessageGroupId: TEXT,
  MessageDeduplicationId: TEXT,
  ReceiptHandle: TEXT,
  VisibilityTimeout: INTEGER,
};
const ENTRY = fc.record({ Id: TEXT, ...MESSAGE_MEMBERS }, { requiredKeys: [] });
const INPUT = fc.record(
  {
    ...MESSAGE_MEMBERS,
    Entries: mostly(fc.array(ENTRY, { maxLength: 11 })),
    Attributes: TEXTS_MAP,
    AttributeNames: TEXTS_LIST,
    MessageAttributeNames: TEXTS_LIST,
    MessageSystemAttributeNames: TEXTS_LIST,
    MaxNumberOfMessages: INTEGER,
    QueueName: TEXT,
    QueueNamePrefix: TEXT,
    QueueOwnerAWSAccountId: TEXT,
    MaxResults: INTEGER,
    NextToken: TEXT,
    Tags: TEXTS_MAP,
    tags: TEXTS_MAP,
    TagKeys: TEXTS_LIST,
    SourceArn: ARN,
    DestinationArn: ARN,
    TaskHandle: HANDLE,
    MaxNumberOfMessagesPerSecond: INTEGER,
  },
  { requiredKeys: [] },
);

test("no request is answered with a 5xx, and the queue goes on working", async () => {
  const queue = await TestQueue.create();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ACTIONS), INPUT, async (action, input) => {
      const { status } = await queue.call(action, { ...input, WaitTimeSeconds: 0 });
      expect([200, 400, 403, 404]).toContain(status);
    }),
    { numRuns: 1_500 },
  );
  const after = await TestQueue.create();
  await after.send("a");
  expect(await after.bodies()).toEqual(["a"]);
  expect((await queue.call("PurgeQueue")).status).toBe(200);
}, 60_000);

test("no queue address is answered with a 5xx", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ACTIONS), TEXT, async (action, QueueUrl) => {
      const { status } = await call(action, { QueueUrl, WaitTimeSeconds: 0 });
      expect([200, 400]).toContain(status);
    }),
    { numRuns: 300 },
  );
}, 60_000);
