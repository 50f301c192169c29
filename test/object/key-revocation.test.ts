/**
 * How soon what is taken away is gone: keys, sessions, users' policies and a queue's policy. Where the change
 * was made it counts at once; where it was not, within half a minute. Another isolate is one that changed
 * the objects without this one's knowledge.
 */
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Identity } from "../../src/objects/identity.ts";
import { identityStub, queueStub } from "../../src/router/object-directory.ts";
import { type Credentials, credentialsOf, ROOT, SignedWorker } from "./signed-worker.ts";
import { Tenant, type User } from "./tenant.ts";

const ANY = { Effect: "Allow", Action: "sqs:*", Resource: "*" };
const WITHIN_MS = 30_000;

const worker = new SignedWorker();
let tenant: Tenant;
let bob: User;
let nowMs = Date.UTC(2026, 10, 25, 9, 30);

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

beforeEach(async () => {
  pass(60_000);
  tenant = await Tenant.created(worker);
  bob = await tenant.user("bob", ANY);
});

afterAll(() => {
  vi.useRealTimers();
});

function pass(milliseconds: number): void {
  nowMs += milliseconds;
  vi.setSystemTime(nowMs);
}

async function codeFor(credentials: Credentials): Promise<string> {
  const { status, code } = await worker.call(credentials, "ListQueues");
  return status === 200 ? "ok" : code;
}

/** The account's object, as another isolate asks it. */
function elsewhere() {
  return identityStub(env, tenant.accountId);
}

function keyName() {
  return { userName: "bob", accessKeyId: bob.credentials.accessKeyId };
}

const KEY_CHANGES = [
  ["DeleteAccessKey", {}, () => elsewhere().deleteAccessKey(keyName())],
  [
    "UpdateAccessKey",
    { Status: "Inactive" },
    () => elsewhere().updateAccessKey({ ...keyName(), isActive: false }),
  ],
] as const;

describe.each(KEY_CHANGES)("a key that %s revokes", (Action, input, revokeElsewhere) => {
  async function session(): Promise<Credentials> {
    return credentialsOf(await worker.sts(bob.credentials, { Action: "GetSessionToken" }));
  }

  test("is of no use at once in the isolate that did it, nor are its sessions", async () => {
    const opened = await session();
    expect(await codeFor(bob.credentials)).toBe("ok");
    expect(await codeFor(opened)).toBe("ok");
    const { userName, accessKeyId } = keyName();
    await tenant.iam({ Action, UserName: userName, AccessKeyId: accessKeyId, ...input });
    expect(await codeFor(bob.credentials)).toBe("UnrecognizedClientException");
    expect(await codeFor(opened)).toBe("UnrecognizedClientException");
  });

  test("is of no use within half a minute in any other, nor are its sessions", async () => {
    const opened = await session();
    expect(await codeFor(bob.credentials)).toBe("ok");
    expect(await codeFor(opened)).toBe("ok");
    await revokeElsewhere();
    pass(WITHIN_MS);
    expect(await codeFor(bob.credentials)).toBe("UnrecognizedClientException");
    expect(await codeFor(opened)).toBe("UnrecognizedClientException");
  });

  test("is not kept up by its use", async () => {
    expect(await codeFor(bob.credentials)).toBe("ok");
    await revokeElsewhere();
    pass(WITHIN_MS - 1_000);
    await codeFor(bob.credentials);
    pass(1_000);
    expect(await codeFor(bob.credentials)).toBe("UnrecognizedClientException");
  });
});

describe("a key", () => {
  test("is revoked at once by a call whose answer was lost, too", async () => {
    expect(await codeFor(bob.credentials)).toBe("ok");
    const { userName, accessKeyId } = keyName();
    const { deleteAccessKey } = Identity.prototype;
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(Identity.prototype, "deleteAccessKey").mockImplementation(function (
      this: Identity,
      name,
    ) {
      deleteAccessKey.call(this, name);
      throw new Error("on the way");
    });
    const deletion = { Action: "DeleteAccessKey", UserName: userName, AccessKeyId: accessKeyId };
    await worker.iam(tenant.root, deletion);
    vi.restoreAllMocks();
    expect(await codeFor(bob.credentials)).toBe("UnrecognizedClientException");
  });

  test("that is made active again is of use again at once", async () => {
    const change = { Action: "UpdateAccessKey", UserName: "bob" };
    const AccessKeyId = bob.credentials.accessKeyId;
    await tenant.iam({ ...change, AccessKeyId, Status: "Inactive" });
    expect(await codeFor(bob.credentials)).toBe("UnrecognizedClientException");
    await tenant.iam({ ...change, AccessKeyId, Status: "Active" });
    expect(await codeFor(bob.credentials)).toBe("ok");
  });

  test("of another account's is not revoked by its id", async () => {
    const other = await Tenant.created(worker);
    await other.user("bob", ANY);
    const { accessKeyId: AccessKeyId } = bob.credentials;
    for (const input of [
      { Action: "DeleteAccessKey", UserName: "bob", AccessKeyId },
      { Action: "UpdateAccessKey", UserName: "bob", AccessKeyId, Status: "Inactive" },
    ]) {
      expect(await worker.iam(other.root, input)).toMatchObject({
        status: 404,
        code: "NoSuchEntity",
      });
    }
    expect(await codeFor(bob.credentials)).toBe("ok");
  });
});

describe("a user's policy", () => {
  test("that is changed counts at once where it was changed", async () => {
    expect(await codeFor(bob.credentials)).toBe("ok");
    await tenant.putUserPolicy("bob", { ...ANY, Effect: "Deny" });
    expect(await codeFor(bob.credentials)).toBe("AccessDeniedException");
    await tenant.iam({ Action: "DeleteUserPolicy", UserName: "bob", PolicyName: "p" });
    expect(await codeFor(bob.credentials)).toBe("AccessDeniedException");
    await tenant.putUserPolicy("bob", ANY);
    expect(await codeFor(bob.credentials)).toBe("ok");
  });

  test("that is taken away elsewhere is gone within half a minute", async () => {
    expect(await codeFor(bob.credentials)).toBe("ok");
    await elsewhere().deleteUserPolicy({ userName: "bob", policyName: "p" });
    pass(WITHIN_MS);
    expect(await codeFor(bob.credentials)).toBe("AccessDeniedException");
  });
});

describe("a queue's policy", () => {
  const TO_ALL = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage" };

  async function sendByStranger(name: string): Promise<number> {
    const input = { QueueUrl: tenant.queueUrl(name), MessageBody: "a" };
    return (await worker.call(undefined, "SendMessage", input)).status;
  }

  function queueElsewhere(queueName: string) {
    return queueStub(env, { accountId: tenant.accountId, region: "us-east-1", queueName });
  }

  test("that is set and taken away counts at once where that was done", async () => {
    await tenant.createQueue("shared");
    expect(await sendByStranger("shared")).toBe(403);
    await tenant.share("shared", TO_ALL);
    expect(await sendByStranger("shared")).toBe(200);
    await tenant.share("shared");
    expect(await sendByStranger("shared")).toBe(403);
  });

  test.each([
    ["taken away", (name: string) => queueElsewhere(name).setAttributes({ policy: null })],
    ["deleted with its queue", (name: string) => queueElsewhere(name).deleteQueue()],
  ])("that is %s elsewhere is gone within half a minute, idle or busy", async (_, remove) => {
    for (const [name, isBusy] of [
      ["idle", false],
      ["busy", true],
    ] as const) {
      await tenant.createQueue(name);
      await tenant.share(name, TO_ALL);
      expect(await sendByStranger(name)).toBe(200);
      await remove(name);
      pass(WITHIN_MS - 1_000);
      if (isBusy) await sendByStranger(name);
      pass(1_001);
      expect(await sendByStranger(name)).toBe(403);
    }
  });
});

describe("the root's session in an account", () => {
  test("expires, and is not opened by a session", async () => {
    expect(await codeFor(tenant.root)).toBe("ok");
    const assume = {
      Action: "AssumeRoot",
      TargetPrincipal: tenant.accountId,
      "TaskPolicyArn.arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
    };
    expect(await worker.sts(tenant.root, assume)).toMatchObject({ status: 403 });
    const short = credentialsOf(await worker.sts(ROOT, { ...assume, DurationSeconds: "120" }));
    pass(119_000);
    expect(await codeFor(short)).toBe("ok");
    pass(1_000);
    expect(await codeFor(short)).toBe("ExpiredTokenException");
  });

  test("ends where the deployment has another root key", async () => {
    const rotated = new SignedWorker({ MILLRACE_ROOT_ACCESS_KEY_ID: "AKIAI44QH8DHBEXAMPLE" });
    expect(await worker.call(tenant.root, "ListQueues")).toMatchObject({ status: 200 });
    expect(await rotated.call(tenant.root, "ListQueues")).toMatchObject({
      code: "UnrecognizedClientException",
    });
    expect(await rotated.call(ROOT, "ListQueues")).toMatchObject({
      code: "UnrecognizedClientException",
    });
  });
});
