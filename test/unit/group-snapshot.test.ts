/** How the groups of a FIFO queue stand, over the evictions of its object. */
import { describe, expect, test } from "vitest";
import { createdQueue, type QueueRecord } from "../../src/domain/queue-record.ts";
import { FifoQueue } from "../../src/storage/fifo-queue.ts";
import { GroupEntries } from "../../src/storage/group-entries.ts";
import { NodeSql } from "../support/node-sql.ts";

const NOW_MS = 1_800_000_000_000;
const GROUPS = Array.from({ length: 100 }, (_, number) => `group-${number}`);

describe("a FIFO queue at rest", () => {
  test("is found again with its groups as they stood, and asks none of them", () => {
    const sql = restingQueue();
    const queue = recovered(sql);
    expect(queue.groups.size).toBe(GROUPS.length);
    expect(queue.groups.take(NOW_MS)).toBeUndefined();
    expect(queue.readMoreGroups()).toBe(false);
    expect(queue.groups.nextReadyAtMs(NOW_MS)).toBe(NOW_MS + 30_000);
    expect(queue.groups.counts()).toEqual({ visible: 0, inFlight: GROUPS.length, delayed: 0 });
  });

  test("asks all of them when something happened since", () => {
    const sql = restingQueue();
    recovered(sql).learn("group-7", standing(2, NOW_MS + 60_000));
    const queue = recovered(sql);
    expect(queue.groups.size).toBe(0);
    expect(queue.readMoreGroups()).toBe(true);
    expect(queue.groups.take(NOW_MS)).toEqual({ messageGroupId: "group-0", readyCount: undefined });
  });

  test("does not vouch for groups that have yet to say how they stand", () => {
    const queue = newQueue(new NodeSql());
    for (const messageGroupId of GROUPS) queue.learn(messageGroupId, standing(1, NOW_MS));
    queue.suspectAll();
    queue.writeSnapshot();
    expect(queue.isWorthSnapshot).toBe(true);
  });

  test("is not written down while it has few groups", () => {
    const queue = newQueue(new NodeSql());
    queue.learn("group-1", standing(1, NOW_MS));
    expect(queue.isWorthSnapshot).toBe(false);
  });
});

function standing(generation: number, readyAtMs: number) {
  return { generation, readyAtMs, readyCount: 0, visible: 0, inFlight: 1, delayed: 0 };
}

/** A queue whose groups are all blocked for half a minute, after its snapshot. */
function restingQueue(): NodeSql {
  const sql = new NodeSql();
  const queue = newQueue(sql);
  for (const messageGroupId of GROUPS) {
    queue.entries.add({ queueUid: queue.uid, messageGroupId });
    queue.learn(messageGroupId, standing(1, NOW_MS + 30_000));
  }
  expect(queue.isWorthSnapshot).toBe(true);
  queue.writeSnapshot();
  expect(queue.isWorthSnapshot).toBe(false);
  return sql;
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
  const created = createdQueue(
    undefined,
    {
      identity: { accountId: "000000000000", region: "us-east-1", queueName: "orders.fifo" },
      attributeTexts: [],
      change: {},
      tags: new Map(),
    },
    {
      nowMs: NOW_MS,
      issuer: { uid: new Uint8Array(8).fill(7), key: new Uint8Array(32).fill(9) },
      hasCooldowns: false,
    },
  );
  if (!created.ok) throw new Error(created.refusal.kind);
  return created.value;
}
