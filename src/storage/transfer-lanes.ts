/**
 * TransferLanes: the ways by which messages leave a log for other queues, one per target and purpose.
 * The messages of a lane are numbered; a target knows what it has by the greatest number that came by the
 * lane's channel, so neither may ever be used twice.
 *
 * `transfer_lane`:
 *
 *   lane_id, purpose, source_arn
 *   target        account, region and name, as JSON
 *   channel       the lane's name at its target: nobody else ever has it
 *   number_limit  numbers up to here may have been given out; each life of the object begins behind
 */
import { assert } from "../domain/assert.ts";
import { isSameQueue, type QueueIdentity } from "../domain/queue-name.ts";
import { existingTables, integerColumn, type Row, type Sql, textColumn } from "./sql.ts";
import { readIdentity } from "./stored-identity.ts";

export type LanePurpose = "dead-letter" | "redrive";

export type LaneOrder = {
  readonly purpose: LanePurpose;
  readonly target: QueueIdentity;
  /** The queue whose messages leave. */
  readonly sourceArn: string;
};

export type Lane = LaneOrder & { readonly laneId: number; readonly channel: string };

/** Numbers that are taken at a time: a row each. */
const NUMBERS_AT_ONCE = 2 ** 20;

type Numbers = { next: number; limit: number };

export class TransferLanes {
  readonly #sql: Sql;
  readonly #lanes = new Map<number, Lane>();
  readonly #numbers = new Map<number, Numbers>();
  readonly #unwritten = new Set<Lane>();

  constructor(sql: Sql) {
    this.#sql = sql;
    if (existingTables(sql, ["transfer_lane"]).length === 0) return;
    for (const row of sql.rows("SELECT * FROM transfer_lane")) {
      const lane = laneOf(row);
      const limit = integerColumn(row, "number_limit");
      this.#lanes.set(lane.laneId, lane);
      this.#numbers.set(lane.laneId, { next: limit + 1, limit });
    }
  }

  get(laneId: number): Lane {
    const lane = this.#lanes.get(laneId);
    assert(lane !== undefined, "what is moving has its lane");
    return lane;
  }

  /** The lane of these terms; a new one's channel is made of `channelSeed`, which is used for no other. */
  find(order: LaneOrder, channelSeed: string): Lane {
    for (const lane of this.#lanes.values()) {
      if (lane.purpose !== order.purpose || lane.sourceArn !== order.sourceArn) continue;
      if (isSameQueue(lane.target, order.target)) return lane;
    }
    const laneId = this.#lanes.size + 1;
    const { purpose, target, sourceArn } = order;
    const lane = { purpose, target, sourceArn, laneId, channel: `${channelSeed}/${laneId}` };
    this.#lanes.set(laneId, lane);
    this.#numbers.set(laneId, { next: 1, limit: 0 });
    return lane;
  }

  nextNumber(lane: Lane): number {
    const numbers = this.#numbers.get(lane.laneId);
    assert(numbers !== undefined, "a lane has its numbers");
    if (numbers.next > numbers.limit) {
      numbers.limit = numbers.next + NUMBERS_AT_ONCE - 1;
      this.#unwritten.add(lane);
    }
    return numbers.next++;
  }

  /** Part of the commit in which the messages begin to move. */
  write(): void {
    if (this.#unwritten.size === 0) return;
    this.#sql.rows(
      `CREATE TABLE IF NOT EXISTS transfer_lane(
         lane_id INTEGER PRIMARY KEY, purpose TEXT NOT NULL, source_arn TEXT NOT NULL,
         target TEXT NOT NULL, channel TEXT NOT NULL, number_limit INTEGER NOT NULL)`,
    );
    for (const { laneId, purpose, sourceArn, target, channel } of this.#unwritten) {
      this.#sql.rows(
        "INSERT OR REPLACE INTO transfer_lane VALUES (?, ?, ?, ?, ?, ?)",
        laneId,
        purpose,
        sourceArn,
        JSON.stringify(target),
        channel,
        this.#numbers.get(laneId)?.limit ?? 0,
      );
    }
    this.#unwritten.clear();
  }
}

function laneOf(row: Row): Lane {
  const purpose = textColumn(row, "purpose");
  assert(purpose === "dead-letter" || purpose === "redrive", "a lane has a purpose");
  return {
    laneId: integerColumn(row, "lane_id"),
    purpose,
    sourceArn: textColumn(row, "source_arn"),
    target: readIdentity(JSON.parse(textColumn(row, "target"))),
    channel: textColumn(row, "channel"),
  };
}
