/** What a target knows of what has come, and a source of what it has sent, over the lives of their objects. */
import { describe, expect, test } from "vitest";
import type { Arrival } from "../../src/domain/transfer-batch.ts";
import { TransferLanes } from "../../src/storage/transfer-lanes.ts";
import { TransferMarks } from "../../src/storage/transfer-marks.ts";
import { NodeSql } from "../support/node-sql.ts";

const NOW_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const TARGET = { accountId: "000000000000", region: "us-east-1", queueName: "target" };
const ORDER = { purpose: "dead-letter", target: TARGET, sourceArn: "arn:aws:sqs:r:0:s" } as const;

function arrivals(...numbers: number[]): Arrival[] {
  const empty = new Uint8Array(0);
  return numbers.map((number) => ({ number, sentAtMs: 0, id: new Uint8Array(16), payload: empty }));
}

function admitted(marks: TransferMarks, channel: string, ...numbers: number[]) {
  const taken: number[] = [];
  const upTo = marks.admit(channel, arrivals(...numbers), ({ number }) => taken.push(number));
  return { taken, upTo };
}

describe("the marks of a target", () => {
  test("let every number of a channel in once", () => {
    const marks = new TransferMarks(new NodeSql());
    expect(admitted(marks, "a", 1, 2, 3)).toEqual({ taken: [1, 2, 3], upTo: 3 });
    expect(admitted(marks, "a", 1, 2, 3)).toEqual({ taken: [], upTo: 3 });
    expect(admitted(marks, "a", 2, 3, 5)).toEqual({ taken: [5], upTo: 5 });
    expect(admitted(marks, "b", 1)).toEqual({ taken: [1], upTo: 1 });
  });

  test("are remembered by the next life of the object if they were written", () => {
    const sql = new NodeSql();
    const marks = new TransferMarks(sql);
    admitted(marks, "a", 1, 2);
    marks.write(NOW_MS);
    admitted(marks, "a", 3);
    const next = new TransferMarks(sql);
    expect(admitted(next, "a", 1, 2, 3)).toEqual({ taken: [3], upTo: 3 });
  });

  test("are kept for as long as a source may have the message, and no longer", () => {
    const sql = new NodeSql();
    const marks = new TransferMarks(sql);
    admitted(marks, "old", 1);
    marks.write(NOW_MS);
    marks.forgetOld(NOW_MS + 14 * DAY_MS);
    expect(admitted(marks, "old", 1).taken).toEqual([]);
    admitted(marks, "new", 1);
    marks.write(NOW_MS + 14 * DAY_MS);
    marks.forgetOld(NOW_MS + 15 * DAY_MS);
    expect(admitted(marks, "old", 1).taken).toEqual([1]);
    expect(admitted(marks, "new", 1).taken).toEqual([]);
  });
});

describe("the lanes of a source", () => {
  test("give out numbers that only grow, also over the lives of the object", () => {
    const sql = new NodeSql();
    const lanes = new TransferLanes(sql);
    const lane = lanes.find(ORDER, "seed");
    const first = [lanes.nextNumber(lane), lanes.nextNumber(lane)];
    lanes.write();
    const next = new TransferLanes(sql);
    const same = next.find(ORDER, "other seed");
    expect(same).toEqual(lane);
    expect(next.nextNumber(same)).toBeGreaterThan(Math.max(...first));
  });

  test("are one per target, purpose and source, each with a channel of its own", () => {
    const lanes = new TransferLanes(new NodeSql());
    const orders = [
      ORDER,
      { ...ORDER, purpose: "redrive" as const },
      { ...ORDER, sourceArn: "arn:aws:sqs:r:0:other" },
      { ...ORDER, target: { ...TARGET, queueName: "another" } },
    ];
    const found = orders.map((order) => lanes.find(order, "seed"));
    expect(new Set(found.map(({ channel }) => channel)).size).toBe(orders.length);
    expect(lanes.find(ORDER, "seed")).toBe(found[0]);
  });

  test("that were not written leave their channel to nobody", () => {
    const sql = new NodeSql();
    const lost = new TransferLanes(sql).find(ORDER, "first life");
    const found = new TransferLanes(sql).find(ORDER, "second life");
    expect(found.channel).not.toBe(lost.channel);
  });
});
