/**
 * The checks of queues and messages that are deleted while messages move can fail: each bug that is planted
 * there is found by the enumerated moments and mishaps.
 */
import { vi } from "vitest";
import { accepted } from "../../src/domain/result.ts";
import { FifoGroup } from "../../src/storage/fifo-group.ts";
import { MoveTasks } from "../../src/storage/move-tasks.ts";
import { SegmentLog } from "../../src/storage/segment-log.ts";
import { TransferLanes } from "../../src/storage/transfer-lanes.ts";
import { FifoDisk } from "./fifo-disk.ts";
import { simulateGlobals } from "./fifo-platform.ts";
import { describePlants, type Plant, replaced, returnsDropped } from "./transfer-plants.ts";

vi.mock("cloudflare:workers", () => import("./fifo-workers-module.ts"));
simulateGlobals();

const LOST = /is lost/;
const COMES_BACK = /after it was deleted there|is not deleted/;

const PLANTS: readonly Plant[] = [
  {
    bug: "a channel that the queue before has used",
    scenario: "the source of dead letters is deleted and created again",
    kind: "standard",
    found: LOST,
    plant: () => {
      const { find } = TransferLanes.prototype;
      return replaced(
        vi.spyOn(TransferLanes.prototype, "find").mockImplementation(function (
          this: TransferLanes,
          order,
        ) {
          return find.call(this, order, order.sourceArn);
        }),
      );
    },
  },
  {
    bug: "a deleted source whose messages are in the next one",
    scenario: "the source of dead letters is deleted and created again",
    kind: "standard",
    found: /doubled|a has/,
    plant: () => undropped(/\bsegment(_state)?\b/),
  },
  {
    bug: "what comes back from a source that is gone is dropped",
    scenario: "a source is deleted to which dead letters go back",
    kind: "messageGroup",
    found: LOST,
    plant: returnsDropped,
  },
  {
    bug: "a task that counts what came back",
    scenario: "a source is deleted to which dead letters go back",
    kind: "standard",
    found: /the task counts/,
    plant: () => {
      const { change } = MoveTasks.prototype;
      return replaced(
        vi.spyOn(MoveTasks.prototype, "change").mockImplementation(function (
          this: MoveTasks,
          changed,
        ) {
          change.call(this, changed);
          if (changed.status === "FAILED") this.moved(1);
        }),
      );
    },
  },
  {
    bug: "a task that outlives its queue",
    scenario: "the dead-letter queue is deleted and created again during its move task",
    kind: "standard",
    found: /of a queue that is gone/,
    plant: () => undropped(/\bmove_task\b/),
  },
  {
    bug: "a deletion of what moves that is not noted",
    scenario: "a message that becomes a dead letter is deleted, and the dead-letter queue with it",
    kind: "standard",
    found: COMES_BACK,
    plant: () => ignoredDeletions(),
  },
  {
    bug: "a deletion of what a task moves that is not noted",
    scenario: "a dead letter that moves on is deleted, and its destination with it",
    kind: "standard",
    found: COMES_BACK,
    plant: () => ignoredDeletions(),
  },
  {
    bug: "a lapsed handle by which a moving message is deleted",
    scenario: "a message that becomes a dead letter is deleted, and the dead-letter queue with it",
    kind: "messageGroup",
    found: LOST,
    plant: () =>
      replaced(
        vi.spyOn(FifoGroup.prototype, "deleteMessages").mockImplementation(function (
          this: FifoGroup,
          receipts,
          nowMs,
        ) {
          for (const receipt of receipts) {
            if (this.log.isMoving(receipt, this.at(nowMs)))
              this.log.delete(receipt, this.at(nowMs));
          }
          return receipts.map(() => accepted(undefined));
        }),
      ),
  },
];

describePlants(PLANTS);

function ignoredDeletions(): undefined {
  const { delete: deleteMessage } = SegmentLog.prototype;
  return replaced(
    vi.spyOn(SegmentLog.prototype, "delete").mockImplementation(function (
      this: SegmentLog,
      receipt,
      at,
    ) {
      return !this.isMoving(receipt, at) && deleteMessage.call(this, receipt, at);
    }),
  );
}

/** Tables that a deleted queue leaves to the next one. */
function undropped(tables: RegExp): undefined {
  const { rows } = FifoDisk.prototype;
  return replaced(
    vi.spyOn(FifoDisk.prototype, "rows").mockImplementation(function (
      this: FifoDisk,
      statement,
      ...bindings
    ) {
      const isKept = statement.startsWith("DROP TABLE") && tables.test(statement);
      return isKept ? [] : rows.call(this, statement, ...bindings);
    }),
  );
}
