/** The engine's SQL seam over `node:sqlite`, in memory: the same statements without workerd. */
import { DatabaseSync } from "node:sqlite";
import type { Row, Sql, SqlValue } from "../../src/storage/sql.ts";

export class NodeSql implements Sql {
  readonly #database = new DatabaseSync(":memory:");

  rows(statement: string, ...bindings: SqlValue[]): Row[] {
    const values = bindings.map((value) =>
      value instanceof ArrayBuffer ? new Uint8Array(value) : value,
    );
    return this.#database.prepare(statement).all(...values);
  }
}
