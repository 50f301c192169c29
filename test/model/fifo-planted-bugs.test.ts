/**
 * The checks of FIFO queues can fail: each bug that is planted in the engine is found, by random
 * failures or by the enumerated ones.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { isMoving } from "../../src/domain/message-state.ts";
import { ReadyGroups } from "../../src/domain/ready-groups.ts";
import { GroupNewsDesk } from "../../src/objects/group-news-desk.ts";
import { GroupSweep } from "../../src/objects/group-sweep.ts";
import { AcceptanceJournal } from "../../src/storage/acceptance-journal.ts";
import { DeduplicationRows } from "../../src/storage/deduplication-rows.ts";
import { FifoGroup } from "../../src/storage/fifo-group.ts";
import { FifoQueue } from "../../src/storage/fifo-queue.ts";
import { GroupEntries } from "../../src/storage/group-entries.ts";
import { GroupOrder } from "../../src/storage/group-order.ts";
import type { Place } from "../../src/storage/receive-order.ts";
import { FifoChaosRun } from "./fifo-chaos-run.ts";
import type { SimulatedObject } from "./fifo-object.ts";
import { type Mutation, simulateGlobals } from "./fifo-platform.ts";
import { lostNewsFlaws } from "./fifo-single-faults.ts";
import type { Scope } from "./fifo-trial.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

/** Always the same seeds: a bug that is found today is found tomorrow. */
const SEEDS = 400;

const LOST = /never came|came although|forgotten nothing|lists \d+ groups|round in circles/;
const DOUBLED = /both stored|two numbers|same number|came twice|came after|came although/;
const DISORDERED = /came although/;
const LEFT = /left of a deleted queue|round in circles/;
const EITHER = new RegExp(`${LOST.source}|${DOUBLED.source}`);

type Plant = {
  readonly bug: string;
  readonly scope: Scope;
  /** What the checks say. */
  readonly found: RegExp;
  /** A little before the one that finds it, where few do. */
  readonly firstSeed?: number;
  readonly plant: () => Mutation | undefined;
};

const PLANTS: readonly Plant[] = [
  {
    bug: "a group that forgets its last number at a restart",
    scope: "queue",
    found: DOUBLED,
    firstSeed: 140,
    plant: () => ({
      beforeStart: (object) => run(object, "UPDATE message_group SET last_sequence = 0"),
    }),
  },
  {
    bug: "a queue that drops its outbox at a restart",
    scope: "queue",
    found: LOST,
    plant: () => replaced(vi.spyOn(AcceptanceJournal.prototype, "pending").mockReturnValue([])),
  },
  {
    bug: "deduplication that a queue forgets at a restart",
    scope: "queue",
    found: DOUBLED,
    plant: () => replaced(vi.spyOn(AcceptanceJournal.prototype, "entries").mockReturnValue([])),
  },
  {
    bug: "deduplication that a group forgets at a restart",
    scope: "messageGroup",
    found: DOUBLED,
    plant: () =>
      replaced(vi.spyOn(DeduplicationRows.prototype, "readEach").mockReturnValue(undefined)),
  },
  {
    bug: "an order by reversed keys",
    scope: "queue",
    found: DISORDERED,
    plant: () => {
      const { present } = GroupOrder.prototype;
      return replaced(
        vi.spyOn(GroupOrder.prototype, "present").mockImplementation(function* (
          this: GroupOrder,
          at,
        ) {
          yield* [...present.call(this, at)].reverse();
        }),
      );
    },
  },
  {
    bug: "a group that passes over what is in flight",
    scope: "messageGroup",
    found: DISORDERED,
    plant: () =>
      replaced(
        vi.spyOn(GroupOrder.prototype, "take").mockImplementation(function (
          this: GroupOrder,
          maxCount,
          at,
        ) {
          const isVisible = (place: Place) => {
            const slot = place.segment.slot(place.index);
            return typeof slot !== "object" || isMoving(slot) || slot.visibleAtMs <= at.nowMs;
          };
          return [...this.present(at)].filter(isVisible).slice(0, maxCount);
        }),
      ),
  },
  {
    bug: "a group that says it has deleted and has not",
    scope: "queue",
    found: DOUBLED,
    plant: () =>
      replaced(vi.spyOn(FifoGroup.prototype, "deleteMessages").mockImplementation(deletesNothing)),
  },
  {
    bug: "a queue that lets every group go",
    scope: "queue",
    found: EITHER,
    plant: () =>
      replaced(
        vi.spyOn(FifoQueue.prototype, "release").mockImplementation(function (
          this: FifoQueue,
          messageGroupId,
        ) {
          this.groups.forget(messageGroupId);
          return true;
        }),
      ),
  },
  {
    bug: "entries of groups that are never written",
    scope: "messageGroup",
    found: LOST,
    plant: () => replaced(vi.spyOn(GroupEntries.prototype, "add").mockReturnValue(undefined)),
  },
  {
    bug: "a deletion that reaches no group",
    scope: "queue",
    found: LEFT,
    plant: () => replaced(vi.spyOn(GroupSweep.prototype, "step").mockResolvedValue(undefined)),
  },
  {
    bug: "a standing that no newer one replaces",
    scope: "messageGroup",
    found: LOST,
    firstSeed: 350,
    plant: () => {
      const { learn } = ReadyGroups.prototype;
      return replaced(
        vi.spyOn(ReadyGroups.prototype, "learn").mockImplementation(function (
          this: ReadyGroups,
          messageGroupId,
          standing,
        ) {
          return this.has(messageGroupId) ? false : learn.call(this, messageGroupId, standing);
        }),
      );
    },
  },
];

let restored: (() => void)[] = [];

afterEach(() => {
  for (const restore of restored) restore();
  restored = [];
});

test("news that counts as told in the answer to any call is found", async () => {
  const { told } = GroupNewsDesk.prototype;
  const spy = vi.spyOn(GroupNewsDesk.prototype, "told");
  replaced(spy);
  spy.mockImplementation(function (this: GroupNewsDesk, standing) {
    this.forgetTold();
    return told.call(this, standing);
  });
  expect((await lostNewsFlaws("messageGroup")).join("\n")).toMatch(/never came/);
}, 60_000);

test("news that is never repeated is found", async () => {
  replaced(vi.spyOn(GroupNewsDesk.prototype, "repeatAtMs").mockReturnValue(undefined));
  replaced(vi.spyOn(GroupNewsDesk.prototype, "isUntold", "get").mockReturnValue(false));
  expect((await lostNewsFlaws("messageGroup")).join("\n")).toMatch(/never came/);
}, 60_000);

describe.each(PLANTS)("$bug", (planted) => {
  test(`is found in scope ${planted.scope}`, async () => {
    expect(await firstFlaw(planted, planted.plant())).toMatch(planted.found);
  }, 60_000);
});

async function firstFlaw(
  { scope, found, firstSeed = 1 }: Plant,
  mutation: Mutation | undefined,
): Promise<string> {
  for (let seed = firstSeed; seed < firstSeed + SEEDS; seed++) {
    const plan = { seed, scope, manyGroups: 0 };
    const planned = mutation === undefined ? plan : { ...plan, mutation };
    const flaws = await new FifoChaosRun(planned)
      .flaws()
      .catch((error: unknown) => [String(error)]);
    if (flaws.some((flaw) => found.test(flaw))) return flaws.join("\n");
  }
  return "nothing was found";
}

function replaced(spy: { mockRestore(): void }): undefined {
  restored.push(() => spy.mockRestore());
}

/** On a group's disk, if the table is there. */
function run(object: SimulatedObject, statement: string): void {
  if (object.disk.tables().includes("message_group")) object.disk.rows(statement);
}

function deletesNothing(receipts: readonly unknown[]) {
  return receipts.map(() => ({ ok: true as const, value: undefined }));
}
