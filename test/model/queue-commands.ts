/**
 * Random command lists for a standard queue, as data, so that the same list can run on the engine
 * over `node:sqlite` and on the real object in workerd. Handles are chosen by number among all that
 * were issued: old ones, and such of messages that are gone, are chosen as well.
 */
import fc from "fast-check";

export type QueueCommand =
  | { readonly kind: "send"; readonly count: number; readonly delaySeconds: number }
  | { readonly kind: "receive"; readonly maxCount: number; readonly timeoutSeconds: number }
  | { readonly kind: "delete"; readonly handle: number }
  | { readonly kind: "changeVisibility"; readonly handle: number; readonly timeoutSeconds: number }
  | { readonly kind: "undoReceive"; readonly handle: number }
  | { readonly kind: "purge" }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "commit" }
  | { readonly kind: "evict" }
  | { readonly kind: "shrink" };

export const RETENTION_SECONDS = 120;

const handle = fc.nat({ max: 1000 });
const timeoutSeconds = fc.constantFrom(0, 1, 5, 30, 43_200);

const COMMAND: fc.Arbitrary<QueueCommand> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("send" as const),
      count: fc.integer({ min: 1, max: 6 }),
      delaySeconds: fc.constantFrom(0, 0, 0, 1, 5, 60, 900),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("receive" as const),
      maxCount: fc.integer({ min: 1, max: 10 }),
      timeoutSeconds,
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
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("undoReceive" as const), handle }) },
  { weight: 1, arbitrary: fc.constant({ kind: "purge" as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      seconds: fc.constantFrom(0, 1, 2, 5, 30, 60),
    }),
  },
  { weight: 8, arbitrary: fc.constant({ kind: "commit" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "evict" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "shrink" as const }) },
);

export const QUEUE_COMMANDS = fc.array(COMMAND, { minLength: 1, maxLength: 60, size: "max" });
