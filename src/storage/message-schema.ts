/**
 * The tables that hold messages, and what their columns mean.
 *
 * `segment`: the messages that one commit accepted, written once. There is no index: the primary
 * key is the order (`segment-key.ts`), so one ordered structure serves ready and delayed messages.
 * The row is rewritten only to drop the bodies of messages that are gone (`SegmentLog.shrink`).
 *
 *   segment_id     when its messages become available, in ms * 1024, plus a number within that ms
 *   segment_tag    32 random bits that receipt handles carry: should a key ever be used twice, because
 *                  a clock went back between two lives of the object, no old handle leads to a new
 *                  message
 *   sent_at_ms     when its commit accepted them: SentTimestamp, and where retention counts from
 *   message_count  how many messages it was written with
 *   messages       the messages, packed (`segment-codec.ts`)
 *
 * `segment_state`: exists only while some message of the segment was received and not all are gone.
 *
 *   gone_count          how many of its messages are gone
 *   last_visible_at_ms  when the last of its messages in flight becomes visible again; a segment for
 *                       which that is over needs no memory
 *   slots               one packed state per message (`slots-codec.ts`)
 *
 * Rows written are the bill: a segment costs one row to write, one per commit that changes states of
 * its messages, and two to delete.
 */
import type { Sql } from "./sql.ts";

export function createMessageTables(sql: Sql): void {
  sql.rows(
    `CREATE TABLE IF NOT EXISTS segment(
       segment_id INTEGER PRIMARY KEY, segment_tag INTEGER NOT NULL, sent_at_ms INTEGER NOT NULL,
       message_count INTEGER NOT NULL, messages BLOB NOT NULL)`,
  );
  sql.rows(
    `CREATE TABLE IF NOT EXISTS segment_state(
       segment_id INTEGER PRIMARY KEY, gone_count INTEGER NOT NULL,
       last_visible_at_ms INTEGER NOT NULL, slots BLOB NOT NULL)`,
  );
}

/** Dropping a table writes no row, whatever it held; deleting its rows would write each. */
export function dropMessageTables(sql: Sql): void {
  sql.rows("DROP TABLE IF EXISTS segment");
  sql.rows("DROP TABLE IF EXISTS segment_state");
}
