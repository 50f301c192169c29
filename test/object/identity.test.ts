/**
 * The object of an account's users and keys: what it keeps through evictions, what it refuses, and what it
 * hands out.
 */

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { IamResult } from "../../src/domain/iam-refusal.ts";

const SEALED = new Uint8Array([1, 2, 3]);
const FIRST = { userName: "bob", accessKeyId: "MRKAAAAAAAAAAAAAAAAA", sealedSecret: SEALED };
const SECOND = { ...FIRST, accessKeyId: "MRKAAAAAAAAAAAAAAAAB" };
const ALL = { afterName: "", limit: 10 };
const OWN = "000000000000";

function identity() {
  return env.IDENTITY.getByName(crypto.randomUUID());
}

async function identityWithBob() {
  const object = identity();
  await object.createUser({ userName: "bob", userId: "MRU1" });
  return object;
}

function session(userId: string | null, openedBy = FIRST.accessKeyId) {
  return {
    accessKeyId: `MRT${crypto.randomUUID()}`,
    kind: "session-token" as const,
    userId,
    openedBy,
    sealedSecret: SEALED,
    tokenDigest: new Uint8Array(32),
    expiresAtMs: Date.now() + 900_000,
  };
}

function refusalOf(result: IamResult<unknown>): string | undefined {
  return result.ok ? undefined : result.refusal.kind;
}

describe("users", () => {
  test("survive an eviction, and are listed by name", async () => {
    const object = identity();
    for (const userName of ["carol", "Alice", "bob"]) {
      expect(await object.createUser({ userName, userId: `MRU${userName}` })).toMatchObject({
        ok: true,
      });
    }
    await evictDurableObject(object);
    const first = await object.listUsers({ afterName: "", limit: 2 });
    expect(first.items.map(({ userName }) => userName)).toEqual(["Alice", "bob"]);
    expect(first.hasMore).toBe(true);
    const last = await object.listUsers({ afterName: "bob", limit: 2 });
    expect(last).toMatchObject({ items: [{ userName: "carol" }], hasMore: false });
  });

  test("have names that differ by more than case, and are found by the exact one", async () => {
    const object = await identityWithBob();
    const again = await object.createUser({ userName: "BOB", userId: "MRU2" });
    expect(refusalOf(again)).toBe("user-exists");
    expect(refusalOf(await object.getUser("BOB"))).toBe("user-does-not-exist");
    expect(refusalOf(await object.getUser("__proto__"))).toBe("user-does-not-exist");
  });

  test("go only without keys and policies, and leave nothing to a namesake", async () => {
    const object = await identityWithBob();
    await object.createAccessKey(FIRST);
    await object.openSession(session("MRU1"), "bob");
    expect(refusalOf(await object.deleteUser("bob"))).toBe("user-has-access-keys");
    await object.putUserPolicy({ userName: "bob", policyName: "p", document: "{}" });
    await object.deleteAccessKey(FIRST);
    expect(refusalOf(await object.deleteUser("bob"))).toBe("user-has-policies");
    await object.deleteUserPolicy({ userName: "bob", policyName: "p" });
    expect(await object.deleteUser("bob")).toMatchObject({ ok: true });
    expect(await object.findKey(FIRST.accessKeyId)).toBeUndefined();
    await object.createUser({ userName: "bob", userId: "MRU2" });
    expect(await object.listAccessKeys("bob")).toEqual({ ok: true, value: [] });
    expect(refusalOf(await object.deleteUser("alice"))).toBe("user-does-not-exist");
  });
});

describe("access keys", () => {
  test("are two of a user at most", async () => {
    const object = await identityWithBob();
    expect(await object.createAccessKey(FIRST)).toMatchObject({ ok: true });
    expect(await object.createAccessKey(SECOND)).toMatchObject({ ok: true });
    const third = { ...FIRST, accessKeyId: "MRKAAAAAAAAAAAAAAAAC" };
    expect(refusalOf(await object.createAccessKey(third))).toBe("too-many-access-keys");
    await object.deleteAccessKey(FIRST);
    expect(await object.createAccessKey(third)).toMatchObject({ ok: true });
  });

  test("are found with their user and its policies, also after an eviction", async () => {
    const object = await identityWithBob();
    await object.createAccessKey(FIRST);
    await object.putUserPolicy({ userName: "bob", policyName: "a", document: "{}" });
    await evictDurableObject(object);
    const record = await object.findKey(FIRST.accessKeyId);
    expect(record).toMatchObject({
      user: { userName: "bob", userId: "MRU1" },
      policies: ["{}"],
      session: null,
    });
    expect(record?.sealedSecret).toEqual(SEALED);
  });

  test("that are inactive or deleted are found no more", async () => {
    const object = await identityWithBob();
    await object.createAccessKey(FIRST);
    await object.updateAccessKey({ ...FIRST, isActive: false });
    await evictDurableObject(object);
    expect(await object.findKey(FIRST.accessKeyId)).toBeUndefined();
    await object.updateAccessKey({ ...FIRST, isActive: true });
    expect(await object.findKey(FIRST.accessKeyId)).toBeDefined();
    await object.deleteAccessKey(FIRST);
    expect(await object.findKey(FIRST.accessKeyId)).toBeUndefined();
  });

  test("are another user's to nobody", async () => {
    const object = await identityWithBob();
    await object.createUser({ userName: "eve", userId: "MRU2" });
    await object.createAccessKey(FIRST);
    const stolen = { ...FIRST, userName: "eve" };
    expect(refusalOf(await object.deleteAccessKey(stolen))).toBe("access-key-does-not-exist");
    const update = await object.updateAccessKey({ ...stolen, isActive: false });
    expect(refusalOf(update)).toBe("access-key-does-not-exist");
    expect(await object.findKey(FIRST.accessKeyId)).toBeDefined();
  });

  test("remember their last use, written once in five minutes", async () => {
    const object = await identityWithBob();
    await object.createAccessKey(FIRST);
    const { accessKeyId } = FIRST;
    const use = { accessKeyId, usedAtMs: 1_000_000, service: "sqs", region: "us-east-1" };
    await object.noteKeyUse(use);
    await object.noteKeyUse({ ...use, usedAtMs: 1_299_999, service: "iam" });
    const lastUse = async () => {
      const owner = await object.accessKeyOwner(accessKeyId);
      return owner.ok ? owner.value.accessKey.lastUse : undefined;
    };
    expect(await lastUse()).toEqual(use);
    await object.noteKeyUse({ ...use, usedAtMs: 1_300_000, service: "iam" });
    expect(await lastUse()).toMatchObject({ usedAtMs: 1_300_000, service: "iam" });
  });

  test("that nobody has leave no trace of having been asked for", async () => {
    const object = identity();
    expect(await object.findKey(FIRST.accessKeyId)).toBeUndefined();
    await object.noteKeyUse({
      accessKeyId: FIRST.accessKeyId,
      usedAtMs: 1,
      service: "sqs",
      region: "us-east-1",
    });
    expect(await tablesOf(object)).toEqual([]);
  });
});

describe("sessions", () => {
  test("are found until they expire, which the caller is told of", async () => {
    const object = await identityWithBob();
    await object.createAccessKey(FIRST);
    const opened = session("MRU1");
    await object.openSession(opened, "bob");
    await evictDurableObject(object);
    expect(await object.findKey(opened.accessKeyId)).toMatchObject({
      user: { userName: "bob" },
      session: { kind: "session-token", expiresAtMs: opened.expiresAtMs },
    });
  });

  test("end with the key that they were opened with, and rest while it is inactive", async () => {
    const object = await identityWithBob();
    await object.createAccessKey(FIRST);
    const opened = session("MRU1");
    await object.openSession(opened, "bob");
    await object.updateAccessKey({ ...FIRST, isActive: false });
    expect(await object.findKey(opened.accessKeyId)).toBeUndefined();
    await object.updateAccessKey({ ...FIRST, isActive: true });
    expect(await object.findKey(opened.accessKeyId)).toBeDefined();
    await object.deleteAccessKey(FIRST);
    expect(await object.findKey(opened.accessKeyId)).toBeUndefined();
  });

  test("that are expired make room when another one is opened", async () => {
    const object = identity();
    const old = { ...session(null, "root"), expiresAtMs: Date.now() - 1 };
    await object.openSession(old, null);
    const opened = session(null, "root");
    await object.openSession(opened, null);
    expect(await object.findKey(old.accessKeyId)).toBeUndefined();
    expect(await object.findKey(opened.accessKeyId)).toMatchObject({ user: null, policies: [] });
  });

  test("are bounded", async () => {
    const object = identity();
    await runInDurableObject(object, async (instance) => {
      for (let count = 0; count < 1_000; count++) instance.openSession(session(null), null);
    });
    expect(refusalOf(await object.openSession(session(null), null))).toBe("too-many-sessions");
  });
});

describe("policies of a user", () => {
  test("are kept as they were put, replaced by name and listed in order", async () => {
    const object = await identityWithBob();
    for (const [policyName, document] of [
      ["b", "{}"],
      ["a", "{ }"],
      ["b", '{"é":1}'],
    ] as const) {
      await object.putUserPolicy({ userName: "bob", policyName, document });
    }
    await evictDurableObject(object);
    const listed = await object.listUserPolicies({ userName: "bob", ...ALL });
    expect(listed).toEqual({ ok: true, value: { items: ["a", "b"], hasMore: false } });
    const read = await object.getUserPolicy({ userName: "bob", policyName: "b" });
    expect(read).toEqual({ ok: true, value: '{"é":1}' });
    const missing = await object.getUserPolicy({ userName: "bob", policyName: "c" });
    expect(refusalOf(missing)).toBe("user-policy-does-not-exist");
  });

  test("have 2,048 characters together, white space not counted", async () => {
    const object = await identityWithBob();
    const put = (policyName: string, characters: number) => {
      const document = `"${"x".repeat(characters - 2)}"${" ".repeat(5_000)}`;
      return object.putUserPolicy({ userName: "bob", policyName, document });
    };
    expect(await put("a", 1_024)).toMatchObject({ ok: true });
    expect(await put("b", 1_024)).toMatchObject({ ok: true });
    expect(refusalOf(await put("b", 1_025))).toBe("user-policies-too-long");
    expect(await put("a", 1_000)).toMatchObject({ ok: true });
  });
});

describe("accounts of a deployment", () => {
  const request = {
    accountIds: ["111111111111", "222222222222"],
    accountName: "orders",
    email: "orders@example.com",
    requestId: "car-1",
  };

  test("get the first id that is free, and its own is among them", async () => {
    const object = identity();
    const first = await object.createAccount(
      { ...request, accountIds: [OWN, "111111111111"] },
      OWN,
    );
    expect(first).toMatchObject({ ok: true, value: { accountId: "111111111111" } });
    const other = { ...request, email: "other@example.com", requestId: "car-2" };
    const second = await object.createAccount(other, OWN);
    expect(second).toMatchObject({ ok: true, value: { accountId: "222222222222" } });
    await evictDurableObject(object);
    const { items } = await object.listAccounts({ afterId: "", limit: 10 }, OWN);
    expect(items.map(({ accountId }) => accountId)).toEqual([OWN, "111111111111", "222222222222"]);
    expect(await object.findAccountOfRequest("car-2", OWN)).toEqual(second);
    expect(refusalOf(await object.findAccountOfRequest("", OWN))).toBe(
      "account-creation-does-not-exist",
    );
  });

  test("have an e-mail address each", async () => {
    const object = identity();
    await object.createAccount(request, OWN);
    const again = { ...request, email: "ORDERS@example.com", requestId: "car-2" };
    expect(await object.createAccount(again, OWN)).toEqual({ ok: true, value: "email-taken" });
  });
});

async function tablesOf(object: ReturnType<typeof identity>): Promise<unknown[]> {
  return runInDurableObject(object, (_, { storage }) => {
    const tables = storage.sql.exec(
      "SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'",
    );
    return tables.toArray().map(({ name }) => name);
  });
}
