/**
 * What one account learns of another and can do to it, which is nothing: queues that are there and that are
 * not, lists, move tasks, and receipt handles that are shown to the wrong queue.
 */
import { Buffer } from "node:buffer";
import { assert, beforeAll, describe, expect, test, vi } from "vitest";
import { objectsOf, stringOf } from "../support/json-value.ts";
import { type Credentials, ENDPOINT, ROOT, SignedWorker } from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const SECRET_NAME = "secret-plans";
const NO_NAME = "never-created";

const worker = new SignedWorker();
const home = Tenant.home(worker);
let first: Tenant;
let second: Tenant;
let user: User;

beforeAll(async () => {
  first = await Tenant.created(worker);
  second = await Tenant.created(worker);
  user = await second.user("able", { Effect: "Allow", Action: "sqs:*", Resource: "*" });
  await first.createQueue(SECRET_NAME);
});

describe("a queue that is not shared", () => {
  const asked: readonly [string, (name: string) => object][] = [
    ["SendMessage", (name) => ({ QueueUrl: first.queueUrl(name), MessageBody: "a" })],
    ["ReceiveMessage", (name) => ({ QueueUrl: first.queueUrl(name) })],
    ["ReceiveMessage", (name) => ({ QueueUrl: first.queueUrl(name), MaxNumberOfMessages: 11 })],
    ["DeleteMessage", (name) => ({ QueueUrl: first.queueUrl(name), ReceiptHandle: "a" })],
    ["GetQueueAttributes", (name) => ({ QueueUrl: first.queueUrl(name) })],
    ["GetQueueUrl", (name) => ({ QueueName: name, QueueOwnerAWSAccountId: first.accountId })],
    ["ListDeadLetterSourceQueues", (name) => ({ QueueUrl: first.queueUrl(name) })],
    ["PurgeQueue", (name) => ({ QueueUrl: first.queueUrl(name) })],
    ["DeleteQueue", (name) => ({ QueueUrl: first.queueUrl(name) })],
    ["ListMessageMoveTasks", (name) => ({ SourceArn: first.queueArn(name) })],
    ["StartMessageMoveTask", (name) => ({ SourceArn: first.queueArn(name) })],
    ["CancelMessageMoveTask", (name) => ({ TaskHandle: taskHandle(first.queueArn(name)) })],
  ];
  const callers: readonly [string, () => Credentials | undefined][] = [
    ["another account's root", () => second.root],
    ["another account's user", () => user.credentials],
    ["the deployment's root", () => ROOT],
    ["whoever shows no credentials", () => undefined],
  ];

  describe.each(callers)("to %s", (_, credentials) => {
    test.concurrent.each(asked)("is one that does not exist: %s", async (action, input) => {
      const outcomes = [SECRET_NAME, NO_NAME].map((name) => {
        return worker.call(credentials(), action, input(name));
      });
      const [there, absent] = await Promise.all(outcomes);
      assert(there !== undefined && absent !== undefined);
      expect(there).toMatchObject({ status: 403, code: "AccessDeniedException" });
      expect(absent.text.replaceAll(NO_NAME, SECRET_NAME)).toBe(there.text);
      expect(absent.status).toBe(403);
    });
  });

  test("is refused at a fixed time, so that it cannot be told from one that does not exist", async () => {
    const waits = vi.spyOn(globalThis, "setTimeout");
    for (const name of [SECRET_NAME, NO_NAME]) {
      await worker.must(first.root, "GetQueueAttributes", {
        QueueUrl: first.queueUrl(SECRET_NAME),
      });
      for (const [_, credentials] of callers) {
        waits.mockClear();
        const QueueUrl = first.queueUrl(name);
        await worker.call(credentials(), "GetQueueAttributes", { QueueUrl });
        const [[, waitMs = 0] = []] = waits.mock.calls;
        expect(waitMs).toBeGreaterThan(0);
        expect(waitMs).toBeLessThanOrEqual(200);
      }
    }
    waits.mockClear();
    await worker.call(first.root, "GetQueueAttributes", { QueueUrl: first.queueUrl(NO_NAME) });
    expect(waits).not.toHaveBeenCalled();
    waits.mockRestore();
  });

  test("is shown by a look to nobody, and cannot be measured", async () => {
    for (const credentials of [second.root, user.credentials, ROOT, undefined]) {
      for (const name of [SECRET_NAME, NO_NAME]) {
        const QueueUrl = encodeURIComponent(first.queueUrl(name));
        const look = `http://localhost/_aws/sqs/messages?QueueUrl=${QueueUrl}`;
        const seen = await worker.send(credentials, { method: "GET", url: look });
        expect([seen.status, seen.text]).toEqual([403, expect.not.stringContaining("Messages")]);
        const metrics = `http://localhost/_millrace/metrics?queue=${QueueUrl}`;
        const measured = await worker.send(credentials, { method: "GET", url: metrics });
        expect(measured).toMatchObject({ status: 403, text: "only the account's root may ask\n" });
      }
    }
    const own = `http://localhost/_millrace/metrics?queue=${first.queueUrl(SECRET_NAME)}`;
    expect(await worker.send(first.root, { method: "GET", url: own })).toMatchObject({
      status: 200,
    });
  });
});

describe("a list of queues", () => {
  test("has the caller's own account's alone, and a mere name means a queue of its own", async () => {
    await second.createQueue("own");
    const listed = await worker.must(user.credentials, "ListQueues");
    expect(listed).toEqual({ QueueUrls: [second.queueUrl("own")] });
    const ofFirst = await worker.must(first.root, "ListQueues");
    expect(ofFirst).toEqual({ QueueUrls: [first.queueUrl(SECRET_NAME)] });
    expect(JSON.stringify(await worker.must(ROOT, "ListQueues"))).not.toContain(SECRET_NAME);
    const named = await worker.call(user.credentials, "GetQueueUrl", { QueueName: SECRET_NAME });
    expect(named.code).toBe("QueueDoesNotExist");
  });

  test("and a creation are nothing for everybody", async () => {
    for (const [action, input] of [
      ["ListQueues", {}],
      ["CreateQueue", { QueueName: "anybody" }],
      ["SendMessage", { MessageBody: "to no queue" }],
      ["CancelMessageMoveTask", { TaskHandle: "no handle" }],
    ] as const) {
      expect(await worker.call(undefined, action, input)).toMatchObject({
        code: "AccessDeniedException",
        message: "Access to the resource http://localhost/ is denied.",
      });
    }
  });
});

describe("a move task", () => {
  const LETTERS = "letters";
  const EVERYTHING_SHARED = { Effect: "Allow", Principal: "*", Action: "sqs:*" };

  beforeAll(async () => {
    await first.createQueue(LETTERS);
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: first.queueArn(LETTERS),
      maxReceiveCount: 1,
    });
    await first.createQueue("letters-source", { RedrivePolicy });
    await first.share(LETTERS, EVERYTHING_SHARED);
  });

  test.each([
    ["StartMessageMoveTask", () => ({ SourceArn: first.queueArn(LETTERS) })],
    [
      "StartMessageMoveTask",
      () => ({
        SourceArn: first.queueArn(LETTERS),
        DestinationArn: second.queueArn("own-destination"),
      }),
    ],
    ["ListMessageMoveTasks", () => ({ SourceArn: first.queueArn(LETTERS) })],
    ["CancelMessageMoveTask", () => ({ TaskHandle: taskHandle(first.queueArn(LETTERS)) })],
  ])("of a queue shared with everybody stays its owner's: %s", async (action, input) => {
    for (const credentials of [second.root, user.credentials, ROOT]) {
      expect(await worker.call(credentials, action, input())).toMatchObject({
        status: 403,
        code: "AccessDeniedException",
        message: expect.stringContaining(`perform: sqs:${action.toLowerCase()} on resource:`),
      });
    }
  });

  test("moves nothing into another account's queue that is not shared", async () => {
    const DestinationArn = second.queueArn("not-shared");
    const input = { SourceArn: first.queueArn(LETTERS), DestinationArn };
    expect(await worker.call(first.root, "StartMessageMoveTask", input)).toMatchObject({
      status: 403,
      message: `User: ${first.rootArn} is not authorized to perform: sqs:sendmessage on resource: ${DestinationArn} because no resource-based policy allows the sqs:sendmessage action`,
    });
  });

  test("back to the sources needs that each of them may be sent to", async () => {
    const moves = ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
    const moving = moves.map((name) => `sqs:${name}`);
    const on = (name: string) => first.queueArn(name);
    const mover = await first.user("mover", {
      Effect: "Allow",
      Action: moving,
      Resource: on("plain-dlq"),
    });
    await first.createQueue("plain-dlq");
    const deadLetterTargetArn = on("plain-dlq");
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    await first.createQueue("plain-source", { RedrivePolicy });
    const input = { SourceArn: on("plain-dlq") };
    expect(await worker.call(mover.credentials, "StartMessageMoveTask", input)).toMatchObject({
      status: 403,
      message: expect.stringContaining(
        `sqs:sendmessage on resource: ${on("plain-source")} because`,
      ),
    });
    await first.putUserPolicy(
      "mover",
      { Effect: "Allow", Action: moving, Resource: on("plain-dlq") },
      { Effect: "Allow", Action: "sqs:SendMessage", Resource: on("plain-source") },
    );
    expect(await worker.call(mover.credentials, "StartMessageMoveTask", input)).toMatchObject({
      status: 200,
    });
  });
});

describe("a receipt handle", () => {
  const KINDS = [
    ["a standard queue", "handles", {}],
    ["a FIFO queue", "handles.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" }],
  ] as const;

  test.each(KINDS)("of another account's is worth nothing on %s", async (_, name, attributes) => {
    const group = name.endsWith(".fifo") ? { MessageGroupId: "g" } : {};
    for (const tenant of [first, second]) {
      const QueueUrl = await tenant.createQueue(name, attributes);
      await worker.must(tenant.root, "SendMessage", { QueueUrl, MessageBody: "a", ...group });
    }
    const received = await worker.must(first.root, "ReceiveMessage", {
      QueueUrl: first.queueUrl(name),
    });
    const [message = {}] = objectsOf(received, "Messages");
    const ReceiptHandle = stringOf(message, "ReceiptHandle");
    const forged = `${ReceiptHandle.slice(0, -6)}AAAAAA`;
    const QueueUrl = second.queueUrl(name);
    const refusals = new Set<string>();
    for (const handle of [ReceiptHandle, forged]) {
      const asked = { QueueUrl, ReceiptHandle: handle };
      const deleted = await worker.call(second.root, "DeleteMessage", asked);
      const change = { ...asked, VisibilityTimeout: 0 };
      const changed = await worker.call(second.root, "ChangeMessageVisibility", change);
      for (const { status, code, message: text } of [deleted, changed]) {
        refusals.add(`${status} ${code} ${text.replace(handle, "HANDLE")}`);
      }
      const Entries = [{ Id: "a", ReceiptHandle: handle, VisibilityTimeout: 0 }];
      for (const action of ["DeleteMessageBatch", "ChangeMessageVisibilityBatch"]) {
        const { output } = await worker.call(second.root, action, { QueueUrl, Entries });
        expect(output).toMatchObject({ Failed: [{ Id: "a", Code: "ReceiptHandleIsInvalid" }] });
      }
    }
    // The other's and one that never was are refused in the same words.
    expect([...refusals]).toEqual([expect.stringMatching(/^404 ReceiptHandleIsInvalid /)]);
    const owned = { QueueUrl: first.queueUrl(name), ReceiptHandle };
    expect(await worker.call(second.root, "DeleteMessage", owned)).toMatchObject({ status: 403 });
    expect(await worker.call(first.root, "DeleteMessage", owned)).toMatchObject({ status: 200 });
  });
});

describe("the deployment's root", () => {
  test("has no say in an account that it created, but by its root", async () => {
    const QueueUrl = first.queueUrl(SECRET_NAME);
    const asked = { QueueUrl, MessageBody: "a" };
    expect(await worker.call(home.root, "SendMessage", asked)).toMatchObject({ status: 403 });
    await worker.must(first.root, "SendMessage", asked);
  });

  test("deletes by a reset its own account's queues alone", async () => {
    const reset = { url: "http://localhost/_millrace/reset" };
    expect(await worker.send(user.credentials, reset)).toMatchObject({
      status: 403,
      text: "Only the root of an account may delete all of its queues at once.\n",
    });
    expect(await worker.send(undefined, reset)).toMatchObject({ status: 403 });
    expect(await worker.send(second.root, reset)).toMatchObject({ status: 200 });
    expect(await worker.must(second.root, "ListQueues")).toEqual({});
    const listed = await worker.must(first.root, "ListQueues");
    expect(listed.QueueUrls).toContain(first.queueUrl(SECRET_NAME));
  });
});

function taskHandle(sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId: "t", sourceArn })).toString("base64");
}

describe("a reset", () => {
  test("leaves the queue whose deletion a policy denies", async () => {
    const tenant = await Tenant.created(worker);
    await tenant.createQueue("free");
    await tenant.createQueue("kept");
    await tenant.share("kept", { Effect: "Deny", Principal: "*", Action: "sqs:DeleteQueue" });
    const reset = await worker.send(tenant.root, { url: `${ENDPOINT}_millrace/reset` });
    expect(reset).toMatchObject({ status: 200, output: { deletedQueues: 1 } });
    expect(await worker.must(tenant.root, "ListQueues")).toEqual({
      QueueUrls: [tenant.queueUrl("kept")],
    });
  });

  test.each(["_millrace/reset", "_millrace/metrics", "_aws/sqs/messages"])(
    "and what else is Millrace's own wants a signature for SQS: %s",
    async (path) => {
      const method = path === "_millrace/reset" ? "POST" : "GET";
      const asked = { method, url: ENDPOINT + path, service: "iam" };
      const { status, text } = await worker.send(ROOT, asked);
      expect(status).toBe(403);
      expect(text).toContain("Credential should be scoped to correct service: 'sqs'.");
    },
  );
});
