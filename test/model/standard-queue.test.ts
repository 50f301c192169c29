/**
 * The engine against the naive reference queue, over `node:sqlite`. fast-check prints the seed and
 * the shrunk command list of a failure; MODEL_RUNS sets how many lists are tried.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { statusOfLetter } from "../../src/domain/peek.ts";
import { DEFAULT_ATTRIBUTES } from "../../src/domain/queue-attributes.ts";
import type { QueueRecord } from "../../src/domain/queue-record.ts";
import { openReceiptHandles } from "../../src/domain/receipt-handle.ts";
import { readUuid } from "../../src/domain/uuid.ts";
import { StandardQueue } from "../../src/storage/standard-queue.ts";
import { NodeSql } from "../support/node-sql.ts";
import { uuidBytes } from "../support/uuid-bytes.ts";
import {
  type Look,
  type ModelDelivery,
  type ModelMessage,
  ModelRun,
  type Subject,
} from "./model-run.ts";
import { QUEUE_COMMANDS, RETENTION_SECONDS } from "./queue-commands.ts";

const RECORD: QueueRecord = {
  identity: { accountId: "000000000000", region: "us-east-1", queueName: "model" },
  issuer: { uid: new Uint8Array(8).fill(7), key: new Uint8Array(32).fill(9) },
  attributes: { ...DEFAULT_ATTRIBUTES, retentionSeconds: RETENTION_SECONDS },
  creationScope: "queue",
  tags: new Map(),
  createdAtMs: 0,
  modifiedAtMs: 0,
  purgedAtMs: null,
  purgedSequence: 0,
  deletedAtMs: null,
};

/** None: whatever has nothing in flight leaves memory at once and is loaded when it is needed. */
const IDLE_SEGMENTS_MAX = 0;

class EngineSubject implements Subject {
  readonly writesAtOnce = false;
  readonly #sql = new NodeSql();
  #engine = new StandardQueue(this.#sql, RECORD, IDLE_SEGMENTS_MAX);
  #nowMs = 0;
  #nextNonce = 1;

  setTime(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  async send(messages: readonly ModelMessage[]): Promise<void> {
    for (const message of messages) {
      const sizeBytes = message.payload.byteLength;
      const sent = this.#engine.send({ ...message, id: uuidBytes(message.messageId), sizeBytes });
      expect(sent.ok).toBe(true);
    }
  }

  async receive(maxCount: number, visibilityTimeoutSeconds: number): Promise<ModelDelivery[]> {
    const receiptNonces = Array.from({ length: maxCount }, () => this.#nextNonce++);
    const order = { nowMs: this.#nowMs, receiptNonces, visibilityTimeoutSeconds };
    return this.#engine.receive(order).messages.map(({ id, receiptHandle, ...message }) => {
      return { ...message, messageId: readUuid(id, 0), handle: receiptHandle };
    });
  }

  async delete(handle: string): Promise<void> {
    expect(this.#engine.deleteMessages([handle], this.#nowMs)).toMatchObject([{ ok: true }]);
  }

  async changeVisibility(receiptHandle: string, visibilityTimeoutSeconds: number): Promise<string> {
    const change = { receiptHandle, visibilityTimeoutSeconds };
    const [changed] = this.#engine.changeVisibility([change], this.#nowMs);
    return changed?.ok === false ? changed.refusal.kind : "changed";
  }

  async undoReceive(handle: string): Promise<void> {
    const [opened] = openReceiptHandles([handle], RECORD.issuer);
    if (opened?.kind === "receipt") this.#engine.undoReceive([opened.receipt], this.#nowMs);
  }

  async purge(): Promise<void> {
    this.#engine.log.purge();
  }

  async commit(): Promise<void> {
    this.#engine.log.writeAppended(this.#nowMs);
    this.#engine.log.writeStates();
  }

  async evict(): Promise<void> {
    this.#engine = new StandardQueue(this.#sql, RECORD, IDLE_SEGMENTS_MAX);
    this.#engine.recover(this.#nowMs);
  }

  async shrink(): Promise<void> {
    this.#engine.log.shrink();
  }

  async peek(): Promise<Look[]> {
    const order = { showsInvisible: true, showsDelayed: true, maxCount: 1e9, maxBytes: 1e9 };
    const inMemory = this.#engine.log.segmentsInMemory;
    const shown = this.#engine.peek(order, this.#nowMs);
    expect(this.#engine.log.segmentsInMemory).toBe(inMemory);
    return shown.map(({ id, receiptHandle, receiveCount, payload }) => {
      const messageId = readUuid(id, 0);
      expect(payload.at(-1)).toBe(Number(messageId.slice(-12)) % 256);
      return { messageId, status: statusOfLetter(receiptHandle), receiveCount };
    });
  }

  async counts() {
    return this.#engine.counts(this.#nowMs);
  }
}

test("a standard queue behaves like the naive reference, evicted between any two commits", async () => {
  await fc.assert(
    fc.asyncProperty(QUEUE_COMMANDS, async (commands) => {
      await new ModelRun(new EngineSubject(), Date.UTC(2026, 0, 1)).all(commands);
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 500) },
  );
}, 120_000);
