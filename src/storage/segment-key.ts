/**
 * Segment keys: `available_at_ms * 1024 + n`, so that keys sort by the moment their messages become
 * available. The lower half of a millisecond's numbers belongs to messages whose delay ends in it,
 * the upper half to messages that are sent in it without a delay: so a send never has to take a key
 * before one that was received from already.
 * A key stays below 2^53 until the year 2248.
 */
const KEYS_PER_MS = 1024;
const READY_FROM = 512;

/** The greatest key whose messages are available at `nowMs`. */
export function lastKeyAt(nowMs: number): number {
  return nowMs * KEYS_PER_MS + KEYS_PER_MS - 1;
}

export function availableAtMs(segmentKey: number): number {
  return Math.floor(segmentKey / KEYS_PER_MS);
}

/**
 * The next key for messages without a delay. More than 512 segments in a millisecond spill into the
 * next one, which makes them available a millisecond late and never early.
 */
export function nextKey(previousKey: number, nowMs: number): number {
  const key = Math.max(previousKey + 1, nowMs * KEYS_PER_MS + READY_FROM);
  return key % KEYS_PER_MS >= READY_FROM ? key : key + READY_FROM;
}

/** The range of keys for messages whose delay ends at `availableMs`; both ends belong to it. */
export function delayedKeyRange(availableMs: number): { firstKey: number; lastKey: number } {
  const firstKey = availableMs * KEYS_PER_MS;
  return { firstKey, lastKey: firstKey + READY_FROM - 1 };
}
