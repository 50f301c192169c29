/** Deliveries: what is packed is what is unpacked, the limits of every number included. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isEmptyDelivery,
  joinDeliveries,
  packDelivery,
  unpackDelivery,
} from "../../src/domain/delivery.ts";
import { readUuid } from "../../src/domain/uuid.ts";

const INSTANT = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const MESSAGE = fc.record({
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  receiptHandle: fc.base64String({ minLength: 64, maxLength: 64 }),
  sentAtMs: INSTANT,
  firstReceivedAtMs: INSTANT,
  receiveCount: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  payload: fc.uint8Array({ maxLength: 50 }),
});

test("a delivery comes out as it was packed, wherever its bytes lie", () => {
  fc.assert(
    fc.property(fc.array(MESSAGE, { maxLength: 10 }), fc.nat(7), (messages, offset) => {
      const packed = packDelivery(messages);
      // As part of a larger buffer, which is how a socket's frame may arrive.
      const moved = Buffer.concat([Buffer.alloc(offset), packed]).subarray(offset);
      const unpacked = unpackDelivery(moved).map(({ payload, ...message }) => ({
        ...message,
        payload: new Uint8Array(payload),
      }));
      const expected = messages.map(({ id, ...message }) => ({
        ...message,
        messageId: readUuid(id, 0),
      }));
      expect(unpacked).toEqual(expected);
    }),
  );
});

test("several deliveries become one, in their order, whichever of them are empty", () => {
  fc.assert(
    fc.property(fc.array(fc.array(MESSAGE, { maxLength: 4 }), { maxLength: 5 }), (groups) => {
      const joined = joinDeliveries(groups.map(packDelivery));
      expect(unpackDelivery(joined)).toEqual(unpackDelivery(packDelivery(groups.flat())));
      expect(isEmptyDelivery(joined)).toBe(groups.flat().length === 0);
    }),
  );
});
