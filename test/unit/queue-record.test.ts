/** What a queue's record keeps of its past, in memory and in its row. */
import { expect, test } from "vitest";
import { PURGE_COOLDOWN_MS } from "../../src/domain/limits.ts";
import type { AttributeChange } from "../../src/domain/queue-attributes.ts";
import {
  createdQueue,
  purgedQueue,
  type QueueRecord,
  withAttributes,
} from "../../src/domain/queue-record.ts";
import type { Result } from "../../src/domain/result.ts";
import { acceptedAtMs } from "../../src/domain/sequence-number.ts";
import { readQueueRow, writeQueueRow } from "../../src/storage/queue-record-row.ts";
import { NodeSql } from "../support/node-sql.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const IDENTITY = { accountId: "000000000000", region: "us-east-1" };
const ISSUER = { uid: new Uint8Array(8).fill(1), key: new Uint8Array(32).fill(2) };
const TOLD = { version: NOW_MS, isTold: true };

function must(result: Result<QueueRecord>): QueueRecord {
  if (!result.ok) throw new Error(`refused: ${result.refusal.kind}`);
  return result.value;
}

function created(queueName: string, change: AttributeChange = {}): QueueRecord {
  const identity = { ...IDENTITY, queueName };
  const creation = { identity, attributeTexts: [], change, tags: new Map([["a", "b"]]) };
  const context = { nowMs: NOW_MS, issuer: ISSUER, hasCooldowns: true };
  return must(createdQueue(undefined, creation, context));
}

test.each([
  ["queue", "messageGroup"],
  ["messageGroup", "queue"],
] as const)("a queue created with the scope %s keeps it when its attribute says %s", (was, is) => {
  const record = created("a.fifo", { deduplicationScope: was });
  const changed = must(withAttributes(record, { deduplicationScope: is }, NOW_MS + 1));
  expect(changed.creationScope).toBe(was);
  expect(changed.attributes.deduplicationScope).toBe(is);
});

test("every purge reaches further than the one before, also when the clock went back", () => {
  const record = created("a.fifo");
  expect(record.purgedSequence).toBe(0);
  const first = must(purgedQueue(record, { nowMs: NOW_MS, hasCooldowns: true }));
  expect(acceptedAtMs(first.purgedSequence)).toBe(NOW_MS);
  const nowMs = NOW_MS - PURGE_COOLDOWN_MS;
  const second = must(purgedQueue(first, { nowMs, hasCooldowns: false }));
  expect(second.purgedSequence).toBe(first.purgedSequence + 1);
});

test("a refused purge reaches nothing", () => {
  const first = must(purgedQueue(created("a"), { nowMs: NOW_MS, hasCooldowns: true }));
  expect(purgedQueue(first, { nowMs: NOW_MS + 1, hasCooldowns: true })).toMatchObject({
    refusal: { kind: "purge-in-progress" },
  });
});

test("a record is read as it was written", () => {
  const sql = new NodeSql();
  expect(readQueueRow(sql)).toBeUndefined();
  const change = {
    deduplicationScope: "messageGroup",
    fifoThroughputLimit: "perMessageGroupId",
    isContentBasedDeduplication: true,
    delaySeconds: 5,
  } as const;
  const record = must(
    purgedQueue(created("a.fifo", change), { nowMs: NOW_MS, hasCooldowns: true }),
  );
  for (const written of [record, { ...record, purgedSequence: record.purgedSequence + 1 }]) {
    writeQueueRow(sql, { record: written, directory: TOLD });
    expect(readQueueRow(sql)).toEqual({ record: written, directory: TOLD });
  }
});

test("a row of a version without the scope and the purge's reach is read, and written from then on", () => {
  const sql = new NodeSql();
  const older = created("a", { delaySeconds: 5 });
  writeQueueRow(sql, { record: older, directory: TOLD });
  for (const column of ["creation_scope", "purged_sequence"]) {
    sql.rows(`ALTER TABLE queue DROP COLUMN ${column}`);
  }
  expect(readQueueRow(sql)).toEqual({ record: older, directory: TOLD });
  const purged = must(purgedQueue(older, { nowMs: NOW_MS, hasCooldowns: true }));
  writeQueueRow(sql, { record: purged, directory: TOLD });
  expect(readQueueRow(sql)).toEqual({ record: purged, directory: TOLD });
});
