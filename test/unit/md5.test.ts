/**
 * MD5: the vectors of RFC 1321, and agreement with `node:crypto` on any text of any length around
 * the block boundaries and around the length from which `node:crypto` does the work itself.
 */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { md5 } from "../../src/protocol/md5.ts";

describe("MD5", () => {
  test.each([
    ["", "d41d8cd98f00b204e9800998ecf8427e"],
    ["a", "0cc175b9c0f1b6a831c399e269772661"],
    ["abc", "900150983cd24fb0d6963f7d28e17f72"],
    ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
    ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
  ])("of %j is %s", (text, expected) => {
    expect(md5(text)).toBe(expected);
  });

  test("agrees with node:crypto at every length around a block and at the crossover", () => {
    for (const length of [...Array(200).keys(), 1_199, 1_200, 1_201, 4_000]) {
      for (const character of ["m", "ü", "中", "🚀"]) {
        const text = character.repeat(length);
        expect(md5(text)).toBe(createHash("md5").update(text).digest("hex"));
      }
    }
  });

  test("agrees with node:crypto on any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 1_500 }), (text) => {
        expect(md5(text)).toBe(createHash("md5").update(text).digest("hex"));
      }),
    );
  });
});
