/**
 * The dead-letter checker's own tests: histories in which something went wrong between a queue and its
 * dead-letter queue are flagged, with the right rule; those that uncertainty explains are not.
 */
import { describe, expect, test } from "vitest";
import { checkDeadLetters, type DeadLetterRule } from "../crash/dead-letter-checker.ts";
import type { Delivery, History, Operation, Outcome } from "../crash/history.ts";

const SOURCE_ARN = "arn:aws:sqs:us-east-1:000000000000:source";
const MAX_RECEIVE_COUNT = 2;

type Times = { at?: number; until?: number; outcome?: Outcome };
type Fifo = { group: string; number: number };

/** An operation takes 10 ms unless said otherwise. */
function timed({ at = 0, until = at + 10, outcome = "ok" }: Times) {
  return { startedAtMs: at, endedAtMs: until, outcome };
}

function place({ group, number }: Fifo, uid: string) {
  const sequenceNumber = String(number).padStart(20, "0");
  return { messageGroupId: group, deduplicationId: uid, sequenceNumber };
}

function send(times: Times & { uid?: string; fifo?: Fifo } = {}): Operation {
  const { uid = "a", fifo } = times;
  const base = timed(times);
  const identity = base.outcome === "ok" ? { messageId: `id-${uid}` } : {};
  const order = fifo === undefined ? {} : { fifo: { ...place(fifo, uid), batch: [uid] } };
  return { kind: "send", ...base, uid, bodyDigest: uid, delaySeconds: 0, ...identity, ...order };
}

type Receive = Times & Partial<Omit<Delivery, "fifo">> & { timeout?: number; fifo?: Fifo };

function receive(terms: Receive): Operation {
  const { at: _at, until: _until, outcome: _outcome, timeout = 1, fifo, ...overrides } = terms;
  const { uid = "a", receiveCount = 1 } = overrides;
  const delivery: Delivery = {
    uid,
    bodyDigest: uid,
    messageId: `id-${uid}`,
    receiptHandle: `h-${uid}-${receiveCount}`,
    receiveCount,
    sentTimestampMs: 0,
    firstReceiveTimestampMs: 100,
    ...(fifo === undefined ? {} : { fifo: place(fifo, uid) }),
    ...overrides,
  };
  const deliveries = [delivery];
  return { kind: "receive", ...timed(terms), visibilityTimeoutSeconds: timeout, deliveries };
}

function lostReceive(at: number): Operation {
  const base = timed({ at, outcome: "info" });
  return { kind: "receive", ...base, visibilityTimeoutSeconds: 1, deliveries: [] };
}

function remove(times: Times & { handle: string }): Operation {
  return { kind: "delete", ...timed(times), receiptHandle: times.handle };
}

/** Visible at once, by its receiver. */
function shown(times: Times & { handle: string }): Operation {
  const change = { receiptHandle: times.handle, visibilityTimeoutSeconds: 0 };
  return { kind: "change-visibility", ...timed(times), ...change };
}

const death = (atMs: number): Operation => ({ kind: "death", atMs });

/** Sent and received as often as it may be. */
const failed: History = [send(), receive({ at: 100 }), receive({ at: 1_200, receiveCount: 2 })];
/** What the drain of the dead-letter queue sees of it. */
const dead = { at: 9_000, timeout: 60, receiveCount: 3, deadLetterSource: SOURCE_ARN } as const;
const drained: History = [receive(dead), remove({ at: 9_100, handle: "h-a-3" })];

type Pair = { source: History; deadLetters: History; isFifo?: boolean };

function rules({ source, deadLetters, isFifo = false }: Pair): DeadLetterRule[] {
  const terms = { sourceArn: SOURCE_ARN, maxReceiveCount: MAX_RECEIVE_COUNT, isFifo };
  const violations = checkDeadLetters({ ...terms, source, deadLetters });
  return [...new Set(violations.map(({ rule }) => rule))].toSorted();
}

function fifoDead(uid: string, number: number, at = 9_000): Operation {
  return receive({ ...dead, at, uid, fifo: { group: "g", number } });
}

function fifoFailed(uid: string, number: number, at: number): History {
  const fifo = { group: "g", number };
  return [
    send({ at: number, uid, fifo }),
    receive({ at, uid, fifo }),
    receive({ at: at + 1_100, uid, fifo, receiveCount: 2 }),
  ];
}

describe("two histories are clean when", () => {
  const clean: Record<string, Pair> = {
    "a message was received as often as it may be, and is a dead letter": {
      source: failed,
      deadLetters: drained,
    },
    "a message was deleted where it was sent to": {
      source: [send(), receive({ at: 100 }), remove({ at: 200, handle: "h-a-1" })],
      deadLetters: [],
    },
    "a receive whose answer was lost was the last that the message had": {
      source: [send(), receive({ at: 100 }), lostReceive(1_200)],
      deadLetters: drained,
    },
    "nobody ever saw the message where it was sent to": {
      source: [send(), lostReceive(100), lostReceive(1_200)],
      deadLetters: drained,
    },
    "a delete came when the message had left": {
      source: [...failed, remove({ at: 2_500, handle: "h-a-2" })],
      deadLetters: drained,
    },
    "nobody knows whether a delete was in time": {
      source: [...failed, remove({ at: 1_300, handle: "h-a-2", outcome: "info" })],
      deadLetters: drained,
    },
    "a send whose answer was lost became a dead letter": {
      source: [send({ outcome: "info" }), ...failed.slice(1)],
      deadLetters: drained,
    },
    "an answer of the dead-letter queue was lost": {
      source: failed,
      deadLetters: [
        lostReceive(8_000),
        receive({ ...dead, receiveCount: 4 }),
        remove({ at: 9_100, handle: "h-a-4" }),
      ],
    },
    "a message was delivered behind one that had left its group": {
      source: [
        ...fifoFailed("a", 1, 100),
        send({ at: 5, uid: "b", fifo: { group: "g", number: 2 } }),
        receive({ at: 2_300, uid: "b", fifo: { group: "g", number: 2 } }),
        remove({ at: 2_400, handle: "h-b-1" }),
      ],
      deadLetters: [fifoDead("a", 9), remove({ at: 9_100, handle: "h-a-3" })],
      isFifo: true,
    },
    "a FIFO queue's dead letter counts as sent when it came": {
      source: fifoFailed("a", 1, 100),
      deadLetters: [
        receive({ ...dead, fifo: { group: "g", number: 9 }, sentTimestampMs: 2_300 }),
        remove({ at: 9_100, handle: "h-a-3" }),
      ],
      isFifo: true,
    },
  };
  test.each(Object.entries(clean))("%s", (_, pair) => {
    expect(rules(pair)).toEqual([]);
  });
});

describe("two histories are flagged when", () => {
  /** Where a count is wrong, the reading of both histories as one says so too. */
  const flagged: Record<string, [readonly DeadLetterRule[], Pair]> = {
    "a message that failed is nowhere": [["no-loss"], { source: failed, deadLetters: [] }],
    "a message that was never received is nowhere": [
      ["no-loss"],
      { source: [send()], deadLetters: [] },
    ],
    "a dead letter was not deleted and is gone": [
      ["no-loss"],
      { source: failed, deadLetters: [receive(dead)] },
    ],
    "a deleted message is a dead letter too": [
      ["no-resurrection"],
      { source: [...failed, remove({ at: 1_300, handle: "h-a-2" })], deadLetters: drained },
    ],
    "its queue gave away what may have been leaving when it was deleted": [
      ["no-resurrection"],
      {
        source: [
          ...failed.slice(0, 2),
          // From here on it can have left, for all that is known.
          shown({ at: 300, handle: "h-a-1", outcome: "info" }),
          remove({ at: 1_150, handle: "h-a-1" }),
          receive({ at: 1_200, receiveCount: 2 }),
        ],
        deadLetters: drained,
      },
    ],
    "a dead letter is there twice under one id": [
      ["visibility-never-early"],
      {
        source: failed,
        deadLetters: [
          ...drained.slice(0, 1),
          receive({ ...dead, at: 9_050, receiveCount: 4 }),
          remove({ at: 9_100, handle: "h-a-3" }),
        ],
      },
    ],
    "a dead letter came again when it was deleted": [
      ["no-resurrection"],
      {
        source: failed,
        deadLetters: [...drained, receive({ ...dead, at: 70_000, receiveCount: 4 })],
      },
    ],
    "a dead letter has another message id": [
      ["id-kept"],
      {
        source: [send({ outcome: "info" }), send({ at: 20 }), ...failed.slice(1)],
        deadLetters: [
          receive({ ...dead, messageId: "id-other" }),
          remove({ at: 9_100, handle: "h-a-3" }),
        ],
      },
    ],
    "nobody sent the dead letter": [
      ["no-phantom"],
      { source: [lostReceive(100), lostReceive(200)], deadLetters: drained },
    ],
    "the dead letter has another body": [
      ["no-phantom"],
      {
        source: failed,
        deadLetters: [
          receive({ ...dead, bodyDigest: "other" }),
          remove({ at: 9_100, handle: "h-a-3" }),
        ],
      },
    ],
    "a message was received once too often": [
      ["receives-bounded"],
      {
        source: [
          ...failed,
          receive({ at: 2_400, receiveCount: 3 }),
          remove({ at: 2_500, handle: "h-a-3" }),
        ],
        deadLetters: [],
      },
    ],
    "a message left after too few receives": [
      ["counts-increase", "not-before-its-receives"],
      { source: failed.slice(0, 2), deadLetters: drained },
    ],
    "the only receive that may have counted was over before the message was sent": [
      ["counts-increase", "not-before-its-receives"],
      {
        source: [lostReceive(0), death(50), send({ at: 60 }), receive({ at: 100 })],
        deadLetters: drained,
      },
    ],
    "the count began anew": [
      ["count-goes-on", "counts-increase"],
      {
        source: failed,
        deadLetters: [
          receive({ ...dead, receiveCount: 1, receiptHandle: "h-new" }),
          remove({ at: 9_100, handle: "h-new" }),
        ],
      },
    ],
    "a message left while it was in flight": [
      ["visibility-never-early"],
      {
        source: failed,
        deadLetters: [receive({ ...dead, at: 1_300 }), remove({ at: 1_400, handle: "h-a-3" })],
      },
    ],
    "a dead letter was delivered by its source again": [
      ["counts-increase", "no-return"],
      {
        source: [
          send(),
          lostReceive(50),
          receive({ at: 100 }),
          receive({ at: 9_050, receiveCount: 2 }),
        ],
        deadLetters: drained,
      },
    ],
    "a dead letter does not say where it came from": [
      ["source-named"],
      {
        source: failed,
        deadLetters: [
          receive({ at: 9_000, timeout: 60, receiveCount: 3 }),
          remove({ at: 9_100, handle: "h-a-3" }),
        ],
      },
    ],
    "the time of the first receive was forgotten": [
      ["timestamps-fixed"],
      {
        source: failed,
        deadLetters: [
          receive({ ...dead, firstReceiveTimestampMs: 9_000 }),
          remove({ at: 9_100, handle: "h-a-3" }),
        ],
      },
    ],
    "a standard queue's dead letter counts as sent when it came": [
      ["timestamps-fixed"],
      {
        source: failed,
        deadLetters: [
          receive({ ...dead, sentTimestampMs: 2_300 }),
          remove({ at: 9_100, handle: "h-a-3" }),
        ],
      },
    ],
    "a message was delivered ahead of one that had not left its group yet": [
      ["prefix-rule"],
      {
        source: [
          ...fifoFailed("a", 1, 100),
          send({ at: 5, uid: "b", fifo: { group: "g", number: 2 } }),
          receive({ at: 1_300, uid: "b", fifo: { group: "g", number: 2 } }),
          remove({ at: 1_400, handle: "h-b-1" }),
        ],
        deadLetters: [fifoDead("a", 9), remove({ at: 9_100, handle: "h-a-3" })],
        isFifo: true,
      },
    ],
    "dead letters of a group changed places": [
      ["group-order-kept"],
      {
        source: [...fifoFailed("a", 1, 100), ...fifoFailed("b", 2, 2_300)],
        deadLetters: [
          fifoDead("b", 8),
          remove({ at: 9_050, handle: "h-b-3" }),
          fifoDead("a", 9, 9_100),
          remove({ at: 9_200, handle: "h-a-3" }),
        ],
        isFifo: true,
      },
    ],
    "a dead letter was delivered ahead of an earlier one of its group": [
      ["prefix-rule"],
      {
        source: [...fifoFailed("a", 1, 100), ...fifoFailed("b", 2, 2_300)],
        deadLetters: [
          fifoDead("a", 8),
          fifoDead("b", 9, 9_100),
          remove({ at: 9_200, handle: "h-a-3" }),
          remove({ at: 9_200, handle: "h-b-3" }),
        ],
        isFifo: true,
      },
    ],
  };
  test.each(Object.entries(flagged))("%s", (_, [broken, pair]) => {
    expect(rules(pair)).toEqual(broken);
  });
});
