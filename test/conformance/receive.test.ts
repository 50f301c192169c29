/** ReceiveMessage: its answer, its ranges, how many it gives. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { testRefusals } from "./refusal-case.ts";
import { accepted, acceptedEmpty, invalidValue } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

test("an empty queue is answered with an empty object [pail, snap]", async () => {
  const queue = await TestQueue.create();
  await acceptedEmpty(queue.call("ReceiveMessage", { WaitTimeSeconds: 0 }));
});

test("a message is its id, its handle, its body and the digest of it [snap]", async () => {
  const queue = await TestQueue.create();
  const { MessageId, MD5OfMessageBody } = await queue.send("hello");
  expect(await accepted(queue.call("ReceiveMessage"))).toEqual({
    Messages: [
      {
        MessageId,
        ReceiptHandle: expect.any(String),
        MD5OfBody: MD5OfMessageBody,
        Body: "hello",
      },
    ],
  });
});

describe("of ten messages, a receive gives", () => {
  test.each([
    [undefined, 1],
    [1, 1],
    [3, 3],
    [10, 10],
  ])("for MaxNumberOfMessages %s at most %d", async (MaxNumberOfMessages, count) => {
    const queue = await TestQueue.create();
    const Entries = Array.from({ length: 10 }, (_, index) => {
      return { Id: `${index}`, MessageBody: `${index}` };
    });
    await queue.call("SendMessageBatch", { Entries });
    const answer = await accepted(queue.call("ReceiveMessage", { MaxNumberOfMessages }));
    expect(answer.Messages).toHaveLength(count);
    expect(await queue.counts()).toEqual({ visible: 10 - count, inFlight: count, delayed: 0 });
  });
});

describe("out of range", () => {
  const cases = [
    ["MaxNumberOfMessages", [0, -1, 11, 2_147_483_647], "Must be between 1 and 10, if provided."],
    ["WaitTimeSeconds", [-1, 21], "Must be >= 0 and <= 20, if provided."],
    ["VisibilityTimeout", [-1, 43_201], "Must be >= 0 and <= 43200, if provided."],
  ] as const;
  testRefusals(
    "ReceiveMessage",
    cases.flatMap(([name, values, reason]) =>
      values.map((value) => ({
        title: `is ${name} ${value} [snap]`,
        input: { [name]: value },
        shape: invalidValue,
        message: `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
      })),
    ),
  );

  test.each(cases)("is %s, and no message was received by asking", async (name, [value]) => {
    const queue = await TestQueue.create();
    await queue.send("a");
    await queue.call("ReceiveMessage", { [name]: value });
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });
});

test("ReceiveRequestAttemptId is ignored on a standard queue [bal]", async () => {
  const queue = await TestQueue.create();
  await queue.send("a");
  expect(await queue.receive({ ReceiveRequestAttemptId: "attempt" })).toHaveLength(1);
  expect(await queue.receive({ ReceiveRequestAttemptId: "attempt" })).toHaveLength(0);
});

describe("a received message is hidden", () => {
  test("for the queue's visibility timeout, to the second", async () => {
    const queue = await TestQueue.create({ VisibilityTimeout: "30" });
    await queue.send("a");
    await queue.receiveOne();
    pass(29);
    expect(await queue.receive()).toEqual([]);
    pass(1);
    expect(await queue.receive()).toHaveLength(1);
  });

  test("for the receive's own timeout, which overrides the queue's", async () => {
    const queue = await TestQueue.create({ VisibilityTimeout: "30" });
    await queue.send("a");
    await queue.receiveOne({ VisibilityTimeout: 5 });
    pass(5);
    expect(await queue.receive()).toHaveLength(1);
    pass(29);
    expect(await queue.receive()).toEqual([]);
  });

  test("not at all with a timeout of 0: it can be received again at once [ls]", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    const order = { VisibilityTimeout: 0, MaxNumberOfMessages: 1 };
    const first = await queue.receiveOne(order);
    const second = await queue.receiveOne(order);
    expect(second.MessageId).toBe(first.MessageId);
    expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle);
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test("with a timeout of 0 is still given once by one receive, however many it asks for", async () => {
    const queue = await TestQueue.create();
    for (const body of ["a", "b", "c"]) await queue.send(body);
    const messages = await queue.receive({ VisibilityTimeout: 0, MaxNumberOfMessages: 10 });
    expect(messages.map(({ Body }) => Body).toSorted()).toEqual(["a", "b", "c"]);
  });

  test("not at all where the queue's own timeout is 0", async () => {
    const queue = await TestQueue.create({ VisibilityTimeout: "0" });
    await queue.send("a");
    await queue.receiveOne({ MaxNumberOfMessages: 1 });
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });

  test("for 12 hours at most", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    await queue.receiveOne({ VisibilityTimeout: 43_200 });
    pass(43_199);
    expect(await queue.receive()).toEqual([]);
    pass(1);
    expect(await queue.receive()).toHaveLength(1);
  });

  test("also after its queue's object was evicted", async () => {
    const queue = await TestQueue.create();
    await queue.send("a");
    await queue.receiveOne();
    await queue.evict();
    expect(await queue.receive()).toEqual([]);
    pass(30);
    expect(await queue.receive()).toHaveLength(1);
  });
});
