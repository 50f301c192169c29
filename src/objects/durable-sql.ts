/**
 * DurableSql: a Durable Object's SQLite behind the engine's synchronous seam. It adds up the rows
 * that were written, because they are what the platform bills.
 */
import type { Row, Sql, SqlValue } from "../storage/sql.ts";

export class DurableSql implements Sql {
  readonly #storage: SqlStorage;
  #rowsWritten = 0;

  constructor(storage: SqlStorage) {
    this.#storage = storage;
  }

  /** Since the object was constructed; alarms are not in it. */
  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  rows(statement: string, ...bindings: SqlValue[]): Row[] {
    const cursor = this.#storage.exec(statement, ...bindings);
    const rows = cursor.toArray();
    this.#rowsWritten += cursor.rowsWritten;
    return rows;
  }
}
