/**
 * OrderedShipment: FIFO messages on their way, from the Worker to the queue's object and from there
 * to their groups, and on the queue's disk in between:
 *
 *   u16 count
 *   count x (16 bytes message id, u32 payload length, u32 size, u8 flags, u8 length of the group id,
 *            u8 length of the deduplication id)
 *   count x (group id | deduplication id)
 *   payloads
 *
 * A payload begins with 8 bytes for the message's sequence number (f64), zero until it has one; the
 * rest of it is opaque. Ids are ASCII, as SQS wants them. A shipment comes from our own code, so a
 * malformed one is a bug.
 */
import { Buffer } from "node:buffer";
import { assert } from "./assert.ts";
import { writeUuid } from "./uuid.ts";

export type OrderedMessage = {
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** From its sequence number on. */
  readonly payload: Uint8Array;
  readonly sizeBytes: number;
  readonly messageGroupId: string;
  readonly deduplicationId: string;
  /** The deduplication id is the body's digest, which the queue may not accept. */
  readonly isContentBased: boolean;
};

/** A message to ship: `write` puts its payload into the place that it is given. */
export type OrderedShippable = Omit<OrderedMessage, "id" | "payload"> & {
  readonly messageId: string;
  readonly payloadBytes: number;
  readonly write: (into: Buffer, at: number) => void;
};

export const SEQUENCE_BYTES = 8;
const HEADER_BYTES = 2;
const ENTRY_BYTES = 27;
const CONTENT_BASED = 1;

/** Packs what a Worker sends. */
export function packOrderedShipment(messages: readonly OrderedShippable[]): Uint8Array {
  return pack(
    messages.map((message) => ({
      ...message,
      payloadBytes: message.payloadBytes + SEQUENCE_BYTES,
    })),
    (message, packed, view, { entryAt, payloadAt }) => {
      writeUuid(view, entryAt, message.messageId);
      message.write(packed, payloadAt + SEQUENCE_BYTES);
    },
  );
}

/** Packs messages that an object has. */
export function packOrderedMessages(messages: readonly OrderedMessage[]): Uint8Array {
  return pack(
    messages.map((message) => ({ ...message, payloadBytes: message.payload.byteLength })),
    ({ id, payload }, packed, _view, { entryAt, payloadAt }) => {
      packed.set(id, entryAt);
      packed.set(payload, payloadAt);
    },
  );
}

/** Ids and payloads are views into `packed`. */
export function unpackOrderedMessages(packed: Uint8Array): OrderedMessage[] {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const count = view.getUint16(0);
  let idsAt = HEADER_BYTES + ENTRY_BYTES * count;
  let payloadAt = idsAt + idsBytes(view, count);
  const messages: OrderedMessage[] = [];
  for (let index = 0; index < count; index++) {
    const entryAt = HEADER_BYTES + ENTRY_BYTES * index;
    const payloadEnd = payloadAt + view.getUint32(entryAt + 16);
    const groupEnd = idsAt + view.getUint8(entryAt + 25);
    const idsEnd = groupEnd + view.getUint8(entryAt + 26);
    messages.push({
      id: packed.subarray(entryAt, entryAt + 16),
      payload: packed.subarray(payloadAt, payloadEnd),
      sizeBytes: view.getUint32(entryAt + 20),
      messageGroupId: buffer.toString("latin1", idsAt, groupEnd),
      deduplicationId: buffer.toString("latin1", groupEnd, idsEnd),
      isContentBased: view.getUint8(entryAt + 24) === CONTENT_BASED,
    });
    idsAt = idsEnd;
    payloadAt = payloadEnd;
  }
  assert(payloadAt === packed.byteLength, "a shipment's lengths add up");
  return messages;
}

/** The number of a message that has one, else 0. */
export function sequenceOf(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset).getFloat64(0);
}

export function setSequence(payload: Uint8Array, sequence: number): void {
  new DataView(payload.buffer, payload.byteOffset).setFloat64(0, sequence);
}

type Packable = Pick<
  OrderedMessage,
  "sizeBytes" | "messageGroupId" | "deduplicationId" | "isContentBased"
> & { readonly payloadBytes: number };

type Place = { readonly entryAt: number; readonly payloadAt: number };

function pack<M extends Packable>(
  messages: readonly M[],
  write: (message: M, packed: Buffer, view: DataView, place: Place) => void,
): Uint8Array {
  let idsAt = HEADER_BYTES + ENTRY_BYTES * messages.length;
  let payloadAt = idsAt;
  let totalBytes = idsAt;
  for (const { messageGroupId, deduplicationId, payloadBytes } of messages) {
    payloadAt += messageGroupId.length + deduplicationId.length;
    totalBytes += messageGroupId.length + deduplicationId.length + payloadBytes;
  }
  const packed = Buffer.alloc(totalBytes);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  view.setUint16(0, messages.length);
  let entryAt = HEADER_BYTES;
  for (const message of messages) {
    const { messageGroupId, deduplicationId, payloadBytes } = message;
    view.setUint32(entryAt + 16, payloadBytes);
    view.setUint32(entryAt + 20, message.sizeBytes);
    view.setUint8(entryAt + 24, message.isContentBased ? CONTENT_BASED : 0);
    view.setUint8(entryAt + 25, messageGroupId.length);
    view.setUint8(entryAt + 26, deduplicationId.length);
    idsAt += packed.write(messageGroupId, idsAt, "latin1");
    idsAt += packed.write(deduplicationId, idsAt, "latin1");
    write(message, packed, view, { entryAt, payloadAt });
    entryAt += ENTRY_BYTES;
    payloadAt += payloadBytes;
  }
  return packed;
}

function idsBytes(view: DataView, count: number): number {
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    const entryAt = HEADER_BYTES + ENTRY_BYTES * index;
    bytes += view.getUint8(entryAt + 25) + view.getUint8(entryAt + 26);
  }
  return bytes;
}
