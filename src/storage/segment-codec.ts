/**
 * The packed form of a segment's messages:
 *
 *   u8 version | u16 count | count x (16 bytes message id, u32 payload length) | payloads
 *
 * A payload is opaque here: the router seals body, digests and attributes into it. A message that
 * is gone may have been rewritten to length 0 by a shrink. Numbers are big-endian.
 */
import { assert } from "../domain/assert.ts";

const VERSION = 1;
const HEADER_BYTES = 3;
const ENTRY_BYTES = 20;

/** A message on its way into a segment. `id` is a UUID's 16 bytes. */
export type NewMessage = {
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
  /** When it was accepted; absent: now, which is to say by the commit that it becomes part of. */
  readonly sentAtMs?: number;
};

/** What a message adds to its segment's row. */
export function packedBytes(message: NewMessage): number {
  return ENTRY_BYTES + message.payload.byteLength;
}

export function packSegment(messages: readonly NewMessage[]): Uint8Array {
  let totalBytes = HEADER_BYTES;
  for (const message of messages) totalBytes += packedBytes(message);
  const packed = new Uint8Array(totalBytes);
  const view = new DataView(packed.buffer);
  view.setUint8(0, VERSION);
  view.setUint16(1, messages.length);
  let entryAt = HEADER_BYTES;
  let payloadAt = HEADER_BYTES + ENTRY_BYTES * messages.length;
  for (const { id, payload } of messages) {
    packed.set(id, entryAt);
    view.setUint32(entryAt + 16, payload.byteLength);
    packed.set(payload, payloadAt);
    entryAt += ENTRY_BYTES;
    payloadAt += payload.byteLength;
  }
  return packed;
}

/** The last 32 bits of the first message's id, which are random. */
export function segmentTagOf([first]: readonly NewMessage[]): number {
  assert(first !== undefined, "a segment has messages");
  return new DataView(first.id.buffer, first.id.byteOffset).getUint32(12);
}

/** Reads messages out of a packed segment without copying more than is asked for. */
export class PackedSegment {
  readonly bytes: Uint8Array;
  readonly messageCount: number;
  readonly #view: DataView;
  readonly #payloadAt: Uint32Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    assert(this.#view.getUint8(0) === VERSION, "a segment's version is known");
    this.messageCount = this.#view.getUint16(1);
    this.#payloadAt = new Uint32Array(this.messageCount + 1);
    let at = HEADER_BYTES + ENTRY_BYTES * this.messageCount;
    for (let index = 0; index < this.messageCount; index++) {
      this.#payloadAt[index] = at;
      at += this.#view.getUint32(HEADER_BYTES + ENTRY_BYTES * index + 16);
    }
    this.#payloadAt[this.messageCount] = at;
    assert(at === bytes.byteLength, "a segment's lengths add up");
  }

  /** A view into the segment, as are payloads. */
  id(index: number): Uint8Array {
    const from = HEADER_BYTES + ENTRY_BYTES * index;
    return this.bytes.subarray(from, from + 16);
  }

  payloadBytes(index: number): number {
    return this.#view.getUint32(HEADER_BYTES + ENTRY_BYTES * index + 16);
  }

  /** A view into the segment, not a copy. */
  payload(index: number): Uint8Array {
    const from = this.#payloadAt[index] ?? 0;
    return this.bytes.subarray(from, from + this.payloadBytes(index));
  }
}
