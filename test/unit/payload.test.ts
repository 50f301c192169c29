/** Payloads: what a message's parts were is what they are, and no part is larger than it was sent. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AttributeValue } from "../../src/protocol/digest.ts";
import { draftPayload, type Envelope, openPayload } from "../../src/router/payload.ts";

const MD5 = "78e731027d8fd50ed642340b7c9a63b3";
const TEXT = fc.string({ unit: "binary", minLength: 1, maxLength: 30 });
const VALUE: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.record({ DataType: fc.constantFrom("String", "Number.int"), StringValue: TEXT }),
  fc.record({
    DataType: fc.constant("Binary"),
    BinaryValue: fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  }),
);
const ENVELOPE: fc.Arbitrary<Envelope> = fc.record(
  {
    senderId: TEXT,
    messageGroupId: TEXT,
    traceHeader: TEXT,
    attributes: fc
      .array(fc.tuple(TEXT, VALUE), { minLength: 1, maxLength: 10 })
      .map((entries) => new Map(entries)),
  },
  { requiredKeys: ["senderId"] },
);

function written(body: string, envelope: Envelope): Buffer {
  const draft = draftPayload(body, MD5, envelope);
  const shipment = Buffer.alloc(draft.payloadBytes + 20, 0xff);
  draft.write(shipment, 10);
  const isUntouched = (bytes: Buffer) => bytes.every((byte) => byte === 0xff);
  expect(isUntouched(shipment.subarray(0, 10)) && isUntouched(shipment.subarray(-10))).toBe(true);
  return shipment.subarray(10, -10);
}

test("a payload is read as it was written, inside the place that it asked for", () => {
  fc.assert(
    fc.property(TEXT, ENVELOPE, (body, envelope) => {
      const opened = openPayload(written(body, envelope));
      expect(opened.body).toBe(body);
      expect(opened.bodyMd5).toBe(MD5);
      expect(opened.envelope()).toEqual(envelope);
    }),
  );
});

test("a value takes no more bytes than it has, whatever JSON would make of it", () => {
  const StringValue = '"\n\\'.repeat(1_000);
  const attributes = new Map([["a", { DataType: "String", StringValue }]]);
  const { payloadBytes } = draftPayload("x", MD5, { senderId: "s", attributes });
  expect(payloadBytes).toBeLessThan(3_000 + 150);
});
