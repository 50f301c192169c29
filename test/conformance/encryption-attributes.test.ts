/** The two kinds of encryption at rest, of which a queue has one at a time. */
import { describe, expect, test } from "vitest";
import { acceptedSilently, refused } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

const NAMES = ["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled"];

function set(queue: TestQueue, Attributes: object) {
  return queue.call("SetQueueAttributes", { Attributes });
}

describe("a KMS key", () => {
  test("turns the queue's own encryption off and shows its reuse period [snap]", async () => {
    const queue = await TestQueue.create();
    await acceptedSilently(set(queue, { KmsMasterKeyId: "testKeyId" }));
    expect(await queue.attributes(...NAMES)).toEqual({
      KmsMasterKeyId: "testKeyId",
      KmsDataKeyReusePeriodSeconds: "300",
      SqsManagedSseEnabled: "false",
    });
  });

  test("that is set to nothing disappears, and the other kind stays off [snap]", async () => {
    const queue = await TestQueue.create({ KmsMasterKeyId: "alias/aws/sqs" });
    await set(queue, { KmsMasterKeyId: "", KmsDataKeyReusePeriodSeconds: "300" });
    await queue.evict();
    expect(await queue.attributes(...NAMES)).toEqual({ SqsManagedSseEnabled: "false" });
  });

  test("gives way to the queue's own encryption", async () => {
    const queue = await TestQueue.create({ KmsMasterKeyId: "alias/aws/sqs" });
    await set(queue, { SqsManagedSseEnabled: "true" });
    expect(await queue.attributes(...NAMES)).toEqual({ SqsManagedSseEnabled: "true" });
  });

  test("together with the other kind is refused [snap]", async () => {
    const queue = await TestQueue.create();
    const both = { KmsMasterKeyId: "testKeyId", SqsManagedSseEnabled: "true" };
    const text =
      "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.";
    await refused(set(queue, both), "InvalidAttributeName", text);
    expect(await queue.attributes(...NAMES)).toEqual({ SqsManagedSseEnabled: "true" });
  });

  test.each(["x".repeat(2049), "x".repeat(3_000_000), "a b", "\ud800", "a\u0000"])(
    "cannot be named as in case %#",
    async (KmsMasterKeyId) => {
      const queue = await TestQueue.create();
      await refused(set(queue, { KmsMasterKeyId }), "InvalidAttributeValue");
      expect(await queue.attributes(...NAMES)).toEqual({ SqsManagedSseEnabled: "true" });
    },
  );
});

test.each(["60", "86400"])("a reuse period of %s is shown, also without a key", async (period) => {
  const queue = await TestQueue.create({ KmsDataKeyReusePeriodSeconds: period });
  const shown = { KmsDataKeyReusePeriodSeconds: period, SqsManagedSseEnabled: "true" };
  expect(await queue.attributes(...NAMES)).toEqual(shown);
});

test.each(["59", "86401", ""])("a reuse period of %j is refused", async (period) => {
  const queue = await TestQueue.create();
  const answer = set(queue, { KmsDataKeyReusePeriodSeconds: period });
  await refused(answer, "InvalidAttributeValue");
});

test.each([
  ["True", "true"],
  ["FALSE", "false"],
  ["false", "false"],
])("SqsManagedSseEnabled %s is printed %s [ls]", async (given, printed) => {
  const queue = await TestQueue.create({ SqsManagedSseEnabled: given });
  const name = "SqsManagedSseEnabled";
  expect(await queue.attributes(name)).toEqual({ [name]: printed });
});

test.each(["", "yes", "1", "true "])("SqsManagedSseEnabled %j is refused", async (value) => {
  const queue = await TestQueue.create();
  const text = "Invalid value for the parameter SqsManagedSseEnabled.";
  await refused(set(queue, { SqsManagedSseEnabled: value }), "InvalidAttributeValue", text);
});
