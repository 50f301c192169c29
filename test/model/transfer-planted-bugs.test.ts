/**
 * The checks of messages that move between queues can fail: each bug that is planted in the engine is
 * found by the enumerated mishaps.
 */
import { vi } from "vitest";
import { isMoving, moveUndone } from "../../src/domain/message-state.ts";
import { TransferDesk } from "../../src/objects/transfer-desk.ts";
import { TransferRoutes } from "../../src/objects/transfer-routes.ts";
import { Departures } from "../../src/storage/departures.ts";
import { GroupRedrive } from "../../src/storage/group-redrive.ts";
import { MoveTasks } from "../../src/storage/move-tasks.ts";
import { OpenSegment } from "../../src/storage/open-segment.ts";
import { SegmentShelves } from "../../src/storage/segment-shelves.ts";
import { packSlots } from "../../src/storage/slots-codec.ts";
import { StandardQueue } from "../../src/storage/standard-queue.ts";
import { TransferMarks } from "../../src/storage/transfer-marks.ts";
import type { SimulatedObject } from "./fifo-object.ts";
import { simulateGlobals } from "./fifo-platform.ts";
import { describePlants, type Plant, replaced, returnsDropped } from "./transfer-plants.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

const DEAD_LETTERS = "two messages become dead letters";
const REDRIVE = "dead letters go back to their source";
const SLOWLY = "dead letters go to another queue slowly";
const LOST = /is lost/;
const DOUBLED = /is doubled/;
const MISCOUNTED = /the task counts/;

const PLANTS: readonly Plant[] = [
  {
    bug: "a mark that is not on disk before its message is sent",
    scenario: DEAD_LETTERS,
    kind: "standard",
    found: DOUBLED,
    plant: () =>
      replaced(
        vi.spyOn(OpenSegment.prototype, "stateToStore").mockImplementation(storedWithoutMarks),
      ),
  },
  {
    bug: "what is moving comes back at a restart",
    scenario: DEAD_LETTERS,
    kind: "messageGroup",
    found: DOUBLED,
    plant: () => {
      const { recover } = SegmentShelves.prototype;
      return replaced(
        vi.spyOn(SegmentShelves.prototype, "recover").mockImplementation(function (
          this: SegmentShelves,
          nowMs,
        ) {
          for (const { address } of recover.call(this, nowMs)) {
            const segment = this.open.get(address.segmentId);
            const slot = segment?.slot(address.index);
            if (segment === undefined || !isMoving(slot)) continue;
            this.put({ segment, index: address.index }, moveUndone(slot, nowMs), nowMs);
          }
          return [];
        }),
      );
    },
  },
  {
    bug: "a target that forgets at a restart what it has",
    scenario: DEAD_LETTERS,
    kind: "queue",
    found: DOUBLED,
    plant: () => replaced(vi.spyOn(TransferMarks.prototype, "write").mockImplementation(() => {})),
  },
  {
    bug: "a target that writes down later what it has",
    scenario: DEAD_LETTERS,
    kind: "standard",
    found: DOUBLED,
    plant: () => {
      const { write } = TransferMarks.prototype;
      const delayed = new WeakSet<TransferMarks>();
      return replaced(
        vi.spyOn(TransferMarks.prototype, "write").mockImplementation(function (
          this: TransferMarks,
          nowMs,
        ) {
          if (delayed.has(this)) write.call(this, nowMs);
          else if (this.hasUnwritten) delayed.add(this);
        }),
      );
    },
  },
  {
    bug: "a source that waits for no answer",
    scenario: DEAD_LETTERS,
    kind: "messageGroup",
    found: LOST,
    plant: () => {
      const { send } = TransferRoutes.prototype;
      return replaced(
        vi.spyOn(TransferRoutes.prototype, "send").mockImplementation(async function (
          this: TransferRoutes,
          ...args
        ) {
          send.apply(this, args).catch(() => undefined);
          return { kind: "stored", upToNumber: Number.MAX_SAFE_INTEGER };
        }),
      );
    },
  },
  {
    bug: "what a target refuses is dropped",
    scenario: "the dead-letter queue is deleted",
    kind: "queue",
    found: LOST,
    plant: returnsDropped,
  },
  {
    bug: "what may have arrived comes back when the target denies more",
    scenario: "the dead-letter queue denies its source",
    kind: "standard",
    found: DOUBLED,
    plant: () => {
      const { refused } = Departures.prototype;
      return replaced(
        vi.spyOn(Departures.prototype, "refused").mockImplementation(function (
          this: Departures,
          lane,
          at,
        ) {
          refused.call(this, lane, at, { isGone: true });
        }),
      );
    },
  },
  {
    bug: "a queue that is taken for the one before it",
    scenario: "the dead-letter queue is deleted and created again",
    kind: "standard",
    found: DOUBLED,
    plant: () =>
      replaced(vi.spyOn(StandardQueue.prototype, "uid", "get").mockReturnValue("always the same")),
  },
  {
    bug: "numbers that are used again after a restart",
    scenario: SLOWLY,
    kind: "queue",
    found: LOST,
    plant: () => ({ beforeStart: (object) => run(object, "number_limit = 0") }),
  },
  {
    bug: "a lane that nobody looks after when its object has died",
    scenario: DEAD_LETTERS,
    kind: "standard",
    found: /moving for ever/,
    plant: () =>
      replaced(vi.spyOn(TransferDesk.prototype, "nextDueAtMs").mockReturnValue(undefined)),
  },
  {
    bug: "a group that begins anew when it is asked again",
    scenario: REDRIVE,
    kind: "queue",
    found: MISCOUNTED,
    plant: () => {
      const { begin } = GroupRedrive.prototype;
      let round = 0;
      return replaced(
        vi.spyOn(GroupRedrive.prototype, "begin").mockImplementation(function (this: GroupRedrive) {
          return begin.call(this, ++round);
        }),
      );
    },
  },
  {
    bug: "a copy of a call of long ago that a group obeys",
    scenario: SLOWLY,
    kind: "queue",
    found: MISCOUNTED,
    plant: () => {
      const { begin } = GroupRedrive.prototype;
      const latest = new WeakMap<GroupRedrive, number>();
      let count = 0;
      return replaced(
        vi.spyOn(GroupRedrive.prototype, "begin").mockImplementation(function (
          this: GroupRedrive,
          round,
        ) {
          if (latest.get(this) === round) return false;
          latest.set(this, round);
          return begin.call(this, ++count);
        }),
      );
    },
  },
  {
    bug: "a task that writes down later what has moved",
    scenario: REDRIVE,
    kind: "standard",
    found: MISCOUNTED,
    plant: () => {
      const { moved } = MoveTasks.prototype;
      return replaced(
        vi.spyOn(MoveTasks.prototype, "moved").mockImplementation(function (
          this: MoveTasks,
          count,
        ) {
          setTimeout(() => moved.call(this, count), 5);
        }),
      );
    },
  },
  {
    bug: "a task that counts an answer and asks for it once more",
    scenario: REDRIVE,
    kind: "messageGroup",
    found: MISCOUNTED,
    plant: () => {
      const { ask } = MoveTasks.prototype;
      const askedOnceMore = new WeakSet<MoveTasks>();
      return replaced(
        vi.spyOn(MoveTasks.prototype, "ask").mockImplementation(function (this: MoveTasks, asked) {
          if (asked.length > 0 || askedOnceMore.has(this)) ask.call(this, asked);
          else askedOnceMore.add(this);
        }),
      );
    },
  },
];

describePlants(PLANTS);

/** On the disk of an object that has lanes. */
function run(object: SimulatedObject, change: string): void {
  if (!object.disk.tables().includes("transfer_lane")) return;
  object.disk.rows(`UPDATE transfer_lane SET ${change}`);
}

/** What is moving is stored as if it stayed. */
function storedWithoutMarks(this: OpenSegment) {
  const slots = this.slots.map((slot) => (isMoving(slot) ? moveUndone(slot, 0) : slot));
  return { goneCount: this.goneCount, lastVisibleAtMs: 0, slots: packSlots(slots) };
}
