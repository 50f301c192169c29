/**
 * What has to be random. Receipt nonces: integers of 32 bits that tell one receive of a message from the
 * next; 0 is never one, because a state without a receipt holds it. Message ids, and the secrets of a
 * queue.
 */
import type { ReceiptIssuer } from "../domain/receipt-handle.ts";

export function randomNonces(count: number): number[] {
  const words = crypto.getRandomValues(new Uint32Array(count));
  return Array.from(words, (word) => Math.max(word, 1));
}

/** Whose handles a new queue's are. */
export function newIssuer(): ReceiptIssuer {
  return {
    uid: crypto.getRandomValues(new Uint8Array(8)),
    key: crypto.getRandomValues(new Uint8Array(32)),
  };
}

/** A message's id: the 16 bytes of a random UUID (RFC 9562, version 4). */
export function randomId(): Uint8Array {
  const id = crypto.getRandomValues(new Uint8Array(16));
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id;
}
