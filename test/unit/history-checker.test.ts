/**
 * The checker's own tests: a history with a seeded bug is flagged, with the right rule; a clean one
 * is not, however uncertain it is. A checker that sees nothing proves nothing.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Delivery, History, Operation, Outcome } from "../crash/history.ts";
import { checkHistory, type Rule } from "../crash/history-checker.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { type Flaw, SimulatedQueue } from "../support/simulated-queue.ts";

type Times = { at?: number; until?: number; outcome?: Outcome };

/** An operation takes 10 ms unless said otherwise. */
function timed({ at = 0, until = at + 10, outcome = "ok" }: Times) {
  return { startedAtMs: at, endedAtMs: until, outcome };
}

function send(times: Times & { delaySeconds?: number } = {}): Operation {
  const base = timed(times);
  const identity = base.outcome === "ok" ? { messageId: "id-a" } : {};
  const delaySeconds = times.delaySeconds ?? 0;
  return { kind: "send", ...base, uid: "a", bodyDigest: "digest", delaySeconds, ...identity };
}

function receive(times: Times & { timeout?: number } & Partial<Delivery>): Operation {
  const { at: _at, until: _until, outcome: _outcome, timeout = 30, ...overrides } = times;
  const delivery: Delivery = {
    uid: "a",
    bodyDigest: "digest",
    messageId: "id-a",
    receiptHandle: "h1",
    receiveCount: 1,
    sentTimestampMs: 0,
    firstReceiveTimestampMs: 100,
    ...overrides,
  };
  return {
    kind: "receive",
    ...timed(times),
    visibilityTimeoutSeconds: timeout,
    deliveries: [delivery],
  };
}

function lostReceive(at: number): Operation {
  const base = timed({ at, outcome: "info" });
  return { kind: "receive", ...base, visibilityTimeoutSeconds: 30, deliveries: [] };
}

function remove(times: Times & { handle?: string }): Operation {
  return { kind: "delete", ...timed(times), receiptHandle: times.handle ?? "h1" };
}

function change(times: Times & { timeout: number; handle?: string }): Operation {
  return {
    kind: "change-visibility",
    ...timed(times),
    receiptHandle: times.handle ?? "h1",
    visibilityTimeoutSeconds: times.timeout,
  };
}

const death = (atMs: number): Operation => ({ kind: "death", atMs });

/** A second receive, after a lapse, with everything that a second receive has. */
const again = { receiptHandle: "h2", receiveCount: 2 } as const;

function rules(history: History): Rule[] {
  return [...new Set(checkHistory(history).map((violation) => violation.rule))];
}

describe("a history is clean when", () => {
  const clean: Record<string, History> = {
    "a message was sent, received and deleted": [send(), receive({ at: 100 }), remove({ at: 200 })],
    "a message came again after its visibility timeout lapsed": [
      send(),
      receive({ at: 100 }),
      receive({ at: 30_120, ...again }),
      remove({ at: 30_200, handle: "h2" }),
    ],
    "a message was deleted with the handle of an earlier receive": [
      send(),
      receive({ at: 100 }),
      receive({ at: 30_120, ...again }),
      remove({ at: 30_200, handle: "h1" }),
    ],
    "a send whose answer was lost was never seen": [send({ outcome: "info" })],
    "a send whose answer was lost was seen": [
      send({ outcome: "info" }),
      receive({ at: 100 }),
      remove({ at: 200 }),
    ],
    "a refused send was never seen": [send({ outcome: "fail" })],
    "a delete whose answer was lost took the message": [
      send(),
      receive({ at: 100 }),
      remove({ at: 200, outcome: "info" }),
    ],
    "a delete whose answer was lost had no effect": [
      send(),
      receive({ at: 100 }),
      remove({ at: 200, outcome: "info" }),
      receive({ at: 30_120, ...again }),
      remove({ at: 30_200, handle: "h2" }),
    ],
    "a delivery overlapped the delete": [
      send(),
      receive({ at: 100, timeout: 0 }),
      remove({ at: 200, until: 300 }),
      receive({ at: 250, ...again }),
    ],
    "a change to 0 showed the message at once": [
      send(),
      receive({ at: 100 }),
      change({ at: 200, timeout: 0 }),
      receive({ at: 220, ...again }),
      remove({ at: 300, handle: "h2" }),
    ],
    "a change whose answer was lost may have shown the message": [
      send(),
      receive({ at: 100 }),
      change({ at: 200, timeout: 0, outcome: "info" }),
      receive({ at: 5_000, ...again }),
      remove({ at: 5_100, handle: "h2" }),
    ],
    "a change whose answer was lost may not have hidden it longer": [
      send(),
      receive({ at: 100, timeout: 1 }),
      change({ at: 200, timeout: 60, outcome: "info" }),
      receive({ at: 1_200, ...again }),
      remove({ at: 1_300, handle: "h2" }),
    ],
    "a receive whose answer was lost took a count": [
      send(),
      lostReceive(50),
      receive({ at: 30_200, receiveCount: 2 }),
      remove({ at: 30_300 }),
    ],
    "a message came a moment early by clocks that tick in whole milliseconds": [
      send(),
      receive({ at: 100, timeout: 1 }),
      receive({ at: 1_085, until: 1_097, ...again }),
      remove({ at: 1_200, handle: "h2" }),
    ],
    "a delayed message came after its delay": [
      send({ delaySeconds: 5 }),
      receive({ at: 5_020 }),
      remove({ at: 5_100 }),
    ],
  };
  test.each(Object.entries(clean))("%s", (_, history) => {
    expect(checkHistory(history)).toEqual([]);
  });
});

describe("a history is flagged when", () => {
  const flagged: Record<string, [Rule, History]> = {
    "an acknowledged message never came": ["no-loss", [send()]],
    "a delivered message was gone before anybody deleted it": [
      "no-loss",
      [send(), receive({ at: 100 })],
    ],
    "a message of an unanswered send was seen once and then gone": [
      "no-loss",
      [send({ outcome: "info" }), receive({ at: 100 })],
    ],
    "a delete that was refused took the message": [
      "no-loss",
      [send(), receive({ at: 100 }), remove({ at: 200, outcome: "fail" })],
    ],
    "nobody had sent the message": ["no-phantom", [receive({ at: 100 }), remove({ at: 200 })]],
    "the send had been refused": [
      "no-phantom",
      [send({ outcome: "fail" }), receive({ at: 100 }), remove({ at: 200 })],
    ],
    "it came before it was sent": [
      "no-phantom",
      [send({ at: 500 }), receive({ at: 100 }), remove({ at: 600 })],
    ],
    "the body was another": [
      "no-phantom",
      [send(), receive({ at: 100, bodyDigest: "other" }), remove({ at: 200 })],
    ],
    "the message id was another": [
      "no-phantom",
      [send(), receive({ at: 100, messageId: "id-b" }), remove({ at: 200 })],
    ],
    "one send made two messages": [
      "no-copies",
      [
        send({ outcome: "info" }),
        receive({ at: 100 }),
        receive({ at: 30_120, messageId: "id-b", ...again }),
        remove({ at: 30_200 }),
      ],
    ],
    "a deleted message came back": [
      "no-resurrection",
      [
        send(),
        receive({ at: 100 }),
        remove({ at: 200 }),
        receive({ at: 40_000, ...again }),
        remove({ at: 40_100, handle: "h2" }),
      ],
    ],
    "a message that was deleted with an older handle came back": [
      "no-resurrection",
      [
        send(),
        receive({ at: 100, timeout: 1 }),
        receive({ at: 1_200, timeout: 1, ...again }),
        remove({ at: 1_300, handle: "h1" }),
        receive({ at: 4_000, receiptHandle: "h3", receiveCount: 3 }),
      ],
    ],
    "a message came while it was in flight": [
      "visibility-never-early",
      [send(), receive({ at: 100 }), receive({ at: 20_000, ...again }), remove({ at: 20_100 })],
    ],
    "two receives at the same time got the message": [
      "visibility-never-early",
      [send(), receive({ at: 100 }), receive({ at: 101, ...again }), remove({ at: 200 })],
    ],
    "a crash forgot that a message was in flight": [
      "visibility-never-early",
      [
        send(),
        receive({ at: 100 }),
        death(500),
        receive({ at: 1_000, ...again }),
        remove({ at: 1_100 }),
      ],
    ],
    "a longer visibility timeout was ignored": [
      "visibility-never-early",
      [
        send(),
        receive({ at: 100, timeout: 1 }),
        change({ at: 200, timeout: 60 }),
        receive({ at: 1_200, ...again }),
        remove({ at: 1_300 }),
      ],
    ],
    "a delayed message came before its delay had ended": [
      "delay-never-early",
      [send({ delaySeconds: 5 }), receive({ at: 4_000 }), remove({ at: 4_100 })],
    ],
    "the receive count stood still": [
      "counts-increase",
      [
        send(),
        receive({ at: 100 }),
        receive({ at: 30_120, receiptHandle: "h2", receiveCount: 1 }),
        remove({ at: 30_200 }),
      ],
    ],
    "the receive count went back": [
      "counts-increase",
      [
        send(),
        lostReceive(50),
        receive({ at: 100, timeout: 0, receiveCount: 2 }),
        receive({ at: 30_120, receiptHandle: "h2", receiveCount: 1 }),
        remove({ at: 30_200 }),
      ],
    ],
    "the receive count skipped a number by itself": [
      "counts-increase",
      [send(), receive({ at: 100, receiveCount: 2 }), remove({ at: 200 })],
    ],
    "the only receive that could explain a skipped count was over before": [
      "counts-increase",
      [
        send(),
        lostReceive(20),
        death(50),
        receive({ at: 100, timeout: 1 }),
        receive({ at: 1_200, receiptHandle: "h2", receiveCount: 3 }),
        remove({ at: 1_300 }),
      ],
    ],
    "a handle was given out twice": [
      "handles-unique",
      [
        send(),
        receive({ at: 100 }),
        receive({ at: 30_120, receiveCount: 2 }),
        remove({ at: 30_200 }),
      ],
    ],
    "the sent timestamp moved": [
      "timestamps-fixed",
      [
        send(),
        receive({ at: 100 }),
        receive({ at: 30_120, ...again, sentTimestampMs: 7 }),
        remove({ at: 30_200 }),
      ],
    ],
    "the first receive timestamp moved": [
      "timestamps-fixed",
      [
        send(),
        receive({ at: 100 }),
        receive({ at: 30_120, ...again, firstReceiveTimestampMs: 30_121 }),
        remove({ at: 30_200 }),
      ],
    ],
  };
  test.each(Object.entries(flagged))("%s", (_, [rule, history]) => {
    expect(rules(history)).toEqual([rule]);
  });
});

describe("over simulated queues", () => {
  const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

  test("an honest queue with lost answers is never accused", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const queue = new SimulatedQueue(new SeededRandom(seed));
        expect(checkHistory(queue.run(300))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  const flaws: Record<Flaw, Rule> = {
    "loses an acknowledged send": "no-loss",
    "loses what it delivered": "no-loss",
    "makes a copy under a new message id": "no-copies",
    "invents a message": "no-phantom",
    "crosses two bodies": "no-phantom",
    "shows a message in flight": "visibility-never-early",
    "ignores a longer visibility timeout": "visibility-never-early",
    "ignores delays": "delay-never-early",
    "deletes nothing": "no-resurrection",
    "brings a deleted message back": "no-resurrection",
    "never counts receives": "counts-increase",
    "counts receives twice": "counts-increase",
    "gives a handle out again": "handles-unique",
    "moves the sent timestamp": "timestamps-fixed",
    "moves the first receive timestamp": "timestamps-fixed",
  };
  test.each(Object.keys(flaws))("a queue that %s is caught", (name) => {
    const [flaw, rule] = Object.entries(flaws).find(([key]) => key === name) ?? [];
    fc.assert(
      fc.property(seeds, (seed) => {
        const queue = new SimulatedQueue(new SeededRandom(seed), flaw as Flaw);
        expect(rules(queue.run(1_000))).toContain(rule);
      }),
      { numRuns: 20 },
    );
  });
});
