/** What is kept of signing keys: for one day, for so many, and never for another secret. */
import { expect, it } from "vitest";
import { signingKey } from "../../src/protocol/sigv4/signature.ts";
import { SigningKeys } from "../../src/protocol/sigv4/signing-keys.ts";

const SCOPE = { accessKeyId: "A", day: "20261125", region: "us-east-1", service: "sqs" };

it("a key is derived once for a key id, region and service", () => {
  const keys = new SigningKeys();
  const key = keys.keyFor("secret", SCOPE);
  expect(key).toEqual(signingKey("secret", SCOPE));
  expect(keys.keyFor("secret", { ...SCOPE })).toBe(key);
  for (const other of [{ region: "eu-west-1" }, { service: "iam" }, { accessKeyId: "__proto__" }]) {
    const scope = { ...SCOPE, ...other };
    expect(keys.keyFor("secret", scope)).toEqual(signingKey("secret", scope));
  }
  expect(keys.size).toBe(4);
  expect(keys.keyFor("secret", SCOPE)).toBe(key);
});

it("a key id with another secret has another key", () => {
  const keys = new SigningKeys();
  const key = keys.keyFor("secret", SCOPE);
  expect(keys.keyFor("another", SCOPE)).toEqual(signingKey("another", SCOPE));
  expect(keys.keyFor("secret", SCOPE)).toEqual(key);
  expect(keys.size).toBe(1);
});

it("all keys are forgotten when the day changes, and those of days before are not kept", () => {
  const keys = new SigningKeys();
  const key = keys.keyFor("secret", SCOPE);
  const next = { ...SCOPE, day: "20261126" };
  expect(keys.keyFor("secret", next)).toEqual(signingKey("secret", next));
  expect(keys.size).toBe(1);
  const again = keys.keyFor("secret", SCOPE);
  expect(again).toEqual(key);
  expect(again).not.toBe(key);
  expect(keys.size).toBe(1);
});

it("1,000 are kept, those used lately", () => {
  const keys = new SigningKeys();
  const key = keys.keyFor("secret", SCOPE);
  for (let index = 0; index < 2_000; index++) {
    keys.keyFor("secret", { ...SCOPE, accessKeyId: `K${index}` });
    expect(keys.keyFor("secret", SCOPE)).toBe(key);
  }
  expect(keys.size).toBe(1_000);
});
