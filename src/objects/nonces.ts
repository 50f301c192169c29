/** Receipt nonces: random integers of 32 bits, of which 0 is never one. */
export function randomNonces(count: number): number[] {
  const words = crypto.getRandomValues(new Uint32Array(count));
  return Array.from(words, (word) => Math.max(word, 1));
}
