/** Deduplication keys: one for each id and queue, the same every time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { deduplicationKey } from "../../src/domain/deduplication-key.ts";

const SECRET = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** SQS's ids are up to 128 characters of ASCII; the others must not be mistaken for each other. */
const ID = fc.oneof(
  fc.string({ maxLength: 128 }),
  fc.string({ unit: "grapheme", minLength: 100, maxLength: 300 }),
);

function hex(id: string, secret: Uint8Array): string {
  return Buffer.from(deduplicationKey(id, secret)).toString("hex");
}

test("an id has the same key of 16 bytes every time, whatever was hashed in between", () => {
  fc.assert(
    fc.property(ID, ID, SECRET, (id, another, secret) => {
      const key = deduplicationKey(id, secret);
      const before = Buffer.from(key).toString("hex");
      deduplicationKey(another, secret);
      expect(key.byteLength).toBe(16);
      expect(Buffer.from(key).toString("hex")).toBe(before);
      expect(hex(id, secret)).toBe(before);
    }),
  );
});

test("two ids have two keys, and so has one id in two queues", () => {
  fc.assert(
    fc.property(ID, ID, SECRET, SECRET, (id, another, secret, othersSecret) => {
      fc.pre(id !== another && Buffer.compare(secret, othersSecret) !== 0);
      expect(hex(another, secret)).not.toBe(hex(id, secret));
      expect(hex(id, othersSecret)).not.toBe(hex(id, secret));
    }),
  );
});

test.each([
  ["", "\0"],
  ["a", "a\0"],
  ["1234567", "12345678"],
  ["12345678", "12345678\0"],
])("what pads an id is not part of it: %j and %j", (id, another) => {
  const secret = new Uint8Array(16);
  expect(hex(another, secret)).not.toBe(hex(id, secret));
});

test("a key does not change between versions, because keys are on disk", () => {
  const secret = Uint8Array.from({ length: 16 }, (_, index) => index);
  expect(hex("order-4711", secret)).toBe("7a1098bb99e636d94ff9b10d7c5e17bb");
});
