/**
 * A standard queue's engine with a dead-letter queue's, against the naive reference: which messages each
 * receive returns and which leave instead, and what is shown of them in either queue. Messages are carried
 * from one engine to the other, and either is rebuilt from disk, at any moment. MODEL_RUNS sets how many
 * lists of commands are tried.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { TwoQueues, type TwoQueuesCommand } from "./two-queues.ts";

const side = fc.constantFrom("source" as const, "dead" as const);
const handle = fc.nat({ max: 200 });
const timeoutSeconds = fc.constantFrom(0, 1, 5, 30);
const maxCount = fc.integer({ min: 1, max: 10 });

const COMMAND = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("send" as const), count: maxCount }) },
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("receive" as const), side, maxCount, timeoutSeconds }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), side, handle }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("change" as const), side, handle, timeoutSeconds }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("undo" as const), side, handle }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      seconds: fc.constantFrom(1, 5, 31),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("carry" as const), side }) },
  { weight: 2, arbitrary: fc.constant({ kind: "refuse" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("redrive" as const), maxCount }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("evict" as const), side }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("purge" as const), side }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("policy" as const),
      maxReceiveCount: fc.constantFrom(1, 2, 3, undefined),
    }),
  },
);

const RECEIVE = { kind: "receive", side: "source", maxCount: 1, timeoutSeconds: 0 } as const;
const REFUSED_AGAIN = [{ kind: "refuse" }, { kind: "wait", seconds: 5 }, RECEIVE, RECEIVE] as const;
/** What a random list seldom is. */
const EXAMPLES: TwoQueuesCommand[][] = [
  // Deleted while it moves, and refused then: also over the end of an object.
  ...[[], [{ kind: "evict", side: "source" } as const]].map((between) => [
    { kind: "send", count: 1 } as const,
    ...[RECEIVE, RECEIVE, RECEIVE],
    { kind: "delete", side: "source", handle: 0 } as const,
    ...between,
    { kind: "refuse" } as const,
    RECEIVE,
  ]),
  // Refused time and again.
  [{ kind: "send", count: 1 }, RECEIVE, RECEIVE, RECEIVE, ...REFUSED_AGAIN, ...REFUSED_AGAIN],
];

test("a queue with a dead-letter queue behaves like the naive reference", () => {
  fc.assert(
    fc.property(fc.array(COMMAND, { minLength: 1, maxLength: 60, size: "max" }), (commands) => {
      const queues = new TwoQueues();
      for (const command of commands) {
        expect(queues.step(command)).toEqual([]);
        for (const one of ["source", "dead"] as const) {
          expect(queues.engineCounts(one)).toEqual(queues.expectedCounts(one));
        }
      }
      // Whatever moves arrives, and is all that there is.
      for (const one of ["source", "dead"] as const) queues.step({ kind: "carry", side: one });
      expect(queues.movingIds("source")).toEqual([]);
      expect(queues.movingIds("dead")).toEqual([]);
    }),
    {
      numRuns: Number(process.env.MODEL_RUNS ?? 300),
      examples: EXAMPLES.map((commands) => [commands]),
    },
  );
}, 600_000);
