/**
 * What has to be random. Receipt nonces: random integers of 32 bits that tell one receive of a message from the next. 0 is
 * never one, because a state without a receipt holds it.
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
