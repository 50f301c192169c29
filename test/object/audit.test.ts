/**
 * The audit: one line for each call that changes something, refused ones included, which says who did what to
 * what and how it ended; and never what a message says, a handle, a signature, a secret or a token.
 */
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Identity } from "../../src/objects/identity.ts";
import { Queue } from "../../src/objects/queue.ts";
import { type JsonObject, objectsOf, parseObject, stringOf } from "../support/json-value.ts";
import {
  type Credentials,
  credentialsOf,
  ENDPOINT,
  HOME_ACCOUNT,
  json,
  outcomeOf,
  ROOT,
  SignedWorker,
  signed,
} from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const MARKER = "MARKER-OF-WHAT-NOBODY-MAY-READ";
const worker = new SignedWorker({ MILLRACE_AUDIT: "all" });
const quiet = new SignedWorker();
const home = Tenant.home(quiet);
const lines: string[] = [];
let bob: User;
let QueueUrl: string;
let name: string;

beforeAll(async () => {
  bob = await home.user("auditor", { Effect: "Allow", Action: "sqs:*", Resource: "*" });
});

beforeEach(async () => {
  vi.spyOn(console, "log").mockImplementation((line: unknown) => {
    lines.push(String(line));
  });
  name = `audited-${crypto.randomUUID()}`;
  QueueUrl = await home.createQueue(name);
  lines.length = 0;
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What was written since the last time. */
function written(): JsonObject[] {
  return lines.splice(0).map(parseObject);
}

async function call(action: string, input: object = {}, caller = bob.credentials) {
  return worker.call(caller, action, { QueueUrl, ...input });
}

describe("a line", () => {
  test("says who did what to which queue, how it ended, and the request's id", async () => {
    const request = await signed(bob.credentials, json("PurgeQueue", { QueueUrl }));
    const response = await worker.fetch(request);
    const line = lines.join("\n");
    expect(line).toMatch(/^\{"audit":"PurgeQueue"/);
    expect(written()).toEqual([
      {
        audit: "PurgeQueue",
        outcome: "ok",
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        account: HOME_ACCOUNT,
        region: "us-east-1",
        principal: bob.arn,
        accessKeyId: bob.credentials.accessKeyId,
        resource: home.queueArn(name),
        requestId: response.headers.get("x-amzn-requestid"),
      },
    ]);
  });

  test("says from which address a request came to a deployment", async () => {
    const deployed = new SignedWorker({ MILLRACE_AUDIT: "all", MILLRACE_ACCESS: undefined });
    const { headers, ...message } = json("PurgeQueue", { QueueUrl });
    const from = { ...headers, "cf-connecting-ip": "203.0.113.9" };
    await deployed.send(ROOT, { ...message, url: "https://localhost/", headers: from });
    await deployed.send(undefined, { ...message, url: "https://localhost/", headers: from });
    await deployed.send(
      { ...ROOT, secret: "x" },
      { ...message, url: "https://localhost/", headers: from },
    );
    expect(written()).toMatchObject([
      { audit: "PurgeQueue", principal: home.rootArn, sourceIp: "203.0.113.9" },
      { audit: "PurgeQueue", principal: "anonymous", sourceIp: "203.0.113.9" },
      { audit: "Authenticate", sourceIp: "203.0.113.9", claimedKeyId: ROOT.accessKeyId },
    ]);
  });

  test("is written of a call that was refused, by a policy or by its queue", async () => {
    const stranger = await Tenant.created(quiet);
    expect(await call("DeleteQueue", {}, stranger.root)).toMatchObject({ status: 403 });
    await call("SetQueueAttributes", { Attributes: { DelaySeconds: "-1" } });
    await call("SendMessage", { MessageBody: "" });
    expect(written()).toMatchObject([
      {
        audit: "DeleteQueue",
        outcome: "AccessDeniedException",
        account: stranger.accountId,
        principal: stranger.rootArn,
        resource: home.queueArn(name),
      },
      { audit: "SetQueueAttributes", outcome: "InvalidAttributeValue", principal: bob.arn },
      { audit: "SendMessage", outcome: "MissingRequiredParameterException" },
    ]);
  });

  test("is written of a call that an object did not answer, which may have done it", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(Queue.prototype, "purgeQueue").mockImplementation(() => {
      throw new Error("on the way");
    });
    vi.spyOn(Identity.prototype, "createUser").mockImplementation(() => {
      throw new Error("on the way");
    });
    expect(await call("PurgeQueue")).toMatchObject({ status: 500, code: "InternalFailure" });
    const made = await worker.iam(ROOT, { Action: "CreateUser", UserName: "eve" });
    expect(made).toMatchObject({ status: 500, code: "InternalFailure" });
    expect(made.text).toContain('xmlns="https://iam.amazonaws.com/doc/');
    expect(written()).toMatchObject([
      { audit: "PurgeQueue", outcome: "InternalFailure", resource: home.queueArn(name) },
      { audit: "CreateUser", outcome: "InternalFailure", resource: "eve" },
    ]);
  });

  test("is written of a request whose signature was refused, and believes nothing of it", async () => {
    await call("PurgeQueue", {}, { ...bob.credentials, secret: "wrong" });
    await call("GetQueueAttributes", {}, { accessKeyId: "AKIAI44QH8DHBEXAMPLE", secret: "x" });
    await worker.iam(undefined, { Action: "CreateUser", UserName: "eve" });
    const at = expect.any(String);
    expect(written()).toEqual([
      {
        audit: "Authenticate",
        outcome: "InvalidSignatureException",
        at,
        claimedKeyId: bob.credentials.accessKeyId,
      },
      {
        audit: "Authenticate",
        outcome: "UnrecognizedClientException",
        at,
        claimedKeyId: "AKIAI44QH8DHBEXAMPLE",
      },
      { audit: "Authenticate", outcome: "MissingAuthenticationToken", at },
    ]);
  });

  test("is written of users, keys, sessions and accounts", async () => {
    const UserName = `u-${crypto.randomUUID()}`;
    await worker.iam(ROOT, { Action: "CreateUser", UserName });
    const key = credentialsOf(await worker.iam(ROOT, { Action: "CreateAccessKey", UserName }));
    const session = credentialsOf(await worker.sts(key, { Action: "GetSessionToken" }));
    await worker.iam(key, { Action: "DeleteUser", UserName });
    const AccessKeyId = key.accessKeyId;
    const ofKey = { UserName, AccessKeyId };
    const policy = { PolicyName: "p", PolicyDocument: "{}" };
    await worker.iam(ROOT, { Action: "PutUserPolicy", UserName, ...policy });
    await worker.iam(ROOT, { Action: "UpdateAccessKey", Status: "Inactive", ...ofKey });
    await worker.iam(ROOT, { Action: "DeleteAccessKey", ...ofKey });
    await worker.iam(ROOT, { Action: "ListUsers" });
    await worker.sts(ROOT, { Action: "GetCallerIdentity" });
    const AccountName = "audited account";
    const Email = `${crypto.randomUUID()}@example.com`;
    await worker.organizations(ROOT, "CreateAccount", { AccountName, Email });
    await worker.sts(ROOT, { Action: "AssumeRoot", TargetPrincipal: HOME_ACCOUNT });
    const userArn = `arn:aws:iam::${HOME_ACCOUNT}:user/${UserName}`;
    expect(written()).toMatchObject([
      { audit: "CreateUser", outcome: "ok", resource: UserName, principal: home.rootArn },
      { audit: "CreateAccessKey", outcome: "ok", resource: `${UserName} ${AccessKeyId}` },
      {
        audit: "GetSessionToken",
        outcome: "ok",
        principal: userArn,
        resource: session.accessKeyId,
      },
      { audit: "DeleteUser", outcome: "AccessDenied", principal: userArn, resource: UserName },
      { audit: "PutUserPolicy", resource: `${UserName} p` },
      { audit: "UpdateAccessKey", outcome: "ok", resource: `${UserName} ${AccessKeyId}` },
      { audit: "DeleteAccessKey", outcome: "ok", resource: `${UserName} ${AccessKeyId}` },
      { audit: "CreateAccount", outcome: "ok", resource: AccountName },
      { audit: "AssumeRoot", resource: expect.stringMatching(`^${HOME_ACCOUNT} MRT`) },
    ]);
  });

  test("says how many entries of a batch were refused", async () => {
    const entry = (Id: string, MessageBody: string) => ({ Id, MessageBody });
    await call("SendMessageBatch", { Entries: [entry("a", "a"), entry("b", "")] });
    await call("SendMessageBatch", { Entries: [entry("a", "a")] });
    const [first, second] = written();
    expect(first).toMatchObject({ audit: "SendMessageBatch", outcome: "ok", failedEntries: 1 });
    expect(second).not.toHaveProperty("failedEntries");
  });

  test("is written of a reset", async () => {
    await worker.send(ROOT, { url: `${ENDPOINT}_millrace/reset`, region: "sa-east-1" });
    await worker.send(bob.credentials, { url: `${ENDPOINT}_millrace/reset` });
    expect(written()).toMatchObject([
      { audit: "Reset", outcome: "ok", region: "sa-east-1", principal: home.rootArn },
      { audit: "Reset", outcome: "AccessDeniedException", principal: bob.arn },
    ]);
  });

  test("is short, whatever a client calls things", async () => {
    const UserName = "u".repeat(100_000);
    await worker.iam(ROOT, { Action: "CreateUser", UserName });
    await call("PurgeQueue", {}, { accessKeyId: "A".repeat(5_000), secret: "x" });
    const sizes = lines.map(({ length }) => length);
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThan(1_000);
    expect(lines.every((line) => !line.includes("\n"))).toBe(true);
  });
});

/** Whatever changes something, and on which queue, if any. */
const CHANGES: readonly (readonly [string, object])[] = [
  ["AddPermission", { Label: "a", AWSAccountIds: ["111122223333"], Actions: ["SendMessage"] }],
  ["CancelMessageMoveTask", { TaskHandle: MARKER }],
  ["ChangeMessageVisibility", { ReceiptHandle: MARKER, VisibilityTimeout: 0 }],
  [
    "ChangeMessageVisibilityBatch",
    { Entries: [{ Id: "a", ReceiptHandle: MARKER, VisibilityTimeout: 0 }] },
  ],
  ["CreateQueue", { QueueName: "audited-creation", tags: { a: MARKER } }],
  ["DeleteMessage", { ReceiptHandle: MARKER }],
  ["DeleteMessageBatch", { Entries: [{ Id: "a", ReceiptHandle: MARKER }] }],
  ["DeleteQueue", {}],
  ["PurgeQueue", {}],
  ["ReceiveMessage", { WaitTimeSeconds: 0, ReceiveRequestAttemptId: MARKER }],
  ["RemovePermission", { Label: MARKER }],
  [
    "SendMessage",
    {
      MessageBody: MARKER,
      MessageAttributes: { a: { DataType: "String", StringValue: MARKER } },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: MARKER } },
    },
  ],
  ["SendMessageBatch", { Entries: [{ Id: "a", MessageBody: MARKER }] }],
  ["SetQueueAttributes", { Attributes: { Policy: MARKER } }],
  ["StartMessageMoveTask", { SourceArn: `arn:aws:sqs:us-east-1:${HOME_ACCOUNT}:audited-none` }],
  ["TagQueue", { Tags: { a: MARKER } }],
  ["UntagQueue", { TagKeys: [MARKER] }],
];
const READS: readonly (readonly [string, object])[] = [
  ["GetQueueAttributes", { AttributeNames: ["All"] }],
  ["GetQueueUrl", { QueueName: "audited-creation" }],
  ["ListDeadLetterSourceQueues", {}],
  ["ListMessageMoveTasks", { SourceArn: `arn:aws:sqs:us-east-1:${HOME_ACCOUNT}:audited-none` }],
  ["ListQueueTags", {}],
  ["ListQueues", {}],
];
const OF_MESSAGES = [
  "ChangeMessageVisibility",
  "ChangeMessageVisibilityBatch",
  "DeleteMessage",
  "DeleteMessageBatch",
  "ReceiveMessage",
  "SendMessage",
  "SendMessageBatch",
];

describe("each action", () => {
  const CALLERS: readonly (readonly [string, () => Credentials | undefined])[] = [
    ["whoever may", () => bob.credentials],
    ["whoever may not", () => undefined],
  ];

  describe.each(CALLERS)("by %s", (_, caller) => {
    test.each(CHANGES)(
      "%s writes one line, and nothing that it was given",
      async (action, input) => {
        const outcome = await worker.call(caller(), action, { QueueUrl, ...input });
        expect(lines).toHaveLength(1);
        expect(lines.join("")).not.toContain(MARKER);
        const ended = outcome.status === 200 ? "ok" : outcome.code;
        expect(written()).toMatchObject([{ audit: action, outcome: ended }]);
      },
    );

    test.each(READS)("%s writes none", async (action, input) => {
      await worker.call(caller(), action, { QueueUrl, ...input });
      expect(lines).toEqual([]);
    });
  });

  test.each(CHANGES)("%s is management unless it is of messages", async (action, input) => {
    const management = new SignedWorker({ MILLRACE_AUDIT: "management" });
    await management.call(bob.credentials, action, { QueueUrl, ...input });
    expect(lines).toHaveLength(OF_MESSAGES.includes(action) ? 0 : 1);
  });

  test("writes all where the audit is a word that means nothing", async () => {
    const mistyped = new SignedWorker({ MILLRACE_AUDIT: "ALL" });
    await mistyped.call(bob.credentials, "SendMessage", { QueueUrl, MessageBody: MARKER });
    expect(written()).toMatchObject([{ audit: "SendMessage", outcome: "ok" }]);
  });

  test.each(["off", undefined])("writes nothing where the audit is %j", async (MILLRACE_AUDIT) => {
    const silent = new SignedWorker({ MILLRACE_AUDIT });
    for (const [action, input] of CHANGES) {
      await silent.call(bob.credentials, action, { QueueUrl, ...input });
    }
    await silent.call({ ...ROOT, secret: "wrong" }, "ListQueues");
    expect(lines).toEqual([]);
  });
});

describe("no line", () => {
  test("has a secret, a token, a signature or a receipt handle in it", async () => {
    const UserName = `s-${crypto.randomUUID()}`;
    await worker.iam(ROOT, { Action: "CreateUser", UserName });
    const key = credentialsOf(await worker.iam(ROOT, { Action: "CreateAccessKey", UserName }));
    const session = credentialsOf(await worker.sts(bob.credentials, { Action: "GetSessionToken" }));
    const secrets = [ROOT.secret, bob.credentials.secret, key.secret, session.secret];
    secrets.push(session.sessionToken ?? "");
    await call("SendMessage", { MessageBody: MARKER });
    const received = await call("ReceiveMessage", {}, session);
    const [message = {}] = objectsOf(received.output, "Messages");
    const ReceiptHandle = stringOf(message, "ReceiptHandle");
    await call("DeleteMessage", { ReceiptHandle }, session);
    secrets.push(ReceiptHandle, MARKER);
    for (const isPresigned of [true, false]) {
      const url = `${QueueUrl}?Action=PurgeQueue`;
      const wire = await signed(session, { method: "GET", url, isPresigned });
      await worker.fetch(wire);
      secrets.push(/Signature=([0-9a-f]{64})/.exec(wire.url)?.[1] ?? MARKER);
      const { headers } = new Request(wire.url, wire.init);
      secrets.push(headers.get("authorization") ?? MARKER);
    }
    const text = lines.join("\n");
    expect(written().map(({ audit }) => audit)).toEqual([
      ..."CreateUser CreateAccessKey GetSessionToken".split(" "),
      ..."SendMessage ReceiveMessage DeleteMessage PurgeQueue PurgeQueue".split(" "),
    ]);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      expect(text).not.toContain(secret);
    }
  });

  test("has a secret in it that a client shows as its key's id", async () => {
    const swapped = { accessKeyId: bob.credentials.secret.replaceAll("/", "+"), secret: "x" };
    expect(await call("ListQueues", {}, swapped)).toMatchObject({ status: 403 });
    expect(lines).toHaveLength(1);
    expect(lines.join("")).not.toContain(swapped.accessKeyId);
  });

  test("can be written by a client", async () => {
    const forged = '{"audit":"DeleteQueue"}';
    await worker.iam(ROOT, { Action: "CreateUser", UserName: `a\n${forged}` });
    const { url, init } = await signed(ROOT, json("PurgeQueue", { QueueUrl }));
    const headers = new Headers(init.headers);
    headers.set("authorization", `AWS4-HMAC-SHA256 Credential=${forged}/a/b/c/d`);
    await outcomeOf(await worker.fetch({ method: "POST", url, init: { ...init, headers } }));
    expect(lines).toHaveLength(2);
    expect(lines.every((line) => !line.includes("\n"))).toBe(true);
    expect(written().map(({ audit }) => audit)).toEqual(["CreateUser", "Authenticate"]);
  });
});
