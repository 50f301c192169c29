/**
 * GroupSnapshot: how the groups of an idle FIFO queue stand, on disk, so that an object that was
 * evicted need not ask ten thousand blocked groups one by one which of them has something. It is
 * written when the queue has come to rest, and dropped before the first thing changes: while it is
 * there, it is true.
 *
 * `group_snapshot`: `part`, and `standings` as JSON lists. Dropping the table writes no row.
 */
import { assert } from "../domain/assert.ts";
import type { GroupStanding } from "../domain/group-standing.ts";
import { existingTables, type Sql, textColumn } from "./sql.ts";

export type NamedStanding = { readonly messageGroupId: string; readonly standing: GroupStanding };

/** Of a row: far below what a row may hold, with the longest names. */
const PART_GROUPS = 4_000;

export class GroupSnapshot {
  readonly #sql: Sql;
  #isOnDisk: boolean;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#isOnDisk = existingTables(sql, ["group_snapshot"]).length > 0;
  }

  get isOnDisk(): boolean {
    return this.#isOnDisk;
  }

  /** All groups that had something; undefined if there is no snapshot. */
  read(): NamedStanding[] | undefined {
    if (!this.#isOnDisk) return undefined;
    const rows = this.#sql.rows("SELECT standings FROM group_snapshot ORDER BY part");
    return rows.flatMap((row) => readStandings(textColumn(row, "standings")));
  }

  write(standings: readonly NamedStanding[]): void {
    this.drop();
    this.#isOnDisk = true;
    this.#sql.rows(
      "CREATE TABLE group_snapshot(part INTEGER PRIMARY KEY, standings TEXT NOT NULL)",
    );
    for (let from = 0; from < standings.length; from += PART_GROUPS) {
      const part = standings.slice(from, from + PART_GROUPS).map(listed);
      this.#sql.rows("INSERT INTO group_snapshot VALUES (?, ?)", from, JSON.stringify(part));
    }
  }

  drop(): void {
    if (!this.#isOnDisk) return;
    this.#isOnDisk = false;
    this.#sql.rows("DROP TABLE group_snapshot");
  }
}

function listed({ messageGroupId, standing }: NamedStanding): unknown[] {
  const { generation, readyAtMs, readyCount, visible, inFlight, delayed } = standing;
  return [messageGroupId, generation, readyAtMs ?? null, readyCount, visible, inFlight, delayed];
}

function readStandings(text: string): NamedStanding[] {
  const list: unknown = JSON.parse(text);
  assert(Array.isArray(list), "a part of a snapshot is a list");
  return list.map((entry: unknown) => {
    assert(Array.isArray(entry), "a standing is a list");
    const [messageGroupId, generation, readyAtMs, ...counts]: unknown[] = entry;
    const [readyCount = 0, visible = 0, inFlight = 0, delayed = 0] = counts.map(Number);
    assert(typeof messageGroupId === "string", "a standing has a name");
    assert(typeof generation === "number", "a standing has a generation");
    const standing = { generation, readyCount, visible, inFlight, delayed };
    return {
      messageGroupId,
      standing: typeof readyAtMs === "number" ? { ...standing, readyAtMs } : standing,
    };
  });
}
