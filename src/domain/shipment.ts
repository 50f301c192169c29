/**
 * Shipment: messages on their way from the Worker to a queue's object, in one piece of bytes,
 * because every object and every buffer that crosses a call has its price:
 *
 *   u16 count | count x (16 bytes message id, u32 payload length, u32 size, u16 delay) | payloads
 *
 * A size is what SQS counts of a message. A delay of 65535 is none of the message's own. Payloads
 * are opaque. A shipment comes from our own Worker, so a malformed one is a bug.
 */
import { Buffer } from "node:buffer";
import { assert } from "./assert.ts";
import { writeUuid } from "./uuid.ts";

export type ShippedMessage = {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
  readonly sizeBytes: number;
  /** Absent: the queue's own delay. */
  readonly delaySeconds?: number;
};

/** A message to ship: `write` puts its payload into the place that it is given. */
export type Shippable = {
  readonly messageId: string;
  readonly payloadBytes: number;
  readonly sizeBytes: number;
  readonly delaySeconds?: number;
  readonly write: (into: Buffer, at: number) => void;
};

const HEADER_BYTES = 2;
const ENTRY_BYTES = 26;
const NO_DELAY = 0xffff;

export function packShipment(messages: readonly Shippable[]): Uint8Array {
  const payloadsAt = HEADER_BYTES + ENTRY_BYTES * messages.length;
  const totalBytes = messages.reduce((sum, { payloadBytes }) => sum + payloadBytes, payloadsAt);
  const packed = Buffer.allocUnsafeSlow(totalBytes);
  const view = new DataView(packed.buffer);
  view.setUint16(0, messages.length);
  let entryAt = HEADER_BYTES;
  let payloadAt = payloadsAt;
  for (const { messageId, payloadBytes, sizeBytes, delaySeconds, write } of messages) {
    writeUuid(view, entryAt, messageId);
    view.setUint32(entryAt + 16, payloadBytes);
    view.setUint32(entryAt + 20, sizeBytes);
    view.setUint16(entryAt + 24, delaySeconds ?? NO_DELAY);
    write(packed, payloadAt);
    entryAt += ENTRY_BYTES;
    payloadAt += payloadBytes;
  }
  return packed;
}

/** Ids and payloads are views into `packed`. */
export function unpackShipment(packed: Uint8Array): ShippedMessage[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const count = view.getUint16(0);
  let payloadAt = HEADER_BYTES + ENTRY_BYTES * count;
  const messages: ShippedMessage[] = [];
  for (let index = 0; index < count; index++) {
    const entryAt = HEADER_BYTES + ENTRY_BYTES * index;
    const payloadEnd = payloadAt + view.getUint32(entryAt + 16);
    const delaySeconds = view.getUint16(entryAt + 24);
    const message = {
      id: packed.subarray(entryAt, entryAt + 16),
      payload: packed.subarray(payloadAt, payloadEnd),
      sizeBytes: view.getUint32(entryAt + 20),
    };
    messages.push(delaySeconds === NO_DELAY ? message : { ...message, delaySeconds });
    payloadAt = payloadEnd;
  }
  assert(payloadAt === packed.byteLength, "a shipment's lengths add up");
  return messages;
}
