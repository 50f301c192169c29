/**
 * Account: the directory of an account's queues in one region. The Queue objects are the authority
 * on which queues exist and where their dead letters go; each tells the directory of what changed,
 * with a version that grows, so that a repeated or late call changes nothing.
 *
 *   queue_name          also of queues that are gone: a late call must not bring them back
 *   version             of what the queue last told
 *   is_present          0 after the queue was deleted
 *   dead_letter_target  name of the queue that its RedrivePolicy names; NULL without one
 *
 * A table of an older version lacks the last column; it gets it when it is first used.
 */
import { DurableObject } from "cloudflare:workers";
import { integerColumn, type Row, textColumn } from "../storage/sql.ts";
import { DurableSql } from "./durable-sql.ts";

export type DirectoryEntry = {
  readonly queueName: string;
  readonly version: number;
  readonly exists: boolean;
  /** The queue of the same account and region that its messages are dead-lettered to. */
  readonly deadLetterTarget: string | null;
};

export type QueueListing = { readonly queueNames: readonly string[]; readonly hasMore: boolean };

const ADDED_COLUMN = "dead_letter_target TEXT";

export class Account extends DurableObject {
  readonly #sql = new DurableSql(this.ctx.storage.sql);
  #isPrepared = false;

  /** Records what a queue says of itself; an older version than the known one is ignored. */
  putEntry({ queueName, version, exists, deadLetterTarget }: DirectoryEntry): void {
    this.#prepare();
    const known = this.#sql.rows(
      "SELECT version FROM queue_entry WHERE queue_name = ?",
      queueName,
    )[0];
    if (known !== undefined && integerColumn(known, "version") >= version) return;
    this.#sql.rows(
      `INSERT OR REPLACE INTO queue_entry(queue_name, version, is_present, dead_letter_target)
       VALUES (?, ?, ?, ?)`,
      queueName,
      version,
      exists ? 1 : 0,
      deadLetterTarget,
    );
  }

  /** Names in order, from after `afterName` on. */
  listQueues(query: { prefix: string; afterName: string; limit: number }): QueueListing {
    this.#prepare();
    const rows = this.#sql.rows(
      `SELECT queue_name FROM queue_entry
       WHERE is_present = 1 AND queue_name > ? AND queue_name >= ? AND substr(queue_name, 1, ?) = ?
       ORDER BY queue_name LIMIT ?`,
      query.afterName,
      query.prefix,
      query.prefix.length,
      query.prefix,
      query.limit + 1,
    );
    return listing(rows, query.limit);
  }

  /** Names, in order, of the queues whose dead letters go to the target. */
  listDeadLetterSources(query: {
    targetName: string;
    afterName: string;
    limit: number;
  }): QueueListing {
    this.#prepare();
    const rows = this.#sql.rows(
      `SELECT queue_name FROM queue_entry
       WHERE dead_letter_target = ? AND is_present = 1 AND queue_name > ?
       ORDER BY queue_name LIMIT ?`,
      query.targetName,
      query.afterName,
      query.limit + 1,
    );
    return listing(rows, query.limit);
  }

  /** The index spares StartMessageMoveTask a walk through all queues of the account. */
  #prepare(): void {
    if (this.#isPrepared) return;
    this.#sql.rows(
      `CREATE TABLE IF NOT EXISTS queue_entry(
         queue_name TEXT PRIMARY KEY, version INTEGER NOT NULL, is_present INTEGER NOT NULL,
         ${ADDED_COLUMN}
       ) WITHOUT ROWID`,
    );
    const table = this.#sql.rows("SELECT sql FROM sqlite_master WHERE name = 'queue_entry'")[0];
    if (table !== undefined && !textColumn(table, "sql").includes(ADDED_COLUMN)) {
      this.#sql.rows(`ALTER TABLE queue_entry ADD COLUMN ${ADDED_COLUMN}`);
    }
    this.#sql.rows(
      `CREATE INDEX IF NOT EXISTS queue_entry_by_target
       ON queue_entry(dead_letter_target, queue_name) WHERE dead_letter_target IS NOT NULL`,
    );
    this.#isPrepared = true;
  }
}

/** Of one row more than was asked for. */
function listing(rows: readonly Row[], limit: number): QueueListing {
  const queueNames = rows.map((row) => textColumn(row, "queue_name"));
  return { queueNames: queueNames.slice(0, limit), hasMore: rows.length > limit };
}
