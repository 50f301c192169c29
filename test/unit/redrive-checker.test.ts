/**
 * The redrive checker's own tests: a move task that loses, doubles, mixes up or miscounts messages is
 * flagged, with the right rule.
 */
import { describe, expect, test } from "vitest";
import type { Delivery } from "../crash/history.ts";
import { checkRedrive, type Redrive, type RedriveRule } from "../crash/redrive-checker.ts";
import { bodyOf, digestOf } from "../crash/stamped-body.ts";

const deadLetters = new Map([
  ["a", "old-a"],
  ["b", "old-b"],
]);
const task = { status: "COMPLETED", movedCount: 2 };

function back(uid: string, overrides: Partial<Delivery> = {}): Delivery {
  return {
    uid,
    bodyDigest: digestOf(bodyOf(uid)),
    messageId: `new-${uid}`,
    receiptHandle: `h-${uid}`,
    receiveCount: 1,
    sentTimestampMs: 0,
    firstReceiveTimestampMs: 0,
    ...overrides,
  };
}

function inGroup(number: number, messageGroupId = "g") {
  const sequenceNumber = String(number).padStart(20, "0");
  return { fifo: { messageGroupId, deduplicationId: "any", sequenceNumber } };
}

const both = [back("a"), back("b")];
const sent = ["a", "b"].map((uid) => ({ uid, messageGroupId: "g" }));
const clean: Redrive = { deadLetters, deliveries: both, task };

function rules(redrive: Redrive): RedriveRule[] {
  return [...new Set(checkRedrive(redrive).map(({ rule }) => rule))];
}

describe("a redrive is clean when", () => {
  test("every dead letter is back", () => {
    expect(rules(clean)).toEqual([]);
  });

  test("a message that is back was received several times", () => {
    const deliveries = [...both, back("a", { receiveCount: 2, receiptHandle: "h2" })];
    expect(rules({ ...clean, deliveries })).toEqual([]);
  });

  test("a group is back in its order, whichever of it was received first", () => {
    const deliveries = [back("b", inGroup(8)), back("a", inGroup(7))];
    expect(rules({ ...clean, deliveries, sent })).toEqual([]);
  });
});

describe("a redrive is flagged when", () => {
  const flagged: Record<string, [RedriveRule, Partial<Redrive>]> = {
    "a dead letter is not back": ["no-loss", { deliveries: [back("a")] }],
    "a dead letter is back twice": [
      "no-copies",
      { deliveries: [...both, back("a", { messageId: "new-2" })] },
    ],
    "a dead letter is back twice under one id": ["no-copies", { deliveries: [...both, back("a")] }],
    "something is back that was no dead letter": [
      "no-phantom",
      { deliveries: [...both, back("c")] },
    ],
    "a dead letter is back with another body": [
      "no-phantom",
      { deliveries: [back("a", { bodyDigest: "other" }), back("b")] },
    ],
    "a message kept its id": [
      "fresh-message",
      { deliveries: [back("a", { messageId: "old-a" }), back("b")] },
    ],
    "a message kept its count": [
      "fresh-message",
      { deliveries: [back("a", { receiveCount: 3 }), back("b")] },
    ],
    "a message is still called a dead letter": [
      "fresh-message",
      { deliveries: [back("a", { deadLetterSource: "arn" }), back("b")] },
    ],
    "a group changed its order": [
      "group-order-kept",
      { deliveries: [back("a", inGroup(8)), back("b", inGroup(7))], sent },
    ],
    "a message changed its group": [
      "group-order-kept",
      { deliveries: [back("a", inGroup(7)), back("b", inGroup(8, "h"))], sent },
    ],
    "the task goes on": ["task-completed", { task: { ...task, status: "RUNNING" } }],
    "the task has failed": ["task-completed", { task: { ...task, status: "FAILED" } }],
    "a message was counted twice": ["moves-counted", { task: { ...task, movedCount: 3 } }],
    "a message was not counted": ["moves-counted", { task: { ...task, movedCount: 1 } }],
  };
  test.each(Object.entries(flagged))("%s", (_, [rule, change]) => {
    expect(rules({ ...clean, ...change })).toEqual([rule]);
  });
});
