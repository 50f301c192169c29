/**
 * A backlog that was received before and came back, message by message, takes no memory: what is in
 * memory of a queue is bounded by what is in flight, before a restart and after it.
 */
import { expect, test } from "vitest";
import { DEFAULT_ATTRIBUTES } from "../../src/domain/queue-attributes.ts";
import type { QueueRecord } from "../../src/domain/queue-record.ts";
import { IDLE_SEGMENTS_MAX } from "../../src/storage/open-segments.ts";
import { StandardQueue } from "../../src/storage/standard-queue.ts";
import { NodeSql } from "../support/node-sql.ts";
import { uuidBytes } from "../support/uuid-bytes.ts";

const RECORD: QueueRecord = {
  identity: { accountId: "000000000000", region: "us-east-1", queueName: "failing" },
  issuer: { uid: new Uint8Array(8), key: new Uint8Array(32) },
  attributes: DEFAULT_ATTRIBUTES,
  creationScope: "queue",
  tags: new Map(),
  createdAtMs: 0,
  modifiedAtMs: 0,
  purgedAtMs: null,
  purgedSequence: 0,
  deletedAtMs: null,
};
const MESSAGE_COUNT = 20_000;
const MESSAGES_PER_SEGMENT = 4;
const TIMEOUT_SECONDS = 30;
const PAYLOAD = new Uint8Array(8);

function write(queue: StandardQueue, nowMs: number): void {
  queue.log.writeAppended(nowMs);
  queue.log.writeStates();
}

/** Returns when the last of them was sent: a millisecond holds only so many segments. */
function sendAll(queue: StandardQueue, startMs: number): number {
  let nowMs = startMs;
  for (let number = 0; number < MESSAGE_COUNT; number++) {
    const id = uuidBytes(`00000000-0000-4000-8000-${String(number).padStart(12, "0")}`);
    queue.send({ id, payload: PAYLOAD, sizeBytes: PAYLOAD.byteLength });
    if (number % MESSAGES_PER_SEGMENT === MESSAGES_PER_SEGMENT - 1) write(queue, nowMs++);
  }
  return nowMs;
}

/** Returns how many messages a consumer got that deletes none of them. */
function receiveAll(queue: StandardQueue, nowMs: number): number {
  const receiptNonces = Array.from({ length: 10 }, (_, index) => index + 1);
  const visibilityTimeoutSeconds = TIMEOUT_SECONDS;
  for (let receivedCount = 0; ; ) {
    const { messages } = queue.receive({ nowMs, receiptNonces, visibilityTimeoutSeconds });
    write(queue, nowMs);
    if (messages.length === 0) return receivedCount;
    receivedCount += messages.length;
  }
}

test("a backlog that keeps failing takes no memory, and every message of it comes again", () => {
  const sql = new NodeSql();
  const queue = new StandardQueue(sql, RECORD);
  let nowMs = sendAll(queue, Date.UTC(2026, 0, 1));
  expect(receiveAll(queue, nowMs)).toBe(MESSAGE_COUNT);
  nowMs += TIMEOUT_SECONDS * 1000;
  expect(queue.counts(nowMs)).toEqual({ visible: MESSAGE_COUNT, inFlight: 0, delayed: 0 });
  expect(queue.log.segmentsInMemory).toBeLessThanOrEqual(IDLE_SEGMENTS_MAX);

  expect(receiveAll(queue, nowMs)).toBe(MESSAGE_COUNT);
  nowMs += TIMEOUT_SECONDS * 1000;
  const restarted = new StandardQueue(sql, RECORD);
  restarted.recover(nowMs);
  expect(restarted.log.segmentsInMemory).toBe(0);
  expect(restarted.counts(nowMs)).toEqual({ visible: MESSAGE_COUNT, inFlight: 0, delayed: 0 });
  expect(receiveAll(restarted, nowMs)).toBe(MESSAGE_COUNT);
});
