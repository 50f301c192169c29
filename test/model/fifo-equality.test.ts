/**
 * A FIFO queue's objects against the naive reference, on a simulated platform on which nothing fails.
 * fast-check prints the seed and the shrunk command list of a failure; MODEL_RUNS sets how many lists
 * are tried.
 */
import fc from "fast-check";
import { test, vi } from "vitest";
import { FIFO_COMMANDS } from "./fifo-commands.ts";
import { FifoModelRun } from "./fifo-model-run.ts";
import { simulateGlobals } from "./fifo-platform.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

test.each(["queue", "messageGroup"] as const)(
  "a FIFO queue of scope %s behaves like the naive reference",
  async (scope) => {
    await fc.assert(
      fc.asyncProperty(FIFO_COMMANDS, async (commands) => {
        await new FifoModelRun(scope).all(commands);
      }),
      { numRuns: Number(process.env.MODEL_RUNS ?? 100) },
    );
  },
  600_000,
);
