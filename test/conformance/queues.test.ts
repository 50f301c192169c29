/** CreateQueue, GetQueueUrl and DeleteQueue: names, repetition, and the minute after a deletion. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { accepted, acceptedSilently, call, invalidValue, newName, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const NAME_RULE =
  "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
const FIFO_NAME_RULE =
  "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.";
const NO_NAME = "Value for parameter QueueName is invalid. Reason: Must specify a queue name.";

function create(QueueName: unknown, Attributes: object = {}, tags?: object) {
  return call("CreateQueue", { QueueName, Attributes, tags });
}

describe("a name", () => {
  test.each(["a", "0", "-", "_", "A-b_9", "x".repeat(80)])("%s is accepted", async (end) => {
    const name = end.length === 80 ? newName().padEnd(80, "x") : newName() + end;
    const answer = await accepted(create(name));
    expect(answer).toEqual({ QueueUrl: `http://sqs.test:9324/000000000000/${name}` });
  });

  test.each([
    "invalid/name",
    "x".repeat(81),
    "a b",
    "ü",
    "a.b",
    "a\n",
    "name.fifo",
    ".fifo",
    "../etc",
    "\ud800",
  ])("%j is refused [bal, pail, iss botocore#3058]", async (name) => {
    await refused(create(name), invalidValue, NAME_RULE);
    await refused(call("GetQueueUrl", { QueueName: name }), "QueueDoesNotExist");
  });

  test.each([undefined, null])(
    "that is %s is an invalid value, not a missing one [pail]",
    async (name) => {
      await refused(create(name), invalidValue, NO_NAME);
      await refused(call("GetQueueUrl", { QueueName: name }), invalidValue, NO_NAME);
    },
  );

  test("that is empty is refused [las?]", async () => {
    await refused(create(""), invalidValue, "Queue name cannot be empty");
    await refused(call("GetQueueUrl", { QueueName: "" }), invalidValue);
  });

  test.each(["plain", "fifo", ".fifo", `${"x".repeat(76)}.fifo`, "a b.fifo", "a.FIFO"])(
    "%s is refused for a FIFO queue [pail, ls]",
    async (name) => {
      await refused(create(name, { FifoQueue: "true" }), invalidValue, FIFO_NAME_RULE);
    },
  );

  test.each(["false", "False"])(
    "that ends in .fifo is refused with FifoQueue %s as without it",
    async (FifoQueue) => {
      const name = `${newName()}.fifo`;
      await refused(create(name, { FifoQueue }), invalidValue, NAME_RULE);
      await refused(create(name), invalidValue, NAME_RULE);
      await refused(call("GetQueueUrl", { QueueName: name }), "QueueDoesNotExist");
    },
  );

  test.each(["true", "True"])(
    "of 80 with .fifo is accepted with FifoQueue %s",
    async (FifoQueue) => {
      const name = `${newName().padEnd(75, "x")}.fifo`;
      const answer = await accepted(create(name, { FifoQueue }));
      expect(answer).toEqual({ QueueUrl: `http://sqs.test:9324/000000000000/${name}` });
      expect(await accepted(call("GetQueueUrl", { QueueName: name }))).toEqual(answer);
    },
  );

  test("is case-sensitive [docs]", async () => {
    const name = newName();
    await accepted(create(`${name}a`));
    await refused(call("GetQueueUrl", { QueueName: `${name}A` }), "QueueDoesNotExist");
  });
});

describe("creating a queue that exists", () => {
  const FIRST = { DelaySeconds: "5", VisibilityTimeout: "10" };
  const differs = "A queue already exists with the same name and a different value for";

  test.each([
    ["no attributes", {}],
    ["the same attributes", FIRST],
    ["one of them", { DelaySeconds: "5" }],
    ["defaults spelled out", { ReceiveMessageWaitTimeSeconds: "0", SqsManagedSseEnabled: "True" }],
    ["optional ones set to nothing", { Policy: "", RedrivePolicy: "", KmsMasterKeyId: "" }],
  ])("is answered with its URL for %s [ls]", async (_title, attributes) => {
    const queue = await TestQueue.create(FIRST);
    await queue.send("a");
    const answer = await accepted(create(queue.name, attributes));
    expect(answer).toEqual({ QueueUrl: queue.url });
    expect(await queue.counts()).toEqual({ ...EMPTY, delayed: 1 });
  });

  test("is refused for another value, naming the first that differs [snap]", async () => {
    const queue = await TestQueue.create(FIRST);
    const attributes = { VisibilityTimeout: "10", DelaySeconds: "2", MaximumMessageSize: "1024" };
    const text = `${differs} attribute DelaySeconds`;
    await refused(create(queue.name, attributes), "QueueNameExists", text);
    expect(await queue.attributes()).toMatchObject({ ...FIRST, MaximumMessageSize: "1048576" });
  });

  test("compares with what the queue has now, not with what it was made with [ls]", async () => {
    const queue = await TestQueue.create(FIRST);
    await queue.call("SetQueueAttributes", { Attributes: { DelaySeconds: "6" } });
    await refused(create(queue.name, { DelaySeconds: "5" }), "QueueNameExists");
    await accepted(create(queue.name, { DelaySeconds: "6" }));
  });

  test("compares tags where some are given [iss dramatiq_sqs#13]", async () => {
    const queue = await TestQueue.create();
    await queue.call("TagQueue", { Tags: { a: "1", b: "2" } });
    await accepted(create(queue.name, {}, { b: "2", a: "1" }));
    await accepted(create(queue.name, {}, {}));
    for (const tags of [{ a: "1" }, { a: "1", b: "3" }, { a: "1", c: "2" }, { A: "1", b: "2" }]) {
      await refused(create(queue.name, {}, tags), "QueueNameExists", `${differs} tags`);
    }
    expect(await queue.tags()).toEqual({ a: "1", b: "2" });
  });

  test("compares policies by what they say, not by how they are written [iss moto#1764]", async () => {
    const statement = { Effect: "Allow", Principal: "*", Action: "sqs:*", Resource: "*" };
    const policy = { Version: "2012-10-17", Statement: [statement] };
    const Policy = JSON.stringify(policy);
    const queue = await TestQueue.create({ Policy });
    await accepted(create(queue.name, { Policy: JSON.stringify(policy, null, 2) }));
    const other = JSON.stringify({ ...policy, Statement: [{ ...statement, Effect: "Deny" }] });
    await refused(create(queue.name, { Policy: other }), "QueueNameExists", /attribute Policy$/);
    expect(await queue.attributes("Policy")).toEqual({ Policy });
  });

  test("is refused for an attribute out of range before anything is compared", async () => {
    const queue = await TestQueue.create();
    await refused(create(queue.name, { DelaySeconds: "901" }), "InvalidAttributeValue");
  });
});

describe("GetQueueUrl", () => {
  test("finds a queue by its name", async () => {
    const queue = await TestQueue.create();
    const answer = await accepted(call("GetQueueUrl", { QueueName: queue.name }));
    expect(answer).toEqual({ QueueUrl: queue.url });
  });

  test("finds it for its owner's account, and not for another's", async () => {
    const queue = await TestQueue.create();
    const named = (QueueOwnerAWSAccountId: string) =>
      call("GetQueueUrl", { QueueName: queue.name, QueueOwnerAWSAccountId });
    expect(await accepted(named("000000000000"))).toEqual({ QueueUrl: queue.url });
    await refused(named("111111111111"), "QueueDoesNotExist");
    await refused(named("nobody"), "QueueDoesNotExist");
  });

  test("says that an unknown queue does not exist [bal]", async () => {
    const answer = call("GetQueueUrl", { QueueName: newName() });
    await refused(answer, "QueueDoesNotExist", "The specified queue does not exist.");
  });
});

describe("DeleteQueue", () => {
  test("says nothing, and the queue and its messages are gone [pail]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    await acceptedSilently(queue.call("DeleteQueue"));
    await refused(call("GetQueueUrl", { QueueName: queue.name }), "QueueDoesNotExist");
    await refused(queue.call("SendMessage", { MessageBody: "a" }), "QueueDoesNotExist");
    await refused(queue.call("ReceiveMessage"), "QueueDoesNotExist");
  });

  test("twice is refused [bal]", async () => {
    const queue = await TestQueue.create();
    await queue.call("DeleteQueue");
    await queue.evict();
    const text = "The specified queue does not exist.";
    await refused(queue.call("DeleteQueue"), "QueueDoesNotExist", text);
  });

  test("blocks the name for 60 seconds, then a new, empty queue can have it [ls]", async () => {
    const queue = await TestQueue.create({ DelaySeconds: "5" });
    await queue.send("a");
    await queue.call("TagQueue", { Tags: { a: "b" } });
    await queue.call("DeleteQueue");
    pass(59);
    await refused(
      create(queue.name),
      "QueueDeletedRecently",
      "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    );
    pass(1);
    expect(await accepted(create(queue.name))).toEqual({ QueueUrl: queue.url });
    expect(await queue.counts()).toEqual(EMPTY);
    expect(await queue.tags()).toEqual({});
    expect(await queue.attributes("DelaySeconds")).toEqual({ DelaySeconds: "0" });
  });
});
