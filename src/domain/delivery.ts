/**
 * Delivery: messages as a receiver gets them, and their form on the way from a queue's object to the
 * Worker, which is the same in a response and in a frame of a long poll's socket:
 *
 *   u16 count, u8 length of a receipt handle
 *   count x (16 bytes message id, f64 sent at ms, f64 first received at ms, u32 receive count,
 *            u32 payload length)
 *   count x receipt handle
 *   payloads
 *
 * Payloads stay opaque bytes; a FIFO message's begins with its sequence number. A delivery comes from our own object, so a malformed one is a bug.
 */
import { Buffer } from "node:buffer";
import { assert } from "./assert.ts";
import { readUuid } from "./uuid.ts";

export type DeliveredMessage = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receiveCount: number;
  readonly payload: Buffer;
};

/** A message on its way out: its id is still the 16 bytes that are stored. */
export type OutgoingMessage = Omit<DeliveredMessage, "messageId" | "payload"> & {
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
};

const HEADER_BYTES = 3;
const ENTRY_BYTES = 40;

export function packDelivery(messages: readonly OutgoingMessage[]): Uint8Array {
  const handlesAt = HEADER_BYTES + ENTRY_BYTES * messages.length;
  const handleLength = messages[0]?.receiptHandle.length ?? 0;
  const payloadsAt = handlesAt + handleLength * messages.length;
  const bytes = messages.reduce((sum, { payload }) => sum + payload.byteLength, payloadsAt);
  const packed = Buffer.allocUnsafeSlow(bytes);
  const view = new DataView(packed.buffer);
  view.setUint16(0, messages.length);
  view.setUint8(2, handleLength);
  const handles = messages.map(({ receiptHandle }) => receiptHandle).join("");
  // There is no place to write nothing at, where the buffer ends.
  if (handles !== "") packed.write(handles, handlesAt, "latin1");
  let at = HEADER_BYTES;
  let payloadAt = payloadsAt;
  for (const { id, sentAtMs, firstReceivedAtMs, receiveCount, payload } of messages) {
    packed.set(id, at);
    view.setFloat64(at + 16, sentAtMs);
    view.setFloat64(at + 24, firstReceivedAtMs);
    view.setUint32(at + 32, receiveCount);
    view.setUint32(at + 36, payload.byteLength);
    packed.set(payload, payloadAt);
    at += ENTRY_BYTES;
    payloadAt += payload.byteLength;
  }
  return packed;
}

/** The payloads are views into `packed`. */
export function unpackDelivery(packed: Uint8Array): DeliveredMessage[] {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const count = view.getUint16(0);
  const handlesAt = HEADER_BYTES + ENTRY_BYTES * count;
  const handleLength = view.getUint8(2);
  let payloadAt = handlesAt + handleLength * count;
  const handles = buffer.toString("latin1", handlesAt, payloadAt);
  const messages: DeliveredMessage[] = [];
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + ENTRY_BYTES * index;
    const payloadEnd = payloadAt + view.getUint32(at + 36);
    messages.push({
      messageId: readUuid(packed, at),
      receiptHandle: handles.slice(handleLength * index, handleLength * (index + 1)),
      sentAtMs: view.getFloat64(at + 16),
      firstReceivedAtMs: view.getFloat64(at + 24),
      receiveCount: view.getUint32(at + 32),
      payload: buffer.subarray(payloadAt, payloadEnd),
    });
    payloadAt = payloadEnd;
  }
  assert(payloadAt === packed.byteLength, "a delivery's lengths add up");
  return messages;
}

/** One delivery of several queues' or groups' worth, in their order; handles are all of one length. */
export function joinDeliveries(deliveries: readonly Uint8Array[]): Uint8Array {
  const filled = deliveries.filter((packed) => !isEmptyDelivery(packed));
  if (filled.length === 0) return packDelivery([]);
  if (filled.length === 1) return filled[0] ?? packDelivery([]);
  const parts = filled.map(sectionsOf);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(
    parts.reduce((sum, { count }) => sum + count, 0),
    0,
  );
  header.writeUInt8(parts[0]?.handleLength ?? 0, 2);
  return Buffer.concat([
    header,
    ...parts.map(({ entries }) => entries),
    ...parts.map(({ handles }) => handles),
    ...parts.map(({ payloads }) => payloads),
  ]);
}

export function deliveryCount(packed: Uint8Array): number {
  return new DataView(packed.buffer, packed.byteOffset).getUint16(0);
}

export function isEmptyDelivery(packed: Uint8Array): boolean {
  return packed[0] === 0 && packed[1] === 0;
}

function sectionsOf(packed: Uint8Array) {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const count = view.getUint16(0);
  const handleLength = view.getUint8(2);
  const handlesAt = HEADER_BYTES + ENTRY_BYTES * count;
  const payloadsAt = handlesAt + handleLength * count;
  return {
    count,
    handleLength,
    entries: packed.subarray(HEADER_BYTES, handlesAt),
    handles: packed.subarray(handlesAt, payloadsAt),
    payloads: packed.subarray(payloadsAt),
  };
}
