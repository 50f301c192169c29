/**
 * The FIFO checker over simulated queues: an honest one is never accused, one with a flaw is caught by
 * the right rule. What hand-made histories leave out, chance may find.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFifoHistory, type FifoRule } from "../crash/fifo-history-checker.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type FifoFlaw, SimulatedFifoQueue } from "../support/simulated-fifo-queue.ts";

describe("over simulated FIFO queues", () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

  test("an honest queue with lost answers is never accused", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const queue = new SimulatedFifoQueue(new SeededRandom(seed));
        expect(checkFifoHistory(queue.run(300))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  const flaws: Record<FifoFlaw, FifoRule> = {
    "loses an acknowledged send": "no-loss",
    "stores a repeated send again": "one-identity",
    "answers a repeated send with a new message id": "one-identity",
    "answers a repeated send with a new sequence number": "one-identity",
    "takes a send for a repetition of another one": "one-identity",
    "puts a message before those it was sent after": "sequence-in-send-order",
    "turns a batch round": "sequence-in-send-order",
    "gives a sequence number twice": "sequence-valid",
    "turns an answer round": "order-in-answer",
    "skips the head of a group": "prefix-rule",
    "delivers past a message in flight": "prefix-rule",
    "delivers to another group": "place-kept",
    "shows a message in flight": "visibility-never-early",
    "brings a deleted message back": "no-resurrection",
    "takes stale handles": "stale-handle-refused",
    "refuses live handles": "live-handle-taken",
  };
  test.each(Object.keys(flaws))("a queue that %s is caught", (name) => {
    const [flaw, rule] = Object.entries(flaws).find(([key]) => key === name) ?? [];
    fc.assert(
      fc.property(seeds, (seed) => {
        const queue = new SimulatedFifoQueue(new SeededRandom(seed), flaw as FifoFlaw);
        const violations = checkFifoHistory(queue.run(2_500));
        expect(violations.map((violation) => violation.rule)).toContain(rule);
      }),
      { numRuns: 20 },
    );
  });
});
