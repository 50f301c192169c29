/**
 * FifoDisk: a simulated object's storage on `node:sqlite`: what was written is confirmed later, and
 * an object that dies before may find it or not. Its alarm is part of it.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Row, SqlValue } from "../../src/storage/sql.ts";

const READING = /^\s*SELECT\b/i;

export class FifoDisk {
  readonly #database = new DatabaseSync(":memory:");
  /** They are few, and used often. */
  readonly #statements = new Map<string, StatementSync>();
  #isDirty = false;
  #confirmedAlarmAtMs: number | undefined;
  #alarmAtMs: number | undefined;

  /** Something was written and is not confirmed. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** As the object sees it. */
  get alarmAtMs(): number | undefined {
    return this.#alarmAtMs;
  }

  /** As the platform sees it. */
  get confirmedAlarmAtMs(): number | undefined {
    return this.#confirmedAlarmAtMs;
  }

  rows(statement: string, ...bindings: SqlValue[]): Row[] {
    if (!READING.test(statement)) this.#touch();
    const values = bindings.map((value) =>
      value instanceof ArrayBuffer ? new Uint8Array(value) : value,
    );
    return this.#prepared(statement).all(...values);
  }

  setAlarm(atMs: number | undefined): void {
    this.#touch();
    this.#alarmAtMs = atMs;
  }

  /** The platform lets the alarm go off, and forgets it. */
  takeAlarm(): void {
    if (this.#alarmAtMs === this.#confirmedAlarmAtMs) this.#alarmAtMs = undefined;
    this.#confirmedAlarmAtMs = undefined;
  }

  /** The platform lets an alarm go off again whose handler did not end. */
  restoreAlarm(atMs: number): void {
    this.#alarmAtMs ??= atMs;
    this.#confirmedAlarmAtMs ??= atMs;
  }

  deleteAll(): void {
    this.#touch();
    for (const table of this.tables()) this.rows(`DROP TABLE ${table}`);
    this.#alarmAtMs = undefined;
  }

  tables(): string[] {
    const rows = this.rows("SELECT name FROM sqlite_master WHERE type = 'table'");
    return rows.map((row) => String(row["name"]));
  }

  confirm(): void {
    if (!this.#isDirty) return;
    this.#database.exec("COMMIT");
    this.#isDirty = false;
    this.#confirmedAlarmAtMs = this.#alarmAtMs;
  }

  /** The object died before what it wrote was confirmed, and it is lost. */
  lose(): void {
    if (!this.#isDirty) return;
    this.#database.exec("ROLLBACK");
    this.#isDirty = false;
    this.#alarmAtMs = this.#confirmedAlarmAtMs;
  }

  #prepared(statement: string): StatementSync {
    const prepared = this.#statements.get(statement) ?? this.#database.prepare(statement);
    this.#statements.set(statement, prepared);
    return prepared;
  }

  #touch(): void {
    if (this.#isDirty) return;
    this.#database.exec("BEGIN");
    this.#isDirty = true;
  }
}
