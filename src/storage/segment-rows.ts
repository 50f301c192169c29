/**
 * SegmentRows: the named statements over the message tables. All SQL about messages is here, and
 * nothing but SQL: which row is written when is decided by `segment-log.ts`.
 */
import { assert } from "../domain/assert.ts";
import { bytesColumn, integerColumn, optionalIntegerColumn, type Row, type Sql } from "./sql.ts";

export type SegmentHeader = {
  readonly segmentId: number;
  readonly segmentTag: number;
  readonly sentAtMs: number;
  readonly messageCount: number;
};

/** A segment of which some message was received; the messages themselves are not read. */
export type TouchedSegment = SegmentHeader & {
  readonly storedBytes: number;
  readonly slots: Uint8Array;
};

/** A segment as it is on disk; without slots if no message of it was ever received. */
export type StoredSegment = SegmentHeader & { readonly slots: Uint8Array | undefined };

export type SegmentState = {
  readonly goneCount: number;
  readonly lastVisibleAtMs: number;
  readonly slots: Uint8Array;
};

/** `goneCount` is undefined for a segment of which no message was ever received. */
export type SegmentSummary = {
  readonly segmentId: number;
  readonly messageCount: number;
  readonly goneCount: number | undefined;
};

export class SegmentRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  insert(header: SegmentHeader, packed: Uint8Array): void {
    this.#sql.rows(
      `INSERT INTO segment(segment_id, segment_tag, sent_at_ms, message_count, messages)
       VALUES (?, ?, ?, ?, ?)`,
      header.segmentId,
      header.segmentTag,
      header.sentAtMs,
      header.messageCount,
      packed,
    );
  }

  rewrite(segmentId: number, packed: Uint8Array): void {
    this.#sql.rows("UPDATE segment SET messages = ? WHERE segment_id = ?", packed, segmentId);
  }

  delete(segmentId: number): void {
    this.#sql.rows("DELETE FROM segment WHERE segment_id = ?", segmentId);
  }

  packed(segmentId: number): Uint8Array {
    const row = this.#first("SELECT messages FROM segment WHERE segment_id = ?", segmentId);
    assert(row !== undefined, "an open segment has its row");
    return bytesColumn(row, "messages");
  }

  putState(segmentId: number, { goneCount, lastVisibleAtMs, slots }: SegmentState): void {
    this.#sql.rows(
      `INSERT INTO segment_state(segment_id, gone_count, last_visible_at_ms, slots)
       VALUES (?, ?, ?, ?)
       ON CONFLICT(segment_id) DO UPDATE SET gone_count = excluded.gone_count,
         last_visible_at_ms = excluded.last_visible_at_ms, slots = excluded.slots`,
      segmentId,
      goneCount,
      lastVisibleAtMs,
      slots,
    );
  }

  deleteState(segmentId: number): void {
    this.#sql.rows("DELETE FROM segment_state WHERE segment_id = ?", segmentId);
  }

  /** The segments with messages that are in flight at `nowMs`. */
  touchedInFlight(nowMs: number): TouchedSegment[] {
    const rows = this.#sql.rows(
      `${SELECT_TOUCHED} WHERE last_visible_at_ms > ? ORDER BY segment_id`,
      nowMs,
    );
    return rows.map(touched);
  }

  /** The segments that were received from and have nothing in flight at `nowMs`. */
  touchedVisible(nowMs: number): number[] {
    const rows = this.#sql.rows(
      "SELECT segment_id FROM segment_state WHERE last_visible_at_ms <= ? ORDER BY segment_id",
      nowMs,
    );
    return rows.map((row) => integerColumn(row, "segment_id"));
  }

  touched(segmentId: number): TouchedSegment | undefined {
    const row = this.#first(`${SELECT_TOUCHED} WHERE segment_id = ?`, segmentId);
    return row === undefined ? undefined : touched(row);
  }

  /** The segments of at least `minBytes` with at most half of their messages left. */
  sparse(minBytes: number): number[] {
    const rows = this.#sql.rows(
      `SELECT segment_id FROM segment_state JOIN segment USING (segment_id)
       WHERE gone_count > 0 AND length(messages) >= ?
         AND (message_count - gone_count) * 2 <= message_count`,
      minBytes,
    );
    return rows.map((row) => integerColumn(row, "segment_id"));
  }

  /** The first segments behind a key of which no message was ever received. */
  nextFresh(afterKey: number, limit: number): SegmentHeader[] {
    const rows = this.#sql.rows(
      `SELECT segment_id, segment_tag, sent_at_ms, message_count FROM segment
       WHERE segment_id > ? AND NOT EXISTS
         (SELECT 1 FROM segment_state WHERE segment_state.segment_id = segment.segment_id)
       ORDER BY segment_id LIMIT ?`,
      afterKey,
      limit,
    );
    return rows.map(header);
  }

  /** The first segments behind a key, with their states; the messages themselves are not read. */
  stored(afterKey: number, lastKey: number, limit: number): StoredSegment[] {
    const rows = this.#sql.rows(
      `SELECT segment_id, segment_tag, sent_at_ms, message_count, slots FROM segment
         LEFT JOIN segment_state USING (segment_id)
       WHERE segment_id > ? AND segment_id <= ? ORDER BY segment_id LIMIT ?`,
      afterKey,
      lastKey,
      limit,
    );
    return rows.map((row) => {
      const slots = row["slots"] === null ? undefined : bytesColumn(row, "slots");
      return { ...header(row), slots };
    });
  }

  header(segmentId: number): SegmentHeader | undefined {
    const row = this.#first(
      "SELECT segment_id, segment_tag, sent_at_ms, message_count FROM segment WHERE segment_id = ?",
      segmentId,
    );
    return row === undefined ? undefined : header(row);
  }

  firstKeyAfter(key: number): number | undefined {
    return this.#integer("SELECT min(segment_id) AS n FROM segment WHERE segment_id > ?", key);
  }

  lastKeyIn(firstKey: number, lastKey: number): number | undefined {
    return this.#integer(
      "SELECT max(segment_id) AS n FROM segment WHERE segment_id BETWEEN ? AND ?",
      firstKey,
      lastKey,
    );
  }

  /** Messages written in segments whose keys are greater than `key`; deleted ones included. */
  messageCountAfter(key: number): number {
    const statement = "SELECT sum(message_count) AS n FROM segment WHERE segment_id > ?";
    return this.#integer(statement, key) ?? 0;
  }

  /** Messages that are gone, of segments that are still there. */
  goneCount(): number {
    return this.#integer("SELECT sum(gone_count) AS n FROM segment_state") ?? 0;
  }

  /** The segments with keys up to `lastKey` that were sent at `sentAtMs` or before, oldest first. */
  sentBy(sentAtMs: number, lastKey: number, limit: number): SegmentSummary[] {
    const rows = this.#sql.rows(
      `SELECT segment_id, message_count, gone_count FROM segment
         LEFT JOIN segment_state USING (segment_id)
       WHERE segment_id <= ? AND sent_at_ms <= ? ORDER BY segment_id LIMIT ?`,
      lastKey,
      sentAtMs,
      limit,
    );
    return rows.map(summary);
  }

  summary(segmentId: number): SegmentSummary | undefined {
    const row = this.#first(
      `SELECT segment_id, message_count, gone_count FROM segment
         LEFT JOIN segment_state USING (segment_id) WHERE segment_id = ?`,
      segmentId,
    );
    return row === undefined ? undefined : summary(row);
  }

  #first(statement: string, ...bindings: number[]): Row | undefined {
    return this.#sql.rows(statement, ...bindings)[0];
  }

  #integer(statement: string, ...bindings: number[]): number | undefined {
    const row = this.#first(statement, ...bindings);
    return row === undefined ? undefined : optionalIntegerColumn(row, "n");
  }
}

const SELECT_TOUCHED = `SELECT segment_id, segment_tag, sent_at_ms, message_count,
  length(messages) AS stored_bytes, slots FROM segment_state JOIN segment USING (segment_id)`;

function touched(row: Row): TouchedSegment {
  return {
    ...header(row),
    storedBytes: integerColumn(row, "stored_bytes"),
    slots: bytesColumn(row, "slots"),
  };
}

function header(row: Row): SegmentHeader {
  return {
    segmentId: integerColumn(row, "segment_id"),
    segmentTag: integerColumn(row, "segment_tag"),
    sentAtMs: integerColumn(row, "sent_at_ms"),
    messageCount: integerColumn(row, "message_count"),
  };
}

function summary(row: Row): SegmentSummary {
  return {
    segmentId: integerColumn(row, "segment_id"),
    messageCount: integerColumn(row, "message_count"),
    goneCount: optionalIntegerColumn(row, "gone_count"),
  };
}
