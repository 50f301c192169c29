/**
 * GroupRedrive: what a message group was asked last by its queue's move task, and what came of it. The
 * queue asks again when it had no answer: the same round makes nothing move a second time, and is
 * answered with the same count. A copy of an earlier round, which comes late, moves nothing either.
 *
 * `group_redrive`, one row: `round`, `moved_count`, `failure`. It is written in the commits of the
 * messages that it counts.
 */
import { isMoveTaskFailure, type MoveTaskFailure } from "../domain/move-task.ts";
import { existingTables, integerColumn, type Sql } from "./sql.ts";

type Asked = {
  readonly round: number;
  readonly movedCount: number;
  readonly failure: MoveTaskFailure | undefined;
};

export class GroupRedrive {
  readonly #sql: Sql;
  #asked: Asked | undefined;
  #isWritten = true;

  constructor(sql: Sql) {
    this.#sql = sql;
    if (existingTables(sql, ["group_redrive"]).length === 0) return;
    const row = sql.rows("SELECT round, moved_count, failure FROM group_redrive")[0];
    if (row === undefined) return;
    const failure = row["failure"];
    this.#asked = {
      round: integerColumn(row, "round"),
      movedCount: integerColumn(row, "moved_count"),
      failure: isMoveTaskFailure(failure) ? failure : undefined,
    };
  }

  get movedCount(): number {
    return this.#asked?.movedCount ?? 0;
  }

  get failure(): MoveTaskFailure | undefined {
    return this.#asked?.failure;
  }

  /** False if this was asked before, or something later. */
  begin(round: number): boolean {
    if (round <= (this.#asked?.round ?? 0)) return false;
    this.#put({ round, movedCount: 0, failure: undefined });
    return true;
  }

  moved(count: number): void {
    if (this.#asked === undefined || count === 0) return;
    this.#put({ ...this.#asked, movedCount: this.#asked.movedCount + count });
  }

  failed(failure: MoveTaskFailure): void {
    if (this.#asked !== undefined) this.#put({ ...this.#asked, failure });
  }

  get hasUnwritten(): boolean {
    return !this.#isWritten;
  }

  write(): void {
    if (this.#isWritten || this.#asked === undefined) return;
    this.#isWritten = true;
    this.#sql.rows(
      `CREATE TABLE IF NOT EXISTS group_redrive(
         id INTEGER PRIMARY KEY CHECK (id = 1), round INTEGER NOT NULL, moved_count INTEGER NOT NULL,
         failure TEXT)`,
    );
    const { round, movedCount, failure = null } = this.#asked;
    this.#sql.rows(
      "INSERT OR REPLACE INTO group_redrive VALUES (1, ?, ?, ?)",
      round,
      movedCount,
      failure,
    );
  }

  #put(asked: Asked): void {
    this.#asked = asked;
    this.#isWritten = false;
  }
}
