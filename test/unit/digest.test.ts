/** The digest of attributes against its definition in SQS's developer guide, written out again. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AttributeValue, md5OfAttributes } from "../../src/protocol/digest.ts";

const TEXT = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });
const BYTES = fc.uint8Array({ minLength: 1, maxLength: 20 });
const VALUE: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.record({ DataType: fc.constantFrom("String", "Number.int"), StringValue: TEXT }),
  fc.record({ DataType: fc.constantFrom("Binary", "Binary.gif"), BinaryValue: BYTES }),
);

test("it is the MD5 of lengths, names, types and values, by the bytes of the names", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(TEXT, VALUE), { maxLength: 10 }), (entries) => {
      const attributes = new Map(entries);
      expect(md5OfAttributes(attributes)).toBe(byDefinition(attributes));
      expect(md5OfAttributes(new Map([...attributes].reverse()))).toBe(byDefinition(attributes));
    }),
  );
});

function byDefinition(attributes: ReadonlyMap<string, AttributeValue>): string {
  const named = [...attributes].map(([name, value]) => ({ name: Buffer.from(name), value }));
  named.sort((a, b) => a.name.compare(b.name));
  const parts = named.flatMap(({ name, value: { DataType, StringValue, BinaryValue } }) => {
    const isBytes = DataType.startsWith("Binary");
    const value = isBytes ? Buffer.from(BinaryValue ?? []) : Buffer.from(StringValue ?? "");
    const kind = Buffer.from([isBytes ? 2 : 1]);
    return [sized(name), sized(Buffer.from(DataType)), kind, sized(value)];
  });
  return createHash("md5").update(Buffer.concat(parts)).digest("hex");
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}
