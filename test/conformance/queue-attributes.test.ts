/** Queue attributes: their defaults and ranges, in CreateQueue and SetQueueAttributes. */
import { describe, expect, test } from "vitest";
import { controlTime, now, pass } from "./controlled-time.ts";
import { accepted, acceptedSilently, call, missing, newName, refused } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const SETTABLE = [
  { name: "DelaySeconds", min: 0, max: 900, fallback: 0 },
  { name: "MaximumMessageSize", min: 1024, max: 1_048_576, fallback: 1_048_576 },
  { name: "MessageRetentionPeriod", min: 60, max: 1_209_600, fallback: 345_600 },
  { name: "ReceiveMessageWaitTimeSeconds", min: 0, max: 20, fallback: 0 },
  { name: "VisibilityTimeout", min: 0, max: 43_200, fallback: 30 },
];

function set(queue: TestQueue, Attributes: unknown) {
  return queue.call("SetQueueAttributes", { Attributes });
}

describe.each(SETTABLE)("$name", ({ name, min, max, fallback }) => {
  test(`is ${fallback} unless set`, async () => {
    const queue = await TestQueue.create();
    expect(await queue.attributes(name)).toEqual({ [name]: String(fallback) });
  });

  test.each([min, max])("can be %d from the start and later", async (value) => {
    const created = await TestQueue.create({ [name]: String(value) });
    expect(await created.attributes(name)).toEqual({ [name]: String(value) });
    const changed = await TestQueue.create();
    await acceptedSilently(set(changed, { [name]: String(value) }));
    await changed.evict();
    expect(await changed.attributes(name)).toEqual({ [name]: String(value) });
  });

  const texts = [
    "",
    " ",
    "abc",
    "1.5",
    "-1",
    "1e2",
    "0x10",
    "+60",
    " 60",
    "60 ",
    "NaN",
    "9".repeat(20),
  ];
  test.each([String(min - 1), String(max + 1), ...texts])(
    "cannot be %j [bal, pail]",
    async (value) => {
      const text = `Invalid value for the parameter ${name}.`;
      const QueueName = newName();
      const created = call("CreateQueue", { QueueName, Attributes: { [name]: value } });
      await refused(created, "InvalidAttributeValue", text);
      await refused(call("GetQueueUrl", { QueueName }), "QueueDoesNotExist");
      const queue = await TestQueue.create();
      await refused(set(queue, { [name]: value }), "InvalidAttributeValue", text);
      expect(await queue.attributes(name)).toEqual({ [name]: String(fallback) });
    },
  );

  test("may be written as a JSON number, which is taken for its text [las?]", async () => {
    const queue = await TestQueue.create();
    await accepted(set(queue, { [name]: min }));
    expect(await queue.attributes(name)).toEqual({ [name]: String(min) });
  });
});

describe("SetQueueAttributes", () => {
  test("merges, says nothing, and moves LastModifiedTimestamp alone [docs, pail]", async () => {
    const queue = await TestQueue.create({ DelaySeconds: "5" });
    const before = await queue.attributes();
    pass(10);
    await acceptedSilently(set(queue, { VisibilityTimeout: "60" }));
    const LastModifiedTimestamp = String(Math.floor(now() / 1000));
    const expected = { ...before, VisibilityTimeout: "60", LastModifiedTimestamp };
    expect(await queue.attributes()).toEqual(expected);
  });

  test("changes nothing if one of several is flawed", async () => {
    const queue = await TestQueue.create();
    const before = await queue.attributes();
    pass(10);
    const attributes = { VisibilityTimeout: "60", DelaySeconds: "901" };
    await refused(set(queue, attributes), "InvalidAttributeValue");
    expect(await queue.attributes()).toEqual(before);
  });

  test.each([undefined, null, {}])(
    "misses its attributes when they are %j [las?]",
    async (none) => {
      const queue = await TestQueue.create();
      await refused(
        set(queue, none),
        missing,
        "The request must contain the parameter Attribute.Name.",
      );
    },
  );

  test.each([
    "QueueArn",
    "ApproximateNumberOfMessages",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "All",
    "Foo",
    "",
    "constructor",
  ])("cannot set %j [iss sim#7498]", async (name) => {
    const queue = await TestQueue.create();
    const text = `Unknown Attribute ${name}.`;
    await refused(set(queue, { [name]: "1" }), "InvalidAttributeName", text);
    const created = call("CreateQueue", { QueueName: newName(), Attributes: { [name]: "1" } });
    await refused(created, "InvalidAttributeName", text);
  });

  test.each([
    ["FifoQueue", "true", "Unknown Attribute FifoQueue."],
    ["FifoQueue", "false", "Unknown Attribute FifoQueue."],
    ["ContentBasedDeduplication", "true", "Unknown Attribute ContentBasedDeduplication."],
    [
      "DeduplicationScope",
      "queue",
      "You can specify the DeduplicationScope only when FifoQueue is set to true.",
    ],
    [
      "FifoThroughputLimit",
      "perQueue",
      "You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
    ],
  ])("cannot set %s to %s on a standard queue [snap, pail]", async (name, value, text) => {
    const queue = await TestQueue.create();
    await refused(set(queue, { [name]: value }), "InvalidAttributeName", text);
    if (value === "true" && name === "FifoQueue") return;
    const created = call("CreateQueue", { QueueName: newName(), Attributes: { [name]: value } });
    await refused(created, "InvalidAttributeName", text);
  });
});
