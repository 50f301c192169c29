/**
 * Assertions: what must be true unless Millrace itself is wrong. A failed one throws, which aborts
 * the object; nothing that a client sends may reach one.
 */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${sentence}`);
}

/** Makes a switch exhaustive: it does not compile while a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
