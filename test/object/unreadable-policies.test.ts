/**
 * Policies that were stored and cannot be read, as another version may have left them: nobody knows whom they
 * deny, so they deny everybody, and can be put right.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { identityStub, queueStub } from "../../src/router/object-directory.ts";
import { type Credentials, SignedWorker } from "./signed-worker.ts";
import { Tenant } from "./tenant.ts";

const ANY = { Effect: "Allow", Action: "sqs:*", Resource: "*" };
const UNREADABLE = [
  ["no JSON", "{"],
  ["a statement that is not understood", JSON.stringify({ Statement: { ...ANY, Unless: {} } })],
] as const;

const worker = new SignedWorker();
let tenant: Tenant;

beforeAll(async () => {
  tenant = await Tenant.created(worker);
});

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

async function statusOf(caller: Credentials, action: string, input: object): Promise<number> {
  return (await worker.call(caller, action, input)).status;
}

test.each(UNREADABLE)("of a user, %s: it may do nothing, whatever else allows", async (_, text) => {
  const name = `u-${crypto.randomUUID()}`;
  const queueName = `q-${crypto.randomUUID()}`;
  const { credentials, arn } = await tenant.user(name, ANY);
  await tenant.iam({
    Action: "PutUserPolicy",
    UserName: name,
    PolicyName: "other",
    PolicyDocument: JSON.stringify({ Statement: ANY }),
  });
  const QueueUrl = await tenant.createQueue(queueName);
  await tenant.share(queueName, { Effect: "Allow", Principal: { AWS: arn }, Action: "sqs:*" });
  const identity = identityStub(env, tenant.accountId);
  await runInDurableObject(identity, (__, { storage: { sql } }) => {
    sql.exec(
      `UPDATE user_policy SET document = ? WHERE policy_name = 'p' AND user_id =
         (SELECT user_id FROM iam_user WHERE user_name = ?)`,
      text,
      name,
    );
  });
  const sent = { QueueUrl, MessageBody: "a" };
  expect(await statusOf(credentials, "SendMessage", sent)).toBe(403);
  expect(await statusOf(credentials, "ListQueues", {})).toBe(403);
  await tenant.putUserPolicy(name, ANY);
  expect(await statusOf(credentials, "SendMessage", sent)).toBe(200);
});

test.each(UNREADABLE)("of a queue, %s: all is denied but putting it right", async (_, text) => {
  const queueName = `q-${crypto.randomUUID()}`;
  const { credentials } = await tenant.user(`u-${crypto.randomUUID()}`, ANY);
  const QueueUrl = await tenant.createQueue(queueName);
  await tenant.share(queueName, { Effect: "Allow", Principal: "*", Action: "sqs:*" });
  const { accountId } = tenant;
  const queue = queueStub(env, { accountId, region: "us-east-1", queueName });
  await runInDurableObject(queue, (__, { storage: { sql } }) => {
    const [row] = sql.exec("SELECT attributes FROM queue").toArray();
    const attributes = new Map<string, string>(JSON.parse(String(row?.["attributes"])));
    attributes.set("Policy", text);
    sql.exec("UPDATE queue SET attributes = ?", JSON.stringify([...attributes]));
  });
  await evictDurableObject(queue);
  const sent = { QueueUrl, MessageBody: "a" };
  for (const caller of [credentials, tenant.root]) {
    expect(await statusOf(caller, "SendMessage", sent)).toBe(403);
    expect(await statusOf(caller, "DeleteQueue", { QueueUrl })).toBe(403);
  }
  const asked = { QueueUrl, AttributeNames: ["Policy"] };
  expect(await worker.must(tenant.root, "GetQueueAttributes", asked)).toEqual({
    Attributes: { Policy: text },
  });
  await tenant.share(queueName);
  expect(await statusOf(credentials, "SendMessage", sent)).toBe(200);
});
