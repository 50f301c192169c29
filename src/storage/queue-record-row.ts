/**
 * The one row that holds a queue's record, and whether the account's directory knows of it.
 *
 *   attributes, tags   JSON lists of [name, text] pairs; attributes as SQS prints them, so reading
 *                      them back goes through the same checks as a request
 *   creation_scope     the deduplication scope that the queue was created with
 *   purged_sequence    the sequence number that the latest purge reaches
 *   directory_version  grows with each creation and deletion; the directory ignores older ones
 *   directory_is_told  0 while the directory has yet to confirm that version
 *
 * A row of an older version lacks the last columns of the table; it gets them when it is read.
 */
import { assert } from "../domain/assert.ts";
import { isDeduplicationScope } from "../domain/fifo-attributes.ts";
import {
  DEFAULT_ATTRIBUTES,
  parseAttributeChange,
  printAttributes,
} from "../domain/queue-attributes.ts";
import { queueKind } from "../domain/queue-name.ts";
import type { QueueRecord } from "../domain/queue-record.ts";
import {
  bytesColumn,
  integerColumn,
  optionalIntegerColumn,
  type Row,
  type Sql,
  textColumn,
} from "./sql.ts";

export type DirectoryNews = { readonly version: number; readonly isTold: boolean };
export type StoredQueue = { readonly record: QueueRecord; readonly directory: DirectoryNews };

const ADDED_COLUMNS = [
  "creation_scope TEXT NOT NULL DEFAULT 'queue'",
  "purged_sequence INTEGER NOT NULL DEFAULT 0",
];

/** Undefined when no queue was ever created here; reading creates nothing. */
export function readQueueRow(sql: Sql): StoredQueue | undefined {
  const table = sql.rows(
    "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'queue'",
  )[0];
  if (table === undefined) return undefined;
  addMissingColumns(sql, textColumn(table, "sql"));
  const row = sql.rows("SELECT * FROM queue")[0];
  return row === undefined ? undefined : storedQueue(row);
}

export function writeQueueRow(sql: Sql, { record, directory }: StoredQueue): void {
  sql.rows(
    `CREATE TABLE IF NOT EXISTS queue(
       id INTEGER PRIMARY KEY CHECK (id = 1), account_id TEXT, region TEXT, queue_name TEXT,
       uid BLOB, receipt_key BLOB, attributes TEXT, tags TEXT, created_at_ms INTEGER,
       modified_at_ms INTEGER, purged_at_ms INTEGER, deleted_at_ms INTEGER,
       directory_version INTEGER, directory_is_told INTEGER, ${ADDED_COLUMNS.join(", ")})`,
  );
  sql.rows(
    "INSERT OR REPLACE INTO queue VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    record.identity.accountId,
    record.identity.region,
    record.identity.queueName,
    record.issuer.uid,
    record.issuer.key,
    JSON.stringify([...printAttributes(record.attributes, queueKind(record.identity.queueName))]),
    JSON.stringify([...record.tags]),
    record.createdAtMs,
    record.modifiedAtMs,
    record.purgedAtMs,
    record.deletedAtMs,
    directory.version,
    directory.isTold ? 1 : 0,
    record.creationScope,
    record.purgedSequence,
  );
}

function addMissingColumns(sql: Sql, tableDefinition: string): void {
  for (const column of ADDED_COLUMNS) {
    if (!tableDefinition.includes(column)) sql.rows(`ALTER TABLE queue ADD COLUMN ${column}`);
  }
}

const POLICY = "Policy";

function storedQueue(row: Row): StoredQueue {
  const queueName = textColumn(row, "queue_name");
  const printed = new Map(pairs(textColumn(row, "attributes")));
  // As it is: a policy that cannot be read any more must close the queue, and not keep it from being mended.
  const policy = printed.get(POLICY) ?? null;
  printed.delete(POLICY);
  const change = parseAttributeChange(printed, queueKind(queueName));
  assert(change.ok, "stored attributes are valid");
  const creationScope = textColumn(row, "creation_scope");
  assert(isDeduplicationScope(creationScope), "a stored scope is one of SQS's");
  return {
    record: {
      identity: {
        accountId: textColumn(row, "account_id"),
        region: textColumn(row, "region"),
        queueName,
      },
      issuer: { uid: bytesColumn(row, "uid"), key: bytesColumn(row, "receipt_key") },
      attributes: { ...DEFAULT_ATTRIBUTES, ...change.value, policy },
      creationScope,
      tags: new Map(pairs(textColumn(row, "tags"))),
      createdAtMs: integerColumn(row, "created_at_ms"),
      modifiedAtMs: integerColumn(row, "modified_at_ms"),
      purgedAtMs: optionalIntegerColumn(row, "purged_at_ms") ?? null,
      purgedSequence: integerColumn(row, "purged_sequence"),
      deletedAtMs: optionalIntegerColumn(row, "deleted_at_ms") ?? null,
    },
    directory: {
      version: integerColumn(row, "directory_version"),
      isTold: integerColumn(row, "directory_is_told") === 1,
    },
  };
}

function pairs(text: string): [string, string][] {
  const list: unknown = JSON.parse(text);
  assert(Array.isArray(list), "stored pairs are a list");
  return list.map((pair: unknown) => {
    assert(Array.isArray(pair), "a stored pair is a list");
    const [name, value]: unknown[] = pair;
    assert(typeof name === "string" && typeof value === "string", "stored pairs are texts");
    return [name, value];
  });
}
