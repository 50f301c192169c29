/**
 * SipHash-2-4-128 against the first vectors of its authors' reference implementation: key 00..0f,
 * message 00, 01, 02 and so on. Lengths that are no multiple of 8 never occur here.
 */
import { expect, test } from "vitest";
import { sipHash } from "../../src/domain/sip-hash.ts";

const VECTORS = [
  [0, "a3817f04ba25a8e66df67214c7550293"],
  [8, "3b62a9ba6258f5610f83e264f31497b4"],
  [16, "6ee2a4ca67b054bbfd3315bf85230577"],
  [32, "7c3956ca5eeafc3e363e9d556546eb68"],
] as const;

test.each(VECTORS)("SipHash of %i bytes is %s", (byteCount, expected) => {
  const key = Uint8Array.from({ length: 16 }, (_, index) => index);
  const message = Uint8Array.from({ length: byteCount }, (_, index) => index);
  const tag = Buffer.alloc(16);
  sipHash(
    key,
    { view: new DataView(message.buffer), at: 0, byteCount },
    { view: new DataView(tag.buffer, tag.byteOffset), at: 0 },
  );
  expect(tag.toString("hex")).toBe(expected);
});
