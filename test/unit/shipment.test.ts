/** Shipments: what is packed is what is unpacked, and nothing else is a shipment. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { packShipment, unpackShipment } from "../../src/domain/shipment.ts";
import { readUuid } from "../../src/domain/uuid.ts";

const MESSAGE = fc.record(
  {
    messageId: fc.uuid(),
    payload: fc.uint8Array({ maxLength: 50 }),
    sizeBytes: fc.integer({ min: 0, max: 1_048_576 }),
    delaySeconds: fc.integer({ min: 0, max: 900 }),
  },
  { requiredKeys: ["messageId", "payload", "sizeBytes"] },
);

function packed(
  messages: readonly { messageId: string; payload: Uint8Array; sizeBytes: number }[],
) {
  return packShipment(
    messages.map(({ payload, ...message }) => ({
      ...message,
      payloadBytes: payload.byteLength,
      write: (into, at) => into.set(payload, at),
    })),
  );
}

test("a shipment comes out as it was packed; a delay of 0 is not the absence of one", () => {
  fc.assert(
    fc.property(fc.array(MESSAGE, { maxLength: 10 }), (messages) => {
      const unpacked = unpackShipment(packed(messages)).map(({ id, payload, ...rest }) => ({
        messageId: readUuid(id, 0),
        payload: new Uint8Array(payload),
        ...rest,
      }));
      expect(unpacked).toEqual(messages);
    }),
  );
});

test("one that lost or gained a byte is a bug, and said to be one", () => {
  fc.assert(
    fc.property(fc.array(MESSAGE, { minLength: 1, maxLength: 3 }), (messages) => {
      const bytes = packed(messages);
      expect(() => unpackShipment(bytes.subarray(0, -1))).toThrow();
      expect(() => unpackShipment(Buffer.concat([bytes, Buffer.from([0])]))).toThrow();
    }),
  );
});
