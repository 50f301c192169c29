/**
 * MD5 of a text (RFC 1321), in lower-case hexadecimal. SQS answers with it and clients verify it; it
 * guards against accidents, not against people.
 *
 * Most bodies are short, and for those `node:crypto` costs more in native objects than in hashing.
 * They are hashed here, long ones by `node:crypto`.
 */
import { createHash } from "node:crypto";

/** Where both ways take equally long, roughly. */
const SHORT_CHARACTERS = 1_200;
const UTF8_BYTES_PER_CHARACTER = 3;
const BLOCK_BYTES = 64;
/** A byte that ends the text, and its length in 8. */
const PADDING_BYTES = 9;

const ROTATIONS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
/** By how much, which word of the block and which constant: for each of the 64 steps. */
const ROTATION = Uint8Array.from({ length: 64 }, (_, step) => {
  return ROTATIONS[4 * (step >> 4) + (step & 3)] ?? 0;
});
const WORD = Uint8Array.from({ length: 64 }, (_, step) => {
  return ([step, 5 * step + 1, 3 * step + 5, 7 * step][step >> 4] ?? 0) & 15;
});
const SINE = Int32Array.from({ length: 64 }, (_, step) => {
  return Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32);
});
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

const encoder = new TextEncoder();
/** Reused: a call runs to its end undisturbed. */
const bytes = new Uint8Array(
  SHORT_CHARACTERS * UTF8_BYTES_PER_CHARACTER + PADDING_BYTES + BLOCK_BYTES,
);
const view = new DataView(bytes.buffer);
const block = new Int32Array(16);
const state = new Int32Array(4);

export function md5(text: string): string {
  if (text.length > SHORT_CHARACTERS) return createHash("md5").update(text).digest("hex");
  const blockBytes = pad(encoder.encodeInto(text, bytes).written);
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  for (let at = 0; at < blockBytes; at += BLOCK_BYTES) absorb(at);
  return hexOf(0) + hexOf(1) + hexOf(2) + hexOf(3);
}

/** Ends the text as MD5 wants it; returns how many bytes there are then. */
function pad(textBytes: number): number {
  const blockBytes = Math.ceil((textBytes + PADDING_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
  bytes.fill(0, textBytes, blockBytes);
  bytes[textBytes] = 0x80;
  view.setUint32(blockBytes - 8, textBytes * 8, true);
  return blockBytes;
}

function absorb(blockAt: number): void {
  for (let index = 0; index < 16; index++) block[index] = view.getInt32(blockAt + 4 * index, true);
  let a = word(0);
  let b = word(1);
  let c = word(2);
  let d = word(3);
  for (let step = 0; step < 64; step++) {
    const mixed = mix(step, b, c, d);
    const sum = (a + mixed + (SINE[step] ?? 0) + (block[WORD[step] ?? 0] ?? 0)) | 0;
    const by = ROTATION[step] ?? 0;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << by) | (sum >>> (32 - by)))) | 0;
  }
  state[0] = word(0) + a;
  state[1] = word(1) + b;
  state[2] = word(2) + c;
  state[3] = word(3) + d;
}

function mix(step: number, b: number, c: number, d: number): number {
  if (step < 16) return (b & c) | (~b & d);
  if (step < 32) return (b & d) | (c & ~d);
  return step < 48 ? b ^ c ^ d : c ^ (b | ~d);
}

function word(index: number): number {
  return state[index] ?? 0;
}

/** The four bytes of a word, the lowest one first. */
function hexOf(index: number): string {
  const value = word(index);
  const low = `${HEX[value & 0xff]}${HEX[(value >>> 8) & 0xff]}`;
  return `${low}${HEX[(value >>> 16) & 0xff]}${HEX[value >>> 24]}`;
}
