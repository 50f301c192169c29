/** Sizes: what counts, and the limit at the exact byte, for a message and for a batch. */
import { describe, expect, test } from "vitest";
import { accepted, invalidValue, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

const MIB = 1_048_576;
const ONE_MIB_RULE =
  "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.";

describe("a message", () => {
  test("of exactly 1 MiB is accepted and comes back whole [snap]", async () => {
    const queue = await TestQueue.create();
    const body = "x".repeat(MIB);
    await queue.send(body);
    await queue.evict();
    const [received] = await queue.bodies();
    expect(received?.length).toBe(MIB);
    expect(received === body).toBe(true);
  });

  test("of one byte more is refused [snap]", async () => {
    const queue = await TestQueue.create();
    const input = { MessageBody: "x".repeat(MIB + 1) };
    await refused(queue.call("SendMessage", input), invalidValue, ONE_MIB_RULE);
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("is measured in UTF-8, not in characters", async () => {
    const queue = await TestQueue.create({ MaximumMessageSize: "1024" });
    await queue.send("中".repeat(341));
    await refused(queue.call("SendMessage", { MessageBody: "中".repeat(342) }), invalidValue);
    await queue.send("\u{1F600}".repeat(256));
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 2 });
  });

  test("that arrives as escapes is measured by what they stand for", async () => {
    const queue = await TestQueue.create();
    const body = "\n".repeat(MIB);
    await queue.send(body);
    expect((await queue.bodies())[0]?.length).toBe(MIB);
  });

  test("is held to the queue's own limit, which is allowed itself [snap]", async () => {
    const queue = await TestQueue.create({ MaximumMessageSize: "1024" });
    await queue.send("x".repeat(1024));
    await refused(
      queue.call("SendMessage", { MessageBody: "x".repeat(1025) }),
      invalidValue,
      "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.",
    );
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test("is held to a limit that was changed after the queue was made", async () => {
    const queue = await TestQueue.create({ MaximumMessageSize: "1024" });
    await queue.call("SetQueueAttributes", { Attributes: { MaximumMessageSize: "2048" } });
    await queue.send("x".repeat(2048));
    await refused(queue.call("SendMessage", { MessageBody: "x".repeat(2049) }), invalidValue);
  });
});

describe("of an attribute", () => {
  // 4 bytes of name, and of the type and value as below.
  test.each([
    ["name, type and value count", { DataType: "String.ab", StringValue: "x".repeat(11) }],
    ["the value of a number counts as text", { DataType: "Number", StringValue: "1".repeat(14) }],
    ["the raw bytes of a binary value count", { DataType: "Binary", BinaryValue: base64Of(14) }],
  ])("%s towards the size [snap]", async (_title, name) => {
    const queue = await TestQueue.create({ MaximumMessageSize: "1024" });
    const MessageAttributes = { name };
    const room = 1024 - 24;
    await queue.send("x".repeat(room), { MessageAttributes });
    const tooLong = { MessageBody: "x".repeat(room + 1), MessageAttributes };
    await refused(queue.call("SendMessage", tooLong), invalidValue, /shorter than 1024 bytes/);
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test("that is a system attribute nothing counts [docs]", async () => {
    const queue = await TestQueue.create({ MaximumMessageSize: "1024" });
    const AWSTraceHeader = { DataType: "String", StringValue: "Root=1-5759e988" };
    await queue.send("x".repeat(1024), { MessageSystemAttributes: { AWSTraceHeader } });
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });
});

describe("a batch", () => {
  const half = "x".repeat(MIB / 2);

  test("of exactly 1 MiB in all is accepted [snap]", async () => {
    const queue = await TestQueue.create();
    const Entries = [
      { Id: "a", MessageBody: half },
      { Id: "b", MessageBody: half },
    ];
    const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(answer).not.toHaveProperty("Failed");
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 2 });
  });

  test("of one byte more is refused as a whole [snap]", async () => {
    const queue = await TestQueue.create();
    const Entries = [
      { Id: "a", MessageBody: half },
      { Id: "b", MessageBody: `${half}x` },
    ];
    await refused(
      queue.call("SendMessageBatch", { Entries }),
      "BatchRequestTooLong",
      "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    );
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("of one entry that is too long is refused in the same way [snap]", async () => {
    const queue = await TestQueue.create();
    const Entries = [{ Id: "a", MessageBody: "x".repeat(MIB + 1) }];
    await refused(queue.call("SendMessageBatch", { Entries }), "BatchRequestTooLong");
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("counts the attributes of its entries [snap]", async () => {
    const queue = await TestQueue.create();
    const MessageAttributes = { name: { DataType: "String", StringValue: "x".repeat(90) } };
    const Entries = [{ Id: "a", MessageBody: "x".repeat(MIB - 99), MessageAttributes }];
    await refused(
      queue.call("SendMessageBatch", { Entries }),
      "BatchRequestTooLong",
      "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    );
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("has the same limit on a queue whose messages are small: only entries fail [snap]", async () => {
    const queue = await TestQueue.create({ MaximumMessageSize: "1024" });
    const Entries = [
      { Id: "long", MessageBody: "x".repeat(1025) },
      { Id: "short", MessageBody: "x".repeat(1024) },
    ];
    const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
    expect(answer.Successful).toEqual([expect.objectContaining({ Id: "short" })]);
    expect(answer.Failed).toEqual([
      {
        Id: "long",
        SenderFault: true,
        Code: "InvalidParameterValue",
        Message:
          "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
      },
    ]);
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });
});

function base64Of(byteCount: number): string {
  return Buffer.alloc(byteCount, 0xff).toString("base64");
}
