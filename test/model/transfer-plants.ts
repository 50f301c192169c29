/**
 * Bugs that are planted in the engine of messages that move, for as long as a test takes: the enumerated
 * mishaps of a scenario, at every moment of an intervention, must find each. Which bugs there are is told
 * where they are planted.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { SegmentLog } from "../../src/storage/segment-log.ts";
import type { Mutation } from "./fifo-platform.ts";
import { mishapsIn } from "./transfer-mishaps.ts";
import { TransferRun } from "./transfer-run.ts";
import { scenarioNamed } from "./transfer-scenarios.ts";
import type { Kind } from "./transfer-stage.ts";

export type Plant = {
  readonly bug: string;
  readonly scenario: string;
  readonly kind: Kind;
  /** What the checks say. */
  readonly found: RegExp;
  readonly plant: () => Mutation | undefined;
};

let restored: (() => void)[] = [];

/** A test of each: it is found. */
export function describePlants(plants: readonly Plant[]): void {
  afterEach(() => {
    for (const restore of restored) restore();
    restored = [];
  });

  // Whole names: those that a test takes out of an object are cut off.
  describe.each(plants.map((planted) => [planted.bug, planted] as const))("%s", (_, planted) => {
    test("is found", async () => {
      expect(await firstFlaw(planted, planted.plant())).toMatch(planted.found);
    }, 120_000);
  });
}

async function firstFlaw(plant: Plant, mutation: Mutation | undefined): Promise<string> {
  const scenario = scenarioNamed(plant.scenario);
  const planned = { scenario, kind: plant.kind, ...(mutation === undefined ? {} : { mutation }) };
  const { extent } = await new TransferRun({ ...planned, mishaps: [], interveneAfter: -1 }).run();
  const moments = scenario.intervene === undefined ? 1 : extent.events.length;
  for (const mishap of [undefined, ...mishapsIn(extent)]) {
    const mishaps = mishap === undefined ? [] : [mishap];
    for (let interveneAfter = 0; interveneAfter < moments; interveneAfter++) {
      const { flaws } = await new TransferRun({ ...planned, mishaps, interveneAfter }).run();
      const flaw = flaws.find((one) => plant.found.test(one));
      if (flaw !== undefined) return flaw;
    }
  }
  return "nothing was found";
}

/** What comes back from a target that did not take it is gone. */
export function returnsDropped(): undefined {
  return replaced(
    vi.spyOn(SegmentLog.prototype, "moveUndone").mockImplementation(function (
      this: SegmentLog,
      address,
      at,
    ) {
      this.moveDone(address, at);
    }),
  );
}

/** Until the test ends. */
export function replaced(spy: { mockRestore(): void }): undefined {
  restored.push(() => spy.mockRestore());
}
