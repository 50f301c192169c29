/**
 * Receipt nonces: random integers of 32 bits that tell one receive of a message from the next. 0 is
 * never one, because a state without a receipt holds it.
 */
export function randomNonces(count: number): number[] {
  const words = crypto.getRandomValues(new Uint32Array(count));
  return Array.from(words, (word) => Math.max(word, 1));
}
