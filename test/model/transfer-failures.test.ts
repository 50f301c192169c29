/**
 * Queues that dead-letter to each other, and move tasks, while everything fails that can: when failures
 * stop, each message is in one place and no task runs for ever. A failure names its seed: MILLRACE_SEED
 * repeats it alone. MODEL_RUNS sets how many seeds are tried.
 */
import { expect, test, vi } from "vitest";
import { seedOfRun } from "../support/seeded-random.ts";
import { simulateGlobals } from "./fifo-platform.ts";
import { TransferChaosRun } from "./transfer-chaos-run.ts";
import { KINDS } from "./transfer-stage.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

const isOneSeed = process.env.MILLRACE_SEED !== undefined;
const RUNS = isOneSeed ? 1 : Number(process.env.MODEL_RUNS ?? 25);

test.each(KINDS)(
  "whatever fails, no message is lost or doubled on its way between queues (%s)",
  async (kind) => {
    const firstSeed = seedOfRun();
    for (let run = 0; run < RUNS; run++) {
      const seed = firstSeed + run;
      expect(await new TransferChaosRun(seed, kind).flaws(), `MILLRACE_SEED=${seed}`).toEqual([]);
    }
  },
  3_600_000,
);
