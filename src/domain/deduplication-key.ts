/**
 * Deduplication keys: what a queue remembers of a deduplication id. 16 bytes of a keyed hash stand for
 * any id, so memory per id is small and fixed; and because the hash is keyed with the queue's own
 * secret, nobody can choose two ids that collide, or many that crowd one place of a hash table.
 *
 * What is hashed: u8 purpose | 3 zero bytes | u32 length | the id in UTF-8 | zeros up to whole words.
 * The length keeps ids apart that differ in zeros at their end. The purpose keeps this hash apart from
 * the MAC of a receipt handle, which begins with a version, should one secret ever make both.
 */
import { Buffer } from "node:buffer";
import { sipHash } from "./sip-hash.ts";

const PURPOSE = 0x64;
const HEADER_BYTES = 8;
const WORD_BYTES = 8;
const KEY_BYTES = 16;

/** What is hashed and its hash. Reused: a call runs to its end undisturbed. SQS's ids always fit. */
const usual = viewOf(Buffer.from(new ArrayBuffer(256)));
const hash = new Uint8Array(new ArrayBuffer(KEY_BYTES));
const hashView = new DataView(hash.buffer);

/** 16 bytes that stand for a deduplication id; the first 16 bytes of `secret` count. */
export function deduplicationKey(deduplicationId: string, secret: Uint8Array): Uint8Array {
  const idBytes = Buffer.byteLength(deduplicationId);
  const byteCount = HEADER_BYTES + Math.ceil(idBytes / WORD_BYTES) * WORD_BYTES;
  const { bytes, view } =
    byteCount <= usual.bytes.byteLength ? usual : viewOf(Buffer.alloc(byteCount));
  // The word that an id ends in may hold bytes of an earlier one; after these two it is overwritten.
  view.setFloat64(byteCount - WORD_BYTES, 0);
  view.setUint32(0, PURPOSE << 24);
  view.setUint32(4, idBytes);
  bytes.write(deduplicationId, HEADER_BYTES);
  sipHash(secret, { view, at: 0, byteCount }, { view: hashView, at: 0 });
  return hash.slice();
}

function viewOf(bytes: Buffer): { readonly bytes: Buffer; readonly view: DataView } {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}
