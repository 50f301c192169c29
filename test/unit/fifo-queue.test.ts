/**
 * What the object of a FIFO queue holds, at its edges: between a send and its commit, beside a group
 * that cannot be reached, with more groups than it keeps in memory.
 */
import { describe, expect, test } from "vitest";
import {
  type OrderedMessage,
  packOrderedShipment,
  sequenceOf,
  unpackOrderedMessages,
} from "../../src/domain/ordered-shipment.ts";
import { createdQueue, type QueueRecord } from "../../src/domain/queue-record.ts";
import { FifoQueue } from "../../src/storage/fifo-queue.ts";
import { GroupEntries } from "../../src/storage/group-entries.ts";
import { ReceiveAttempts } from "../../src/storage/receive-attempts.ts";
import { NodeSql } from "../support/node-sql.ts";

const NOW_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;

describe("the object of a FIFO queue", () => {
  test("keeps what was let in and not written when a group is released meanwhile", () => {
    const sql = new NodeSql();
    const queue = newQueue(sql);
    send(queue, "old");
    handOver(queue, "old");
    const released = queue.lastSequence;
    queue.accept(messagesFor("busy"), NOW_MS + 6 * MINUTE_MS);
    expect(queue.release("old", released)).toBe(true);
    queue.write(NOW_MS + 6 * MINUTE_MS);
    expect(recovered(sql).outbox.count).toBe(1);
  });

  test("keeps little of what others have got beside a group that cannot be reached", () => {
    const sql = new NodeSql();
    const queue = newQueue(sql);
    send(queue, "broken");
    for (let number = 0; number < 1_000; number++) {
      send(queue, "fine", 20_000);
      handOver(queue, "fine");
    }
    const again = recovered(sql).outbox;
    expect(again.has("broken")).toBe(true);
    expect(again.bytes).toBeLessThan(8 * 1024 * 1024);
    expect(again.firstSequence).toBe(queue.outbox.firstSequence);
  });

  test("sends what a group has not got in the order of its numbers after a restart", () => {
    const sql = new NodeSql();
    const queue = newQueue(sql);
    for (let number = 0; number < 200; number++) {
      send(queue, "broken");
      send(queue, "fine", 30_000);
      handOver(queue, "fine");
    }
    const sequences = recovered(sql)
      .outbox.beginCall("broken")
      .map(({ payload }) => sequenceOf(payload));
    expect(sequences).toHaveLength(200);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  test("does not list a group again that was released while it was asked", () => {
    const queue = newQueue(new NodeSql());
    const ready = { generation: 1, readyAtMs: NOW_MS, readyCount: 1, visible: 1 };
    queue.announced("g", { ...ready, inFlight: 0, delayed: 0 });
    queue.write(NOW_MS);
    queue.groups.take(NOW_MS);
    expect(queue.release("g", 0)).toBe(true);
    queue.groups.postpone("g", NOW_MS + 1_000);
    queue.groups.giveBack("g");
    queue.announced("g", { ...ready, generation: 2, inFlight: 0, delayed: 0 });
    queue.write(NOW_MS);
    expect(queue.entries.namesAfter(queue.uid, "", 10)).toEqual(["g"]);
  });

  test("finds a ready group at once among many whose timeouts have lapsed", () => {
    const queue = newQueue(new NodeSql());
    const blocked = { generation: 1, readyCount: 0, visible: 0, inFlight: 1, delayed: 0 };
    for (let number = 0; number < 1_000; number++) {
      queue.learn(`lapsed-${number}`, { ...blocked, readyAtMs: NOW_MS + 1_000 });
    }
    const atMs = NOW_MS + 2_000;
    queue.learn("ready", { ...blocked, readyAtMs: atMs, readyCount: 1, visible: 1, inFlight: 0 });
    const taken = [queue.groups.take(atMs), queue.groups.take(atMs)];
    expect(taken.map((group) => group?.messageGroupId)).toContain("ready");
  });
});

test("a receive attempt is remembered for five minutes, also if its id was used long before", () => {
  const attempts = new ReceiveAttempts(new NodeSql());
  const lease = { messageGroupId: "g", receipts: [], visibleAtMs: 0 };
  attempts.put("a", [], NOW_MS);
  attempts.put("b", [], NOW_MS + 6 * MINUTE_MS);
  attempts.put("a", [lease], NOW_MS + 10.5 * MINUTE_MS);
  attempts.put("c", [], NOW_MS + 12 * MINUTE_MS);
  expect(attempts.find("a", NOW_MS + 15 * MINUTE_MS)).toEqual([lease]);
  expect(attempts.find("a", NOW_MS + 15.5 * MINUTE_MS)).toBeUndefined();
});

function send(queue: FifoQueue, messageGroupId: string, bytes = 10): void {
  queue.accept(messagesFor(messageGroupId, bytes), NOW_MS);
  queue.write(NOW_MS);
}

function handOver(queue: FifoQueue, messageGroupId: string): void {
  queue.outbox.handedOver(messageGroupId, queue.outbox.beginCall(messageGroupId));
}

function messagesFor(messageGroupId: string, payloadBytes = 10): OrderedMessage[] {
  const messageId = crypto.randomUUID();
  const message = {
    messageId,
    payloadBytes,
    sizeBytes: payloadBytes,
    messageGroupId,
    deduplicationId: messageId,
    isContentBased: false,
    write: () => {},
  };
  return unpackOrderedMessages(packOrderedShipment([message]));
}

function recovered(sql: NodeSql): FifoQueue {
  const queue = newQueue(sql);
  queue.recover(NOW_MS);
  return queue;
}

function newQueue(sql: NodeSql): FifoQueue {
  return new FifoQueue(sql, RECORD, new GroupEntries(sql));
}

const RECORD: QueueRecord = madeRecord();

function madeRecord(): QueueRecord {
  const identity = { accountId: "000000000000", region: "us-east-1", queueName: "orders.fifo" };
  const issuer = { uid: new Uint8Array(8).fill(7), key: new Uint8Array(32).fill(9) };
  const created = createdQueue(
    undefined,
    { identity, attributeTexts: [], change: {}, tags: new Map() },
    { nowMs: NOW_MS, issuer, hasCooldowns: false },
  );
  if (!created.ok) throw new Error(created.refusal.kind);
  return created.value;
}
