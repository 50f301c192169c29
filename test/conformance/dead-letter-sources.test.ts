/**
 * ListDeadLetterSourceQueues: which queues dead-letter to a queue, page by page, and how the list follows
 * policies and the lives of queues. The directory confirms a change before it is answered for, so nothing
 * is waited for.
 */
import { describe, expect, test } from "vitest";
import { stringOf } from "../support/json-value.ts";
import { controlTime, pass } from "./controlled-time.ts";
import { evictAll, FIFO } from "./fifo-queue.ts";
import {
  accepted,
  acceptedEmpty,
  acceptedSilently,
  call,
  invalidValue,
  noQueue,
  refused,
} from "./sqs-client.ts";
import { TestAccount } from "./test-account.ts";
import { TestQueue } from "./test-queue.ts";

controlTime();

const KINDS = [
  { kind: "standard", attributes: {} },
  { kind: "FIFO", attributes: FIFO },
];

function policyTo({ arn }: TestQueue): { RedrivePolicy: string } {
  const policy = { deadLetterTargetArn: arn, maxReceiveCount: 3 };
  return { RedrivePolicy: JSON.stringify(policy) };
}

function set(queue: TestQueue, Attributes: object) {
  return acceptedSilently(queue.call("SetQueueAttributes", { Attributes }));
}

function list(queue: TestQueue, input: object = {}) {
  return queue.call("ListDeadLetterSourceQueues", input);
}

async function expectSources(target: TestQueue, ...sources: TestQueue[]): Promise<void> {
  const urls = sources.map(({ url }) => url).toSorted();
  expect(await accepted(list(target))).toEqual(urls.length === 0 ? {} : { queueUrls: urls });
}

describe.each(KINDS)("ListDeadLetterSourceQueues of a $kind queue", ({ attributes }) => {
  const create = (more: object = {}) => TestQueue.create({ ...attributes, ...more });
  const createAgain = (queue: TestQueue, more: object = {}) => {
    pass(60);
    const input = { QueueName: queue.name, Attributes: { ...attributes, ...more } };
    return accepted(call("CreateQueue", input));
  };

  test("answers an empty object where there are none [pail]", async () => {
    const target = await create();
    await create();
    await acceptedEmpty(list(target));
  });

  test("lists those whose policy names it, whichever action set it [pail, model]", async () => {
    const [target, other] = [await create(), await create()];
    const created = await create(policyTo(target));
    const changed = await create();
    await set(changed, policyTo(target));
    await create(policyTo(other));
    await expectSources(target, created, changed);
    await evictAll();
    await expectSources(target, created, changed);
  });

  test("lists the queue itself, if it is its own dead-letter queue", async () => {
    const queue = await create();
    await set(queue, policyTo(queue));
    await expectSources(queue, queue);
  });

  test("no longer lists a source whose policy was removed, or names another", async () => {
    const [target, other] = [await create(), await create()];
    const [removed, changed, kept] = [
      await create(policyTo(target)),
      await create(policyTo(target)),
      await create(policyTo(target)),
    ];
    await set(removed, { RedrivePolicy: "" });
    await set(changed, policyTo(other));
    await set(kept, { VisibilityTimeout: "7" });
    await expectSources(target, kept);
    await expectSources(other, changed);
    await set(removed, policyTo(target));
    await expectSources(target, kept, removed);
  });

  test("no longer lists a source that was deleted, until it is a source again", async () => {
    const target = await create();
    const source = await create(policyTo(target));
    await acceptedSilently(source.call("DeleteQueue"));
    await expectSources(target);
    await createAgain(source);
    await expectSources(target);
    await acceptedSilently(source.call("DeleteQueue"));
    await createAgain(source, policyTo(target));
    await expectSources(target, source);
  });

  test("of a deleted queue is refused, and its sources are those of the next of its name", async () => {
    const target = await create();
    const source = await create(policyTo(target));
    await acceptedSilently(target.call("DeleteQueue"));
    await refused(list(target), noQueue, "The specified queue does not exist.");
    await createAgain(target);
    await expectSources(target, source);
  });
});

describe("a page of sources", () => {
  /** Of the account's queue `dead`, in the words of the account. */
  async function accountWith(...sources: string[]): Promise<TestAccount> {
    const account = new TestAccount();
    await account.create("dead");
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: account.arn("dead"),
      maxReceiveCount: 1,
    });
    for (const QueueName of sources) {
      await accepted(account.call("CreateQueue", { QueueName, Attributes: { RedrivePolicy } }));
    }
    return account;
  }

  function listIn(account: TestAccount, input: object = {}) {
    const QueueUrl = account.url("dead");
    return account.call("ListDeadLetterSourceQueues", { QueueUrl, ...input });
  }

  test("has those of its own account alone", async () => {
    const account = await accountWith("b", "a");
    await accountWith("c");
    expect(await accepted(listIn(account))).toEqual({ queueUrls: account.urls("a", "b") });
  });

  test("has a token only if more remain, and the token leads on [docs]", async () => {
    const account = await accountWith("c", "a", "e", "b", "d");
    const pages: unknown[] = [];
    for (let NextToken: unknown; ; ) {
      const page = await accepted(listIn(account, { MaxResults: 2, NextToken }));
      pages.push(page.queueUrls);
      NextToken = page.NextToken;
      if (NextToken === undefined) break;
    }
    expect(pages).toEqual([account.urls("a", "b"), account.urls("c", "d"), account.urls("e")]);
  });

  test("of exactly as many as there are has no token [docs]", async () => {
    const account = await accountWith("a", "b");
    const page = await accepted(listIn(account, { MaxResults: 2 }));
    expect(page).toEqual({ queueUrls: account.urls("a", "b") });
  });

  test("without MaxResults has up to 1,000 and no token [docs]", async () => {
    const account = await accountWith();
    for (let count = 0; count < 1_001; count++) {
      const entry = { queueName: String(count).padStart(4, "0"), deadLetterTarget: "dead" };
      await account.directory.putEntry({ ...entry, version: 1, exists: true });
    }
    const answer = await accepted(listIn(account));
    expect(answer.queueUrls).toHaveLength(1_000);
    expect(answer).not.toHaveProperty("NextToken");
    const page = await accepted(listIn(account, { MaxResults: 1_000 }));
    const rest = { MaxResults: 1_000, NextToken: page.NextToken };
    expect(await accepted(listIn(account, rest))).toEqual({ queueUrls: account.urls("1000") });
  });

  test("is refused for a token that was made for another list [las?]", async () => {
    const account = await accountWith("a", "b");
    const text =
      "Invalid NextToken value. If you are passing in NextToken, you must not change the other request parameters.";
    const sources = await accepted(listIn(account, { MaxResults: 1 }));
    const input = { MaxResults: 1, NextToken: stringOf(sources, "NextToken") };
    const QueueUrl = account.url("a");
    const ofAnother = account.call("ListDeadLetterSourceQueues", { QueueUrl, ...input });
    await refused(ofAnother, invalidValue, text);
    await refused(account.list(input), invalidValue, text);
    await account.create("dead-too");
    for (const QueueNamePrefix of ["", "dead"]) {
      const queues = await accepted(account.list({ MaxResults: 1, QueueNamePrefix }));
      const NextToken = stringOf(queues, "NextToken");
      await refused(listIn(account, { MaxResults: 1, NextToken }), invalidValue, text);
    }
  });

  const range =
    "Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.";
  const unpaged = "MaxResults is a mandatory parameter when you provide a value for NextToken.";
  const garbage = "Invalid or expired next token.";

  test.each([
    [{ MaxResults: 0 }, range],
    [{ MaxResults: -1 }, range],
    [{ MaxResults: 1_001 }, range],
    [{ NextToken: "x" }, unpaged],
    ...["", "x", "e30=", "W10=", "bnVsbA==", "\ud800"].map((NextToken): [object, string] => [
      { MaxResults: 1, NextToken },
      garbage,
    ]),
  ])("is refused for %j, if the queue exists [las?]", async (input, message) => {
    const target = await TestQueue.create();
    await refused(list(target, input), invalidValue, message);
    await acceptedSilently(target.call("DeleteQueue"));
    await refused(list(target, input), noQueue);
  });

  test("is refused without a queue [pail]", async () => {
    await refused(call("ListDeadLetterSourceQueues", {}), noQueue);
  });
});
