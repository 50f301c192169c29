/**
 * Whose an access key is, as the Worker asks before every request: keys made by IAM's own actions, their
 * revocation, temporary credentials and their end, and a database that was stolen. The clock is an argument.
 */

import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { accessKeyId as idOf } from "../../src/domain/access-key-id.ts";
import type { Holder } from "../../src/domain/holder.ts";
import { forgetKeysOf, type KeySource, lookUpKey } from "../../src/router/access-keys.ts";
import { sealCredential } from "../../src/router/credential-seal.ts";
import { answerIam } from "../../src/router/iam-answer.ts";
import type { IamExchange } from "../../src/router/iam-exchange.ts";
import { noteKeyUse } from "../../src/router/key-uses.ts";
import { Keyring } from "../../src/router/keyring.ts";
import { identityStub } from "../../src/router/object-directory.ts";

const OWN = "000000000000";
const ROOT = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secret: "root's", accountId: OWN };
const OLD_ROOT_KEY = `old:${Buffer.alloc(32, 1).toString("base64")}`;
const NEW_ROOT_KEY = `new:${Buffer.alloc(32, 2).toString("base64")}`;

type Credentials = {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly sessionToken: string | undefined;
};

function keyring(...rootKeys: string[]): Keyring {
  const read = Keyring.read({ MILLRACE_ROOT_KEYS: rootKeys.join(",") });
  if ("flaw" in read) throw new Error(read.flaw);
  return read;
}

function source(change: Partial<KeySource> = {}): KeySource {
  return { objects: env, keyring: keyring(OLD_ROOT_KEY), root: ROOT, ...change };
}

let accountCount = 0;
function newAccount(): string {
  return String(++accountCount).padStart(12, "5");
}

function exchange(caller: Holder, change: Partial<IamExchange> = {}): IamExchange {
  return {
    caller,
    credential: { accessKeyId: ROOT.accessKeyId, kind: "long-term" },
    deploymentAccountId: OWN,
    objects: env,
    keyring: keyring(OLD_ROOT_KEY),
    nowMs: Date.now(),
    refusedBecause: () => undefined,
    policyFlaw: () => undefined,
    ...change,
  };
}

/** The text of the answer. */
async function called(
  service: "iam" | "sts",
  parameters: Readonly<Record<string, string>>,
  from: IamExchange,
): Promise<{ readonly text: string; readonly code: string | undefined }> {
  const query = new URLSearchParams(parameters).toString();
  const body = new Uint8Array();
  const answer = await answerIam({ service, query, target: null, body }, from);
  return { text: answer.write("id").body ?? "", code: answer.error?.code };
}

function credentialsOf(text: string): Credentials {
  const member = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(text)?.[1];
  return {
    accessKeyId: member("AccessKeyId") ?? "",
    secret: member("SecretAccessKey") ?? "",
    sessionToken: member("SessionToken"),
  };
}

function root(accountId: string): Holder {
  return { kind: "root", accountId };
}

/** A user called bob with a key. */
async function userWithKey(accountId: string): Promise<Credentials> {
  const from = exchange(root(accountId));
  await called("iam", { Action: "CreateUser", UserName: "bob" }, from);
  const { text } = await called("iam", { Action: "CreateAccessKey", UserName: "bob" }, from);
  return credentialsOf(text);
}

function lookUp(key: Omit<Credentials, "secret">, nowMs: number, change: Partial<KeySource> = {}) {
  return lookUpKey(source(change), key, nowMs);
}

/** As its owner, with its own key. */
async function owner(key: Credentials): Promise<IamExchange> {
  const found = await lookUp(key, Date.now());
  if (typeof found !== "object") throw new Error("the key is not usable");
  return exchange(found.principal, { credential: found.credential });
}

describe("the root's key", () => {
  test("is the one of the environment, and only without a session's token", async () => {
    const key = { accessKeyId: ROOT.accessKeyId, sessionToken: undefined };
    expect(await lookUp(key, 0)).toEqual({
      accountId: OWN,
      principal: { kind: "root", accountId: OWN },
      credential: { accessKeyId: ROOT.accessKeyId, kind: "long-term" },
      secret: "root's",
      identityPolicies: [],
    });
    expect(await lookUp({ ...key, sessionToken: "" }, 0)).toBeUndefined();
    expect(await lookUpKey({ ...source(), root: undefined }, key, 0)).toBeUndefined();
  });
});

describe("a user's key", () => {
  test("is found with its secret and its owner's policies", async () => {
    const accountId = newAccount();
    const key = await userWithKey(accountId);
    const policy = {
      Action: "PutUserPolicy",
      UserName: "bob",
      PolicyName: "p",
      PolicyDocument: "{}",
    };
    await called("iam", policy, exchange(root(accountId)));
    expect(await lookUp(key, Date.now())).toEqual({
      accountId,
      principal: {
        kind: "user",
        accountId,
        userName: "bob",
        userId: expect.stringMatching(/^MRU/),
      },
      credential: { accessKeyId: key.accessKeyId, kind: "long-term" },
      secret: key.secret,
      identityPolicies: ["{}"],
    });
    expect(await lookUp({ ...key, sessionToken: "any" }, Date.now())).toBeUndefined();
  });

  test.each([
    ["DeleteAccessKey", {}],
    ["UpdateAccessKey", { Status: "Inactive" }],
  ])("is gone at once where it was revoked by %s", async (Action, rest) => {
    const accountId = newAccount();
    const key = await userWithKey(accountId);
    const nowMs = Date.now();
    expect(await lookUp(key, nowMs)).toBeDefined();
    const { accessKeyId: AccessKeyId } = key;
    const revoke = { Action, UserName: "bob", AccessKeyId, ...rest };
    expect((await called("iam", revoke, exchange(root(accountId)))).code).toBeUndefined();
    expect(await lookUp(key, nowMs)).toBeUndefined();
  });

  test("is gone within half a minute where another isolate revoked it", async () => {
    const accountId = newAccount();
    const key = await userWithKey(accountId);
    const nowMs = Date.now();
    await lookUp(key, nowMs);
    const name = { userName: "bob", accessKeyId: key.accessKeyId };
    await identityStub(env, accountId).deleteAccessKey(name);
    expect(await lookUp(key, nowMs + 29_999)).toBeDefined();
    expect(await lookUp(key, nowMs + 30_000)).toBeUndefined();
  });

  test("that another isolate has made is found seconds after it was asked for too early", async () => {
    const accountId = newAccount();
    const accessKeyId = idOf({ kind: "long-term", accountId }, new Uint8Array(9));
    const key = { accessKeyId, sessionToken: undefined };
    const nowMs = Date.now();
    expect(await lookUp(key, nowMs)).toBeUndefined();
    const sealed = await sealCredential(
      keyring(OLD_ROOT_KEY),
      { accountId, accessKeyId },
      "secret",
    );
    if (!sealed.ok) throw new Error("nothing was sealed");
    const identity = identityStub(env, accountId);
    await identity.createUser({ userName: "bob", userId: "MRU1" });
    await identity.createAccessKey({ userName: "bob", accessKeyId, sealedSecret: sealed.value });
    expect(await lookUp(key, nowMs + 4_999)).toBeUndefined();
    expect(await lookUp(key, nowMs + 5_000)).toMatchObject({ secret: "secret" });
  });

  test("opens only where it was put, and while its root key is there", async () => {
    const [first, second] = [newAccount(), newAccount()];
    const key = await userWithKey(first);
    const other = await userWithKey(second);
    const rotated = { keyring: keyring(NEW_ROOT_KEY, OLD_ROOT_KEY) };
    expect(await lookUp(key, Date.now(), rotated)).toMatchObject({ secret: key.secret });
    forgetKeysOf(first);
    expect(await lookUp(key, Date.now(), { keyring: keyring(NEW_ROOT_KEY) })).toBeUndefined();
    forgetKeysOf(first);
    const record = await identityStub(env, second).findKey(other.accessKeyId);
    await runInDurableObject(identityStub(env, first), (_, { storage }) => {
      storage.sql.exec("UPDATE access_key SET sealed_secret = ?", record?.sealedSecret ?? null);
    });
    expect(await lookUp(key, Date.now())).toBeUndefined();
  });

  test.each(["", "__proto__", "constructor", "000000000000", "MRKAAAAAAAAAAAAAAAAA"])(
    "that is %j is nobody's",
    async (accessKeyId) => {
      expect(await lookUp({ accessKeyId, sessionToken: undefined }, 0)).toBeUndefined();
      expect(await lookUp({ accessKeyId, sessionToken: "t" }, 0)).toBeUndefined();
    },
  );

  test("cannot be made without a root key to seal it by", async () => {
    const from = exchange(root(newAccount()), { keyring: undefined });
    await called("iam", { Action: "CreateUser", UserName: "bob" }, from);
    const made = await called("iam", { Action: "CreateAccessKey", UserName: "bob" }, from);
    expect(made.code).toBe("AccessDenied");
  });

  test("has a last use, told once in five minutes", async () => {
    const accountId = newAccount();
    const { accessKeyId } = await userWithKey(accountId);
    const use = { accessKeyId, usedAtMs: Date.now(), service: "sqs", region: "eu-west-1" };
    await noteKeyUse(env, use);
    expect(noteKeyUse(env, { ...use, usedAtMs: use.usedAtMs + 299_999 })).toBeUndefined();
    expect(noteKeyUse(env, { ...use, accessKeyId: ROOT.accessKeyId })).toBeUndefined();
    const asked = { Action: "GetAccessKeyLastUsed", AccessKeyId: accessKeyId };
    const { text } = await called("iam", asked, exchange(root(accountId)));
    expect(text).toContain("<ServiceName>sqs</ServiceName><Region>eu-west-1</Region>");
  });
});

describe("a session", () => {
  test("is its owner's, with its token and until it expires", async () => {
    const key = await userWithKey(newAccount());
    const from = await owner(key);
    const asked = { Action: "GetSessionToken", DurationSeconds: "900" };
    const session = credentialsOf((await called("sts", asked, from)).text);
    const expiresAtMs = from.nowMs + 900_000;
    expect(await lookUp(session, from.nowMs)).toMatchObject({
      principal: from.caller,
      credential: { accessKeyId: session.accessKeyId, kind: "session-token" },
      secret: session.secret,
    });
    expect(await lookUp(session, expiresAtMs - 1)).toBeDefined();
    expect(await lookUp(session, expiresAtMs)).toBe("expired");
    expect(await lookUp({ ...session, sessionToken: undefined }, from.nowMs)).toBeUndefined();
    expect(await lookUp({ ...session, sessionToken: "x" }, expiresAtMs)).toBeUndefined();
  });

  test("lasts twelve hours if nothing else is said", async () => {
    const from = await owner(await userWithKey(newAccount()));
    const { text } = await called("sts", { Action: "GetSessionToken" }, from);
    const atMs = Date.parse(/<Expiration>([^<]*)</.exec(text)?.[1] ?? "");
    expect(Math.abs(atMs - from.nowMs - 43_200_000)).toBeLessThanOrEqual(1_000);
  });

  test("calls neither IAM nor for another session", async () => {
    const from = await owner(await userWithKey(newAccount()));
    const session = credentialsOf((await called("sts", { Action: "GetSessionToken" }, from)).text);
    const inSession = await owner(session);
    const again = await called("sts", { Action: "GetSessionToken" }, inSession);
    expect(again.code).toBe("AccessDenied");
    const user = await called("iam", { Action: "GetUser" }, inSession);
    expect(user.code).toBe("InvalidClientTokenId");
    const who = await called("sts", { Action: "GetCallerIdentity" }, inSession);
    expect(who.text).toContain(":user/bob</Arn>");
  });

  test("ends with the key that it was opened with", async () => {
    const accountId = newAccount();
    const key = await userWithKey(accountId);
    const from = await owner(key);
    const session = credentialsOf((await called("sts", { Action: "GetSessionToken" }, from)).text);
    expect(await lookUp(session, from.nowMs)).toBeDefined();
    const { accessKeyId: AccessKeyId } = key;
    const revoke = { Action: "DeleteAccessKey", UserName: "bob", AccessKeyId };
    await called("iam", revoke, exchange(root(accountId)));
    expect(await lookUp(session, from.nowMs)).toBeUndefined();
  });

  test("of an account's root may manage users, and ends with the root's key", async () => {
    const identity = identityStub(env, OWN);
    const accountId = newAccount();
    const request = {
      accountIds: [accountId],
      accountName: "a",
      email: accountId,
      requestId: accountId,
    };
    await identity.createAccount(request, OWN);
    const assume = { Action: "AssumeRoot", TargetPrincipal: accountId, "TaskPolicyArn.arn": "any" };
    const { text } = await called("sts", assume, exchange(root(OWN)));
    const session = credentialsOf(text);
    const inSession = await owner(session);
    expect(inSession.caller).toEqual(root(accountId));
    const made = await called("iam", { Action: "CreateUser", UserName: "bob" }, inSession);
    expect(made.text).toContain(`<Arn>arn:aws:iam::${accountId}:user/bob</Arn>`);
    const newRoot = { ...ROOT, accessKeyId: "AKIAI44QH8DHBEXAMPLE" };
    expect(await lookUp(session, Date.now(), { root: newRoot })).toBeUndefined();
  });
});

describe("what policies do not allow", () => {
  test("is not done, and IAM says so", async () => {
    const accountId = newAccount();
    const key = await userWithKey(accountId);
    const asked: unknown[] = [];
    const from = {
      ...(await owner(key)),
      refusedBecause: (access: unknown) => {
        asked.push(access);
        return "because no identity-based policy allows the iam:DeleteAccessKey action";
      },
    };
    const { accessKeyId: AccessKeyId } = key;
    const answer = await called("iam", { Action: "DeleteAccessKey", AccessKeyId }, from);
    expect(answer.code).toBe("AccessDenied");
    expect(answer.text).toContain(
      `User: arn:aws:iam::${accountId}:user/bob is not authorized to perform: iam:DeleteAccessKey on resource: arn:aws:iam::${accountId}:user/bob because no identity-based policy allows the iam:DeleteAccessKey action`,
    );
    const resource = `arn:aws:iam::${accountId}:user/bob`;
    expect(asked).toEqual([{ action: "iam:DeleteAccessKey", resource }]);
    expect(await lookUp(key, Date.now())).toBeDefined();
  });

  test("is asked of every action of IAM", async () => {
    const accountId = newAccount();
    const { accessKeyId: AccessKeyId } = await userWithKey(accountId);
    const from = exchange(root(accountId), { refusedBecause: () => "because" });
    const parameters = {
      UserName: "bob",
      AccessKeyId,
      PolicyName: "p",
      PolicyDocument: "{}",
      Status: "Inactive",
    };
    for (const Action of IAM_ACTIONS) {
      const { code } = await called("iam", { Action, ...parameters }, from);
      expect([Action, code]).toEqual([Action, "AccessDenied"]);
    }
  });
});

const IAM_ACTIONS = [
  ..."CreateUser GetUser ListUsers DeleteUser PutUserPolicy GetUserPolicy".split(" "),
  ..."ListUserPolicies DeleteUserPolicy CreateAccessKey ListAccessKeys".split(" "),
  ..."UpdateAccessKey DeleteAccessKey GetAccessKeyLastUsed".split(" "),
];

test("a stolen database has no secret and no session's token in it", async () => {
  const accountId = newAccount();
  const key = await userWithKey(accountId);
  const { text } = await called("sts", { Action: "GetSessionToken" }, await owner(key));
  const session = credentialsOf(text);
  let stolen = "";
  for (const id of await listDurableObjectIds(env.IDENTITY)) {
    stolen += await runInDurableObject(env.IDENTITY.get(id), (_, { storage }) => dump(storage));
  }
  for (const id of [key.accessKeyId, session.accessKeyId]) expect(stolen).toContain(id);
  for (const secret of [key.secret, session.secret, session.sessionToken ?? ""]) {
    expect(secret.length).toBeGreaterThanOrEqual(40);
    for (const encoding of ["utf8", "base64", "hex"] as const) {
      expect(stolen).not.toContain(Buffer.from(secret).toString(encoding));
    }
  }
});

/** Every row of every table; bytes as text, in base64 and in hexadecimal. */
function dump({ sql }: DurableObjectStorage): string {
  const tables = sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
  const names = tables.map(({ name }) => String(name)).filter((name) => !name.startsWith("_cf"));
  return names
    .flatMap((name) => sql.exec(`SELECT * FROM ${name}`).toArray())
    .flatMap((row) => Object.values(row))
    .map((value) => {
      if (!(value instanceof ArrayBuffer)) return String(value);
      const bytes = Buffer.from(value);
      return [bytes.toString("latin1"), bytes.toString("base64"), bytes.toString("hex")].join(" ");
    })
    .join("\n");
}
