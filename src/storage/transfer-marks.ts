/**
 * TransferMarks: of each channel by which messages come from another queue the greatest number that has
 * arrived: what comes with a number up to it is here, or was. A mark is written in the commit of the
 * messages that it speaks of.
 *
 * `transfer_mark`: `channel`, `number`, `marked_at_ms`. A source that had no answer repeats a batch for as
 * long as its messages live, which is 14 days at most; marks are kept for longer than that.
 */
import { RETENTION_SECONDS_MAX } from "../domain/limits.ts";
import type { Arrival } from "../domain/transfer-batch.ts";
import { existingTables, integerColumn, optionalIntegerColumn, type Sql } from "./sql.ts";

const KEPT_FOR_MS = RETENTION_SECONDS_MAX * 1000 + 3_600_000;
/** Bounds memory; a miss costs a read. */
const KNOWN_MAX = 10_000;

export class TransferMarks {
  readonly #sql: Sql;
  #isCreated: boolean;
  readonly #known = new Map<string, number>();
  readonly #unwritten = new Set<string>();
  /** When the newest mark was made; undefined when there is none. */
  #newestAtMs: number | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#isCreated = existingTables(sql, ["transfer_mark"]).length > 0;
    const row = this.#isCreated
      ? sql.rows("SELECT max(marked_at_ms) AS n FROM transfer_mark")[0]
      : undefined;
    this.#newestAtMs = row === undefined ? undefined : optionalIntegerColumn(row, "n");
  }

  /**
   * Takes what has not come by the channel before; returns the number up to which all is here. The mark is
   * on disk with the next `write`.
   */
  admit(channel: string, arrivals: readonly Arrival[], take: (arrival: Arrival) => void): number {
    const reached = this.#reached(channel);
    const fresh = arrivals.filter(({ number }) => number > reached);
    for (const arrival of fresh) take(arrival);
    const last = fresh.at(-1);
    if (last === undefined) return reached;
    this.#remember(channel, last.number);
    this.#unwritten.add(channel);
    return last.number;
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  write(nowMs: number): void {
    if (this.#unwritten.size === 0) return;
    this.#create();
    for (const channel of this.#unwritten) {
      this.#sql.rows(
        "INSERT OR REPLACE INTO transfer_mark VALUES (?, ?, ?)",
        channel,
        this.#known.get(channel) ?? 0,
        nowMs,
      );
    }
    this.#newestAtMs = nowMs;
    this.#unwritten.clear();
  }

  /** Until when some mark is needed; undefined when none is there. */
  get neededUntilMs(): number | undefined {
    return this.#newestAtMs === undefined ? undefined : this.#newestAtMs + KEPT_FOR_MS;
  }

  /** Forgets what no source can repeat any more. */
  forgetOld(nowMs: number): void {
    if (!this.#isCreated) return;
    this.#sql.rows("DELETE FROM transfer_mark WHERE marked_at_ms <= ?", nowMs - KEPT_FOR_MS);
    if ((this.neededUntilMs ?? Number.POSITIVE_INFINITY) <= nowMs) this.#newestAtMs = undefined;
    if (this.#unwritten.size === 0) this.#known.clear();
  }

  #reached(channel: string): number {
    const known = this.#known.get(channel);
    if (known !== undefined) return known;
    const row = this.#isCreated
      ? this.#sql.rows("SELECT number FROM transfer_mark WHERE channel = ?", channel)[0]
      : undefined;
    const number = row === undefined ? 0 : integerColumn(row, "number");
    this.#remember(channel, number);
    return number;
  }

  #remember(channel: string, number: number): void {
    if (this.#known.size >= KNOWN_MAX && this.#unwritten.size === 0) this.#known.clear();
    this.#known.set(channel, number);
  }

  #create(): void {
    if (this.#isCreated) return;
    this.#isCreated = true;
    this.#sql.rows(
      `CREATE TABLE transfer_mark(
         channel TEXT PRIMARY KEY, number INTEGER NOT NULL, marked_at_ms INTEGER NOT NULL
       ) WITHOUT ROWID`,
    );
  }
}
