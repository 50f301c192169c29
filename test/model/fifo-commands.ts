/**
 * Random command lists for a FIFO queue, as data. Handles are chosen by number among all that were
 * issued, deduplication ids and attempt ids from a few: old ones come back.
 */
import fc from "fast-check";

export type FifoCommand =
  | { readonly kind: "send"; readonly group: number; readonly ids: readonly number[] }
  | {
      readonly kind: "receive";
      readonly maxCount: number;
      readonly timeoutSeconds: number;
      readonly attempt: number | undefined;
    }
  | {
      readonly kind: "poll";
      readonly maxCount: number;
      readonly timeoutSeconds: number;
      readonly waitSeconds: number;
    }
  | { readonly kind: "delete"; readonly handle: number }
  | { readonly kind: "changeVisibility"; readonly handle: number; readonly timeoutSeconds: number }
  | { readonly kind: "setDelay"; readonly seconds: number }
  | { readonly kind: "purge" }
  | { readonly kind: "count" }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "evict" };

const handle = fc.nat({ max: 1000 });
const timeoutSeconds = fc.constantFrom(0, 1, 5, 30, 43_200);
const maxCount = fc.integer({ min: 1, max: 10 });

const COMMAND: fc.Arbitrary<FifoCommand> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      group: fc.nat({ max: 3 }),
      ids: fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("receive" as const),
      maxCount,
      timeoutSeconds,
      attempt: fc.constantFrom(undefined, undefined, undefined, 1, 2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("poll" as const),
      maxCount,
      timeoutSeconds,
      waitSeconds: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("delete" as const), handle }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("changeVisibility" as const),
      handle,
      timeoutSeconds,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("setDelay" as const),
      seconds: fc.constantFrom(0, 0, 2, 20),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "purge" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "count" as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 999, 1_000, 5_000, 30_000, 299_999, 300_000, 400_000),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "evict" as const }) },
);

export const FIFO_COMMANDS = fc.array(COMMAND, { minLength: 1, maxLength: 60, size: "max" });
