/**
 * ReceiveAttempts: what receives with a ReceiveRequestAttemptId brought, for five minutes, so that a
 * receiver whose answer was lost is given the same messages again. Two tables take turns, for the
 * reasons of `deduplication-rows.ts`; nothing of it is in memory.
 *
 * `receive_attempt_0` and `receive_attempt_1`:
 *
 *   attempt_id
 *   made_at_ms
 *   leases      as JSON: of each group its receipts, and when they became visible again
 */
import { assert } from "../domain/assert.ts";
import { isJsonObject } from "../domain/json-object.ts";
import { RECEIVE_ATTEMPT_INTERVAL_MS } from "../domain/limits.ts";
import type { Receipt } from "../domain/receipt-handle.ts";
import {
  existingTables,
  integerColumn,
  optionalIntegerColumn,
  type Sql,
  textColumn,
} from "./sql.ts";

/** What one group gave to a receive. */
export type GroupLease = {
  readonly messageGroupId: string;
  readonly receipts: readonly Receipt[];
  readonly visibleAtMs: number;
};

const TABLES = ["receive_attempt_0", "receive_attempt_1"] as const;
type Table = (typeof TABLES)[number];

export class ReceiveAttempts {
  readonly #sql: Sql;
  /** When the first row of each table that exists was made. */
  readonly #beganAtMs = new Map<Table, number>();

  constructor(sql: Sql) {
    this.#sql = sql;
    for (const table of existingTables(sql, TABLES)) {
      const row = sql.rows(`SELECT min(made_at_ms) AS n FROM ${table}`)[0];
      const beganAtMs = row === undefined ? undefined : optionalIntegerColumn(row, "n");
      if (beganAtMs !== undefined) this.#beganAtMs.set(table, beganAtMs);
    }
  }

  find(attemptId: string, nowMs: number): GroupLease[] | undefined {
    for (const table of this.#beganAtMs.keys()) {
      const row = this.#sql.rows(`SELECT * FROM ${table} WHERE attempt_id = ?`, attemptId)[0];
      if (row === undefined) continue;
      if (integerColumn(row, "made_at_ms") + RECEIVE_ATTEMPT_INTERVAL_MS <= nowMs) continue;
      return readLeases(textColumn(row, "leases"));
    }
    return undefined;
  }

  /** Remembers an attempt from now on, or what it has become. */
  put(attemptId: string, leases: readonly GroupLease[], nowMs: number): void {
    const table = this.#tableOf(attemptId, nowMs);
    this.#sql.rows(
      `INSERT INTO ${table}(attempt_id, made_at_ms, leases) VALUES (?, ?, ?)
       ON CONFLICT(attempt_id) DO UPDATE SET leases = excluded.leases,
         made_at_ms = CASE WHEN made_at_ms + ${RECEIVE_ATTEMPT_INTERVAL_MS} <= excluded.made_at_ms
           THEN excluded.made_at_ms ELSE made_at_ms END`,
      attemptId,
      nowMs,
      JSON.stringify(leases),
    );
  }

  /** What it brought was taken back. */
  remove(attemptId: string): void {
    for (const table of this.#beganAtMs.keys()) {
      this.#sql.rows(`DELETE FROM ${table} WHERE attempt_id = ?`, attemptId);
    }
  }

  clear(): void {
    for (const table of TABLES) this.#sql.rows(`DROP TABLE IF EXISTS ${table}`);
    this.#beganAtMs.clear();
  }

  /** Where the attempt is already, else the table whose turn it is. */
  #tableOf(attemptId: string, nowMs: number): Table {
    for (const table of this.#beganAtMs.keys()) {
      const statement = `SELECT 1 FROM ${table} WHERE attempt_id = ? AND made_at_ms > ?`;
      const expiredMs = nowMs - RECEIVE_ATTEMPT_INTERVAL_MS;
      if (this.#sql.rows(statement, attemptId, expiredMs).length > 0) return table;
    }
    const newest = this.#newestTable();
    const beganAtMs = newest === undefined ? undefined : this.#beganAtMs.get(newest);
    if (
      newest !== undefined &&
      beganAtMs !== undefined &&
      nowMs - beganAtMs < RECEIVE_ATTEMPT_INTERVAL_MS
    ) {
      return newest;
    }
    return this.#begin(newest === TABLES[0] ? TABLES[1] : TABLES[0], nowMs);
  }

  #newestTable(): Table | undefined {
    const [first, second] = TABLES.map((table) => this.#beganAtMs.get(table));
    if (first === undefined && second === undefined) return undefined;
    return (second ?? -1) > (first ?? -1) ? TABLES[1] : TABLES[0];
  }

  /** All that the table still holds is older than what the other one began with. */
  #begin(table: Table, nowMs: number): Table {
    this.#sql.rows(`DROP TABLE IF EXISTS ${table}`);
    this.#sql.rows(
      `CREATE TABLE ${table}(
         attempt_id TEXT PRIMARY KEY, made_at_ms INTEGER NOT NULL, leases TEXT NOT NULL
       ) WITHOUT ROWID`,
    );
    this.#beganAtMs.set(table, nowMs);
    return table;
  }
}

function readLeases(text: string): GroupLease[] {
  const list: unknown = JSON.parse(text);
  assert(Array.isArray(list), "an attempt's leases are a list");
  return list.map((lease: unknown) => {
    assert(isJsonObject(lease), "a lease is an object");
    const { messageGroupId, receipts, visibleAtMs } = lease;
    assert(
      typeof messageGroupId === "string" && typeof visibleAtMs === "number",
      "a lease is whole",
    );
    assert(Array.isArray(receipts), "a lease has receipts");
    return { messageGroupId, visibleAtMs, receipts: receipts.map(readReceipt) };
  });
}

function readReceipt(value: unknown): Receipt {
  assert(isJsonObject(value), "a receipt is an object");
  const { segmentId, segmentTag, index, receiptNonce, receivedAtMs } = value;
  assert(
    typeof segmentId === "number" &&
      typeof segmentTag === "number" &&
      typeof index === "number" &&
      typeof receiptNonce === "number" &&
      typeof receivedAtMs === "number",
    "a receipt is numbers",
  );
  return { segmentId, segmentTag, index, receiptNonce, receivedAtMs };
}
