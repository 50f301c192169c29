/**
 * SipHash-2-4 with a tag of 128 bits: the keyed hash under receipt handles (Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF"). It is made for what a handle is, 32 bytes signed by a service
 * that also verifies them.
 *
 * HMAC-SHA-256 by way of `node:crypto` builds native objects per call that cost ten times as much as
 * this does.
 *
 * JavaScript has no 64-bit integers that are fast: each word is two halves, `xH` and `xL`.
 */
import { assert } from "./assert.ts";

const KEY_BYTES = 16;
const WORD_BYTES = 8;
const COMPRESSION_ROUNDS = 2;
const FINALIZATION_ROUNDS = 4;

/** v0 to v3, the high half before the low one. Reused: a call runs to its end undisturbed. */
const v = new Int32Array(8);

/**
 * Tags `byteCount` bytes of `message`, from its beginning; a multiple of 8. The first 16 bytes of
 * `key` count. The tag is written at `tagAt` of `tags`: 16 bytes, little-endian like all of SipHash.
 */
export function sipHash(
  key: Uint8Array,
  message: { readonly view: DataView; readonly at: number; readonly byteCount: number },
  tag: { readonly view: DataView; readonly at: number },
): void {
  assert(key.byteLength >= KEY_BYTES, "a key has at least 16 bytes");
  assert(message.byteCount % WORD_BYTES === 0, "a message is whole words");
  initialize(new DataView(key.buffer, key.byteOffset, KEY_BYTES));
  for (let offset = 0; offset < message.byteCount; offset += WORD_BYTES) {
    const at = message.at + offset;
    absorb(message.view.getInt32(at + 4, true), message.view.getInt32(at, true));
  }
  absorb((message.byteCount & 0xff) << 24, 0);
  v[5] = at(5) ^ 0xee;
  squeeze(tag.view, tag.at);
  v[3] = at(3) ^ 0xdd;
  squeeze(tag.view, tag.at + WORD_BYTES);
}

function initialize(key: DataView): void {
  const k0L = key.getInt32(0, true);
  const k0H = key.getInt32(4, true);
  const k1L = key.getInt32(8, true);
  const k1H = key.getInt32(12, true);
  v[0] = k0H ^ 0x736f6d65;
  v[1] = k0L ^ 0x70736575;
  v[2] = k1H ^ 0x646f7261;
  // 0xee says that the tag has 128 bits.
  v[3] = k1L ^ 0x6e646f6d ^ 0xee;
  v[4] = k0H ^ 0x6c796765;
  v[5] = k0L ^ 0x6e657261;
  v[6] = k1H ^ 0x74656462;
  v[7] = k1L ^ 0x79746573;
}

function absorb(high: number, low: number): void {
  v[6] = at(6) ^ high;
  v[7] = at(7) ^ low;
  rounds(COMPRESSION_ROUNDS);
  v[0] = at(0) ^ high;
  v[1] = at(1) ^ low;
}

function squeeze(tag: DataView, tagAt: number): void {
  rounds(FINALIZATION_ROUNDS);
  tag.setInt32(tagAt, at(1) ^ at(3) ^ at(5) ^ at(7), true);
  tag.setInt32(tagAt + 4, at(0) ^ at(2) ^ at(4) ^ at(6), true);
}

function at(index: number): number {
  return v[index] ?? 0;
}

/** One round is four additions, four rotations by constants and four exclusive ors, on halves. */
function rounds(count: number): void {
  let v0H = at(0);
  let v0L = at(1);
  let v1H = at(2);
  let v1L = at(3);
  let v2H = at(4);
  let v2L = at(5);
  let v3H = at(6);
  let v3L = at(7);
  for (let round = 0; round < count; round++) {
    let low = (v0L >>> 0) + (v1L >>> 0);
    v0H = (v0H + v1H + carry(low)) | 0;
    v0L = low | 0;
    let high = v1H;
    v1H = ((v1H << 13) | (v1L >>> 19)) ^ v0H;
    v1L = ((v1L << 13) | (high >>> 19)) ^ v0L;
    high = v0H;
    v0H = v0L;
    v0L = high;
    low = (v2L >>> 0) + (v3L >>> 0);
    v2H = (v2H + v3H + carry(low)) | 0;
    v2L = low | 0;
    high = v3H;
    v3H = ((v3H << 16) | (v3L >>> 16)) ^ v2H;
    v3L = ((v3L << 16) | (high >>> 16)) ^ v2L;
    low = (v0L >>> 0) + (v3L >>> 0);
    v0H = (v0H + v3H + carry(low)) | 0;
    v0L = low | 0;
    high = v3H;
    v3H = ((v3H << 21) | (v3L >>> 11)) ^ v0H;
    v3L = ((v3L << 21) | (high >>> 11)) ^ v0L;
    low = (v2L >>> 0) + (v1L >>> 0);
    v2H = (v2H + v1H + carry(low)) | 0;
    v2L = low | 0;
    high = v1H;
    v1H = ((v1H << 17) | (v1L >>> 15)) ^ v2H;
    v1L = ((v1L << 17) | (high >>> 15)) ^ v2L;
    high = v2H;
    v2H = v2L;
    v2L = high;
  }
  v[0] = v0H;
  v[1] = v0L;
  v[2] = v1H;
  v[3] = v1L;
  v[4] = v2H;
  v[5] = v2L;
  v[6] = v3H;
  v[7] = v3L;
}

/** Of a sum of two halves. */
function carry(sum: number): number {
  return sum > 0xffffffff ? 1 : 0;
}
