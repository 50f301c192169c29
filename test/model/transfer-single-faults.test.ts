/**
 * Messages that move between queues: every call fails in every way, every alarm does, and every object
 * dies at every point, once in each scenario. Where somebody intervenes, that happens after every event;
 * each mishap is tried with one of these moments. Some scenarios are tried with a share of both. If
 * MODEL_RUNS is set, all mishaps are tried at all moments; it also says how many pairs of two mishaps are,
 * evenly spread.
 */
import { describe, expect, test, vi } from "vitest";
import { simulateGlobals } from "./fifo-platform.ts";
import { type Mishap, mishapsIn } from "./transfer-mishaps.ts";
import { TransferRun } from "./transfer-run.ts";
import { SCENARIOS } from "./transfer-scenarios.ts";
import { KINDS, type Kind, type Scenario } from "./transfer-stage.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

const PAIRS = Number(process.env.MODEL_RUNS ?? 3);
const HAS_ALL_MOMENTS = process.env.MODEL_RUNS !== undefined;
/** Of a scenario that is not tried with everything: every eighth mishap, and every second moment. */
const SHARE = 8;
const MOMENTS_STEP = 2;
const NEVER = -1;

describe.each(KINDS)("%s:", (kind) => {
  const scenarios = SCENARIOS.filter(({ kinds = KINDS }) => kinds.includes(kind));
  const alone = scenarios.filter(({ intervene }) => intervene === undefined);
  const disturbed = scenarios.filter(({ intervene }) => intervene !== undefined);
  const attempt = (scenario: Scenario, mishaps: readonly Mishap[], interveneAfter = NEVER) => {
    return new TransferRun({ scenario, kind, mishaps, interveneAfter }).run();
  };

  test.each(named(alone))(
    "whatever fails, each message is in one place when %s",
    async (_, scenario) => {
      const { extent, flaws } = await attempt(scenario, []);
      for (const mishap of shareOf(mishapsIn(extent), scenario, kind)) {
        flaws.push(...(await attempt(scenario, [mishap])).flaws);
      }
      expect(flaws).toEqual([]);
    },
    3_600_000,
  );

  test.each(named(disturbed))(
    "and at whatever moment %s",
    async (_, scenario) => {
      const step = isShared(scenario, kind) ? MOMENTS_STEP : 1;
      const count = Math.ceil((await momentsIn(scenario, kind)) / step);
      const flaws: string[] = [];
      for (let place = 0; place < count; place++) {
        const moment = place * step;
        const single = await attempt(scenario, [], moment);
        flaws.push(...single.flaws);
        const mishaps = shareOf(mishapsIn(single.extent), scenario, kind);
        for (const mishap of mishapsAt(place, count, mishaps)) {
          flaws.push(...(await attempt(scenario, [mishap], moment)).flaws);
        }
      }
      expect(flaws).toEqual([]);
    },
    3_600_000,
  );

  test.each(named(alone))(
    "two of them do not change that when %s",
    async (_, scenario) => {
      const mishaps = mishapsIn((await attempt(scenario, [])).extent);
      const pairCount = mishaps.length ** 2;
      const step = Math.max(1, Math.floor(pairCount / PAIRS));
      const flaws: string[] = [];
      for (let pair = step >> 1; pair < pairCount; pair += step) {
        const one = mishaps[pair % mishaps.length];
        const other = mishaps[Math.floor(pair / mishaps.length)];
        if (one === undefined || other === undefined) continue;
        flaws.push(...(await attempt(scenario, [one, other])).flaws);
      }
      expect(flaws).toEqual([]);
    },
    3_600_000,
  );
});

/** Whole names: those that a test takes out of an object are cut off. */
function named(scenarios: readonly Scenario[]) {
  return scenarios.map((scenario) => [scenario.name, scenario] as const);
}

/** Before the first event, and after each. */
async function momentsIn(scenario: Scenario, kind: Kind): Promise<number> {
  const { extent } = await new TransferRun({
    scenario,
    kind,
    mishaps: [],
    interveneAfter: NEVER,
  }).run();
  return 1 + Math.max(0, ...extent.events.map(({ event }) => event));
}

function isShared({ shared }: Scenario, kind: Kind): boolean {
  return !HAS_ALL_MOMENTS && shared?.includes(kind) === true;
}

/** Another part of them for each kind and scenario. */
function shareOf(mishaps: readonly Mishap[], scenario: Scenario, kind: Kind): Mishap[] {
  const share = isShared(scenario, kind) ? SHARE : 1;
  const first = (scenario.name.length + KINDS.indexOf(kind)) % share;
  return mishaps.filter((_, place) => place % share === first);
}

function mishapsAt(moment: number, moments: number, mishaps: readonly Mishap[]): Mishap[] {
  return mishaps.filter((_, place) => HAS_ALL_MOMENTS || place % moments === moment);
}
