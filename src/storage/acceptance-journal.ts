/**
 * AcceptanceJournal: what a FIFO queue's object let in, on its disk: one row for all that a commit
 * accepted, with the deduplication entries and the messages themselves until their groups have them.
 * So an accepted id is never lost and never doubled, wherever the object dies.
 *
 * Two tables take turns, because dropping one writes no row: when the current one is full, the entries
 * of the other are packed into one row of `deduplication-rows.ts`, what of its messages has not reached
 * its groups yet moves on, and it is dropped and becomes current.
 *
 * `acceptance_0` and `acceptance_1`:
 *
 *   last_sequence   the greatest sequence number of the row
 *   handed_below    all messages with smaller numbers had reached their groups at the time
 *   entries         the deduplication entries, packed
 *   messages        the messages, packed (`domain/ordered-shipment.ts`)
 */
import { SEGMENT_BYTES_MAX } from "../domain/limits.ts";
import {
  type OrderedMessage,
  packOrderedMessages,
  sequenceOf,
  unpackOrderedMessages,
} from "../domain/ordered-shipment.ts";
import type { DeduplicationRows } from "./deduplication-rows.ts";
import { bytesColumn, existingTables, optionalIntegerColumn, type Sql } from "./sql.ts";

const TABLES = ["acceptance_0", "acceptance_1"] as const;
/** When a table is full: what is kept of bodies that their groups have, at most twice. */
const TABLE_ROWS_MAX = 64;
const TABLE_BYTES_MAX = 4 * 1024 * 1024;
/** What a message takes in a row beside its payload, at most. */
const MESSAGE_OVERHEAD_BYTES = 512;

/** How far the hand-over has come. */
export type HandedOver = {
  /** The smallest number of which the group is not known to have the message. */
  readonly handedBelow: number;
  readonly isOnItsWay: (sequence: number) => boolean;
  readonly nowMs: number;
};

type Table = (typeof TABLES)[number];
type Fill = { rowCount: number; bytes: number; lastSequence: number };

export class AcceptanceJournal {
  readonly #sql: Sql;
  readonly #deduplicationRows: DeduplicationRows;
  readonly #fills = new Map<Table, Fill>();
  #current: Table = TABLES[0];
  /** What the newest row says. */
  #markedBelow = 0;

  constructor(sql: Sql, deduplicationRows: DeduplicationRows) {
    this.#sql = sql;
    this.#deduplicationRows = deduplicationRows;
    for (const table of existingTables(this.#sql, TABLES))
      this.#fills.set(table, this.#readFill(table));
    const [first, second] = TABLES.map((table) => this.#fills.get(table)?.lastSequence ?? 0);
    if ((second ?? 0) > (first ?? 0)) this.#current = TABLES[1];
  }

  /** The deduplication entries that are not in `deduplication-rows.ts` yet, packed. */
  entries(): Uint8Array[] {
    return [...this.#fills.keys()].flatMap((table) => this.#entriesOf(table));
  }

  /** The messages that may not have reached their groups, in order. */
  pending(): OrderedMessage[] {
    const handedBelow = Math.max(
      0,
      ...[...this.#fills.keys()].map((table) => this.#integer(table, "max(handed_below)") ?? 0),
    );
    const pending: OrderedMessage[] = [];
    for (const table of this.#fills.keys()) {
      pending.push(...this.#messagesOf(table, handedBelow));
    }
    return pending.sort((a, b) => sequenceOf(a.payload) - sequenceOf(b.payload));
  }

  /** The greatest number in the journal; 0 if it is empty. */
  get lastSequence(): number {
    return Math.max(0, ...[...this.#fills.values()].map(({ lastSequence }) => lastSequence));
  }

  /** Writes what a commit accepted. */
  write(messages: readonly OrderedMessage[], entries: Uint8Array, hand: HandedOver): void {
    const { handedBelow } = hand;
    this.#turnOver(hand);
    let rowEntries = entries;
    for (const part of parts(messages)) {
      this.#insert(part, rowEntries, handedBelow);
      // All entries are in the first row: they are on disk together or not at all.
      rowEntries = NOTHING;
    }
  }

  /**
   * Writes down that all messages with smaller numbers have reached their groups, if that is not on
   * disk: before a group forgets what it had.
   */
  mark(handedBelow: number): void {
    const { lastSequence } = this;
    if (lastSequence === 0 || this.#markedBelow > lastSequence) return;
    const table = [...this.#fills].find(([, fill]) => fill.lastSequence === lastSequence)?.[0];
    if (table === undefined) return;
    this.#sql.rows(
      `UPDATE ${table} SET handed_below = ? WHERE last_sequence = ?`,
      handedBelow,
      lastSequence,
    );
    this.#markedBelow = handedBelow;
  }

  /** Drops everything, on disk without writing a row. */
  clear(): void {
    for (const table of TABLES) this.#sql.rows(`DROP TABLE IF EXISTS ${table}`);
    this.#fills.clear();
  }

  #insert(messages: readonly OrderedMessage[], entries: Uint8Array, handedBelow: number): void {
    const last = messages.at(-1);
    if (last === undefined) return;
    const table = this.#current;
    const fill = this.#fills.get(table) ?? this.#create(table);
    const packed = packOrderedMessages(messages);
    const lastSequence = sequenceOf(last.payload);
    this.#sql.rows(
      `INSERT INTO ${table}(last_sequence, handed_below, entries, messages) VALUES (?, ?, ?, ?)`,
      lastSequence,
      handedBelow,
      entries,
      packed,
    );
    this.#markedBelow = handedBelow;
    fill.rowCount++;
    fill.bytes += packed.byteLength;
    fill.lastSequence = Math.max(fill.lastSequence, lastSequence);
  }

  /** What a group that cannot be reached has not got yet moves on, so that the rest can be dropped. */
  #turnOver({ handedBelow, nowMs, isOnItsWay }: HandedOver): void {
    const current = this.#fills.get(this.#current);
    if (current === undefined) return;
    if (current.rowCount < TABLE_ROWS_MAX && current.bytes < TABLE_BYTES_MAX) return;
    const next = this.#current === TABLES[0] ? TABLES[1] : TABLES[0];
    let late: OrderedMessage[] = [];
    if (this.#fills.has(next)) {
      const messages = this.#messagesOf(next, handedBelow);
      late = messages.filter(({ payload }) => isOnItsWay(sequenceOf(payload)));
      const entries = this.#entriesOf(next);
      if (entries.length > 0) this.#deduplicationRows.put(joined(entries), nowMs);
      this.#sql.rows(`DROP TABLE ${next}`);
      this.#fills.delete(next);
    }
    this.#current = next;
    for (const part of parts(late)) this.#insert(part, NOTHING, handedBelow);
  }

  /** The messages with numbers from `fromSequence` on. */
  #messagesOf(table: Table, fromSequence: number): OrderedMessage[] {
    const rows = this.#sql.rows(
      `SELECT messages FROM ${table} WHERE last_sequence >= ?`,
      fromSequence,
    );
    return rows
      .flatMap((row) => unpackOrderedMessages(bytesColumn(row, "messages")))
      .filter(({ payload }) => sequenceOf(payload) >= fromSequence);
  }

  #create(table: Table): Fill {
    this.#sql.rows(
      `CREATE TABLE IF NOT EXISTS ${table}(
         last_sequence INTEGER PRIMARY KEY, handed_below INTEGER NOT NULL, entries BLOB NOT NULL,
         messages BLOB NOT NULL)`,
    );
    const fill = { rowCount: 0, bytes: 0, lastSequence: 0 };
    this.#fills.set(table, fill);
    return fill;
  }

  #entriesOf(table: Table): Uint8Array[] {
    const rows = this.#sql.rows(`SELECT entries FROM ${table} ORDER BY last_sequence`);
    return rows
      .map((row) => bytesColumn(row, "entries"))
      .filter(({ byteLength }) => byteLength > 0);
  }

  #readFill(table: Table): Fill {
    return {
      rowCount: this.#integer(table, "count(*)") ?? 0,
      bytes: this.#integer(table, "sum(length(messages))") ?? 0,
      lastSequence: this.#integer(table, "max(last_sequence)") ?? 0,
    };
  }

  #integer(table: Table, expression: string): number | undefined {
    const row = this.#sql.rows(`SELECT ${expression} AS n FROM ${table}`)[0];
    return row === undefined ? undefined : optionalIntegerColumn({ n: row["n"] }, "n");
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

const NOTHING = new Uint8Array(0);

/** Cuts messages so that each part fits a row beside its entries. */
function* parts(messages: readonly OrderedMessage[]): Generator<readonly OrderedMessage[]> {
  let from = 0;
  let bytes = 0;
  for (const [index, { payload }] of messages.entries()) {
    const messageBytes = payload.byteLength + MESSAGE_OVERHEAD_BYTES;
    if (bytes + messageBytes > SEGMENT_BYTES_MAX && index > from) {
      yield messages.slice(from, index);
      from = index;
      bytes = 0;
    }
    bytes += messageBytes;
  }
  yield messages.slice(from);
}
