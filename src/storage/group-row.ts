/**
 * The one row that a message group keeps of itself, beside its messages: whose group it is, for the
 * alarm, when nobody's command brings the terms; and what would be lost with its last message.
 *
 *   terms          as JSON; the receipt key is not in it, for only a command needs that
 *   last_sequence  the greatest number of any message that was appended, as of the last time that
 *                  the newest message left the disk: what the queue sends again is known by its number
 */
import { assert } from "../domain/assert.ts";
import type { GroupTerms } from "../domain/fifo-terms.ts";
import { isJsonObject } from "../domain/json-object.ts";
import { queueUidText } from "../domain/object-name.ts";
import { existingTables, integerColumn, type Sql, textColumn } from "./sql.ts";

/** What an alarm needs of the terms. */
export type KeptTerms = Pick<
  GroupTerms,
  | "queueObjectName"
  | "messageGroupId"
  | "scope"
  | "purgedSequence"
  | "delaySeconds"
  | "retentionSeconds"
> & { readonly queueUid: string };

export function keptTerms(terms: GroupTerms): KeptTerms {
  const { queueObjectName, messageGroupId, scope, issuer } = terms;
  const { purgedSequence, delaySeconds, retentionSeconds } = terms;
  return {
    queueObjectName,
    messageGroupId,
    queueUid: queueUidText(issuer.uid),
    scope,
    purgedSequence,
    delaySeconds,
    retentionSeconds,
  };
}

export type GroupRow = { readonly terms: KeptTerms; readonly lastSequence: number };

/** Undefined of a group that was never used, or has forgotten all; reading creates nothing. */
export function readGroupRow(sql: Sql): GroupRow | undefined {
  const isThere = existingTables(sql, ["message_group"]).length > 0;
  const row = isThere ? sql.rows("SELECT * FROM message_group")[0] : undefined;
  if (row === undefined) return undefined;
  return {
    terms: readTerms(textColumn(row, "terms")),
    lastSequence: integerColumn(row, "last_sequence"),
  };
}

export function writeGroupRow(sql: Sql, { terms, lastSequence }: GroupRow): void {
  sql.rows(
    `CREATE TABLE IF NOT EXISTS message_group(
       id INTEGER PRIMARY KEY CHECK (id = 1), terms TEXT NOT NULL, last_sequence INTEGER NOT NULL)`,
  );
  sql.rows(
    "INSERT OR REPLACE INTO message_group VALUES (1, ?, ?)",
    JSON.stringify(terms),
    lastSequence,
  );
}

function readTerms(text: string): KeptTerms {
  const value: unknown = JSON.parse(text);
  assert(isJsonObject(value), "stored terms are an object");
  const { queueObjectName, messageGroupId, scope, purgedSequence } = value;
  const { delaySeconds, retentionSeconds, queueUid } = value;
  assert(
    typeof queueObjectName === "string" &&
      typeof messageGroupId === "string" &&
      typeof queueUid === "string",
    "stored terms name the queue and the group",
  );
  assert(scope === "queue" || scope === "messageGroup", "stored terms have a scope");
  assert(
    typeof purgedSequence === "number" &&
      typeof delaySeconds === "number" &&
      typeof retentionSeconds === "number",
    "stored terms have their numbers",
  );
  return {
    queueObjectName,
    messageGroupId,
    queueUid,
    scope,
    purgedSequence,
    delaySeconds,
    retentionSeconds,
  };
}
