/**
 * EngineSubject: a standard queue's engine on `node:sqlite`, with messages of a given size, commits
 * and restarts, for tests that play one scenario. The model has a subject of its own.
 */
import { DEFAULT_ATTRIBUTES, type QueueAttributes } from "../../src/domain/queue-attributes.ts";
import type { QueueRecord } from "../../src/domain/queue-record.ts";
import { StandardQueue } from "../../src/storage/standard-queue.ts";
import { NodeSql } from "./node-sql.ts";
import { uuidBytes } from "./uuid-bytes.ts";

export class EngineSubject {
  readonly sql = new NodeSql();
  readonly #record: QueueRecord;
  queue: StandardQueue;
  #number = 0;

  constructor(attributes: Partial<QueueAttributes> = {}) {
    this.#record = {
      identity: { accountId: "000000000000", region: "us-east-1", queueName: "engine" },
      issuer: { uid: new Uint8Array(8), key: new Uint8Array(32) },
      attributes: { ...DEFAULT_ATTRIBUTES, ...attributes },
      creationScope: "queue",
      tags: new Map(),
      createdAtMs: 0,
      modifiedAtMs: 0,
      purgedAtMs: null,
      purgedSequence: 0,
      deletedAtMs: null,
    };
    this.queue = new StandardQueue(this.sql, this.#record);
  }

  /** Sends `count` messages in one commit. */
  send(count: number, nowMs: number, { payloadBytes = 8, delaySeconds = 0 } = {}): void {
    for (let index = 0; index < count; index++) {
      const id = uuidBytes(`00000000-0000-4000-8000-${String(this.#number++).padStart(12, "0")}`);
      const payload = new Uint8Array(payloadBytes);
      this.queue.send({ id, payload, sizeBytes: payloadBytes, delaySeconds });
    }
    this.write(nowMs);
  }

  /** Receives up to `maxCount` messages in one commit. */
  receive(maxCount: number, nowMs: number, visibilityTimeoutSeconds = 1) {
    const receiptNonces = Array.from({ length: maxCount }, (_, index) => index + 1);
    const { messages } = this.queue.receive({ nowMs, receiptNonces, visibilityTimeoutSeconds });
    this.write(nowMs);
    return messages;
  }

  /** Receives in tens until nothing comes; returns how many came. */
  drain(nowMs: number, visibilityTimeoutSeconds = 43_200): number {
    for (let count = 0; ; ) {
      const received = this.receive(10, nowMs, visibilityTimeoutSeconds).length;
      if (received === 0) return count;
      count += received;
    }
  }

  write(nowMs: number): void {
    this.queue.log.writeAppended(nowMs);
    this.queue.log.writeStates();
  }

  restart(nowMs: number): void {
    this.queue = new StandardQueue(this.sql, this.#record);
    this.queue.recover(nowMs);
  }

  /** One number that a statement selects as `n`. */
  number(statement: string): number {
    return Number(this.sql.rows(statement)[0]?.["n"]);
  }
}
