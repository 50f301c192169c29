/** What is kept of signing keys: for one day, for so many, and never for another secret. */
import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { type SigningKey, signingKeyBytes } from "../../src/protocol/sigv4/signature.ts";
import { SigningKeys } from "../../src/protocol/sigv4/signing-keys.ts";

const SCOPE = { accessKeyId: "A", day: "20261125", region: "us-east-1", service: "sqs" };

it("a key is derived once for a key id, region and service", async () => {
  const keys = new SigningKeys();
  const key = await keys.keyFor("secret", SCOPE);
  expect(await verifies(key, "secret", SCOPE)).toBe(true);
  expect(await keys.keyFor("secret", { ...SCOPE })).toBe(key);
  for (const other of [{ region: "eu-west-1" }, { service: "iam" }, { accessKeyId: "__proto__" }]) {
    const scope = { ...SCOPE, ...other };
    expect(await verifies(await keys.keyFor("secret", scope), "secret", scope)).toBe(true);
  }
  expect(keys.size).toBe(4);
  expect(await keys.keyFor("secret", SCOPE)).toBe(key);
});

it("a key id with another secret has another key", async () => {
  const keys = new SigningKeys();
  await keys.keyFor("secret", SCOPE);
  const another = await keys.keyFor("another", SCOPE);
  expect(await verifies(another, "another", SCOPE)).toBe(true);
  expect(await verifies(another, "secret", SCOPE)).toBe(false);
  expect(await verifies(await keys.keyFor("secret", SCOPE), "secret", SCOPE)).toBe(true);
  expect(keys.size).toBe(1);
});

it("all keys are forgotten when the day changes, and those of days before are not kept", async () => {
  const keys = new SigningKeys();
  const key = await keys.keyFor("secret", SCOPE);
  const next = { ...SCOPE, day: "20261126" };
  expect(await verifies(await keys.keyFor("secret", next), "secret", next)).toBe(true);
  expect(keys.size).toBe(1);
  const again = await keys.keyFor("secret", SCOPE);
  expect(await verifies(again, "secret", SCOPE)).toBe(true);
  expect(again).not.toBe(key);
  expect(keys.size).toBe(1);
});

it("1,000 are kept, those used lately", async () => {
  const keys = new SigningKeys();
  const key = await keys.keyFor("secret", SCOPE);
  for (let index = 0; index < 2_000; index++) {
    await keys.keyFor("secret", { ...SCOPE, accessKeyId: `K${index}` });
    expect(await keys.keyFor("secret", SCOPE)).toBe(key);
  }
  expect(keys.size).toBe(1_000);
});

/** Whether it is the key of this secret and scope. */
function verifies(key: SigningKey, secret: string, scope: typeof SCOPE): Promise<boolean> {
  const signed = createHmac("sha256", signingKeyBytes(secret, scope)).update("text").digest();
  return crypto.subtle.verify("HMAC", key, signed, new TextEncoder().encode("text"));
}
