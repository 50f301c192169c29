/**
 * QueueStore: what an object holds of its queue: the stored record, the messages or their groups, and
 * what the account's directory has yet to hear. Every change is on disk, in the same turn, before memory
 * shows it.
 */
import { assert } from "../domain/assert.ts";
import { queueKind } from "../domain/queue-name.ts";
import type { QueueRecord } from "../domain/queue-record.ts";
import { FifoQueue } from "../storage/fifo-queue.ts";
import { GroupEntries } from "../storage/group-entries.ts";
import { dropMessageTables } from "../storage/message-schema.ts";
import {
  type DirectoryNews,
  readQueueRow,
  type StoredQueue,
  writeQueueRow,
} from "../storage/queue-record-row.ts";
import type { Sql } from "../storage/sql.ts";
import { StandardQueue } from "../storage/standard-queue.ts";
import { dropTransferTables } from "../storage/transfer-schema.ts";

export type LiveQueue = StandardQueue | FifoQueue;

export class QueueStore {
  readonly #sql: Sql;
  #stored: StoredQueue | undefined;
  #live: LiveQueue | undefined;
  #groupEntries: GroupEntries | undefined;

  /** Reads what is there; an object of a queue that never was holds nothing. */
  constructor(sql: Sql, nowMs: number) {
    this.#sql = sql;
    this.#stored = readQueueRow(sql);
    const record = this.#stored?.record;
    if (record === undefined || record.deletedAtMs !== null) return;
    this.#live = this.#queueOf(record);
    this.#live.recover(nowMs);
  }

  /** The queue, unless it was never created or is deleted. */
  get live(): LiveQueue | undefined {
    return this.#live;
  }

  /** The latest queue of this name, deleted or not. */
  get record(): QueueRecord | undefined {
    return this.#stored?.record;
  }

  /** The entries of a FIFO queue's groups, also of those of deleted queues of this name. */
  get groupEntries(): GroupEntries | undefined {
    const { record } = this;
    if (record === undefined || queueKind(record.identity.queueName) === "standard")
      return undefined;
    this.#groupEntries ??= new GroupEntries(this.#sql);
    return this.#groupEntries;
  }

  /** What the directory has not confirmed yet. */
  get untold(): DirectoryNews | undefined {
    const directory = this.#stored?.directory;
    return directory?.isTold === false ? directory : undefined;
  }

  create(record: QueueRecord): void {
    const version = Math.max(record.createdAtMs, (this.#stored?.directory.version ?? 0) + 1);
    this.#put({ record, directory: { version, isTold: false } });
    this.#live = this.#queueOf(record);
  }

  /** The directory hears of another dead-letter queue, too. */
  update(record: QueueRecord): void {
    assert(this.#stored !== undefined && this.#live !== undefined, "only a live queue changes");
    const { directory, record: before } = this.#stored;
    const isNews = before.attributes.redrivePolicy !== record.attributes.redrivePolicy;
    const version = Math.max(record.modifiedAtMs, directory.version + 1);
    const told = isNews ? { version, isTold: false } : directory;
    this.#put({ record, directory: told });
    this.#live.record = record;
  }

  delete(nowMs: number): void {
    assert(this.#stored !== undefined && this.#live !== undefined, "only a live queue is deleted");
    const { record, directory } = this.#stored;
    const version = Math.max(nowMs, directory.version + 1);
    if (this.#live.kind === "fifo") this.#live.delete();
    else dropMessageTables(this.#sql);
    dropTransferTables(this.#sql);
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
    this.#groupEntries = undefined;
  }

  #queueOf(record: QueueRecord): LiveQueue {
    const entries = this.groupEntries;
    return entries === undefined
      ? new StandardQueue(this.#sql, record)
      : new FifoQueue(this.#sql, record, entries);
  }

  #put(stored: StoredQueue): void {
    writeQueueRow(this.#sql, stored);
    this.#stored = stored;
  }
}
