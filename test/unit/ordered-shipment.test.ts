/** Ordered shipments: what is packed is what is unpacked, from a Worker and between objects alike. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  packOrderedMessages,
  packOrderedShipment,
  SEQUENCE_BYTES,
  sequenceOf,
  setSequence,
  unpackOrderedMessages,
} from "../../src/domain/ordered-shipment.ts";
import { readUuid } from "../../src/domain/uuid.ts";

const IDENTIFIER = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 128,
});
const MESSAGES = fc.array(
  fc.record({
    messageId: fc.uuid(),
    body: fc.uint8Array({ maxLength: 50 }),
    sizeBytes: fc.integer({ min: 0, max: 1_048_576 }),
    messageGroupId: IDENTIFIER,
    deduplicationId: IDENTIFIER,
    isContentBased: fc.boolean(),
    sequence: fc.maxSafeNat(),
  }),
  { maxLength: 10 },
);

test("a shipment comes out as it was packed, and its messages have no numbers yet", () => {
  fc.assert(
    fc.property(MESSAGES, (messages) => {
      const unpacked = unpackOrderedMessages(shipped(messages)).map(({ id, payload, ...rest }) => ({
        ...rest,
        messageId: readUuid(id, 0),
        body: new Uint8Array(payload.subarray(SEQUENCE_BYTES)),
        sequence: sequenceOf(payload),
      }));
      expect(unpacked).toEqual(messages.map((message) => ({ ...message, sequence: 0 })));
    }),
  );
});

test("messages keep their numbers from object to object", () => {
  fc.assert(
    fc.property(MESSAGES, (messages) => {
      const accepted = unpackOrderedMessages(shipped(messages));
      for (const [number, { payload }] of accepted.entries()) {
        setSequence(payload, messages[number]?.sequence ?? 0);
      }
      const handed = unpackOrderedMessages(packOrderedMessages(accepted));
      expect(handed.map(({ payload }) => sequenceOf(payload))).toEqual(
        messages.map(({ sequence }) => sequence),
      );
      expect(handed.map(({ messageGroupId }) => messageGroupId)).toEqual(
        messages.map(({ messageGroupId }) => messageGroupId),
      );
    }),
  );
});

function shipped(
  messages: readonly {
    messageId: string;
    body: Uint8Array;
    sizeBytes: number;
    messageGroupId: string;
    deduplicationId: string;
    isContentBased: boolean;
  }[],
): Uint8Array {
  return packOrderedShipment(
    messages.map(({ body, ...message }) => ({
      ...message,
      payloadBytes: body.byteLength,
      write: (into, at) => into.set(body, at),
    })),
  );
}
