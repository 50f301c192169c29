/**
 * Two messages, two receivers, one group: every call fails in every way, and either object dies at
 * every point. Of the pairs of two such mishaps as many are tried as MODEL_RUNS says, evenly spread.
 */
import { describe, expect, test, vi } from "vitest";
import { simulateGlobals } from "./fifo-platform.ts";
import { lostNewsFlaws, type Mishap, mishapsIn, SmallScenario } from "./fifo-single-faults.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

const PAIRS = Number(process.env.MODEL_RUNS ?? 60);
const SCENARIOS = [
  { scope: "queue", hasPurge: false },
  { scope: "messageGroup", hasPurge: false },
  { scope: "queue", hasPurge: true },
  { scope: "messageGroup", hasPurge: true },
] as const;

describe.each(SCENARIOS)("in scope $scope, purged between its messages: $hasPurge,", (scenario) => {
  async function flawsOf(mishaps: readonly Mishap[]): Promise<string[]> {
    const { flaws } = await new SmallScenario(scenario, mishaps).run();
    return flaws.map((flaw) => `${JSON.stringify(mishaps)}: ${flaw}`);
  }

  test("no failed call and no death of an object loses, doubles or strands a message", async () => {
    const extent = await new SmallScenario(scenario, []).run();
    expect(extent.flaws).toEqual([]);
    const flaws: string[] = [];
    for (const mishap of mishapsIn(extent)) flaws.push(...(await flawsOf([mishap])));
    expect(flaws).toEqual([]);
  }, 600_000);

  test("two of them do not either", async () => {
    const mishaps = mishapsIn(await new SmallScenario(scenario, []).run());
    const pairCount = mishaps.length ** 2;
    const step = Math.max(1, Math.floor(pairCount / PAIRS));
    const flaws: string[] = [];
    for (let pair = step >> 1; pair < pairCount; pair += step) {
      const [one, other] = [
        mishaps[pair % mishaps.length],
        mishaps[Math.floor(pair / mishaps.length)],
      ];
      if (one !== undefined && other !== undefined) flaws.push(...(await flawsOf([one, other])));
    }
    expect(flaws).toEqual([]);
  }, 3_600_000);
});

test.each(["queue", "messageGroup"] as const)(
  "in scope %s, whatever is lost when a message is made visible, it is not stranded",
  async (scope) => {
    expect(await lostNewsFlaws(scope)).toEqual([]);
  },
  600_000,
);
