/**
 * What a queue owes to messages that come back: each of them its turn, however often others fail; a
 * body that stays until its deletion is on disk; and counters that survive whatever expires.
 */
import { expect, test } from "vitest";
import { EngineSubject } from "../support/engine-subject.ts";

const START_MS = Date.UTC(2026, 0, 1);
const RETENTION_SECONDS = 3600;

test.each([
  { segments: 1, messages: 20 },
  { segments: 30, messages: 10 },
])(
  "of $segments times $messages messages that all keep failing each gets its turn",
  ({ segments, messages }) => {
    const subject = new EngineSubject({ retentionSeconds: RETENTION_SECONDS });
    let nowMs = START_MS;
    for (let segment = 0; segment < segments; segment++) subject.send(messages, nowMs++);
    const seen = new Set<string>();
    for (let turn = 0; turn < 2 * segments * messages; turn++) {
      nowMs += 2_000;
      for (const { id } of subject.receive(10, nowMs)) seen.add(id.toString());
    }
    expect(seen.size).toBe(segments * messages);
  },
);

test("deleting in one call what expired in flight leaves the counters exact", () => {
  const subject = new EngineSubject({ retentionSeconds: RETENTION_SECONDS });
  subject.send(10, START_MS);
  const expired = subject.receive(10, START_MS, 43_200);
  const nowMs = START_MS + RETENTION_SECONDS * 1000;
  subject.send(3, nowMs - 1);
  const handles = expired.map(({ receiptHandle }) => receiptHandle);
  const deleted = subject.queue.deleteMessages(handles, nowMs);
  expect(deleted.every(({ ok }) => ok)).toBe(true);
  expect(subject.queue.counts(nowMs)).toEqual({ visible: 3, inFlight: 0, delayed: 0 });
});

test("a body is there as long as its deletion is not on disk", () => {
  const subject = new EngineSubject({ retentionSeconds: RETENTION_SECONDS });
  subject.send(8, START_MS, { payloadBytes: 40_000 });
  const received = subject.receive(8, START_MS, 30);
  const handles = received.slice(0, 7).map(({ receiptHandle }) => receiptHandle);
  subject.queue.deleteMessages(handles, START_MS);
  subject.queue.log.shrink();
  const nowMs = START_MS + 31_000;
  subject.restart(nowMs);
  const [left, ...others] = subject.receive(10, nowMs, 30);
  expect(others).toEqual([]);
  expect(left?.payload.byteLength).toBe(40_000);
});

test("a clock that was ahead in an earlier life costs no message its place", () => {
  const subject = new EngineSubject({ retentionSeconds: RETENTION_SECONDS });
  subject.send(1, START_MS + 5_000);
  subject.restart(START_MS);
  subject.send(1, START_MS);
  subject.send(1, START_MS + 5_000);
  expect(subject.receive(10, START_MS + 6_000)).toHaveLength(3);
});
