/**
 * A reset as callers see it, with AWS's cool-downs on: the queues of one account are gone, with their
 * messages and whatever named them, and those of others are not.
 */
import { expect, test } from "vitest";
import { controlTime, pass } from "./controlled-time.ts";
import { fetchPath } from "./query-requests.ts";
import { accepted, noQueue, refused } from "./sqs-client.ts";
import { TestAccount } from "./test-account.ts";

controlTime();

async function reset({ id }: TestAccount): Promise<unknown> {
  const credential = `Credential=${id}/21000101/us-east-1/sqs/aws4_request`;
  const headers = { authorization: `AWS4-HMAC-SHA256 ${credential}` };
  const response = await fetchPath("/_millrace/reset", { method: "POST", headers });
  expect(response.status).toBe(200);
  return response.json();
}

/** Two queues, one the other's dead-letter queue, and a message. */
async function fill(account: TestAccount): Promise<void> {
  await account.create("dead", "a");
  const deadLetterTargetArn = account.arn("dead");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
  const QueueUrl = account.url("a");
  await accepted(account.call("SetQueueAttributes", { QueueUrl, Attributes: { RedrivePolicy } }));
  await accepted(account.call("SendMessage", { QueueUrl, MessageBody: "old" }));
}

test("a reset deletes the queues of its account, and no other's", async () => {
  const [account, other] = [new TestAccount(), new TestAccount()];
  await fill(account);
  await fill(other);
  expect(await reset(account)).toEqual({ deletedQueues: 2 });
  expect(await accepted(account.list())).toEqual({});
  await refused(account.call("ReceiveMessage", { QueueUrl: account.url("a") }), noQueue);
  expect(await accepted(other.list())).toEqual({ QueueUrls: other.urls("a", "dead") });
});

test("after a reset names are taken for a minute, as after any deletion, and then new", async () => {
  const account = new TestAccount();
  await fill(account);
  await reset(account);
  await refused(account.call("CreateQueue", { QueueName: "a" }), "QueueDeletedRecently");
  pass(60);
  await account.create("dead", "a");
  const received = account.call("ReceiveMessage", { QueueUrl: account.url("a") });
  expect(await accepted(received)).toEqual({});
  const sources = account.call("ListDeadLetterSourceQueues", { QueueUrl: account.url("dead") });
  expect(await accepted(sources)).toEqual({});
});
