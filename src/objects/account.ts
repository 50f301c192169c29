/**
 * Account: the directory of an account's queues in one region. The Queue objects are the authority
 * on which queues exist; each tells the directory of its creation and deletion, with a version that
 * grows, so that a repeated or late call changes nothing.
 */
import { DurableObject } from "cloudflare:workers";
import { integerColumn, textColumn } from "../storage/sql.ts";
import { DurableSql } from "./durable-sql.ts";

export type DirectoryEntry = {
  readonly queueName: string;
  readonly version: number;
  readonly exists: boolean;
};

export type QueueListing = { readonly queueNames: readonly string[]; readonly hasMore: boolean };

export class Account extends DurableObject {
  readonly #sql = new DurableSql(this.ctx.storage.sql);

  /** Records what a queue says of itself; an older version than the known one is ignored. */
  putEntry({ queueName, version, exists }: DirectoryEntry): void {
    this.#createTable();
    const known = this.#sql.rows(
      "SELECT version FROM queue_entry WHERE queue_name = ?",
      queueName,
    )[0];
    if (known !== undefined && integerColumn(known, "version") >= version) return;
    this.#sql.rows(
      "INSERT OR REPLACE INTO queue_entry(queue_name, version, is_present) VALUES (?, ?, ?)",
      queueName,
      version,
      exists ? 1 : 0,
    );
  }

  /** Names in order, from after `afterName` on. */
  listQueues(query: { prefix: string; afterName: string; limit: number }): QueueListing {
    this.#createTable();
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
    const queueNames = rows.map((row) => textColumn(row, "queue_name"));
    return { queueNames: queueNames.slice(0, query.limit), hasMore: rows.length > query.limit };
  }

  #createTable(): void {
    this.#sql.rows(
      `CREATE TABLE IF NOT EXISTS queue_entry(
         queue_name TEXT PRIMARY KEY, version INTEGER NOT NULL, is_present INTEGER NOT NULL
       ) WITHOUT ROWID`,
    );
  }
}
