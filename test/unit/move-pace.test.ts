/** How fast a move task lets messages leave. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MovePace } from "../../src/domain/move-pace.ts";

const START_MS = 1_800_000_000_000;

/** Lets leave what is due whenever some is, for so long; returns when each message left. */
function departures(perSecond: number, forMs: number): number[] {
  const pace = new MovePace(perSecond, START_MS);
  const leftAtMs: number[] = [];
  for (let nowMs = START_MS; nowMs <= START_MS + forMs; ) {
    const due = pace.due(nowMs);
    pace.take(due);
    for (let count = 0; count < due; count++) leftAtMs.push(nowMs);
    nowMs += due > 0 ? 1 : pace.waitMs(nowMs);
  }
  return leftAtMs;
}

describe("a pace", () => {
  test("of any rate is kept to within a message or two, over any time", () => {
    const rates = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(rates, fc.integer({ min: 2_000, max: 20_000 }), (perSecond, forMs) => {
        const wanted = (perSecond * forMs) / 1000;
        const left = departures(perSecond, forMs).length;
        // What falls due between two looks, which are 50 ms apart at least.
        const slack = 1 + perSecond * 0.05;
        expect(left).toBeLessThanOrEqual(wanted);
        expect(left).toBeGreaterThanOrEqual(wanted - slack - 1);
      }),
    );
  });

  test("makes up for what was late, but not for more than a second's worth", () => {
    const pace = new MovePace(100, START_MS);
    expect(pace.due(START_MS + 500)).toBe(50);
    expect(pace.due(START_MS + 60_000)).toBe(100);
    pace.take(100);
    expect(pace.due(START_MS + 60_000)).toBe(0);
    expect(pace.due(START_MS + 60_100)).toBe(10);
  });

  test("without a rate lets as many leave as a round may hold, at once", () => {
    const pace = new MovePace(undefined, START_MS);
    expect(pace.due(START_MS)).toBe(1_000);
    pace.take(1_000);
    expect(pace.due(START_MS)).toBe(1_000);
    expect(pace.waitMs(START_MS)).toBe(0);
  });
});
