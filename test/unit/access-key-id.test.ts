/** Access key ids: they say whose they are, look like no other service's, and garbage is none. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { accessKeyId, readAccessKeyId } from "../../src/domain/access-key-id.ts";

const accountIds = fc
  .integer({ min: 0, max: 999_999_999_999 })
  .map((n) => String(n).padStart(12, "0"));
const kinds = fc.constantFrom("long-term" as const, "temporary" as const);
const random = fc.uint8Array({ minLength: 9, maxLength: 9 });

test("an id says whose it is and of which kind", () => {
  fc.assert(
    fc.property(kinds, accountIds, random, (kind, accountId, bytes) => {
      const id = accessKeyId({ kind, accountId }, bytes);
      expect(id).toMatch(kind === "temporary" ? /^MRT[A-Z2-7]{17}$/ : /^MRK[A-Z2-7]{17}$/);
      expect(readAccessKeyId(id)).toEqual({ kind, accountId });
    }),
  );
});

test("all 45 bits of chance are in an id", () => {
  const owner = { kind: "long-term", accountId: "123456789012" } as const;
  const ids = Array.from({ length: 9 * 5 }, (_, bit) => {
    const bytes = new Uint8Array(9);
    bytes[Math.floor(bit / 5)] = 1 << (bit % 5);
    return accessKeyId(owner, bytes);
  });
  expect(new Set(ids).size).toBe(45);
});

test.each([
  "",
  "AKIAIOSFODNN7EXAMPLE",
  "000000000000",
  "mrkaaaaaaaaaaaaaaaaa",
  "MRKAAAAAAAAAAAAAAAA",
  "MRKAAAAAAAAAAAAAAAAAA",
  "MRKAAAAAAAA1AAAAAAAA",
  "MRKAAAAAAAAAAAAAAAAA\n",
  // An account beyond twelve digits.
  "MRK77777777AAAAAAAAA",
  "__proto__",
])("%j is no id", (text) => {
  expect(readAccessKeyId(text)).toBeUndefined();
});
