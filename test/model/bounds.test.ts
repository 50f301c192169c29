/**
 * The engine at its bounds, which random lists of a few dozen commands do not reach: limits, the
 * first millisecond of something, more segments than are known at a time, space that is given back.
 */
import { describe, expect, test } from "vitest";
import { IN_FLIGHT_MAX, SEGMENT_BYTES_MAX, SEGMENT_MESSAGES_MAX } from "../../src/domain/limits.ts";
import { EngineSubject } from "../support/engine-subject.ts";

const START_MS = Date.UTC(2026, 0, 1);
const RETENTION_SECONDS = 3600;
const END_MS = START_MS + RETENTION_SECONDS * 1000;

function retaining(): EngineSubject {
  return new EngineSubject({ retentionSeconds: RETENTION_SECONDS });
}

test("not one message more than 120,000 is in flight", () => {
  const subject = new EngineSubject();
  let nowMs = START_MS;
  for (let sent = 0; sent < IN_FLIGHT_MAX + 500; sent += 500) subject.send(500, nowMs++);
  expect(subject.drain(nowMs, 600)).toBe(IN_FLIGHT_MAX);
  expect(subject.queue.isFull).toBe(true);
  expect(subject.queue.counts(nowMs)).toEqual({
    visible: 500,
    inFlight: IN_FLIGHT_MAX,
    delayed: 0,
  });
  expect(subject.receive(10, nowMs + 600_000)).toHaveLength(10);
}, 60_000);

describe("what one commit accepts", () => {
  test("is cut into rows that the platform takes", () => {
    const subject = new EngineSubject();
    subject.send(5, START_MS, { payloadBytes: 1_000_000 });
    const largest = subject.number("SELECT max(length(messages)) AS n FROM segment");
    expect(largest).toBeLessThanOrEqual(SEGMENT_BYTES_MAX);
    expect(subject.drain(START_MS)).toBe(5);
  });

  test("is cut into segments whose states are quickly written", () => {
    const subject = new EngineSubject();
    subject.send(2 * SEGMENT_MESSAGES_MAX + 1, START_MS);
    expect(subject.number("SELECT max(message_count) AS n FROM segment")).toBe(
      SEGMENT_MESSAGES_MAX,
    );
    expect(subject.drain(START_MS)).toBe(2 * SEGMENT_MESSAGES_MAX + 1);
  });
});

describe("a delay", () => {
  test("ends at its last millisecond and not before", () => {
    const subject = new EngineSubject();
    subject.send(1, START_MS, { delaySeconds: 5 });
    expect(subject.receive(1, START_MS + 4_999)).toEqual([]);
    expect(subject.receive(1, START_MS + 5_000)).toHaveLength(1);
  });

  test("of more commits than a millisecond has keys for ends for all", () => {
    const subject = new EngineSubject();
    for (let commit = 0; commit < 1_100; commit++) subject.send(1, START_MS, { delaySeconds: 5 });
    expect(subject.drain(START_MS + 4_999)).toBe(0);
    expect(subject.drain(START_MS + 5_010)).toBe(1_100);
  });
});

test("a cursor that knew of all segments finds those that came while nobody received", () => {
  const subject = new EngineSubject();
  expect(subject.receive(1, START_MS)).toEqual([]);
  let nowMs = START_MS;
  for (let commit = 0; commit < 300; commit++) subject.send(1, nowMs++);
  expect(subject.drain(nowMs)).toBe(300);
});

describe("retention", () => {
  test("expires at its last millisecond, for a message in flight as well", () => {
    const subject = retaining();
    subject.send(1, START_MS);
    const [message] = subject.receive(1, START_MS, 43_200);
    const change = { receiptHandle: message?.receiptHandle ?? "", visibilityTimeoutSeconds: 0 };
    expect(subject.queue.changeVisibility([change], END_MS - 1)).toMatchObject([{ ok: true }]);
    expect(subject.queue.changeVisibility([change], END_MS)).toMatchObject([
      { ok: false, refusal: { kind: "message-not-available" } },
    ]);
  });

  test("lets nothing be received at its last millisecond", () => {
    const subject = retaining();
    subject.send(1, START_MS);
    expect(subject.receive(1, END_MS)).toEqual([]);
  });
});

test("the first receive of a message is remembered through the later ones", () => {
  const subject = new EngineSubject();
  subject.send(1, START_MS);
  subject.receive(1, START_MS + 10, 0);
  const [again] = subject.receive(1, START_MS + 20, 0);
  expect(again).toMatchObject({ receiveCount: 2, firstReceivedAtMs: START_MS + 10 });
});

describe("a segment with little left", () => {
  test.each([
    { name: "many messages", sizes: 8, payloadBytes: 40_000 },
    { name: "two huge messages", sizes: 2, payloadBytes: 900_000 },
  ])("of $name gives its space back, also after a restart", ({ sizes, payloadBytes }) => {
    const subject = new EngineSubject();
    subject.send(sizes, START_MS, { payloadBytes });
    const handles = subject.receive(sizes, START_MS, 30).map((message) => message.receiptHandle);
    subject.queue.deleteMessages(handles.slice(1), START_MS);
    subject.write(START_MS);
    subject.restart(START_MS + 1_000);
    expect(subject.queue.log.isSparse).toBe(true);
    subject.queue.log.shrink();
    const stored = subject.number("SELECT length(messages) AS n FROM segment");
    expect(stored).toBeLessThan(payloadBytes + 1_000);
    const [left] = subject.receive(1, START_MS + 31_000);
    expect(left?.payload.byteLength).toBe(payloadBytes);
  });

  test("of which half is left keeps its row", () => {
    const subject = new EngineSubject();
    subject.send(4, START_MS, { payloadBytes: 20_000 });
    const handles = subject.receive(4, START_MS, 30).map((message) => message.receiptHandle);
    subject.queue.deleteMessages(handles.slice(2), START_MS);
    subject.write(START_MS);
    expect(subject.queue.log.isSparse).toBe(false);
  });
});
