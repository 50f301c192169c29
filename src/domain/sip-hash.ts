/**
 * SipHash-2-4 with a tag of 128 bits: the keyed hash under receipt handles (Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF"). It is made for what a handle is, 32 bytes signed by a service
 * that also verifies them.
 *
 * HMAC-SHA-256 by way of `node:crypto` builds native objects per call that cost several times what
 * this does.
 *
 * JavaScript has no 64-bit integers that are fast: each word is two halves, the high one first.
 */
import { assert } from "./assert.ts";

const KEY_BYTES = 16;
const WORD_BYTES = 8;
const COMPRESSION_ROUNDS = 2;
const FINALIZATION_ROUNDS = 4;

/** Four words, at 0, 2, 4 and 6. Reused: a call runs to its end undisturbed. */
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

function rounds(count: number): void {
  for (let round = 0; round < count; round++) {
    mix(0, 2, 13);
    swapHalves(0);
    mix(4, 6, 16);
    mix(0, 6, 21);
    mix(4, 2, 17);
    swapHalves(4);
  }
}

/** Adds word b to word a; turns b left by `turn` bits, fewer than 32; takes a into b. */
function mix(a: number, b: number, turn: number): void {
  const bH = at(b);
  const bL = at(b + 1);
  const sumL = (at(a + 1) >>> 0) + (bL >>> 0);
  const aH = (at(a) + bH + (sumL > 0xffffffff ? 1 : 0)) | 0;
  const aL = sumL | 0;
  v[a] = aH;
  v[a + 1] = aL;
  v[b] = ((bH << turn) | (bL >>> (32 - turn))) ^ aH;
  v[b + 1] = ((bL << turn) | (bH >>> (32 - turn))) ^ aL;
}

/** A turn by 32 bits. */
function swapHalves(a: number): void {
  const high = at(a);
  v[a] = at(a + 1);
  v[a + 1] = high;
}
