/** Queue attributes: text to values and back, for every value and for any text. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  DEFAULT_ATTRIBUTES,
  firstDifference,
  mergedAttributes,
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

const KINDS = ["standard", "fifo"] as const;

describe.each(RANGES)("%s", (name, min, max) => {
  test("is printed as it was read, over its whole range", () => {
    fc.assert(
      fc.property(fc.integer({ min, max }), fc.constantFrom(...KINDS), (value, kind) => {
        const parsed = parseAttributeChange([[name, String(value)]], kind);
        expect(parsed.ok).toBe(true);
        if (!parsed.ok) return;
        const attributes = { ...DEFAULT_ATTRIBUTES, ...parsed.value };
        const printed = printAttributes(attributes, kind).get(name);
        // A reuse period without a key is shown only where it is not the default.
        expect(printed ?? "300").toBe(String(value));
        expect(firstDifference(attributes, [[name, String(value)]], kind)).toBeUndefined();
        const other = String(value === min ? max : min);
        expect(firstDifference(attributes, [[name, other]], kind)).toBe(name);
      }),
    );
  });

  test("refuses any other text", () => {
    const numbers = fc.integer().filter((value) => value < min || value > max);
    const texts = fc.string().filter((text) => !/^\d+$/.test(text));
    fc.assert(
      fc.property(fc.oneof(texts, numbers.map(String), fc.double().map(String)), (text) => {
        fc.pre(!(/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max));
        for (const kind of KINDS) {
          expect(parseAttributeChange([[name, text]], kind)).toMatchObject({
            ok: false,
            refusal: { kind: "attribute-value-invalid", attributeName: name },
          });
        }
      }),
    );
  });
});

const FIFO_ONLY = [
  "FifoQueue",
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoThroughputLimit",
];
const fifoValues = fc.record({
  isContentBasedDeduplication: fc.boolean(),
  deduplicationScope: fc.constantFrom("queue" as const, "messageGroup" as const),
  fifoThroughputLimit: fc.constantFrom("perQueue" as const, "perMessageGroupId" as const),
});

describe("the attributes of FIFO queues", () => {
  test("are read as they were printed, whatever their values", () => {
    fc.assert(
      fc.property(fifoValues, (values) => {
        const attributes = { ...DEFAULT_ATTRIBUTES, ...values };
        const printed = printAttributes(attributes, "fifo");
        const parsed = parseAttributeChange(printed, "fifo");
        expect(parsed.ok && { ...DEFAULT_ATTRIBUTES, ...parsed.value }).toEqual(attributes);
        expect(firstDifference(attributes, printed, "fifo")).toBeUndefined();
      }),
    );
  });

  test("are neither printed for a standard queue nor read", () => {
    fc.assert(
      fc.property(fifoValues, fc.constantFrom(...FIFO_ONLY), (values, name) => {
        const attributes = { ...DEFAULT_ATTRIBUTES, ...values };
        expect(printAttributes(attributes, "standard").has(name)).toBe(false);
        const text = printAttributes(attributes, "fifo").get(name) ?? "";
        expect(parseAttributeChange([[name, text]], "standard")).toMatchObject({
          ok: false,
          refusal: { attributeName: name },
        });
      }),
    );
  });

  test("are refused after a merge where the limit is per group and the scope is not", () => {
    fc.assert(
      fc.property(fifoValues, fifoValues, (before, change) => {
        const merged = mergedAttributes({ ...DEFAULT_ATTRIBUTES, ...before }, change);
        const isContradiction =
          change.fifoThroughputLimit === "perMessageGroupId" &&
          change.deduplicationScope === "queue";
        expect(merged.ok).toBe(!isContradiction);
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
    ...FIFO_ONLY,
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
      for (const kind of KINDS) {
        expect(typeof parseAttributeChange([[name, text]], kind).ok).toBe("boolean");
      }
    }),
    { numRuns: 2_000 },
  );
});
