/** DeduplicationScope: whether an id is known to the whole queue or to its message group. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { BY_CONTENT, drain, evictAll, FIFO, HIGH_THROUGHPUT, PER_GROUP } from "./fifo-queue.ts";
import { accepted, acceptedSilently } from "./sqs-client.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const IDS = [
  ["an id", "d"],
  ["content", undefined],
] as const;

const GROUP_SCOPES = [
  { kind: "perQueue", attributes: PER_GROUP },
  { kind: "perMessageGroupId", attributes: HIGH_THROUGHPUT },
];

function sendTo(queue: TestQueue, MessageGroupId: string, MessageDeduplicationId?: string) {
  return queue.send("same", { MessageGroupId, MessageDeduplicationId });
}

async function groupsOf(queue: TestQueue): Promise<string[]> {
  const messages = await queue.receive({ AttributeNames: ["MessageGroupId"] });
  return messages.map(({ Attributes }) => Object(Attributes).MessageGroupId).toSorted();
}

describe("the scope queue", () => {
  test.each(IDS)(
    "knows %s in all groups: the first keeps the message [snap]",
    async (_title, id) => {
      const queue = await TestQueue.create(BY_CONTENT);
      const original = await sendTo(queue, "g1", id);
      expect(await sendTo(queue, "g2", id)).toEqual(original);
      await evictAll();
      expect(await sendTo(queue, "g3", id)).toEqual(original);
      expect(await groupsOf(queue)).toEqual(["g1"]);
    },
  );

  test("is the default, and the same when it is spelled out [docs]", async () => {
    const queue = await TestQueue.create({ ...BY_CONTENT, DeduplicationScope: "queue" });
    const original = await sendTo(queue, "g1", "d");
    expect(await sendTo(queue, "g2", "d")).toEqual(original);
  });

  test("knows an id of another group still after its message was deleted", async () => {
    const queue = await TestQueue.create(BY_CONTENT);
    const original = await sendTo(queue, "g1", "d");
    expect(await drain(queue)).toEqual(["same"]);
    expect(await sendTo(queue, "g2", "d")).toEqual(original);
    expect(await queue.receive()).toEqual([]);
  });

  test("knows an id of another entry of the same batch, in another group", async () => {
    const queue = await TestQueue.create(FIFO);
    const Entries = ["g1", "g2"].map((MessageGroupId) => {
      return { Id: MessageGroupId, MessageBody: "a", MessageGroupId, MessageDeduplicationId: "d" };
    });
    await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(await groupsOf(queue)).toEqual(["g1"]);
  });
});

describe.each(GROUP_SCOPES)("the scope messageGroup with the limit $kind", ({ attributes }) => {
  test.each(IDS)("knows %s in its group alone [snap]", async (_title, id) => {
    const queue = await TestQueue.create(attributes);
    const first = await sendTo(queue, "g1", id);
    const second = await sendTo(queue, "g2", id);
    expect(second.MessageId).not.toBe(first.MessageId);
    await evictAll();
    expect(await sendTo(queue, "g1", id)).toEqual(first);
    expect(await sendTo(queue, "g2", id)).toEqual(second);
    expect(await groupsOf(queue)).toEqual(["g1", "g2"]);
  });

  test("keeps to the five minutes of each group by itself", async () => {
    const queue = await TestQueue.create(attributes);
    const first = await sendTo(queue, "g1", "d");
    pass(200);
    const second = await sendTo(queue, "g2", "d");
    pass(101);
    expect((await sendTo(queue, "g1", "d")).MessageId).not.toBe(first.MessageId);
    expect(await sendTo(queue, "g2", "d")).toEqual(second);
    expect(await groupsOf(queue)).toEqual(["g1", "g1", "g2"]);
  });

  test("tells the entries of one batch apart by their groups", async () => {
    const queue = await TestQueue.create(attributes);
    const Entries = ["g1", "g2", "g1"].map((MessageGroupId, index) => {
      return {
        Id: String(index),
        MessageBody: "a",
        MessageGroupId,
        MessageDeduplicationId: "d",
      };
    });
    await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(await groupsOf(queue)).toEqual(["g1", "g2"]);
  });
});

describe("a scope that is changed", () => {
  test.each([
    ["from queue", BY_CONTENT, "messageGroup", 1],
    ["from messageGroup", PER_GROUP, "queue", 2],
  ] as const)(
    "%s reads back changed; deduplication goes on as at the queue's creation [snap]",
    async (_title, attributes, DeduplicationScope, count) => {
      const queue = await TestQueue.create(attributes);
      await sendTo(queue, "g1", "old");
      await acceptedSilently(
        queue.call("SetQueueAttributes", { Attributes: { DeduplicationScope } }),
      );
      expect(await queue.attributes("DeduplicationScope")).toEqual({ DeduplicationScope });
      await sendTo(queue, "g2", "old");
      await evictAll();
      for (const group of ["g3", "g4"]) await sendTo(queue, group, "new");
      expect(await drain(queue)).toHaveLength(2 * count);
    },
  );
});
