/**
 * LateSegments: the segments whose messages were sent long before they came here, from another queue.
 * Retention counts from the send and keys from the arrival, so these are not found where the oldest keys
 * are.
 *
 * `late_segment`: `sent_at_ms` and `segment_id`, in that order, so that the oldest is the first row. A row
 * stays until its time has come, also if the segment is gone before.
 */
import { existingTables, integerColumn, type Sql } from "./sql.ts";

type Late = { readonly segmentId: number; readonly sentAtMs: number };

export class LateSegments {
  readonly #sql: Sql;
  #isCreated: boolean;
  #oldest: Late | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#isCreated = existingTables(sql, ["late_segment"]).length > 0;
    this.#oldest = this.#first();
  }

  get oldestSentAtMs(): number | undefined {
    return this.#oldest?.sentAtMs;
  }

  add(late: Late): void {
    this.#create();
    this.#sql.rows("INSERT INTO late_segment VALUES (?, ?)", late.sentAtMs, late.segmentId);
    this.#oldest ??= late;
    if (late.sentAtMs < this.#oldest.sentAtMs) this.#oldest = late;
  }

  /** Forgets, and returns, segments that were sent at `sentAtMs` or before, the oldest first. */
  takeSentBy(sentAtMs: number, limit: number): number[] {
    const taken: number[] = [];
    while (this.#oldest !== undefined && this.#oldest.sentAtMs <= sentAtMs) {
      if (taken.length === limit) break;
      const { segmentId } = this.#oldest;
      this.#sql.rows(
        "DELETE FROM late_segment WHERE sent_at_ms = ? AND segment_id = ?",
        this.#oldest.sentAtMs,
        segmentId,
      );
      taken.push(segmentId);
      this.#oldest = this.#first();
    }
    return taken;
  }

  clear(): void {
    if (this.#isCreated) this.#sql.rows("DROP TABLE late_segment");
    this.#isCreated = false;
    this.#oldest = undefined;
  }

  #first(): Late | undefined {
    if (!this.#isCreated) return undefined;
    const row = this.#sql.rows(
      "SELECT sent_at_ms, segment_id FROM late_segment ORDER BY sent_at_ms, segment_id LIMIT 1",
    )[0];
    if (row === undefined) return undefined;
    return {
      sentAtMs: integerColumn(row, "sent_at_ms"),
      segmentId: integerColumn(row, "segment_id"),
    };
  }

  #create(): void {
    if (this.#isCreated) return;
    this.#isCreated = true;
    this.#sql.rows(
      `CREATE TABLE late_segment(
         sent_at_ms INTEGER, segment_id INTEGER, PRIMARY KEY (sent_at_ms, segment_id)
       ) WITHOUT ROWID`,
    );
  }
}
