/**
 * Receipt handles of FIFO queues: a message can be deleted and its visibility changed only under the
 * handle by which it is in flight. On standard queues older handles are taken, too.
 */
import { describe, expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import {
  changeVisibility,
  deleteMessage,
  evictAll,
  expiredText,
  handleOf,
  handlesOf,
  KINDS,
  queueWith,
  receiveBodies,
} from "./fifo-queue.ts";
import { accepted, acceptedSilently, invalidValue, missing, refused } from "./sqs-client.ts";
import type { SqsAnswer } from "./sqs-protocol.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const ACTIONS: {
  action: string;
  act: (queue: TestQueue, handle: string) => Promise<SqsAnswer>;
}[] = [
  { action: "DeleteMessage", act: deleteMessage },
  {
    action: "ChangeMessageVisibility",
    act: (queue, handle) => changeVisibility(queue, handle, 0),
  },
];

const TWICE = KINDS.flatMap((kind) => ACTIONS.map((action) => ({ ...kind, ...action })));

async function held(
  attributes: Record<string, string>,
  input: object = {},
): Promise<[TestQueue, string]> {
  const queue = await queueWith(attributes, "g1-m1");
  return [queue, handleOf(await queue.receive(input), "g1-m1")];
}

describe.each(KINDS)("a handle of $kind", ({ attributes }) => {
  test("is base64 without `-`, new at every receive [ecosystem]", async () => {
    const queue = await queueWith(attributes, "g1-m1", "g1-m2", "g2-m1");
    const handles: string[] = [];
    for (let count = 0; count < 5; count++) {
      handles.push(...handlesOf(await queue.receive({ VisibilityTimeout: 0 })));
    }
    for (const handle of handles) expect(handle).toMatch(/^[A-Za-z0-9+/]{1,1024}=*$/);
    expect(new Set(handles).size).toBe(15);
  });
});

describe.each(KINDS)("DeleteMessage on $kind", ({ attributes }) => {
  test("deletes what is in flight, for good, and says nothing [pail]", async () => {
    const [queue, handle] = await held(attributes);
    await acceptedSilently(deleteMessage(queue, handle));
    pass(60);
    await evictAll();
    expect(await queue.receive()).toEqual([]);
  });

  test("works until the last second of the timeout", async () => {
    const [queue, handle] = await held(attributes);
    pass(29);
    await evictAll();
    await acceptedSilently(deleteMessage(queue, handle));
    pass(1);
    expect(await queue.receive()).toEqual([]);
  });

  test("works after the original timeout if it was extended [snap]", async () => {
    const [queue, handle] = await held(attributes, { VisibilityTimeout: 5 });
    await accepted(changeVisibility(queue, handle, 60));
    pass(30);
    await acceptedSilently(deleteMessage(queue, handle));
    pass(60);
    expect(await queue.receive()).toEqual([]);
  });

  test("twice is as good as once", async () => {
    const [queue, handle] = await held(attributes);
    await acceptedSilently(deleteMessage(queue, handle));
    await acceptedSilently(deleteMessage(queue, handle));
    await evictAll();
    await acceptedSilently(deleteMessage(queue, handle));
  });

  test("takes the new handle of a message that came back", async () => {
    const [queue, old] = await held(attributes);
    pass(30);
    const fresh = handleOf(await queue.receive(), "g1-m1");
    await refused(deleteMessage(queue, old), invalidValue, expiredText(old));
    await acceptedSilently(deleteMessage(queue, fresh));
    pass(30);
    expect(await queue.receive()).toEqual([]);
  });

  test("needs a handle [pail]", async () => {
    const queue = await TestQueue.create(attributes);
    const text = "The request must contain the parameter ReceiptHandle.";
    await refused(queue.call("DeleteMessage"), missing, text);
  });
});

describe.each(TWICE)("$action on $kind", ({ attributes, act }) => {
  test("refuses a handle whose timeout lapsed, and the message stays [snap]", async () => {
    const [queue, handle] = await held(attributes);
    pass(30);
    await refused(act(queue, handle), invalidValue, expiredText(handle));
    await evictAll();
    await refused(act(queue, handle), invalidValue, expiredText(handle));
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test("refuses a handle whose timeout was set to 0", async () => {
    const [queue, handle] = await held(attributes);
    await accepted(changeVisibility(queue, handle, 0));
    await refused(act(queue, handle), invalidValue, expiredText(handle));
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test("refuses a handle that was received with a timeout of 0", async () => {
    const [queue, handle] = await held(attributes, { VisibilityTimeout: 0 });
    await refused(act(queue, handle), invalidValue, expiredText(handle));
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test("refuses an older handle of a message that is in flight under a newer one", async () => {
    const [queue, old] = await held(attributes, { VisibilityTimeout: 5 });
    pass(5);
    expect(await receiveBodies(queue)).toEqual(["g1-m1"]);
    await refused(act(queue, old), invalidValue, expiredText(old));
    expect(await queue.receive()).toEqual([]);
  });

  test("answers 404 to what was never issued, naming it [pail, iss elasticmq#324]", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    const text = 'The input receipt handle "garbage" is not a valid receipt handle.';
    await refused(act(queue, "garbage"), "ReceiptHandleIsInvalid", text);
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test("refuses a handle in which anything was altered", async () => {
    const [queue, handle] = await held(attributes);
    for (let at = 0; at < handle.length; at++) {
      const other = handle[at] === "A" ? "B" : "A";
      const altered = handle.slice(0, at) + other + handle.slice(at + 1);
      await refused(act(queue, altered), "ReceiptHandleIsInvalid");
    }
    for (const altered of [`${handle}A`, `${handle}=`, handle.slice(1)]) {
      await refused(act(queue, altered), "ReceiptHandleIsInvalid");
    }
    expect(await queue.receive()).toEqual([]);
  });

  test("refuses another queue's handle, of either type [iss aws-sdk-java-v2#3101]", async () => {
    const queue = await queueWith(attributes, "g1-m1");
    const [, fifoHandle] = await held(attributes);
    const standard = await TestQueue.create();
    await standard.send("a");
    const standardHandle = await standard.handleOfOne();
    for (const foreign of [fifoHandle, standardHandle]) {
      const text = `The receipt handle "${foreign}" is not valid for this queue.`;
      await refused(act(queue, foreign), "ReceiptHandleIsInvalid", text);
    }
    await refused(act(standard, fifoHandle), "ReceiptHandleIsInvalid");
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });
});

describe.each(KINDS)("ChangeMessageVisibility on $kind", ({ attributes }) => {
  test("refuses a message that was deleted [ls, iss data-prepper#3861]", async () => {
    const [queue, handle] = await held(attributes);
    await accepted(deleteMessage(queue, handle));
    const text = `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`;
    await refused(changeVisibility(queue, handle, 10), invalidValue, text);
  });

  test("does not go beyond 12 hours from the receive [iss localstack#3956]", async () => {
    const [queue, handle] = await held(attributes);
    pass(1);
    const text =
      "Value 43200 for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
    await refused(changeVisibility(queue, handle, 43_200), invalidValue, text);
    await acceptedSilently(changeVisibility(queue, handle, 43_199));
    pass(43_198);
    expect(await queue.receive()).toEqual([]);
    pass(1);
    expect(await queue.bodies()).toEqual(["g1-m1"]);
  });

  test.each([-1, 43_201])(
    "refuses a timeout of %d, and changes nothing [las?]",
    async (timeout) => {
      const [queue, handle] = await held(attributes);
      const text = `Value ${timeout} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200.`;
      await refused(changeVisibility(queue, handle, timeout), invalidValue, text);
      expect(await queue.receive()).toEqual([]);
      pass(30);
      expect(await queue.bodies()).toEqual(["g1-m1"]);
    },
  );

  test("needs a handle and a timeout [pail]", async () => {
    const [queue, ReceiptHandle] = await held(attributes);
    const action = "ChangeMessageVisibility";
    const text = "The request must contain the parameter";
    await refused(queue.call(action, { VisibilityTimeout: 0 }), missing, `${text} ReceiptHandle.`);
    await refused(queue.call(action, { ReceiptHandle }), missing, `${text} VisibilityTimeout.`);
  });
});

describe.each(KINDS)("a batch on $kind", ({ attributes }) => {
  /** Handles of three messages: one that was deleted, one that lapsed and one that is in flight. */
  async function mixed() {
    const queue = await queueWith(attributes, "gone-m1", "lapsed-m1", "good-m1");
    const messages = await queue.receive({ VisibilityTimeout: 100 });
    await accepted(changeVisibility(queue, handleOf(messages, "lapsed-m1"), 30));
    await accepted(deleteMessage(queue, handleOf(messages, "gone-m1")));
    pass(30);
    const [gone, lapsed, good] = ["gone-m1", "lapsed-m1", "good-m1"].map((body) => {
      return handleOf(messages, body);
    });
    return { queue, gone, lapsed, good };
  }

  test("of deletions answers for each handle by itself [pail, bal]", async () => {
    const { queue, gone, lapsed = "", good } = await mixed();
    const Entries = [
      { Id: "garbage", ReceiptHandle: "garbage" },
      { Id: "lapsed", ReceiptHandle: lapsed },
      { Id: "good", ReceiptHandle: good },
      { Id: "gone", ReceiptHandle: gone },
      { Id: "missing" },
    ];
    const answer = await accepted(queue.call("DeleteMessageBatch", { Entries }));
    expect(answer.Successful).toEqual([{ Id: "good" }, { Id: "gone" }]);
    const failed = { SenderFault: true, Message: expect.any(String) };
    expect(answer.Failed).toEqual([
      { ...failed, Id: "garbage", Code: "ReceiptHandleIsInvalid" },
      { ...failed, Id: "lapsed", Code: "InvalidParameterValue", Message: expiredText(lapsed) },
      { ...failed, Id: "missing", Code: "MissingParameter" },
    ]);
    pass(100);
    expect(await queue.bodies()).toEqual(["lapsed-m1"]);
  });

  test("of new timeouts answers for each handle by itself [pail]", async () => {
    const { queue, gone, lapsed = "", good } = await mixed();
    const Entries = [
      { Id: "garbage", ReceiptHandle: "garbage", VisibilityTimeout: 0 },
      { Id: "lapsed", ReceiptHandle: lapsed, VisibilityTimeout: 60 },
      { Id: "long", ReceiptHandle: good, VisibilityTimeout: 43_200 },
      { Id: "good", ReceiptHandle: good, VisibilityTimeout: 0 },
      { Id: "gone", ReceiptHandle: gone, VisibilityTimeout: 60 },
    ];
    const answer = await accepted(queue.call("ChangeMessageVisibilityBatch", { Entries }));
    expect(answer.Successful).toEqual([{ Id: "good" }]);
    expect(answer.Failed).toMatchObject([
      { Id: "garbage", Code: "ReceiptHandleIsInvalid", SenderFault: true },
      { Id: "lapsed", Code: "InvalidParameterValue", Message: expiredText(lapsed) },
      { Id: "long", Code: "InvalidParameterValue", Message: expect.stringMatching(/beyond/) },
      { Id: "gone", Code: "InvalidParameterValue" },
    ]);
    expect((await queue.bodies()).toSorted()).toEqual(["good-m1", "lapsed-m1"]);
  });
});
