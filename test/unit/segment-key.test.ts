/** Segment keys: sorted by availability, monotone, never early. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  availableAtMs,
  delayedKeyRange,
  lastKeyAt,
  nextKey,
} from "../../src/storage/segment-key.ts";

const INSTANT = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) });

test("keys grow, whatever the clock does, and are never available before they are sent", () => {
  fc.assert(
    fc.property(INSTANT, fc.array(fc.integer({ min: -5, max: 5 })), (startMs, steps) => {
      let nowMs = startMs;
      let key = 0;
      for (const step of steps) {
        nowMs = Math.max(0, nowMs + step);
        const next = nextKey(key, nowMs);
        expect(Number.isSafeInteger(next)).toBe(true);
        expect(next).toBeGreaterThan(key);
        expect(availableAtMs(next)).toBeGreaterThanOrEqual(nowMs);
        key = next;
      }
    }),
  );
});

test("a millisecond takes 512 segments before it spills into the next", () => {
  fc.assert(
    fc.property(INSTANT, (nowMs) => {
      let key = 0;
      for (let count = 0; count < 512; count++) key = nextKey(key, nowMs);
      expect(availableAtMs(key)).toBe(nowMs);
      expect(availableAtMs(nextKey(key, nowMs))).toBe(nowMs + 1);
    }),
  );
});

test("a delay's end lies before what is sent in that millisecond, and within it", () => {
  fc.assert(
    fc.property(INSTANT, (nowMs) => {
      const { firstKey, lastKey } = delayedKeyRange(nowMs);
      expect(availableAtMs(firstKey)).toBe(nowMs);
      expect(availableAtMs(lastKey)).toBe(nowMs);
      expect(lastKey).toBeLessThan(nextKey(0, nowMs));
      expect(firstKey).toBeGreaterThan(lastKeyAt(nowMs - 1));
      expect(lastKeyAt(nowMs)).toBeGreaterThanOrEqual(nextKey(0, nowMs));
    }),
  );
});
