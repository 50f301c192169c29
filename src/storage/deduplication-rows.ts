/**
 * DeduplicationRows: the deduplication window on disk, one row for all that a commit accepted. Rows
 * written are the bill: deleting a row writes it again, dropping a table writes none and creating one
 * writes two. So nothing is deleted: two tables take turns, and the one whose turn is over is dropped
 * when all it holds is expired.
 *
 * `deduplication_0` and `deduplication_1`:
 *
 *   row_id      grows over both tables, so the table with the greatest one is current
 *   put_at_ms   the time of the put: the clock's, or when the newest of its entries was accepted if
 *               the clock is behind that
 *   entries     packed (`deduplication-window.ts`)
 *
 * Invariant: a table takes rows whose time is less than five minutes after its first row's, whatever
 * the clock does in between. So nothing in the other table was accepted after the first row of the
 * current one, and when that is five minutes old, the other table holds nothing younger.
 */
import { assert } from "../domain/assert.ts";
import { DEDUPLICATION_INTERVAL_MS, SEGMENT_BYTES_MAX } from "../domain/limits.ts";
import { acceptedAtMs } from "../domain/sequence-number.ts";
import { ENTRY_BYTES } from "./deduplication-era.ts";
import { greatestSequenceOf } from "./deduplication-window.ts";
import { bytesColumn, existingTables, integerColumn, type Row, type Sql } from "./sql.ts";

const TABLES = ["deduplication_0", "deduplication_1"] as const;
const ROW_BYTES_MAX = SEGMENT_BYTES_MAX - (SEGMENT_BYTES_MAX % ENTRY_BYTES);
/** Rows read at a time: all of them together can be more than an object's memory. */
const PAGE_ROWS = 32;

type Table = (typeof TABLES)[number];
/** The table that is written to, and where it stands. */
type Current = {
  readonly table: Table;
  readonly firstPutAtMs: number;
  readonly lastRowId: number;
};

export class DeduplicationRows {
  readonly #sql: Sql;
  /** Undefined while no row was ever written. */
  #current: Current | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#current = this.#recoverCurrent();
  }

  /** Writes one row, or as few as entries of this size fit in. */
  put(packed: Uint8Array, nowMs: number): void {
    assert(packed.byteLength > 0, "a row has entries");
    assert(packed.byteLength % ENTRY_BYTES === 0, "deduplication entries are whole");
    const putAtMs = Math.max(nowMs, acceptedAtMs(greatestSequenceOf(packed)));
    const current = this.#currentAt(putAtMs);
    let rowId = current.lastRowId;
    for (let from = 0; from < packed.byteLength; from += ROW_BYTES_MAX) {
      this.#sql.rows(
        `INSERT INTO ${current.table}(row_id, put_at_ms, entries) VALUES (?, ?, ?)`,
        ++rowId,
        putAtMs,
        packed.subarray(from, from + ROW_BYTES_MAX),
      );
    }
    this.#current = { ...current, lastRowId: rowId };
  }

  /** All that is not dropped yet, oldest first: what is younger than five minutes, and some more. */
  readAll(): Uint8Array[] {
    const all: Uint8Array[] = [];
    this.readEach((packed) => all.push(packed));
    return all;
  }

  /** As `readAll`, with a few rows in memory at a time. */
  readEach(read: (packed: Uint8Array) => void): void {
    if (this.#current === undefined) return;
    const existing = existingTables(this.#sql, TABLES);
    for (const table of [other(this.#current.table), this.#current.table]) {
      if (existing.includes(table)) this.#readTable(table, read);
    }
  }

  /** Writes no row. */
  clear(): void {
    for (const table of TABLES) this.#sql.rows(`DROP TABLE IF EXISTS ${table}`);
    this.#current = undefined;
  }

  /** The table that a put at this time goes into. */
  #currentAt(putAtMs: number): Current {
    const current = this.#current;
    if (current !== undefined && putAtMs - current.firstPutAtMs < DEDUPLICATION_INTERVAL_MS) {
      return current;
    }
    const table = current === undefined ? TABLES[0] : other(current.table);
    this.#sql.rows(`DROP TABLE IF EXISTS ${table}`);
    this.#sql.rows(
      `CREATE TABLE ${table}(
         row_id INTEGER PRIMARY KEY, put_at_ms INTEGER NOT NULL, entries BLOB NOT NULL)`,
    );
    const lastRowId = current?.lastRowId ?? 0;
    return { table, firstPutAtMs: putAtMs, lastRowId };
  }

  #recoverCurrent(): Current | undefined {
    let current: Current | undefined;
    for (const table of existingTables(this.#sql, TABLES)) {
      const first = this.#endRow(table, "ASC");
      const last = this.#endRow(table, "DESC");
      // A table without rows was created by a put that came to nothing.
      if (first === undefined || last === undefined) continue;
      const lastRowId = integerColumn(last, "row_id");
      if (lastRowId < (current?.lastRowId ?? 0)) continue;
      current = { table, firstPutAtMs: integerColumn(first, "put_at_ms"), lastRowId };
    }
    return current;
  }

  #endRow(table: Table, order: "ASC" | "DESC"): Row | undefined {
    const statement = `SELECT row_id, put_at_ms FROM ${table} ORDER BY row_id ${order} LIMIT 1`;
    return this.#sql.rows(statement)[0];
  }

  #readTable(table: Table, read: (packed: Uint8Array) => void): void {
    let afterRowId = 0;
    for (;;) {
      const rows = this.#sql.rows(
        `SELECT row_id, entries FROM ${table} WHERE row_id > ? ORDER BY row_id LIMIT ${PAGE_ROWS}`,
        afterRowId,
      );
      for (const row of rows) {
        read(bytesColumn(row, "entries"));
        afterRowId = integerColumn(row, "row_id");
      }
      if (rows.length < PAGE_ROWS) return;
    }
  }
}

function other(table: Table): Table {
  return table === TABLES[0] ? TABLES[1] : TABLES[0];
}
