/**
 * DeduplicationRows: nothing younger than five minutes is ever lost, whenever the object restarts and
 * whatever its clock does; what is older is dropped in time.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEDUPLICATION_INTERVAL_MS, SEGMENT_BYTES_MAX } from "../../src/domain/limits.ts";
import { acceptedAtMs, nextSequence } from "../../src/domain/sequence-number.ts";
import { DeduplicationRows } from "../../src/storage/deduplication-rows.ts";
import { packEntries } from "../../src/storage/deduplication-window.ts";
import type { Row, Sql, SqlValue } from "../../src/storage/sql.ts";
import { NodeSql } from "../support/node-sql.ts";

const START_MS = Date.UTC(2026, 0, 1);
const ENTRY_BYTES = 40;

/** Entries that only their sequence numbers tell apart. */
function packed(...sequences: number[]): Uint8Array {
  const key = new Uint8Array(16);
  return packEntries(sequences.map((sequence) => ({ key, messageId: key, sequence })));
}

function sequencesIn(rows: DeduplicationRows): number[] {
  return rows.readAll().flatMap((row) => {
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    const count = row.byteLength / ENTRY_BYTES;
    return Array.from({ length: count }, (_, number) => view.getFloat64(ENTRY_BYTES * number + 32));
  });
}

function tablesOf(sql: Sql): unknown[] {
  return sql.rows("SELECT name FROM sqlite_master ORDER BY name").map((row) => row["name"]);
}

function sequenceAt(atMs: number): number {
  return nextSequence(0, atMs);
}

/** Puts one entry, accepted at this moment; returns its sequence number. */
function putAt(rows: DeduplicationRows, atMs: number): number {
  rows.put(packed(sequenceAt(atMs)), atMs);
  return sequenceAt(atMs);
}

describe("what was put", () => {
  test("is read in its order, by this object and the next", () => {
    const sql = new NodeSql();
    const rows = new DeduplicationRows(sql);
    const sequences = Array.from({ length: 100 }, (_, second) =>
      putAt(rows, START_MS + 1_000 * second),
    );
    expect(sequencesIn(rows)).toEqual(sequences);
    expect(sequencesIn(new DeduplicationRows(sql))).toEqual(sequences);
  });

  test("stays until both tables had their turn", () => {
    const rows = new DeduplicationRows(new NodeSql());
    const first = putAt(rows, START_MS);
    const second = putAt(rows, START_MS + DEDUPLICATION_INTERVAL_MS - 1);
    const third = putAt(rows, START_MS + DEDUPLICATION_INTERVAL_MS);
    const fourth = putAt(rows, START_MS + 2 * DEDUPLICATION_INTERVAL_MS - 1);
    expect(sequencesIn(rows)).toEqual([first, second, third, fourth]);
    const fifth = putAt(rows, START_MS + 2 * DEDUPLICATION_INTERVAL_MS);
    expect(sequencesIn(rows)).toEqual([third, fourth, fifth]);
  });

  test.each([
    ["never restarts", 3_600],
    ["restarts before every put", 1],
    ["restarts every four minutes", 240],
  ])("is ten minutes' worth at most, of a busy queue that %s", (_, secondsBetweenRestarts) => {
    const sql = new NodeSql();
    let rows = new DeduplicationRows(sql);
    for (let second = 0; second < 3_600; second++) {
      if (second % secondsBetweenRestarts === 0) rows = new DeduplicationRows(sql);
      putAt(rows, START_MS + 1_000 * second);
      if (second % 60 === 0) expect(rows.readAll().length).toBeLessThanOrEqual(600);
    }
  });

  test("goes to the other table by the clock, also when it was accepted before", () => {
    const sql = new NodeSql();
    const rows = new DeduplicationRows(sql);
    rows.put(packed(sequenceAt(START_MS)), START_MS + DEDUPLICATION_INTERVAL_MS - 1);
    rows.put(packed(sequenceAt(START_MS) + 1), START_MS + 2 * DEDUPLICATION_INTERVAL_MS - 2);
    expect(tablesOf(sql)).toEqual(["deduplication_0"]);
    rows.put(packed(sequenceAt(START_MS) + 2), START_MS + 2 * DEDUPLICATION_INTERVAL_MS - 1);
    expect(tablesOf(sql)).toEqual(["deduplication_0", "deduplication_1"]);
  });

  test("is kept by when it was accepted, if the clock is behind that", () => {
    const sql = new NodeSql();
    const rows = new DeduplicationRows(sql);
    const sequences = [0, 1, 2, 3].map((number) => sequenceAt(START_MS) + number);
    for (const [number, sequence] of sequences.entries()) {
      rows.put(packed(sequence), START_MS + (number - 10) * DEDUPLICATION_INTERVAL_MS);
    }
    expect(sequencesIn(rows)).toEqual(sequences);
  });

  test("is kept when the clock went back before its table's first row", () => {
    const sql = new NodeSql();
    const first = putAt(new DeduplicationRows(sql), START_MS);
    const second = putAt(new DeduplicationRows(sql), START_MS + DEDUPLICATION_INTERVAL_MS);
    const earlier = putAt(new DeduplicationRows(sql), START_MS - DEDUPLICATION_INTERVAL_MS);
    expect(sequencesIn(new DeduplicationRows(sql))).toEqual([first, second, earlier]);
  });

  test("is split into rows that the platform takes", () => {
    const sql = new NodeSql();
    const sequences = Array.from({ length: 100_000 }, (_, number) => START_MS * 1024 + number);
    new DeduplicationRows(sql).put(packed(...sequences), START_MS);
    const rows = new DeduplicationRows(sql);
    expect(rows.readAll()).toHaveLength(3);
    for (const row of rows.readAll()) {
      expect(row.byteLength).toBeLessThanOrEqual(SEGMENT_BYTES_MAX);
    }
    expect(sequencesIn(rows)).toEqual(sequences);
  });

  test("is one row of one statement, once the table is there", () => {
    const statements: string[] = [];
    const rows = new DeduplicationRows(new ObservedSql(new NodeSql(), (s) => statements.push(s)));
    putAt(rows, START_MS);
    statements.length = 0;
    rows.put(packed(sequenceAt(START_MS), sequenceAt(START_MS + 1)), START_MS + 1);
    expect(statements).toEqual([expect.stringContaining("INSERT INTO deduplication_0")]);
  });

  test("is gone when it was cleared, and the tables with it", () => {
    const sql = new NodeSql();
    const rows = new DeduplicationRows(sql);
    putAt(rows, START_MS);
    putAt(rows, START_MS + DEDUPLICATION_INTERVAL_MS);
    rows.clear();
    expect(rows.readAll()).toEqual([]);
    expect(tablesOf(sql)).toEqual([]);
    rows.clear();
    const again = putAt(rows, START_MS);
    expect(sequencesIn(new DeduplicationRows(sql))).toEqual([again]);
  });

  test("has entries, and whole ones", () => {
    const rows = new DeduplicationRows(new NodeSql());
    expect(() => rows.put(packed(), START_MS)).toThrow("entries");
    expect(() => rows.put(packed(1).subarray(1), START_MS)).toThrow("whole");
  });
});

test("an object that never wrote reads nothing and creates nothing", () => {
  const sql = new NodeSql();
  const rows = new DeduplicationRows(sql);
  expect(rows.readAll()).toEqual([]);
  expect(tablesOf(sql)).toEqual([]);
});

/** What was put, and how late it was at the latest of these puts. */
class NaiveRows {
  readonly sql = new NodeSql();
  #rows = new DeduplicationRows(this.sql);
  #sequences: number[] = [];
  #lastSequence = 0;
  #lastMs = 0;

  put(count: number, nowMs: number): void {
    const sequences: number[] = [];
    for (let number = 0; number < count; number++) {
      this.#lastSequence = nextSequence(this.#lastSequence, nowMs);
      sequences.push(this.#lastSequence);
    }
    this.#rows.put(packed(...sequences), nowMs);
    this.#sequences.push(...sequences);
    this.#lastMs = Math.max(this.#lastMs, nowMs, acceptedAtMs(this.#lastSequence));
  }

  restart(): void {
    this.#rows = new DeduplicationRows(this.sql);
  }

  /** The object forgets all it has on disk, and its clock with it. */
  clear(): void {
    this.#rows.clear();
    this.#sequences = [];
    this.#lastMs = 0;
  }

  check(): void {
    const stored = sequencesIn(this.#rows);
    const expiredMs = this.#lastMs - DEDUPLICATION_INTERVAL_MS;
    const young = this.#sequences.filter((sequence) => acceptedAtMs(sequence) > expiredMs);
    expect(stored).toEqual(expect.arrayContaining(young));
    // In their order, without gaps and none twice: what is stored is the end of what was put.
    expect(stored).toEqual(this.#sequences.slice(this.#sequences.length - stored.length));
  }
}

const MOVE_MS = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 90_000 }) },
  { weight: 2, arbitrary: fc.constantFrom(0, 299_999, DEDUPLICATION_INTERVAL_MS, 300_001) },
  { weight: 1, arbitrary: fc.integer({ min: -3_600_000, max: 900_000 }) },
);
const COMMAND = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const) }) },
);
const HISTORY = fc.array(fc.record({ moveMs: MOVE_MS, command: COMMAND }), { maxLength: 50 });

test("nothing younger than five minutes is lost, whatever restarts and clocks do", () => {
  fc.assert(
    fc.property(HISTORY, (history) => {
      const naive = new NaiveRows();
      let nowMs = START_MS;
      for (const { moveMs, command } of history) {
        nowMs += moveMs;
        if (command.kind === "put") naive.put(command.count, nowMs);
        if (command.kind === "restart") naive.restart();
        if (command.kind === "clear") naive.clear();
        naive.check();
      }
    }),
    { numRuns: Number(process.env["MODEL_RUNS"] ?? 500) },
  );
});

/** Another Sql, of which somebody sees every statement before it runs, and may throw. */
class ObservedSql implements Sql {
  readonly #sql: Sql;
  readonly #observe: (statement: string) => void;

  constructor(sql: Sql, observe: (statement: string) => void) {
    this.#sql = sql;
    this.#observe = observe;
  }

  rows(statement: string, ...bindings: SqlValue[]): Row[] {
    this.#observe(statement);
    return this.#sql.rows(statement, ...bindings);
  }
}

test("an object that dies at any statement of a put loses nothing that was put before", () => {
  const putsMs = [0, 200_000, 300_000, 599_999, 600_000, 900_000].map((ms) => START_MS + ms);
  for (let dyingStatement = 0; ; dyingStatement++) {
    const sql = new NodeSql();
    let statementCount = 0;
    const dying = new ObservedSql(sql, () => {
      if (statementCount++ === dyingStatement) throw new Error("died");
    });
    const done: number[] = [];
    let rows: DeduplicationRows | undefined;
    for (const atMs of putsMs) {
      try {
        rows ??= new DeduplicationRows(dying);
        done.push(putAt(rows, atMs));
      } catch {
        rows = new DeduplicationRows(sql);
        done.push(putAt(rows, atMs));
      }
      const young = done.filter((it) => atMs - acceptedAtMs(it) < DEDUPLICATION_INTERVAL_MS);
      const stored = sequencesIn(new DeduplicationRows(sql));
      expect(stored).toEqual(done.slice(done.length - stored.length));
      expect(stored).toEqual(expect.arrayContaining(young));
    }
    if (statementCount <= dyingStatement) return;
  }
});
