/**
 * QueueStore: what an object holds of its queue: the stored record, the messages, and what the
 * account's directory has yet to hear. Every change is on disk, in the same turn, before memory
 * shows it.
 */
import { assert } from "../domain/assert.ts";
import type { QueueRecord } from "../domain/queue-record.ts";
import { dropMessageTables } from "../storage/message-schema.ts";
import {
  type DirectoryNews,
  readQueueRow,
  type StoredQueue,
  writeQueueRow,
} from "../storage/queue-record-row.ts";
import type { Sql } from "../storage/sql.ts";
import { StandardQueue } from "../storage/standard-queue.ts";

export class QueueStore {
  readonly #sql: Sql;
  #stored: StoredQueue | undefined;
  #live: StandardQueue | undefined;

  /** Reads what is there; an object of a queue that never was holds nothing. */
  constructor(sql: Sql, nowMs: number) {
    this.#sql = sql;
    this.#stored = readQueueRow(sql);
    const record = this.#stored?.record;
    if (record === undefined || record.deletedAtMs !== null) return;
    this.#live = new StandardQueue(sql, record);
    this.#live.recover(nowMs);
  }

  /** The queue, unless it was never created or is deleted. */
  get live(): StandardQueue | undefined {
    return this.#live;
  }

  /** The latest queue of this name, deleted or not. */
  get record(): QueueRecord | undefined {
    return this.#stored?.record;
  }

  /** What the directory has not confirmed yet. */
  get untold(): DirectoryNews | undefined {
    const directory = this.#stored?.directory;
    return directory?.isTold === false ? directory : undefined;
  }

  create(record: QueueRecord): void {
    this.#put({ record, directory: { version: record.createdAtMs, isTold: false } });
    this.#live = new StandardQueue(this.#sql, record);
  }

  update(record: QueueRecord): void {
    assert(this.#stored !== undefined && this.#live !== undefined, "only a live queue changes");
    this.#put({ ...this.#stored, record });
    this.#live.record = record;
  }

  delete(nowMs: number): void {
    assert(this.#stored !== undefined && this.#live !== undefined, "only a live queue is deleted");
    const { record, directory } = this.#stored;
    const version = Math.max(nowMs, directory.version + 1);
    dropMessageTables(this.#sql);
    this.#put({ record: { ...record, deletedAtMs: nowMs }, directory: { version, isTold: false } });
    this.#live = undefined;
  }

  /** The directory confirmed a version; an older one than ours changes nothing. */
  told(version: number): void {
    if (this.#stored?.directory.version !== version) return;
    this.#put({ ...this.#stored, directory: { version, isTold: true } });
  }

  /** After everything on disk was deleted. */
  forget(): void {
    this.#stored = undefined;
  }

  #put(stored: StoredQueue): void {
    writeQueueRow(this.#sql, stored);
    this.#stored = stored;
  }
}
