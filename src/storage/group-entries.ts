/**
 * GroupEntries: the names of a FIFO queue's message groups, on the disk of the queue's object: every
 * group that may hold anything, so that a purge and a deletion reach all of them, however many. A row
 * is written when a group begins and deleted when it has forgotten everything.
 *
 *   queue_uid         hexadecimal: after a deletion the groups of the queue that was stay listed until
 *                     each has dropped what it holds, whatever queue has the name meanwhile
 *   message_group_id
 *
 * `purge_progress` has a row while a purge has not reached all groups: those up to `after_group` have
 * been told.
 */
import { existingTables, type Sql, textColumn } from "./sql.ts";

export type GroupName = { readonly queueUid: string; readonly messageGroupId: string };

export class GroupEntries {
  readonly #sql: Sql;
  #isCreated: boolean;
  /** Undefined while no purge is under way. */
  #purgedAfter: string | undefined;
  #mayHaveOrphans = true;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#isCreated = existingTables(sql, ["group_entry"]).length > 0;
    const row = this.#isCreated ? sql.rows("SELECT after_group FROM purge_progress")[0] : undefined;
    this.#purgedAfter = row === undefined ? undefined : textColumn(row, "after_group");
  }

  /** Writes a row unless it is there. */
  add({ queueUid, messageGroupId }: GroupName): void {
    this.#create();
    this.#sql.rows("INSERT OR IGNORE INTO group_entry VALUES (?, ?)", queueUid, messageGroupId);
  }

  remove({ queueUid, messageGroupId }: GroupName): void {
    if (!this.#isCreated) return;
    this.#sql.rows(
      "DELETE FROM group_entry WHERE queue_uid = ? AND message_group_id = ?",
      queueUid,
      messageGroupId,
    );
  }

  /** Names in order, from behind one on. */
  namesAfter(queueUid: string, afterGroup: string, limit: number): string[] {
    if (!this.#isCreated) return [];
    const rows = this.#sql.rows(
      `SELECT message_group_id FROM group_entry WHERE queue_uid = ? AND message_group_id > ?
       ORDER BY message_group_id LIMIT ?`,
      queueUid,
      afterGroup,
      limit,
    );
    return rows.map((row) => textColumn(row, "message_group_id"));
  }

  /** Whether there may be groups of deleted queues; true until `orphans` has found none. */
  get mayHaveOrphans(): boolean {
    return this.#isCreated && this.#mayHaveOrphans;
  }

  /** A queue was deleted: its groups are orphans. */
  orphaned(): void {
    this.#mayHaveOrphans = true;
  }

  /** Groups of other queues than this, which are deleted ones; of all if undefined. */
  orphans(queueUid: string | undefined, limit: number): GroupName[] {
    if (!this.mayHaveOrphans) return [];
    const names = [
      ...this.#named("queue_uid < ?", queueUid ?? "", limit),
      ...this.#named("queue_uid > ?", queueUid ?? "", limit),
    ].slice(0, limit);
    this.#mayHaveOrphans = names.length > 0;
    return names;
  }

  get isPurging(): boolean {
    return this.#purgedAfter !== undefined;
  }

  /** Groups that a purge has yet to reach. */
  unpurged(queueUid: string, limit: number): string[] {
    const { isPurging } = this;
    return isPurging ? this.namesAfter(queueUid, this.#purgedAfter ?? "", limit) : [];
  }

  beginPurge(): void {
    this.#create();
    this.purgedUpTo("");
  }

  purgedUpTo(messageGroupId: string): void {
    this.#purgedAfter = messageGroupId;
    this.#sql.rows("INSERT OR REPLACE INTO purge_progress VALUES (1, ?)", messageGroupId);
  }

  endPurge(): void {
    if (this.#purgedAfter === undefined) return;
    this.#purgedAfter = undefined;
    this.#sql.rows("DELETE FROM purge_progress");
  }

  #named(condition: string, queueUid: string, limit: number): GroupName[] {
    const rows = this.#sql.rows(
      `SELECT queue_uid, message_group_id FROM group_entry WHERE ${condition} LIMIT ?`,
      queueUid,
      limit,
    );
    return rows.map((row) => ({
      queueUid: textColumn(row, "queue_uid"),
      messageGroupId: textColumn(row, "message_group_id"),
    }));
  }

  #create(): void {
    if (this.#isCreated) return;
    this.#isCreated = true;
    this.#sql.rows(
      `CREATE TABLE IF NOT EXISTS group_entry(
         queue_uid TEXT, message_group_id TEXT, PRIMARY KEY (queue_uid, message_group_id)
       ) WITHOUT ROWID`,
    );
    this.#sql.rows(
      `CREATE TABLE IF NOT EXISTS purge_progress(
         id INTEGER PRIMARY KEY CHECK (id = 1), after_group TEXT NOT NULL)`,
    );
  }
}
