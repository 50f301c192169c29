/** ChangeMessageVisibility, alone and in batches. */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { accepted, acceptedSilently, invalidValue, missing, refused } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

controlTime();

const IN_FLIGHT = { ...EMPTY, inFlight: 1 };
const VISIBLE = { ...EMPTY, visible: 1 };

async function received(input: object = {}): Promise<[TestQueue, string]> {
  const queue = await TestQueue.create();
  await queue.send("a");
  return [queue, await queue.handleOfOne(input)];
}

function change(queue: TestQueue, ReceiptHandle: string, VisibilityTimeout: number) {
  return queue.call("ChangeMessageVisibility", { ReceiptHandle, VisibilityTimeout });
}

describe("a new timeout", () => {
  test("counts from now, is not added, and is answered with nothing [docs, pail]", async () => {
    const [queue, handle] = await received({ VisibilityTimeout: 100 });
    pass(10);
    await acceptedSilently(change(queue, handle, 20));
    pass(19);
    expect(await queue.counts()).toEqual(IN_FLIGHT);
    pass(1);
    expect(await queue.counts()).toEqual(VISIBLE);
  });

  test("of 0 makes the message visible at once", async () => {
    const [queue, handle] = await received();
    await acceptedSilently(change(queue, handle, 0));
    expect(await queue.counts()).toEqual(VISIBLE);
    expect(await queue.receive()).toHaveLength(1);
  });

  test("holds for this receive alone: the next uses the queue's default [ls]", async () => {
    const [queue, handle] = await received();
    await change(queue, handle, 5);
    pass(5);
    await queue.receiveOne();
    pass(29);
    expect(await queue.counts()).toEqual(IN_FLIGHT);
    pass(1);
    expect(await queue.counts()).toEqual(VISIBLE);
  });

  test("survives an eviction", async () => {
    const [queue, handle] = await received({ VisibilityTimeout: 5 });
    await change(queue, handle, 60);
    await queue.evict();
    pass(59);
    expect(await queue.counts()).toEqual(IN_FLIGHT);
    pass(1);
    expect(await queue.counts()).toEqual(VISIBLE);
  });

  test("can be given again and again, as heartbeats do", async () => {
    const [queue, handle] = await received({ VisibilityTimeout: 10 });
    for (let beat = 0; beat < 5; beat++) {
      pass(9);
      await acceptedSilently(change(queue, handle, 10));
    }
    expect(await queue.counts()).toEqual(IN_FLIGHT);
  });

  test("hides a message again whose timeout lapsed [pail, snap, moto-aws]", async () => {
    const [queue, handle] = await received({ VisibilityTimeout: 1 });
    pass(2);
    expect(await queue.counts()).toEqual(VISIBLE);
    await acceptedSilently(change(queue, handle, 30));
    expect(await queue.counts()).toEqual(IN_FLIGHT);
  });

  test("is taken with an older handle, too [ls, moto-aws]", async () => {
    const [queue, handle] = await received({ VisibilityTimeout: 1 });
    pass(2);
    await queue.receiveOne();
    await acceptedSilently(change(queue, handle, 0));
    expect(await queue.counts()).toEqual(VISIBLE);
  });
});

describe("the cap of 12 hours", () => {
  const text =
    "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";

  test("counts from the receive, so 43200 fails soon after [iss localstack#3956]", async () => {
    const [queue, handle] = await received();
    pass(1);
    await refused(change(queue, handle, 43_200), invalidValue, text);
    expect(await queue.counts()).toEqual(IN_FLIGHT);
    pass(29);
    expect(await queue.counts()).toEqual(VISIBLE);
  });

  test("is not clipped to: what is left is accepted, one second more is not", async () => {
    const [queue, handle] = await received({ VisibilityTimeout: 43_200 });
    pass(200);
    await acceptedSilently(change(queue, handle, 43_000));
    await refused(change(queue, handle, 43_001), invalidValue);
  });

  test("begins anew with each receive", async () => {
    const [queue] = await received({ VisibilityTimeout: 10 });
    pass(40_000);
    const handle = await queue.handleOfOne();
    await acceptedSilently(change(queue, handle, 43_000));
  });
});

describe("a request is refused", () => {
  test("without a handle [pail]", async () => {
    const [queue] = await received();
    const answer = queue.call("ChangeMessageVisibility", { VisibilityTimeout: 0 });
    await refused(answer, missing, "The request must contain the parameter ReceiptHandle.");
    expect(await queue.counts()).toEqual(IN_FLIGHT);
  });

  test("without a timeout [pail]", async () => {
    const [queue, ReceiptHandle] = await received();
    const answer = queue.call("ChangeMessageVisibility", { ReceiptHandle });
    await refused(answer, missing, "The request must contain the parameter VisibilityTimeout.");
    expect(await queue.counts()).toEqual(IN_FLIGHT);
  });

  test.each([-1, 43_201, 2_147_483_647])("for a timeout of %d [las?]", async (timeout) => {
    const [queue, handle] = await received();
    const text = `Value ${timeout} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.`;
    await refused(change(queue, handle, timeout), invalidValue, text);
    expect(await queue.counts()).toEqual(IN_FLIGHT);
  });

  test("for a message that was deleted [ls, iss data-prepper#3861]", async () => {
    const [queue, ReceiptHandle] = await received();
    await queue.call("DeleteMessage", { ReceiptHandle });
    await refused(
      change(queue, ReceiptHandle, 0),
      invalidValue,
      `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
    expect(await queue.counts()).toEqual(EMPTY);
  });

  test("for a message that was purged", async () => {
    const [queue, handle] = await received();
    await queue.call("PurgeQueue");
    await refused(change(queue, handle, 0), invalidValue, /Message does not exist/);
  });
});

test("a batch changes what it can and fails the rest, each for its own reason [pail]", async () => {
  const [queue, ReceiptHandle] = await received();
  const Entries = [
    { Id: "garbage", ReceiptHandle: "garbage", VisibilityTimeout: 0 },
    { Id: "no-handle", VisibilityTimeout: 0 },
    { Id: "no-timeout", ReceiptHandle },
    { Id: "negative", ReceiptHandle, VisibilityTimeout: -1 },
    { Id: "long", ReceiptHandle, VisibilityTimeout: 43_201 },
    { Id: "good", ReceiptHandle, VisibilityTimeout: 0 },
  ];
  const answer = await accepted(queue.call("ChangeMessageVisibilityBatch", { Entries }));
  expect(answer.Successful).toEqual([{ Id: "good" }]);
  const range = "is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.";
  expect(answer.Failed).toMatchObject([
    { Id: "garbage", Code: "ReceiptHandleIsInvalid", SenderFault: true },
    { Id: "no-handle", Code: "MissingParameter" },
    { Id: "no-timeout", Code: "MissingParameter" },
    { Id: "negative", Message: `Value -1 for parameter VisibilityTimeout ${range}` },
    { Id: "long", Code: "InvalidParameterValue" },
  ]);
  expect(await queue.counts()).toEqual(VISIBLE);
});
