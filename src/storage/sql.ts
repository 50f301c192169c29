/**
 * Sql: the one seam between the engine and a database, synchronous on purpose. Inside workerd it is
 * a Durable Object's SQLite, in property tests it is `node:sqlite`; the engine cannot tell.
 *
 * Rows are outside data: columns are read through the checked readers below, never cast.
 */
import { assert } from "../domain/assert.ts";

export type SqlValue = number | string | Uint8Array | ArrayBuffer | null;
export type Row = Record<string, unknown>;

export interface Sql {
  /** Runs one statement to its end and returns its rows. */
  rows(statement: string, ...bindings: SqlValue[]): Row[];
}

/** Those of the tables that are there: looking creates nothing. */
export function existingTables<T extends string>(sql: Sql, tables: readonly T[]): T[] {
  const rows = sql.rows("SELECT name FROM sqlite_master WHERE type = 'table'");
  const names = new Set(rows.map((row) => row["name"]));
  return tables.filter((table) => names.has(table));
}

export function integerColumn(row: Row, column: string): number {
  const value = row[column];
  assert(Number.isSafeInteger(value), `column ${column} holds an integer`);
  return Number(value);
}

/** SUM and MIN over no rows are NULL. */
export function optionalIntegerColumn(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integerColumn(row, column);
}

export function textColumn(row: Row, column: string): string {
  const value = row[column];
  assert(typeof value === "string", `column ${column} holds text`);
  return value;
}

/** workerd returns blobs as ArrayBuffer, node:sqlite as Uint8Array. */
export function bytesColumn(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  assert(value instanceof ArrayBuffer, `column ${column} holds bytes`);
  return new Uint8Array(value);
}
