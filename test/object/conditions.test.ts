/**
 * Permissions that hang on more than a name: tags of the queue and of the request, and grants that
 * AddPermission makes and RemovePermission takes away.
 */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SignedWorker } from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const worker = new SignedWorker();
let tenant: Tenant;
let name: string;
let QueueUrl: string;

beforeAll(async () => {
  tenant = await Tenant.created(worker);
});

beforeEach(async () => {
  name = `q-${crypto.randomUUID()}`;
  QueueUrl = await tenant.createQueue(name);
});

function userWith(...statements: readonly object[]): Promise<User> {
  const allowed = statements.map((one) => ({ Effect: "Allow", Resource: "*", ...one }));
  return tenant.user(`u-${crypto.randomUUID()}`, ...allowed);
}

async function statusOf({ credentials }: User, action: string, input: object): Promise<number> {
  return (await worker.call(credentials, action, { QueueUrl, ...input })).status;
}

describe("a queue's tags", () => {
  test("open and close it to whom a policy lets by them, at once", async () => {
    const user = await userWith({
      Action: "sqs:SendMessage",
      Condition: { StringEquals: { "aws:ResourceTag/team": "payments" } },
    });
    const send = () => statusOf(user, "SendMessage", { MessageBody: "a" });
    expect(await send()).toBe(403);
    await worker.must(tenant.root, "TagQueue", { QueueUrl, Tags: { team: "search" } });
    expect(await send()).toBe(403);
    await worker.must(tenant.root, "TagQueue", { QueueUrl, Tags: { team: "payments" } });
    expect(await send()).toBe(200);
    await worker.must(tenant.root, "UntagQueue", { QueueUrl, TagKeys: ["team"] });
    expect(await send()).toBe(403);
  });

  test("cannot be put beside one that a policy asks about, in another case", async () => {
    await worker.must(tenant.root, "TagQueue", { QueueUrl, Tags: { team: "blue" } });
    const red = { StringEquals: { "aws:ResourceTag/team": "red" } };
    const user = await userWith(
      { Action: "sqs:SendMessage", Condition: red },
      { Action: "sqs:TagQueue" },
    );
    expect(await statusOf(user, "TagQueue", { Tags: { TEAM: "red" } })).toBe(200);
    expect(await statusOf(user, "SendMessage", { MessageBody: "a" })).toBe(403);
  });

  test("are given and taken only as a policy lets", async () => {
    const user = await userWith(
      {
        Action: "sqs:TagQueue",
        Condition: { StringEquals: { "aws:RequestTag/stage": ["test", "dev"] } },
      },
      {
        Action: "sqs:UntagQueue",
        Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": ["stage"] } },
      },
    );
    expect(await statusOf(user, "TagQueue", { Tags: { stage: "production" } })).toBe(403);
    expect(await statusOf(user, "TagQueue", { Tags: { other: "test" } })).toBe(403);
    expect(await statusOf(user, "TagQueue", { Tags: { stage: "test" } })).toBe(200);
    expect(await statusOf(user, "UntagQueue", { TagKeys: ["stage", "owner"] })).toBe(403);
    expect(await statusOf(user, "UntagQueue", { TagKeys: ["stage"] })).toBe(200);
  });

  test("are given to a new queue only by whoever may tag one", async () => {
    const creator = await userWith({ Action: "sqs:CreateQueue" });
    const tagger = await userWith({ Action: ["sqs:CreateQueue", "sqs:TagQueue"] });
    const create = (tags: object) => ({ QueueName: `q-${crypto.randomUUID()}`, ...tags });
    expect(await statusOf(creator, "CreateQueue", create({}))).toBe(200);
    const tags = { tags: { a: "b" } };
    const refused = await worker.call(creator.credentials, "CreateQueue", create(tags));
    expect(refused).toMatchObject({ status: 403, code: "AccessDeniedException" });
    expect(refused.message).toContain("is not authorized to perform: sqs:tagqueue on resource");
    expect(await statusOf(tagger, "CreateQueue", create(tags))).toBe(200);
  });
});

describe("a user's own name", () => {
  test("may be part of the queues that a policy means", async () => {
    const Resource = `arn:aws:sqs:*:*:\${aws:username}-*`;
    const user = await userWith({ Action: "sqs:*", Resource });
    const own = { QueueName: `${user.name}-queue`.slice(0, 80) };
    expect(await statusOf(user, "CreateQueue", own)).toBe(200);
    expect(await statusOf(user, "CreateQueue", { QueueName: `${user.name}queue` })).toBe(403);
  });
});

describe("a grant to another account", () => {
  test("is made by AddPermission and taken away by RemovePermission, at once", async () => {
    const other = await Tenant.created(worker);
    const able = await other.user("able", { Effect: "Allow", Action: "sqs:*", Resource: "*" });
    const plain = await other.user("plain");
    const send = (user: User) => statusOf(user, "SendMessage", { MessageBody: "a" });
    expect(await send(able)).toBe(403);
    const grant = { QueueUrl, Label: "a", AWSAccountIds: [other.accountId] };
    await worker.must(tenant.root, "AddPermission", { ...grant, Actions: ["SendMessage"] });
    expect(await send(able)).toBe(200);
    expect(await send(plain)).toBe(403);
    expect(await statusOf(able, "ReceiveMessage", {})).toBe(403);
    await worker.must(tenant.root, "RemovePermission", { QueueUrl, Label: "a" });
    expect(await send(able)).toBe(403);
  });

  test("makes none of its queues a dead-letter queue of the other's", async () => {
    const other = await Tenant.created(worker);
    await tenant.share(name, { Effect: "Allow", Principal: "*", Action: "sqs:*" });
    for (const target of [name, "not-there"]) {
      const deadLetterTargetArn = tenant.queueArn(target);
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
      const input = { QueueName: "source", Attributes: { RedrivePolicy } };
      expect(await worker.call(other.root, "CreateQueue", input)).toMatchObject({
        status: 400,
        message: expect.stringContaining("owner should be same as the source"),
      });
    }
  });
});
