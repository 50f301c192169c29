/**
 * MoveReturns: the queues that the latest move task may take messages back to. They are kept beside the task
 * and not in it, because there may be thousands and a task is written again in every round.
 *
 * `move_return`: `started_number` of the task, `part` and `queue_arns`, as JSON. A task without rows may take
 * messages back to any queue; one that may take none has a row that says so.
 */
import { assert } from "../domain/assert.ts";
import { existingTables, type Sql, textColumn } from "./sql.ts";

type Returns = {
  readonly startedNumber: number;
  readonly queueArns: readonly string[] | undefined;
};

/** Of 130 bytes each at most: a row is far below what SQLite takes. */
const ARNS_IN_ROW = 1_000;

export class MoveReturns {
  readonly #sql: Sql;
  #latest: Returns = { startedNumber: 0, queueArns: undefined };
  #isWritten = true;
  #hasTable: boolean;

  constructor(sql: Sql, startedNumber: number) {
    this.#sql = sql;
    this.#hasTable = existingTables(sql, ["move_return"]).length > 0;
    if (this.#hasTable) this.#latest = { startedNumber, queueArns: this.#read(startedNumber) };
  }

  get queueArns(): readonly string[] | undefined {
    return this.#latest.queueArns;
  }

  /** On disk with the next `write`, which is that of the task. */
  begin(returns: Returns): void {
    this.#latest = returns;
    this.#isWritten = false;
  }

  write(): void {
    if (this.#isWritten) return;
    this.#isWritten = true;
    const { startedNumber, queueArns } = this.#latest;
    if (queueArns === undefined && !this.#hasTable) return;
    this.#sql.rows(
      `CREATE TABLE IF NOT EXISTS move_return(
         started_number INTEGER NOT NULL, part INTEGER NOT NULL, queue_arns TEXT NOT NULL,
         PRIMARY KEY (started_number, part)
       ) WITHOUT ROWID`,
    );
    this.#hasTable = true;
    this.#sql.rows("DELETE FROM move_return");
    for (const [part, text] of rowTexts(queueArns).entries()) {
      this.#sql.rows("INSERT INTO move_return VALUES (?, ?, ?)", startedNumber, part, text);
    }
  }

  #read(startedNumber: number): readonly string[] | undefined {
    const rows = this.#sql.rows(
      "SELECT queue_arns FROM move_return WHERE started_number = ? ORDER BY part",
      startedNumber,
    );
    return rows.length === 0
      ? undefined
      : rows.flatMap((row) => readArns(textColumn(row, "queue_arns")));
  }
}

function rowTexts(queueArns: readonly string[] | undefined): string[] {
  if (queueArns === undefined) return [];
  const count = Math.max(1, Math.ceil(queueArns.length / ARNS_IN_ROW));
  return Array.from({ length: count }, (_, part) => {
    return JSON.stringify(queueArns.slice(part * ARNS_IN_ROW, (part + 1) * ARNS_IN_ROW));
  });
}

function readArns(text: string): string[] {
  const value: unknown = JSON.parse(text);
  assert(Array.isArray(value), "stored queue ARNs are a list");
  return value.map((arn: unknown) => {
    assert(typeof arn === "string", "a stored queue ARN is text");
    return arn;
  });
}
