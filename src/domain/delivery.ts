/**
 * Delivery: messages as a receiver gets them, and their form on the way from a queue's object to the
 * Worker, which is the same in a response and in a frame of a long poll's socket:
 *
 *   u16 count
 *   count x (16 bytes message id, f64 sent at ms, f64 first received at ms, u32 receive count,
 *            u32 payload length)
 *   count x 64 characters of receipt handle
 *   payloads
 *
 * Payloads stay opaque bytes. A delivery comes from our own object, so a malformed one is a bug.
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

const HEADER_BYTES = 2;
const ENTRY_BYTES = 40;
const HANDLE_BYTES = 64;

export function packDelivery(messages: readonly OutgoingMessage[]): Uint8Array {
  const handlesAt = HEADER_BYTES + ENTRY_BYTES * messages.length;
  const payloadsAt = handlesAt + HANDLE_BYTES * messages.length;
  const bytes = messages.reduce((sum, { payload }) => sum + payload.byteLength, payloadsAt);
  const packed = Buffer.allocUnsafeSlow(bytes);
  const view = new DataView(packed.buffer);
  view.setUint16(0, messages.length);
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
  let payloadAt = handlesAt + HANDLE_BYTES * count;
  const handles = buffer.toString("latin1", handlesAt, payloadAt);
  const messages: DeliveredMessage[] = [];
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + ENTRY_BYTES * index;
    const payloadEnd = payloadAt + view.getUint32(at + 36);
    messages.push({
      messageId: readUuid(packed, at),
      receiptHandle: handles.slice(HANDLE_BYTES * index, HANDLE_BYTES * (index + 1)),
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
