/** JSON from outside: objects alone, to a bounded depth, and compared by what they say. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { isSameJson, parseJsonObject } from "../../src/domain/json-object.ts";

const VALUE = fc.jsonValue({ maxDepth: 4 });

test("an object is read, anything else is undefined and never a throw", () => {
  expect(parseJsonObject('{"a":[1,{"b":null}]}')).toEqual({ a: [1, { b: null }] });
  for (const text of ["", " ", "x", "{", "null", "1", '"a"', "[]", "[{}]", "{}{}", "\ufeff{}"]) {
    expect(parseJsonObject(text)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const object = parseJsonObject(text);
      expect(object === undefined || typeof object === "object").toBe(true);
    }),
  );
});

test("nesting is read to 32 levels and no further, however deep it goes", () => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  expect(parseJsonObject(nested(31))).toBeDefined();
  for (const depth of [33, 1_000, 100_000]) expect(parseJsonObject(nested(depth))).toBeUndefined();
  expect(parseJsonObject(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)).toBeUndefined();
});

test("a value is the same as itself in any order of members, and as nothing else", () => {
  fc.assert(
    fc.property(VALUE, VALUE, (a, b) => {
      const copy: unknown = JSON.parse(JSON.stringify(a));
      expect(isSameJson(a, reversed(copy))).toBe(true);
      expect(isSameJson(a, b)).toBe(canonical(a) === canonical(b));
    }),
  );
  expect(isSameJson({ a: 1 }, { b: 1 })).toBe(false);
  expect(isSameJson({ constructor: 1 }, {})).toBe(false);
  expect(isSameJson([], {})).toBe(false);
  expect(isSameJson([1, 2], [2, 1])).toBe(false);
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [name, reversed(member)]);
  return Object.fromEntries(members.reverse());
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => {
    return `${JSON.stringify(name)}:${canonical(member)}`;
  });
  return `{${members.toSorted().join()}}`;
}
