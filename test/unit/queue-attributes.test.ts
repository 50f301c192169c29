/** Queue attributes: text to values and back, for every value and for any text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_ATTRIBUTES,
  firstDifference,
  parseAttributeChange,
  printAttributes,
} from "../../src/domain/queue-attributes.ts";

const RANGES = [
  ["DelaySeconds", 0, 900],
  ["MaximumMessageSize", 1024, 1_048_576],
  ["MessageRetentionPeriod", 60, 1_209_600],
  ["ReceiveMessageWaitTimeSeconds", 0, 20],
  ["VisibilityTimeout", 0, 43_200],
  ["KmsDataKeyReusePeriodSeconds", 60, 86_400],
] as const;

describe.each(RANGES)("%s", (name, min, max) => {
  test("is printed as it was read, over its whole range", () => {
    fc.assert(
      fc.property(fc.integer({ min, max }), (value) => {
        const parsed = parseAttributeChange([[name, String(value)]]);
        expect(parsed.ok).toBe(true);
        if (!parsed.ok) return;
        const attributes = { ...DEFAULT_ATTRIBUTES, ...parsed.value };
        const printed = printAttributes(attributes).get(name);
        // A reuse period without a key is shown only where it is not the default.
        expect(printed ?? "300").toBe(String(value));
        expect(firstDifference(attributes, [[name, String(value)]])).toBeUndefined();
        const other = String(value === min ? max : min);
        expect(firstDifference(attributes, [[name, other]])).toBe(name);
      }),
    );
  });

  test("refuses any other text", () => {
    const numbers = fc.integer().filter((value) => value < min || value > max);
    const texts = fc.string().filter((text) => !/^\d+$/.test(text));
    fc.assert(
      fc.property(fc.oneof(texts, numbers.map(String), fc.double().map(String)), (text) => {
        fc.pre(!(/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max));
        expect(parseAttributeChange([[name, text]])).toMatchObject({
          ok: false,
          refusal: { kind: "attribute-value-invalid", attributeName: name },
        });
      }),
    );
  });
});

test("no text of any attribute throws", () => {
  const names = [
    "Policy",
    "RedrivePolicy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "SqsManagedSseEnabled",
  ];
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((a) => JSON.stringify({ a })),
  );
  const redrive = fc.jsonValue().map((value) => {
    return JSON.stringify({ deadLetterTargetArn: value, maxReceiveCount: value });
  });
  const statements = fc.jsonValue().map((Statement) => JSON.stringify({ Statement }));
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.oneof(texts, redrive, statements), (name, text) => {
      expect(typeof parseAttributeChange([[name, text]]).ok).toBe("boolean");
    }),
    { numRuns: 2_000 },
  );
});
