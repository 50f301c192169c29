/**
 * Deduplication keys: what a queue remembers of a deduplication id. 16 bytes of a keyed hash stand for
 * any id, so memory per id is small and fixed; and because the key is the queue's own secret, nobody
 * can choose two ids that collide, or that crowd one place of a hash table.
 *
 * What is hashed: u8 purpose | 3 zero bytes | u32 length | the id in UTF-8 | zeros up to whole words.
 * The length keeps ids apart that differ in trailing zeros. The purpose keeps this hash apart from the
 * MAC of a receipt handle, which begins with its version, should both ever be made with one secret.
 */
import { Buffer } from "node:buffer";
import { sipHash } from "./sip-hash.ts";

const PURPOSE = 0x64;
const HEADER_BYTES = 8;
const WORD_BYTES = 8;
const KEY_BYTES = 16;

/** 16 bytes that stand for a deduplication id; at least 16 bytes of `secret` are needed. */
export function deduplicationKey(deduplicationId: string, secret: Uint8Array): Uint8Array {
  const idBytes = Buffer.byteLength(deduplicationId);
  const byteCount = HEADER_BYTES + Math.ceil(idBytes / WORD_BYTES) * WORD_BYTES;
  const message = Buffer.alloc(byteCount);
  const view = new DataView(message.buffer, message.byteOffset, byteCount);
  view.setUint8(0, PURPOSE);
  view.setUint32(4, idBytes);
  message.write(deduplicationId, HEADER_BYTES);
  const key = new Uint8Array(KEY_BYTES);
  sipHash(secret, { view, at: 0, byteCount }, { view: new DataView(key.buffer), at: 0 });
  return key;
}
