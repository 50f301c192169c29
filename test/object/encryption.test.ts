/**
 * Encryption at rest, in the Worker and its objects: what reaches a disk, keys that come and go while
 * messages lie there, and that nobody loses a message for the want of a key.
 */
import { createHash } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { KeyringSecrets } from "../../src/router/keyring.ts";
import { objectOf, stringOf } from "../support/json-value.ts";
import { hasOnDisk, KeyedWorker } from "./keyed-worker.ts";
import { PolledQueue } from "./polled-queue.ts";

const FIRST = `first:${keyOf(0x61)}`;
const SECOND = `second:${keyOf(0x62)}`;
const KMS_ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
const BY_KMS = { KmsMasterKeyId: "alias/orders" };
const PLAIN = { SqsManagedSseEnabled: "false" };
const FIFO = { FifoQueue: "true", ContentBasedDeduplication: "true" };
const PER_GROUP = { ...FIFO, DeduplicationScope: "messageGroup" };
const MARKER = "a-marked-text";

const ROOTED = new KeyedWorker({ MILLRACE_ROOT_KEYS: FIRST });
const KEYLESS = new KeyedWorker({});
const ENABLED = new KeyedWorker(withKms(true));
const DISABLED = new KeyedWorker(withKms(false));

const queues: PolledQueue[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const queue of queues.splice(0)) await queue.end();
});

function keyOf(byte: number): string {
  return Buffer.alloc(32, byte).toString("base64");
}

function withKms(isEnabled: boolean): KeyringSecrets {
  const keys = [{ id: KMS_ID, aliases: ["alias/orders"], key: keyOf(0x63), isEnabled }];
  return { MILLRACE_ROOT_KEYS: FIRST, MILLRACE_KMS_KEYS: JSON.stringify(keys) };
}

async function create(attributes: Record<string, string> = {}): Promise<PolledQueue> {
  const queue = await PolledQueue.create(attributes);
  queues.push(queue);
  return queue;
}

function set(queue: PolledQueue, Attributes: Record<string, string>) {
  return ROOTED.must(queue, "SetQueueAttributes", { Attributes });
}

function silenced() {
  return vi.spyOn(console, "error").mockImplementation(() => {});
}

const MARKED = {
  MessageAttributes: { [MARKER]: { DataType: "String", StringValue: MARKER } },
  MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: MARKER } },
};

describe("of a message, the disk shows", () => {
  test.each([
    ["nothing where there is a root key", ROOTED, {}, false],
    ["nothing where the queue names a KMS key", ENABLED, BY_KMS, false],
    [
      "nothing where the queue names AWS's own key",
      ROOTED,
      { KmsMasterKeyId: "alias/aws/sqs" },
      false,
    ],
    ["everything where the queue is not encrypted", ENABLED, PLAIN, true],
    ["everything where there are no keys", KEYLESS, {}, true],
    ["everything where there are no keys, whatever the queue names", KEYLESS, BY_KMS, true],
  ])("%s", async (_, worker, attributes, isShown) => {
    const queue = await create(attributes);
    await worker.send(queue, MARKER, MARKED);
    expect(await hasOnDisk(queue, MARKER)).toBe(isShown);
    await queue.evict();
    const everything = { MessageAttributeNames: ["All"], MessageSystemAttributeNames: ["All"] };
    const [message = {}] = await worker.receive(queue, everything);
    expect(message).toMatchObject({
      Body: MARKER,
      Attributes: { AWSTraceHeader: MARKER },
      MessageAttributes: { [MARKER]: { StringValue: MARKER } },
    });
  });

  test("what the queue's attributes say when it is sent, also if they have just changed", async () => {
    const queue = await create();
    await ROOTED.send(queue, `${MARKER}-1`);
    await set(queue, PLAIN);
    await ROOTED.send(queue, `${MARKER}-2`);
    await set(queue, { SqsManagedSseEnabled: "true" });
    await ROOTED.send(queue, `${MARKER}-3`);
    const shown = [1, 2, 3].map((number) => hasOnDisk(queue, `${MARKER}-${number}`));
    expect(await Promise.all(shown)).toEqual([false, true, false]);
    expect(await ROOTED.bodies(queue)).toHaveLength(3);
  });
});

describe("a KMS key that is disabled", () => {
  test.each([{}, FIFO, PER_GROUP])("refuses sends and receives, case %#", async (attributes) => {
    const queue = await create({ ...attributes, ...BY_KMS });
    const group = "FifoQueue" in attributes ? { MessageGroupId: "g" } : {};
    const entry = { Id: "1", MessageBody: "b", ...group };
    for (const [action, input] of [
      ["SendMessage", { MessageBody: "b", ...group }],
      ["SendMessageBatch", { Entries: [entry] }],
      ["ReceiveMessage", { WaitTimeSeconds: 0 }],
      ["ReceiveMessage", { WaitTimeSeconds: 20 }],
    ] as const) {
      const { status, output } = await DISABLED.call(queue, action, input);
      expect(status).toBe(400);
      expect(output).toMatchObject({
        __type: "com.amazonaws.sqs#KmsDisabled",
        message: "alias/orders is disabled.",
      });
    }
  });

  test.each([{}, FIFO, PER_GROUP])("costs a message no receive, case %#", async (attributes) => {
    const queue = await create({ ...attributes, ...BY_KMS });
    const group = "FifoQueue" in attributes ? { MessageGroupId: "g" } : {};
    await ENABLED.send(queue, "b", group);
    for (let round = 0; round < 3; round++) {
      expect((await DISABLED.call(queue, "ReceiveMessage")).status).toBe(400);
    }
    const asked = { MessageSystemAttributeNames: ["ApproximateReceiveCount"] };
    const [message = {}] = await ENABLED.receive(queue, asked);
    expect(stringOf(message, "Body")).toBe("b");
    expect(objectOf(message, "Attributes")).toEqual({ ApproximateReceiveCount: "1" });
  });

  test.each([{}, FIFO])(
    "refuses a look, which would pass for all there is: %j",
    async (attributes) => {
      const log = silenced();
      const queue = await create({ ...attributes, ...BY_KMS });
      const group = "FifoQueue" in attributes ? { MessageGroupId: "g" } : {};
      await ENABLED.send(queue, "a", group);
      await set(queue, { SqsManagedSseEnabled: "true" });
      await ENABLED.send(queue, "b", group);
      expect((await ENABLED.look(queue)).output).toMatchObject({ Messages: [{ Body: "a" }, {}] });
      expect((await DISABLED.look(queue)).output).toMatchObject({
        __type: "com.amazonaws.sqs#KmsDisabled",
      });
      expect(log).toHaveBeenCalled();
    },
  );

  test("is forgotten when the queue has another one", async () => {
    const queue = await create(BY_KMS);
    expect((await DISABLED.call(queue, "SendMessage", { MessageBody: "b" })).status).toBe(400);
    await set(queue, { KmsMasterKeyId: "alias/aws/sqs" });
    await DISABLED.send(queue, "b");
    expect(await DISABLED.bodies(queue)).toEqual(["b"]);
  });

  test("of an earlier time is what a receive with nothing else to show is refused for", async () => {
    const log = silenced();
    const queue = await create(BY_KMS);
    await ENABLED.send(queue, "old");
    await set(queue, { SqsManagedSseEnabled: "true" });
    const { output } = await DISABLED.call(queue, "ReceiveMessage", { VisibilityTimeout: 0 });
    expect(output).toMatchObject({ __type: "com.amazonaws.sqs#KmsDisabled" });
    await DISABLED.send(queue, "new");
    expect(await DISABLED.bodies(queue, { VisibilityTimeout: 0 })).toEqual(["new"]);
    expect(log.mock.calls.flat().join("\n")).toContain("does not open");
    expect((await ENABLED.bodies(queue)).sort()).toEqual(["new", "old"]);
  });
});

test("a KMS key that nobody has is not found, by alias or by id", async () => {
  const queue = await create({ KmsMasterKeyId: "alias/none" });
  const { output } = await ENABLED.call(queue, "SendMessage", { MessageBody: "b" });
  expect(output).toMatchObject({
    __type: "com.amazonaws.sqs#KmsNotFound",
    message: "Alias alias/none is not found.",
  });
  await set(queue, { KmsMasterKeyId: "testKeyId" });
  const byId = await ENABLED.call(queue, "ReceiveMessage");
  expect(byId.output).toMatchObject({ message: "Key 'testKeyId' does not exist" });
});

describe("a new root key", () => {
  const rotated = new KeyedWorker({ MILLRACE_ROOT_KEYS: `${SECOND},${FIRST}` });

  test.each([{}, FIFO, PER_GROUP])(
    "leaves what lies there openable, case %#",
    async (attributes) => {
      const queue = await create(attributes);
      const group = "FifoQueue" in attributes ? { MessageGroupId: "g" } : {};
      await ROOTED.send(queue, "before", group);
      await rotated.send(queue, "after", group);
      expect(await rotated.bodies(queue)).toEqual(["before", "after"]);
    },
  );

  test.each([FIFO, PER_GROUP])("lets no duplicate in, case %#", async (attributes) => {
    const queue = await create(attributes);
    const first = await ROOTED.send(queue, "twice", { MessageGroupId: "g" });
    const second = await rotated.send(queue, "twice", { MessageGroupId: "g" });
    expect(second).toEqual(first);
    const MessageDeduplicationId = createHash("sha256").update("twice").digest("hex");
    const named = { MessageGroupId: "g", MessageDeduplicationId };
    expect(await rotated.send(queue, "other", named)).toMatchObject({ MessageId: first.MessageId });
    expect(await rotated.bodies(queue)).toEqual(["twice"]);
  });
});

describe("a message that does not open", () => {
  const lost = new KeyedWorker({ MILLRACE_ROOT_KEYS: SECOND });

  test("is left out and logged, while others come, and is there when its key is back", async () => {
    const log = silenced();
    const queue = await create();
    await ROOTED.send(queue, "sealed by the first");
    await lost.send(queue, "sealed by the second");
    expect(await lost.bodies(queue, { VisibilityTimeout: 0 })).toEqual(["sealed by the second"]);
    expect(log.mock.calls.flat().join("\n")).toContain("there is no root key first");
    const both = new KeyedWorker({ MILLRACE_ROOT_KEYS: `${SECOND},${FIRST}` });
    expect(await both.bodies(queue)).toHaveLength(2);
  });

  test.each([FIFO, PER_GROUP])("holds up its group and no other, case %#", async (attributes) => {
    silenced();
    const queue = await create(attributes);
    await ROOTED.send(queue, "g-1", { MessageGroupId: "g" });
    await lost.send(queue, "g-2", { MessageGroupId: "g" });
    expect(await lost.bodies(queue)).toEqual([]);
    await lost.send(queue, "h-1", { MessageGroupId: "h" });
    expect(await lost.bodies(queue)).toEqual(["h-1"]);
  });
});

test("a malformed secret refuses everything, in words", async () => {
  silenced();
  const queue = await create();
  const worker = new KeyedWorker({ MILLRACE_ROOT_KEYS: "first:tooshort" });
  const { status, output } = await worker.call(queue, "SendMessage", { MessageBody: "b" });
  expect(status).toBe(403);
  expect(JSON.stringify(output)).toContain("cannot read its encryption keys");
});
