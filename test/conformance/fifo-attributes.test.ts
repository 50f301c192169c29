/** The attributes of FIFO queues: how such a queue is made, what it shows, and how it is changed. */
import { describe, expect, test } from "vitest";
import { controlTime, now, pass } from "./controlled-time.ts";
import { accepted, acceptedSilently, call, invalidValue, newName, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const FIFO = { FifoQueue: "true" };
const HIGH_THROUGHPUT = {
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};
const DEFAULTS = {
  ContentBasedDeduplication: "false",
  DeduplicationScope: "queue",
  FifoQueue: "true",
  FifoThroughputLimit: "perQueue",
};
const NAMES = Object.keys(DEFAULTS);

function create(attributes: Record<string, string> = {}): Promise<TestQueue> {
  return TestQueue.create({ ...FIFO, ...attributes });
}

function createAgain(queue: TestQueue, attributes: Record<string, string>) {
  return call("CreateQueue", { QueueName: queue.name, Attributes: { ...attributes, ...FIFO } });
}

function set(queue: TestQueue, Attributes: object) {
  return queue.call("SetQueueAttributes", { Attributes });
}

describe("a fresh FIFO queue", () => {
  test("shows exactly these sixteen under All, all as text [snap, pail]", async () => {
    const createdAtSeconds = String(Math.floor(now() / 1000));
    const queue = await create();
    const shown = {
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
      ...DEFAULTS,
    };
    expect(await queue.attributes("All")).toEqual(shown);
    await queue.evict();
    expect(await queue.attributes("All")).toEqual(shown);
  });

  test.each(Object.entries(DEFAULTS))("shows %s alone as %s", async (name, value) => {
    const queue = await create();
    expect(await queue.attributes(name)).toEqual({ [name]: value });
  });

  test("leaves its name without the suffix to a standard queue", async () => {
    const queue = await create();
    await accepted(call("CreateQueue", { QueueName: queue.name.replace(".fifo", "") }));
    expect(await queue.attributes(...NAMES)).toEqual(DEFAULTS);
  });
});

test("a FifoQueue that is neither true nor false makes no queue", async () => {
  for (const FifoQueue of ["", "1", "yes", " true"]) {
    const QueueName = `${newName()}.fifo`;
    const text = "Invalid value for the parameter FifoQueue.";
    const answer = call("CreateQueue", { QueueName, Attributes: { FifoQueue } });
    await refused(answer, "InvalidAttributeValue", text);
    await refused(call("GetQueueUrl", { QueueName }), "QueueDoesNotExist");
    const standard = call("CreateQueue", { QueueName: newName(), Attributes: { FifoQueue } });
    await refused(standard, "InvalidAttributeName", "Unknown Attribute FifoQueue.");
    const neither = call("CreateQueue", { QueueName: "a b.fifo", Attributes: { FifoQueue } });
    await refused(neither, invalidValue);
  }
});

const SETTABLE = [
  {
    name: "ContentBasedDeduplication",
    texts: { true: "true", True: "true", false: "false", False: "false" },
    flawed: ["", " ", "1", "yes", "true "],
  },
  {
    name: "DeduplicationScope",
    texts: { queue: "queue", messageGroup: "messageGroup" },
    flawed: ["", "messagegroup", "Queue", "perQueue", "true", " queue"],
  },
  {
    name: "FifoThroughputLimit",
    texts: { perQueue: "perQueue" },
    flawed: ["", "perqueue", "perMessageGroupID", "messageGroup", "300", "perQueue "],
  },
];

describe.each(SETTABLE)("$name", ({ name, texts, flawed }) => {
  test.each(Object.entries(texts))(
    "can be %s from the start and later, and reads %s [ls]",
    async (text, shown) => {
      const created = await create({ [name]: text });
      expect(await created.attributes(name)).toEqual({ [name]: shown });
      const changed = await create();
      await acceptedSilently(set(changed, { [name]: text }));
      await changed.evict();
      expect(await changed.attributes(...NAMES)).toEqual({ ...DEFAULTS, [name]: shown });
    },
  );

  test.each(flawed)("cannot be %j", async (value) => {
    const text = `Invalid value for the parameter ${name}.`;
    const QueueName = `${newName()}.fifo`;
    const created = call("CreateQueue", { QueueName, Attributes: { ...FIFO, [name]: value } });
    await refused(created, "InvalidAttributeValue", text);
    await refused(call("GetQueueUrl", { QueueName }), "QueueDoesNotExist");
    const queue = await create();
    await refused(set(queue, { [name]: value }), "InvalidAttributeValue", text);
    expect(await queue.attributes(...NAMES)).toEqual(DEFAULTS);
  });
});

describe("a throughput limit per message group", () => {
  const text =
    "Invalid value for the parameter FifoThroughputLimit. Reason: To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.";
  const { FifoThroughputLimit } = HIGH_THROUGHPUT;

  test("can be had with the scope messageGroup, from the start and later [docs]", async () => {
    const created = await create(HIGH_THROUGHPUT);
    expect(await created.attributes(...NAMES)).toEqual({ ...DEFAULTS, ...HIGH_THROUGHPUT });
    const changed = await create();
    await acceptedSilently(set(changed, HIGH_THROUGHPUT));
    await changed.evict();
    expect(await changed.attributes(...NAMES)).toEqual({ ...DEFAULTS, ...HIGH_THROUGHPUT });
    const later = await create({ DeduplicationScope: "messageGroup" });
    await acceptedSilently(set(later, { FifoThroughputLimit }));
    expect(await later.attributes(...NAMES)).toEqual({ ...DEFAULTS, ...HIGH_THROUGHPUT });
  });

  test.each([{}, { DeduplicationScope: "queue" }])(
    "is refused beside %j when a queue is made [csb]",
    async (scope) => {
      const QueueName = `${newName()}.fifo`;
      const Attributes = { ...FIFO, FifoThroughputLimit, ...scope };
      const created = call("CreateQueue", { QueueName, Attributes });
      await refused(created, "InvalidAttributeValue", text);
      await refused(call("GetQueueUrl", { QueueName }), "QueueDoesNotExist");
    },
  );

  test("is refused on a queue whose scope it is, and changes nothing [cdkd]", async () => {
    const queue = await create();
    const before = await queue.attributes();
    pass(10);
    const change = { DelaySeconds: "5", FifoThroughputLimit };
    await refused(set(queue, change), "InvalidAttributeValue", text);
    expect(await queue.attributes()).toEqual(before);
  });

  test("forbids the scope to go back alone, not both at once [cdkd]", async () => {
    const queue = await create(HIGH_THROUGHPUT);
    await refused(set(queue, { DeduplicationScope: "queue" }), "InvalidAttributeValue", text);
    expect(await queue.attributes(...NAMES)).toEqual({ ...DEFAULTS, ...HIGH_THROUGHPUT });
    const back = { FifoThroughputLimit: "perQueue", DeduplicationScope: "queue" };
    await acceptedSilently(set(queue, back));
    expect(await queue.attributes(...NAMES)).toEqual(DEFAULTS);
  });

  test("is judged before anything is compared with a queue that exists", async () => {
    const queue = await create(HIGH_THROUGHPUT);
    await refused(createAgain(queue, { FifoThroughputLimit }), "InvalidAttributeValue", text);
  });
});

describe("SetQueueAttributes on a FIFO queue", () => {
  test.each(["true", "True"])("takes FifoQueue %s for what is so already [snap]", async (value) => {
    const queue = await create({ ContentBasedDeduplication: "true" });
    await acceptedSilently(set(queue, { FifoQueue: value }));
    expect(await queue.attributes("FifoQueue")).toEqual(FIFO);
    await acceptedSilently(set(queue, { FifoQueue: value, DelaySeconds: "7" }));
    const shown = { ...DEFAULTS, ContentBasedDeduplication: "true", DelaySeconds: "7" };
    expect(await queue.attributes(...NAMES, "DelaySeconds")).toEqual(shown);
  });

  test.each(["false", "False"])("cannot make it a standard queue: %s [snap, pail]", async (no) => {
    const queue = await create();
    const text =
      "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
    await refused(set(queue, { FifoQueue: no }), "InvalidAttributeValue", text);
    expect(await queue.attributes("FifoQueue")).toEqual(FIFO);
  });

  test.each(["", "1"])("cannot set FifoQueue to %j", async (value) => {
    const text = "Invalid value for the parameter FifoQueue.";
    await refused(set(await create(), { FifoQueue: value }), "InvalidAttributeValue", text);
  });

  test("merges, and shows the scope as it was set last [snap]", async () => {
    const queue = await create({ ContentBasedDeduplication: "true" });
    for (const DeduplicationScope of ["messageGroup", "queue"]) {
      await acceptedSilently(set(queue, { DeduplicationScope }));
      await queue.evict();
      const shown = { ...DEFAULTS, ContentBasedDeduplication: "true", DeduplicationScope };
      expect(await queue.attributes(...NAMES)).toEqual(shown);
    }
  });

  test("keeps to the ranges of standard queues [docs]", async () => {
    const queue = await create({ DelaySeconds: "900", VisibilityTimeout: "0" });
    await acceptedSilently(
      set(queue, { MessageRetentionPeriod: "60", MaximumMessageSize: "1024" }),
    );
    expect(await queue.attributes()).toMatchObject({
      DelaySeconds: "900",
      VisibilityTimeout: "0",
      MessageRetentionPeriod: "60",
      MaximumMessageSize: "1024",
    });
    for (const flaw of [{ DelaySeconds: "901" }, { ReceiveMessageWaitTimeSeconds: "21" }]) {
      await refused(set(queue, flaw), "InvalidAttributeValue");
    }
    await refused(set(queue, { Foo: "1" }), "InvalidAttributeName", "Unknown Attribute Foo.");
  });

  test("keeps a redrive policy and takes it away again [pail, ls]", async () => {
    const queue = await create();
    const deadLetterTargetArn = queue.arn;
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 3 });
    await acceptedSilently(set(queue, { RedrivePolicy }));
    expect(await queue.attributes("RedrivePolicy")).toEqual({ RedrivePolicy });
    await acceptedSilently(set(queue, { RedrivePolicy: "" }));
    expect(await queue.attributes("RedrivePolicy")).toEqual({});
  });
});

describe("creating a FIFO queue that exists", () => {
  test.each([
    ["FifoQueue alone", {}],
    ["the same attributes", { ContentBasedDeduplication: "True", ...HIGH_THROUGHPUT }],
    ["one of them", { DeduplicationScope: "messageGroup" }],
    ["defaults spelled out", { DelaySeconds: "0", VisibilityTimeout: "30" }],
  ])("is answered with its URL for %s [ls]", async (_title, attributes) => {
    const queue = await create({ ContentBasedDeduplication: "true", ...HIGH_THROUGHPUT });
    const answer = await accepted(createAgain(queue, attributes));
    expect(answer).toEqual({ QueueUrl: queue.url });
    expect(await queue.attributes(...NAMES)).toMatchObject(HIGH_THROUGHPUT);
  });

  test.each([
    ["ContentBasedDeduplication", { ContentBasedDeduplication: "true", DelaySeconds: "5" }],
    ["DeduplicationScope", { VisibilityTimeout: "30", ...HIGH_THROUGHPUT }],
    ["DelaySeconds", { DelaySeconds: "5", DeduplicationScope: "messageGroup" }],
  ])(
    "is refused for another value, naming the first that differs: %s [snap]",
    async (name, other) => {
      const queue = await create();
      const text = `A queue already exists with the same name and a different value for attribute ${name}`;
      await refused(createAgain(queue, other), "QueueNameExists", text);
      expect(await queue.attributes(...NAMES)).toEqual(DEFAULTS);
    },
  );

  test("compares with what the queue has now, not with what it was made with [ls]", async () => {
    const queue = await create();
    await set(queue, HIGH_THROUGHPUT);
    await refused(createAgain(queue, { DeduplicationScope: "queue" }), "QueueNameExists");
    await accepted(createAgain(queue, HIGH_THROUGHPUT));
  });
});

test("a FIFO queue that was deleted leaves nothing to the next of its name", async () => {
  const queue = await create(HIGH_THROUGHPUT);
  await acceptedSilently(queue.call("DeleteQueue"));
  pass(60);
  expect(await accepted(createAgain(queue, {}))).toEqual({ QueueUrl: queue.url });
  expect(await queue.attributes(...NAMES)).toEqual(DEFAULTS);
  expect(await queue.counts()).toEqual(EMPTY);
});
