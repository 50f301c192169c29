/** GetQueueAttributes: what is shown of a fresh queue, and for which names. */
import { describe, expect, test } from "vitest";
import { controlTime, now } from "./controlled-time.ts";
import { acceptedEmpty, call, newName, refused } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const FIFO_ONLY = [
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoQueue",
  "FifoThroughputLimit",
];

describe("GetQueueAttributes", () => {
  test("shows exactly these twelve under All, all as text [snap, pail]", async () => {
    const createdAtSeconds = String(Math.floor(now() / 1000));
    const queue = await TestQueue.create();
    expect(await queue.attributes("All")).toEqual({
      ApproximateNumberOfMessages: "0",
      ApproximateNumberOfMessagesDelayed: "0",
      ApproximateNumberOfMessagesNotVisible: "0",
      CreatedTimestamp: createdAtSeconds,
      DelaySeconds: "0",
      LastModifiedTimestamp: createdAtSeconds,
      MaximumMessageSize: "1048576",
      MessageRetentionPeriod: "345600",
      QueueArn: queue.arn,
      ReceiveMessageWaitTimeSeconds: "0",
      SqsManagedSseEnabled: "true",
      VisibilityTimeout: "30",
    });
  });

  test.each([
    ["nothing", {}],
    ["an empty list", { AttributeNames: [] }],
    ["null", { AttributeNames: null }],
    ["what is not set", { AttributeNames: ["Policy", "RedrivePolicy", "KmsMasterKeyId"] }],
    ["what only FIFO queues have", { AttributeNames: FIFO_ONLY }],
  ])("answers an empty object when asked for %s [ls, pail]", async (_title, input) => {
    const queue = await TestQueue.create();
    await acceptedEmpty(queue.call("GetQueueAttributes", input));
  });

  test.each([
    [["QueueArn"], ["QueueArn"]],
    [
      ["VisibilityTimeout", "ReceiveMessageWaitTimeSeconds"],
      ["ReceiveMessageWaitTimeSeconds", "VisibilityTimeout"],
    ],
    [["Policy", "DelaySeconds", "DelaySeconds"], ["DelaySeconds"]],
  ])("shows of %j those that are there", async (asked, shown) => {
    const queue = await TestQueue.create();
    expect(Object.keys(await queue.attributes(...asked)).toSorted()).toEqual(shown);
  });

  test.each(["Foobar", "visibilitytimeout", "", "all", "constructor", "__proto__"])(
    "refuses the unknown name %j, also beside All [ls, pail]",
    async (name) => {
      const queue = await TestQueue.create();
      for (const AttributeNames of [[name], ["All", name]]) {
        const answer = queue.call("GetQueueAttributes", { AttributeNames });
        await refused(answer, "InvalidAttributeName", `Unknown Attribute ${name}.`);
      }
    },
  );

  test("looks for the queue before it looks at the names", async () => {
    const input = { QueueUrl: newName(), AttributeNames: ["Foobar"] };
    await refused(call("GetQueueAttributes", input), "QueueDoesNotExist");
  });
});
