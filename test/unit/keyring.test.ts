/**
 * The two secrets that hold keys: what they may look like, and that a malformed one makes no keyring and
 * shows no key. And small secrets sealed under the root keys.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { assert } from "../../src/domain/assert.ts";
import { Keyring, keyringOf } from "../../src/router/keyring.ts";
import { openSecret, sealSecret } from "../../src/router/sealed-secret.ts";

const KEY = Buffer.alloc(32, 0x6b).toString("base64");
const ID = "1234abcd-12ab-34cd-56ef-1234567890ab";

afterEach(() => {
  vi.restoreAllMocks();
});

function rooted(MILLRACE_ROOT_KEYS: string): Keyring {
  const keyring = Keyring.read({ MILLRACE_ROOT_KEYS });
  assert(keyring instanceof Keyring, "the secret of a test is well-formed");
  return keyring;
}

describe("root keys", () => {
  test("are absent, one, or many of which the first is current", () => {
    expect(rooted("").isEmpty).toBe(true);
    const keyring = rooted(`new:${KEY}, old_1:${KEY}`);
    expect(keyring.current?.name).toBe("new");
    expect(keyring.oldest?.name).toBe("old_1");
    expect(keyring.named("root", "old_1")?.name).toBe("old_1");
  });

  test.each([
    "a",
    `a=${KEY}`,
    `:${KEY}`,
    `a b:${KEY}`,
    `${"a".repeat(17)}:${KEY}`,
    "a:",
    "a:AAAA",
    `a:${KEY}A`,
    `a:${KEY}:x`,
    `a:${KEY},`,
    `a:${KEY},a:${KEY}`,
    `a:${KEY.replace("=", "")}`,
  ])("may not be %#", (MILLRACE_ROOT_KEYS) => {
    expect(Keyring.read({ MILLRACE_ROOT_KEYS })).toHaveProperty("flaw");
  });
});

describe("KMS keys", () => {
  const own = { id: ID, key: KEY };
  test("are found by id, alias and the ARN of either", () => {
    const keys = JSON.stringify([{ ...own, aliases: ["alias/a/b"] }]);
    const keyring = Keyring.read({ MILLRACE_KMS_KEYS: keys });
    assert(keyring instanceof Keyring, "it is well-formed");
    const arn = "arn:aws:kms:us-east-1:000000000000:";
    for (const keyId of [ID, "alias/a/b", `${arn}key/${ID}`, `${arn}alias/a/b`]) {
      expect(keyring.kmsKey(keyId)?.name).toBe(ID);
    }
    for (const keyId of ["alias/a", "", `${arn}${ID}x`, "__proto__", "constructor"]) {
      expect(keyring.kmsKey(keyId)).toBeUndefined();
    }
  });

  test.each([
    "{}",
    "[",
    "[1]",
    "[{}]",
    JSON.stringify([{ id: ID }]),
    JSON.stringify([{ ...own, key: "AAAA" }]),
    JSON.stringify([{ ...own, id: "a/b" }]),
    JSON.stringify([{ ...own, isEnabled: "true" }]),
    JSON.stringify([{ ...own, enabled: true }]),
    JSON.stringify([{ ...own, aliases: ["orders"] }]),
    JSON.stringify([{ ...own, aliases: ["alias/aws/sqs"] }]),
    JSON.stringify([own, own]),
  ])("may not be %#", (MILLRACE_KMS_KEYS) => {
    expect(Keyring.read({ MILLRACE_KMS_KEYS })).toHaveProperty("flaw");
  });
});

test("a malformed secret makes no keyring, told once and without the key", () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const secrets = { MILLRACE_ROOT_KEYS: `a:${KEY},b:${KEY.slice(1)}` };
  expect(keyringOf(secrets)).toBeUndefined();
  expect(keyringOf({ ...secrets })).toBeUndefined();
  expect(error.mock.calls).toEqual([
    ["every request is refused: MILLRACE_ROOT_KEYS: entry 2 is not name:base64-of-32-bytes"],
  ]);
  expect(keyringOf({})?.isEmpty).toBe(true);
});

describe("a small secret", () => {
  const secret = new TextEncoder().encode("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");

  test("opens for its purpose, also after a rotation", async () => {
    const sealed = await sealSecret(rooted(`a:${KEY}`), "access-key/1", secret);
    const rotated = rooted(`b:${Buffer.alloc(32).toString("base64")},a:${KEY}`);
    expect(await openSecret(rotated, "access-key/1", sealed)).toEqual(secret);
    expect(await openSecret(rotated, "access-key/2", sealed)).toBeUndefined();
    expect(await openSecret(rooted(`b:${KEY}`), "access-key/1", sealed)).toBeUndefined();
  });

  test("does not open altered in any byte, or cut", async () => {
    const keyring = rooted(`a:${KEY}`);
    const sealed = await sealSecret(keyring, "p", secret);
    for (const [at, byte] of sealed.entries()) {
      const altered = sealed.slice();
      altered[at] = byte ^ 1;
      expect(await openSecret(keyring, "p", altered), `byte ${at}`).toBeUndefined();
      expect(await openSecret(keyring, "p", sealed.subarray(0, at)), `cut ${at}`).toBeUndefined();
    }
  });
});
