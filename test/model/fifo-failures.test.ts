/**
 * FIFO queues while everything fails that can: what clients saw must be explainable, and when failures
 * stop, nothing is lost, doubled or stranded. A failure names its seed: MILLRACE_SEED repeats it alone.
 * MODEL_RUNS sets how many seeds are tried.
 */
import { expect, test, vi } from "vitest";
import { seedOfRun } from "../support/seeded-random.ts";
import { FifoChaosRun } from "./fifo-chaos-run.ts";
import { simulateGlobals } from "./fifo-platform.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

const isOneSeed = process.env.MILLRACE_SEED !== undefined;
const RUNS = isOneSeed ? 1 : Number(process.env.MODEL_RUNS ?? 70);

test.each(["queue", "messageGroup"] as const)(
  "whatever fails, a FIFO queue of scope %s loses, doubles, reorders and strands nothing",
  async (scope) => {
    const firstSeed = seedOfRun();
    for (let run = 0; run < RUNS; run++) {
      const seed = firstSeed + run;
      expect(await new FifoChaosRun({ seed, scope }).flaws(), `MILLRACE_SEED=${seed}`).toEqual([]);
    }
  },
  600_000,
);
