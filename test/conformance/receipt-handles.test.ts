/** Receipt handles, and DeleteMessage: which handles are taken, and what they do. */
import { describe, expect, test } from "vitest";
import { stringOf } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import {
  accepted,
  acceptedSilently,
  call,
  LONE_SURROGATES,
  missing,
  refused,
} from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

async function queueWithOne(): Promise<TestQueue> {
  const queue = await TestQueue.create();
  await queue.send("a");
  return queue;
}

describe("a handle", () => {
  test("is base64 without `-`, at which a client of AWS splits handles [ecosystem]", async () => {
    const queue = await queueWithOne();
    const handles = new Set<string>();
    for (let count = 0; count < 20; count++) {
      handles.add(await queue.handleOfOne({ VisibilityTimeout: 0, MaxNumberOfMessages: 1 }));
    }
    for (const handle of handles) expect(handle).toMatch(/^[A-Za-z0-9+/]{1,1024}=*$/);
    expect(handles.size).toBe(20);
  });
});

describe("DeleteMessage", () => {
  test("deletes for good and says nothing [pail]", async () => {
    const queue = await queueWithOne();
    const ReceiptHandle = await queue.handleOfOne();
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
    pass(60);
    await queue.evict();
    expect(await queue.receive()).toEqual([]);
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("twice is as good as once [pail, ls]", async () => {
    const queue = await queueWithOne();
    const ReceiptHandle = await queue.handleOfOne();
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
    await queue.evict();
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
  });

  test("works after the timeout lapsed, if nobody received it again [snap]", async () => {
    const queue = await queueWithOne();
    const ReceiptHandle = await queue.handleOfOne({ VisibilityTimeout: 1 });
    pass(2);
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("works with an older handle after another receive [moto-aws]", async () => {
    const queue = await queueWithOne();
    const ReceiptHandle = await queue.handleOfOne({ VisibilityTimeout: 1 });
    pass(2);
    await queue.receiveOne();
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("works after the timeout was extended past its first end", async () => {
    const queue = await queueWithOne();
    const ReceiptHandle = await queue.handleOfOne({ VisibilityTimeout: 1 });
    await queue.call("ChangeMessageVisibility", { ReceiptHandle, VisibilityTimeout: 60 });
    pass(30);
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("of a purged message is a no-op", async () => {
    const queue = await queueWithOne();
    const ReceiptHandle = await queue.handleOfOne();
    await queue.call("PurgeQueue");
    await acceptedSilently(queue.call("DeleteMessage", { ReceiptHandle }));
  });

  test.each([undefined, null])("misses a handle that is %s [pail]", async (ReceiptHandle) => {
    const queue = await queueWithOne();
    const text = "The request must contain the parameter ReceiptHandle.";
    await refused(queue.call("DeleteMessage", { ReceiptHandle }), missing, text);
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });
});

describe.each([
  { action: "DeleteMessage", rest: {} },
  { action: "ChangeMessageVisibility", rest: { VisibilityTimeout: 0 } },
])("$action", ({ action, rest }) => {
  const texts = ["garbage", "", "a".repeat(64), "AQEB", "中", "../../etc", "null"];
  const never = [...texts, ...LONE_SURROGATES];
  test.each(never)(
    "refuses %j, which was never issued, with 404 [pail, iss elasticmq#324]",
    async (ReceiptHandle) => {
      const queue = await queueWithOne();
      await refused(
        queue.call(action, { ReceiptHandle, ...rest }),
        "ReceiptHandleIsInvalid",
        `The input receipt handle "${ReceiptHandle}" is not a valid receipt handle.`,
      );
      expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
    },
  );

  test("refuses a handle in which anything was altered", async () => {
    const queue = await queueWithOne();
    const handle = await queue.handleOfOne();
    const altered = Array.from({ length: handle.length }, (_, at) => {
      const other = handle[at] === "A" ? "B" : "A";
      return handle.slice(0, at) + other + handle.slice(at + 1);
    });
    for (const ReceiptHandle of [...altered, `${handle}A`, `${handle}=`, handle.slice(1)]) {
      await refused(queue.call(action, { ReceiptHandle, ...rest }), "ReceiptHandleIsInvalid");
    }
    expect(await queue.counts()).toEqual({ ...EMPTY, inFlight: 1 });
  });

  test("refuses another queue's handle [iss aws-sdk-java-v2#3101]", async () => {
    const queue = await queueWithOne();
    const other = await queueWithOne();
    const ReceiptHandle = await other.handleOfOne();
    await refused(
      queue.call(action, { ReceiptHandle, ...rest }),
      "ReceiptHandleIsInvalid",
      `The receipt handle "${ReceiptHandle}" is not valid for this queue.`,
    );
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
    expect(await other.counts()).toEqual({ ...EMPTY, inFlight: 1 });
  });

  test("refuses a handle from before the queue was deleted and made again", async () => {
    const queue = await queueWithOne();
    const ReceiptHandle = await queue.handleOfOne();
    await queue.call("DeleteQueue");
    pass(61);
    await accepted(call("CreateQueue", { QueueName: queue.name }));
    await queue.send("b");
    await refused(queue.call(action, { ReceiptHandle, ...rest }), "ReceiptHandleIsInvalid");
    expect(await queue.counts()).toEqual({ ...EMPTY, visible: 1 });
  });
});

describe("DeleteMessageBatch", () => {
  test("deletes what it can and lists both kinds by their ids [pail, bal]", async () => {
    const queue = await queueWithOne();
    const ReceiptHandle = await queue.handleOfOne();
    const Entries = [
      { Id: "garbage", ReceiptHandle: "garbage" },
      { Id: "good", ReceiptHandle },
      { Id: "again", ReceiptHandle },
      { Id: "missing" },
    ];
    const answer = await accepted(queue.call("DeleteMessageBatch", { Entries }));
    expect(answer.Successful).toEqual([{ Id: "good" }, { Id: "again" }]);
    const failed = { SenderFault: true, Message: expect.any(String) };
    expect(answer.Failed).toEqual([
      { ...failed, Id: "garbage", Code: "ReceiptHandleIsInvalid" },
      { ...failed, Id: "missing", Code: "MissingParameter" },
    ]);
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("of ten leaves the queue empty and answers without Failed [pail]", async () => {
    const queue = await TestQueue.create();
    const bodies = Array.from({ length: 10 }, (_, index) => `${index}`);
    await queue.call("SendMessageBatch", {
      Entries: bodies.map((MessageBody) => ({ Id: MessageBody, MessageBody })),
    });
    const messages = await queue.receive();
    const Entries = messages.map((message, index) => {
      return { Id: `${index}`, ReceiptHandle: stringOf(message, "ReceiptHandle") };
    });
    const answer = await accepted(queue.call("DeleteMessageBatch", { Entries }));
    expect(answer).toEqual({ Successful: bodies.map((Id) => ({ Id })) });
    expect(await queue.counts()).toEqual(EMPTY);
  });
});
