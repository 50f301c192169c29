/**
 * The FIFO checker's own tests: a history with a planted violation is flagged, with the right rule; a
 * clean one is not, however uncertain it is. The rules that hold on every queue are tested in
 * history-checker.test.ts; here is shown that they hold on FIFO queues, too.
 */
import { describe, expect, test } from "vitest";
import { checkFifoHistory, type FifoRule } from "../crash/fifo-history-checker.ts";
import type { History } from "../crash/history.ts";
import {
  again,
  change,
  drained,
  elsewhere,
  message,
  number,
  place,
  receive,
  remove,
  send,
  timed,
} from "../support/fifo-operations.ts";

function rules(history: History): FifoRule[] {
  return [...new Set(checkFifoHistory(history).map((violation) => violation.rule))];
}

const BOTH = [send("a"), send("b", { at: 20 })];
const THREE = [...BOTH, send("c", { at: 40 })];

describe("a FIFO history is clean when", () => {
  const clean: Record<string, History> = {
    "the messages of a group come in one answer": [
      ...THREE,
      ...drained(message("a"), message("b"), message("c")),
    ],
    "each message of a group comes after the one before it was deleted": [
      ...BOTH,
      receive({ at: 100 }, message("a")),
      remove("a1", { at: 200 }),
      receive({ at: 300 }, message("b")),
      remove("b1", { at: 400 }),
    ],
    "a lapsed message comes again together with the later one": [
      ...BOTH,
      receive({ at: 100, timeout: 1 }, message("a")),
      ...drained(again("a"), message("b")),
    ],
    "an earlier message comes while a later one is in flight": [
      ...BOTH,
      receive({ at: 100, timeout: 60 }, message("a"), message("b")),
      change("a1", { at: 200, timeout: 0 }),
      receive({ at: 300 }, again("a")),
      remove("a2", { at: 400 }),
      remove("b1", { at: 400 }),
    ],
    "a later message comes after a delete of the earlier one whose answer was lost": [
      ...BOTH,
      receive({ at: 100 }, message("a")),
      remove("a1", { at: 200, outcome: "info" }),
      receive({ at: 300 }, message("b")),
      remove("b1", { at: 400 }),
    ],
    "a later message comes while the earlier one is being deleted": [
      ...BOTH,
      receive({ at: 100 }, message("a")),
      remove("a1", { at: 200, until: 300 }),
      receive({ at: 250, until: 260 }, message("b")),
      remove("b1", { at: 400 }),
    ],
    "a later message comes in a receive that began before the earlier one was accepted": [
      send("a", { at: 0, until: 200 }),
      send("b", { at: 0 }),
      receive({ at: 100, until: 300 }, message("b")),
      remove("b1", { at: 400 }),
      ...drained(message("a", { firstReceiveTimestampMs: 90_000 })),
    ],
    "a message of another group comes while one is in flight": [
      send("a"),
      send("b", { at: 20, messageGroupId: "elsewhere" }),
      receive({ at: 100 }, message("a")),
      receive({ at: 200 }, message("b", { fifo: elsewhere("b") })),
      remove("a1", { at: 300 }),
      remove("b1", { at: 300 }),
    ],
    "sends that overlapped are numbered either way": [
      send("b", { at: 0, until: 100 }),
      send("a", { at: 50, until: 150 }),
      ...drained(message("a"), message("b")),
    ],
    "a send is repeated and answered with the same message": [
      send("a", { outcome: "info" }),
      send("a", { at: 100 }),
      ...drained(message("a")),
    ],
    "a send is repeated after its message was deleted": [
      send("a"),
      ...drained(message("a")),
      send("a", { at: 95_000 }),
    ],
    "a repeated send whose first attempt counted is before what was sent in between": [
      send("a", { outcome: "info" }),
      send("b", { at: 100 }),
      send("a", { at: 200 }),
      ...drained(message("a"), message("b")),
    ],
    "a repeated send whose first attempt did not count is after what was sent in between": [
      send("b", { outcome: "info" }),
      send("a", { at: 100 }),
      send("b", { at: 200 }),
      ...drained(message("a"), message("b")),
    ],
    "a batch is numbered in its order": [
      send("a", { batch: ["a", "b"] }),
      send("b", { batch: ["a", "b"] }),
      ...drained(message("a"), message("b")),
    ],
    "the rest of a batch is accepted at its second attempt": [
      send("b", { outcome: "info", batch: ["b", "a"] }),
      send("a", { batch: ["b", "a"] }),
      send("b", { at: 100 }),
      ...drained(message("a"), message("b")),
    ],
    "a handle is refused after its timeout lapsed": [
      send("a"),
      receive({ at: 100, timeout: 1 }, message("a")),
      remove("a1", { at: 1_200, outcome: "fail" }),
      change("a1", { at: 1_200, timeout: 10, outcome: "fail" }),
      ...drained(again("a")),
    ],
    "a handle is refused after its timeout may have been ended": [
      send("a"),
      receive({ at: 100 }, message("a")),
      change("a1", { at: 200, timeout: 0, outcome: "info" }),
      remove("a1", { at: 300, outcome: "fail" }),
      ...drained(again("a")),
    ],
    "what is gone is deleted once more under an old handle": [
      send("a"),
      receive({ at: 100, timeout: 1 }, message("a")),
      ...drained(again("a")),
      remove("a1", { at: 95_000 }),
    ],
    "the connection for a delete was refused": [
      send("a"),
      receive({ at: 100 }, message("a")),
      { kind: "delete", ...timed({ at: 200, outcome: "fail" }), receiptHandle: "a1" },
      ...drained(again("a")),
    ],
  };
  test.each(Object.entries(clean))("%s", (_, history) => {
    expect(checkFifoHistory(history)).toEqual([]);
  });
});

describe("a FIFO history is flagged when", () => {
  const flagged: Record<string, [FifoRule, History]> = {
    "an acknowledged message never came": ["no-loss", [...BOTH, ...drained(message("a"))]],
    "a message came after its delete was acknowledged": [
      "no-resurrection",
      [...BOTH, ...drained(message("a"), message("b")), receive({ at: 130_000 }, again("a"))],
    ],
    "a message came while it was in flight": [
      "visibility-never-early",
      [send("a"), receive({ at: 100, timeout: 120 }, message("a")), ...drained(again("a"))],
    ],
    "a repeated send was answered with another message id": [
      "one-identity",
      [
        send("a", { outcome: "info" }),
        send("a", { at: 100 }),
        send("a", { at: 200, id: "id-other" }),
        ...drained(message("a")),
      ],
    ],
    "a repeated send was answered with another sequence number": [
      "one-identity",
      [send("a"), send("a", { at: 100, sequenceNumber: number("c") }), ...drained(message("a"))],
    ],
    "a message was delivered under another id than its send was answered with": [
      "one-identity",
      [
        send("a", { outcome: "info" }),
        send("a", { at: 100 }),
        ...drained(message("a", { messageId: "id-other" })),
      ],
    ],
    "a repeated send was stored once more, under its own id": [
      "one-identity",
      [
        send("a", { outcome: "info" }),
        receive({ at: 50 }, message("a")),
        remove("a1", { at: 70, outcome: "info" }),
        send("a", { at: 100, id: "id-c", sequenceNumber: number("c") }),
        ...drained(again("a", { messageId: "id-c", fifo: place("a", number("c")) })),
      ],
    ],
    "the later of two sends got the lower number": [
      "sequence-in-send-order",
      [send("b"), send("a", { at: 100 }), ...drained(message("a"), message("b"))],
    ],
    "a number went below those of messages that were delivered already": [
      "sequence-in-send-order",
      [
        send("b", { outcome: "info" }),
        receive({ at: 50 }, message("b")),
        remove("b1", { at: 70 }),
        send("a", { at: 100 }),
        ...drained(message("a")),
      ],
    ],
    "a batch was numbered backwards": [
      "sequence-in-send-order",
      [
        send("b", { batch: ["b", "a"] }),
        send("a", { batch: ["b", "a"] }),
        ...drained(message("a"), message("b")),
      ],
    ],
    "a batch whose answer was lost was accepted from its end": [
      "sequence-in-send-order",
      [
        send("b", { outcome: "info", batch: ["b", "a"] }),
        send("a", { outcome: "info", batch: ["b", "a"] }),
        send("b", { at: 100, batch: ["b", "a"] }),
        send("a", { at: 100, batch: ["b", "a"] }),
        ...drained(message("a"), message("b")),
      ],
    ],
    "two messages share a number": [
      "sequence-valid",
      [
        send("a"),
        send("b", { sequenceNumber: number("a") }),
        receive({ at: 100 }, message("a")),
        remove("a1", { at: 200 }),
        ...drained(message("b", { fifo: place("b", number("a")) })),
      ],
    ],
    "a number is no number of 20 digits": [
      "sequence-valid",
      [send("a", { sequenceNumber: "17" }), ...drained(message("a", { fifo: place("a", "17") }))],
    ],
    "two messages of an answer are swapped": [
      "order-in-answer",
      [...BOTH, ...drained(message("b"), message("a"))],
    ],
    "a later message came while the earlier one was in flight": [
      "prefix-rule",
      [
        ...BOTH,
        receive({ at: 100 }, message("a")),
        receive({ at: 200 }, message("b")),
        remove("a1", { at: 300 }),
        remove("b1", { at: 300 }),
      ],
    ],
    "a crash forgot that a group was blocked": [
      "prefix-rule",
      [
        ...BOTH,
        receive({ at: 100 }, message("a")),
        { kind: "death", atMs: 150 },
        receive({ at: 200 }, message("b")),
        remove("a1", { at: 300 }),
        remove("b1", { at: 300 }),
      ],
    ],
    "a later message came before the earlier one ever did": [
      "prefix-rule",
      [
        ...BOTH,
        receive({ at: 100 }, message("b")),
        remove("b1", { at: 200 }),
        ...drained(message("a", { firstReceiveTimestampMs: 90_000 })),
      ],
    ],
    "a message in the middle was left out of an answer": [
      "prefix-rule",
      [
        ...THREE,
        receive({ at: 100 }, message("a"), message("c")),
        remove("a1", { at: 200 }),
        remove("c1", { at: 200 }),
        ...drained(message("b", { firstReceiveTimestampMs: 90_000 })),
      ],
    ],
    "a later message came when one of two in flight was deleted": [
      "prefix-rule",
      [
        ...THREE,
        receive({ at: 100 }, message("a"), message("b")),
        remove("b1", { at: 200 }),
        receive({ at: 300 }, message("c")),
        remove("a1", { at: 400 }),
        remove("c1", { at: 400 }),
      ],
    ],
    "a message came in another group than it was sent to": [
      "place-kept",
      [send("a"), ...drained(message("a", { fifo: elsewhere("a") }))],
    ],
    "a message came under another deduplication id": [
      "place-kept",
      [send("a"), ...drained(message("a", { fifo: { ...place("a"), deduplicationId: "b" } }))],
    ],
    "a live handle was refused": [
      "live-handle-taken",
      [
        send("a"),
        receive({ at: 100 }, message("a")),
        remove("a1", { at: 200, outcome: "fail" }),
        ...drained(again("a")),
      ],
    ],
    "a live handle was refused a change of visibility": [
      "live-handle-taken",
      [
        send("a"),
        receive({ at: 100 }, message("a")),
        change("a1", { at: 200, timeout: 5, outcome: "fail" }),
        remove("a1", { at: 300 }),
      ],
    ],
    "a stale handle deleted": [
      "stale-handle-refused",
      [
        send("a"),
        receive({ at: 100, timeout: 1 }, message("a")),
        receive({ at: 1_200 }, again("a")),
        remove("a1", { at: 1_300 }),
      ],
    ],
    "a stale handle changed the visibility": [
      "stale-handle-refused",
      [
        send("a"),
        receive({ at: 100, timeout: 1 }, message("a")),
        receive({ at: 1_200 }, again("a")),
        change("a1", { at: 1_300, timeout: 60 }),
        remove("a2", { at: 1_400 }),
      ],
    ],
  };
  test.each(Object.entries(flagged))("%s", (_, [rule, history]) => {
    expect(rules(history)).toEqual([rule]);
  });

  test("a send was taken for a repetition of another one", () => {
    const history = [send("a"), send("b", { at: 20, id: "id-a" }), ...drained(message("a"))];
    expect(rules(history)).toEqual(["one-identity", "no-loss"]);
  });

  test("a message comes without its group", () => {
    const { fifo: _, ...bare } = message("a");
    expect(rules([send("a"), ...drained(bare)])).toEqual(["place-kept"]);
  });
});

test("a history in which a send is repeated after the window is refused", () => {
  const history = [send("a"), ...drained(message("a")), send("a", { at: 300_000 })];
  expect(() => checkFifoHistory(history)).toThrow("the sends of a span more than");
});
