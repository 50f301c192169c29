/**
 * DeduplicationWindow: an id answers for its message for five minutes, whatever the clock does; a
 * naive Map says what that means. A million ids fit in an object, and three take next to nothing.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEDUPLICATION_INTERVAL_MS } from "../../src/domain/limits.ts";
import { acceptedAtMs } from "../../src/domain/sequence-number.ts";
import {
  type DeduplicationEntry,
  DeduplicationWindow,
  greatestSequenceOf,
  packEntries,
} from "../../src/storage/deduplication-window.ts";

const START_MS = Date.UTC(2026, 0, 1);
const MINUTE_MS = 60_000;

/** The same number is the same id, the same acceptance the same message. */
function entryOf(idNumber: number, sequence: number): DeduplicationEntry {
  const messageId = new Uint8Array(16);
  const view = new DataView(messageId.buffer);
  view.setFloat64(0, sequence);
  view.setUint32(8, idNumber);
  return { key: keyOf(idNumber), messageId, sequence };
}

function keyOf(idNumber: number): Uint8Array {
  const key = new Uint8Array(16);
  writeKey(new DataView(key.buffer), idNumber);
  return key;
}

/** Keys are hashes: all their bits look random. */
function writeKey(key: DataView, idNumber: number): void {
  let mixed = idNumber;
  for (let at = 0; at < key.byteLength; at += 4) {
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad) + 0x6d2b79f5;
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    key.setInt32(at, mixed ^ (mixed >>> 15));
  }
}

function sequenceAt(atMs: number, number = 0): number {
  return atMs * 1024 + number;
}

function originalOf({ messageId, sequence }: DeduplicationEntry) {
  return { messageId, sequence };
}

function windowOf(...entries: DeduplicationEntry[]): DeduplicationWindow {
  const window = new DeduplicationWindow();
  for (const entry of entries) window.add(entry);
  return window;
}

describe("an id", () => {
  test("is found for five minutes, and not a millisecond longer", () => {
    const entry = entryOf(1, sequenceAt(START_MS, 7));
    const window = windowOf(entry);
    const lastMs = START_MS + DEDUPLICATION_INTERVAL_MS - 1;
    expect(window.find(entry.key, START_MS)).toEqual(originalOf(entry));
    expect(window.find(entry.key, lastMs)).toEqual(originalOf(entry));
    expect(window.find(entry.key, lastMs + 1)).toBeUndefined();
    expect(window.find(keyOf(2), START_MS)).toBeUndefined();
  });

  test("that is accepted again after it expired answers for the new message", () => {
    const laterMs = START_MS + DEDUPLICATION_INTERVAL_MS;
    const again = entryOf(1, sequenceAt(laterMs));
    const window = windowOf(entryOf(1, sequenceAt(START_MS)), again);
    expect(window.find(again.key, laterMs)).toEqual(originalOf(again));
  });

  test.each([
    ["the same minute", START_MS, START_MS + 1],
    ["different minutes", START_MS, START_MS + 2 * MINUTE_MS],
  ])("answers for the greater of two sequence numbers of %s, in any order", (_, ...moments) => {
    const [older, newer] = moments.map((atMs) => entryOf(1, sequenceAt(atMs)));
    if (older === undefined || newer === undefined) throw new Error("two moments");
    for (const entries of [
      [older, newer],
      [newer, older],
    ]) {
      expect(windowOf(...entries).find(newer.key, START_MS)).toEqual(originalOf(newer));
    }
  });

  test("is told from another whose key differs in its last bit alone", () => {
    const entry = entryOf(1, sequenceAt(START_MS));
    const key = entry.key.slice();
    key[15] = (key[15] ?? 0) ^ 1;
    const neighbour = { ...entryOf(2, sequenceAt(START_MS, 1)), key };
    const window = windowOf(entry);
    expect(window.find(key, START_MS)).toBeUndefined();
    window.add(neighbour);
    expect(window.find(key, START_MS)).toEqual(originalOf(neighbour));
    expect(window.find(entry.key, START_MS)).toEqual(originalOf(entry));
  });

  test("is found among many that were accepted with it", () => {
    const entries = Array.from({ length: 5_000 }, (_, number) =>
      entryOf(number, sequenceAt(START_MS, number)),
    );
    const window = windowOf(...entries);
    expect(window.count).toBe(5_000);
    for (const entry of entries) {
      expect(window.find(entry.key, START_MS)).toEqual(originalOf(entry));
    }
    expect(window.find(keyOf(5_000), START_MS)).toBeUndefined();
  });

  test("keeps its message whatever is done to what was added and what was found", () => {
    const entry = entryOf(1, sequenceAt(START_MS));
    const given = { ...entry, key: entry.key.slice(), messageId: entry.messageId.slice() };
    const window = windowOf(given);
    given.messageId.fill(0);
    given.key.fill(0);
    window.find(entry.key, START_MS)?.messageId.fill(0);
    expect(window.find(entry.key, START_MS)).toEqual(originalOf(entry));
  });
});

describe("a window", () => {
  test("is empty from the moment its last entry expires", () => {
    const window = windowOf(entryOf(1, sequenceAt(START_MS)), entryOf(2, sequenceAt(START_MS + 9)));
    const expiresAtMs = START_MS + 9 + DEDUPLICATION_INTERVAL_MS;
    expect(window.expiresAtMs).toBe(expiresAtMs);
    window.forgetExpired(expiresAtMs - 1);
    expect(window.isEmpty).toBe(false);
    window.forgetExpired(expiresAtMs);
    expect(window.isEmpty).toBe(true);
    expect(window.expiresAtMs).toBeUndefined();
    expect(window.count).toBe(0);
    expect(window.greatestSequence).toBe(sequenceAt(START_MS + 9));
  });

  test("goes by its newest entry when the clock went back", () => {
    const old = entryOf(1, sequenceAt(START_MS));
    const newest = entryOf(2, sequenceAt(START_MS + DEDUPLICATION_INTERVAL_MS));
    const window = windowOf(old, newest);
    expect(window.find(old.key, START_MS)).toBeUndefined();
    expect(window.find(newest.key, START_MS - DEDUPLICATION_INTERVAL_MS)).toBeDefined();
  });

  test("holds a few minutes of entries even if nobody tells it to forget", () => {
    const window = new DeduplicationWindow();
    for (let minute = 0; minute < 1_000; minute++) {
      window.add(entryOf(minute, sequenceAt(START_MS + minute * MINUTE_MS)));
    }
    expect(window.count).toBeLessThanOrEqual(7);
  });

  test("that was cleared finds nothing and still knows the greatest sequence number", () => {
    const entry = entryOf(1, sequenceAt(START_MS));
    const window = windowOf(entry);
    window.clear();
    expect(window.isEmpty).toBe(true);
    expect(window.find(entry.key, START_MS)).toBeUndefined();
    expect(window.greatestSequence).toBe(entry.sequence);
    window.add(entry);
    expect(window.find(entry.key, START_MS)).toEqual(originalOf(entry));
  });

  test("that never had an entry has 0 as its greatest sequence number", () => {
    expect(new DeduplicationWindow().greatestSequence).toBe(0);
  });
});

describe("entries from disk", () => {
  test("are 40 bytes each: key, message id and sequence number", () => {
    const entries = [entryOf(1, sequenceAt(START_MS, 5)), entryOf(2, sequenceAt(START_MS, 3))];
    const packed = Buffer.from(packEntries(entries));
    expect(packed.byteLength).toBe(80);
    for (const [number, { key, messageId, sequence }] of entries.entries()) {
      expect(packed.subarray(40 * number, 40 * number + 16)).toEqual(Buffer.from(key));
      expect(packed.subarray(40 * number + 16, 40 * number + 32)).toEqual(Buffer.from(messageId));
      expect(packed.readDoubleBE(40 * number + 32)).toBe(sequence);
    }
    expect(greatestSequenceOf(packed)).toBe(sequenceAt(START_MS, 5));
    expect(greatestSequenceOf(packEntries([]))).toBe(0);
  });

  test("are found as if they had been added, also as a part of a larger buffer", () => {
    const entries = [entryOf(1, sequenceAt(START_MS)), entryOf(2, sequenceAt(START_MS, 1))];
    const packed = Buffer.concat([Buffer.of(1, 2, 3), packEntries(entries)]).subarray(3);
    const window = new DeduplicationWindow();
    window.load(packed, START_MS);
    for (const entry of entries) {
      expect(window.find(entry.key, START_MS)).toEqual(originalOf(entry));
    }
  });

  test("change nothing when they are loaded again", () => {
    const entries = Array.from({ length: 100 }, (_, number) =>
      entryOf(number, sequenceAt(START_MS + number * 2_000)),
    );
    const window = windowOf(...entries);
    window.load(packEntries(entries), START_MS);
    window.load(packEntries(entries.toReversed()), START_MS);
    expect(window.count).toBe(100);
  });

  test("are passed over when they are expired, and count for the greatest sequence number", () => {
    const entry = entryOf(1, sequenceAt(START_MS));
    const window = new DeduplicationWindow();
    window.load(packEntries([entry]), START_MS + DEDUPLICATION_INTERVAL_MS);
    expect(window.isEmpty).toBe(true);
    expect(window.greatestSequence).toBe(entry.sequence);
  });

  test("that are cut short are a bug, and said to be one", () => {
    const packed = packEntries([entryOf(1, sequenceAt(START_MS))]);
    expect(() => new DeduplicationWindow().load(packed.subarray(1), START_MS)).toThrow("whole");
  });
});

/** Everything that was ever added or loaded, and how late it was when something could be forgotten. */
class NaiveWindow {
  readonly window = new DeduplicationWindow();
  readonly #entries = new Map<number, DeduplicationEntry>();
  readonly #everAccepted: [idNumber: number, DeduplicationEntry][] = [];
  #greatestSequence = 0;
  #forgottenMs = Number.NEGATIVE_INFINITY;

  add(idNumber: number, acceptedMs: number): void {
    const entry = entryOf(idNumber, sequenceAt(acceptedMs, this.#everAccepted.length));
    this.#everAccepted.push([idNumber, entry]);
    this.#take(idNumber, entry, 0);
    this.window.add(entry);
  }

  /** Some of what was ever accepted comes again, as from disk. */
  load(from: number, count: number, nowMs: number): void {
    const loaded = this.#everAccepted.slice(from, from + count);
    for (const [idNumber, entry] of loaded) this.#take(idNumber, entry, nowMs);
    this.window.load(packEntries(loaded.map(([, entry]) => entry)), nowMs);
  }

  restart(nowMs: number): void {
    this.window.clear();
    this.load(0, this.#everAccepted.length, nowMs);
  }

  forgetExpired(nowMs: number): void {
    this.window.forgetExpired(nowMs);
    this.#forgetAt(nowMs);
    if (![...this.#entries.values()].some((entry) => this.#isLive(entry, nowMs))) {
      expect(this.window.isEmpty).toBe(true);
    }
  }

  /** Where the clock went back behind a time when entries could be forgotten, both is right. */
  check(nowMs: number): void {
    let certainCount = 0;
    let lastAcceptedMs = Number.NEGATIVE_INFINITY;
    for (const [idNumber, entry] of this.#entries) {
      const found = this.window.find(entry.key, nowMs);
      const acceptedMs = acceptedAtMs(entry.sequence);
      if (!this.#isLive(entry, nowMs)) {
        expect(found, `id ${idNumber} is expired`).toBeUndefined();
      } else if (acceptedMs > this.#forgottenMs) {
        expect(found, `id ${idNumber} is live`).toEqual(originalOf(entry));
        certainCount++;
        lastAcceptedMs = Math.max(lastAcceptedMs, acceptedMs);
      }
    }
    expect(this.window.greatestSequence).toBe(this.#greatestSequence);
    expect(this.window.count).toBeGreaterThanOrEqual(certainCount);
    if (certainCount === 0) return;
    expect(this.window.expiresAtMs).toBe(lastAcceptedMs + DEDUPLICATION_INTERVAL_MS);
  }

  #take(idNumber: number, entry: DeduplicationEntry, nowMs: number): void {
    this.#greatestSequence = Math.max(this.#greatestSequence, entry.sequence);
    this.#forgetAt(nowMs);
    const known = this.#entries.get(idNumber);
    if (known === undefined || known.sequence < entry.sequence) this.#entries.set(idNumber, entry);
  }

  #forgetAt(nowMs: number): void {
    const expiredMs = this.#timeMs(nowMs) - DEDUPLICATION_INTERVAL_MS;
    this.#forgottenMs = Math.max(this.#forgottenMs, expiredMs);
  }

  #isLive(entry: DeduplicationEntry, nowMs: number): boolean {
    const ageMs = this.#timeMs(nowMs) - acceptedAtMs(entry.sequence);
    return ageMs < DEDUPLICATION_INTERVAL_MS;
  }

  #timeMs(nowMs: number): number {
    return Math.max(nowMs, acceptedAtMs(this.#greatestSequence));
  }
}

const INTERVALS = [0, 1, 59_999, MINUTE_MS, 299_999, DEDUPLICATION_INTERVAL_MS, 300_001];
const MOVE_MS = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 90_000 }) },
  { weight: 2, arbitrary: fc.constantFrom(...INTERVALS) },
  { weight: 1, arbitrary: fc.integer({ min: -600_000, max: 600_000 }) },
);
const COMMAND = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("add" as const),
      idNumber: fc.nat(7),
      // Mostly now; of a group whose messages come late, before.
      agoMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400_000 })),
    }),
  },
  fc.record({ kind: fc.constant("load" as const), from: fc.nat(40), count: fc.nat(20) }),
  fc.record({ kind: fc.constant("forget" as const) }),
  fc.record({ kind: fc.constant("restart" as const) }),
);
const HISTORY = fc.array(fc.record({ moveMs: MOVE_MS, command: COMMAND }), { maxLength: 60 });

test("a window finds what a naive Map of all entries finds, whatever the clock does", () => {
  fc.assert(
    fc.property(HISTORY, (history) => {
      const naive = new NaiveWindow();
      let nowMs = START_MS;
      for (const { moveMs, command } of history) {
        nowMs += moveMs;
        if (command.kind === "add") naive.add(command.idNumber, nowMs - command.agoMs);
        if (command.kind === "load") naive.load(command.from, command.count, nowMs);
        if (command.kind === "forget") naive.forgetExpired(nowMs);
        if (command.kind === "restart") naive.restart(nowMs);
        naive.check(nowMs);
      }
    }),
    { numRuns: Number(process.env["MODEL_RUNS"] ?? 1_000) },
  );
});

describe("memory", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: unknown = runInNewContext("gc");

  function bytesInUse(): number {
    if (typeof collectGarbage !== "function") throw new Error("no garbage collector");
    collectGarbage();
    collectGarbage();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return arrayBuffers + heapUsed;
  }

  test("of 900,000 live ids and what expired with them is less than 64 MB, minute after minute", () => {
    const before = bytesInUse();
    const window = new DeduplicationWindow();
    const entry = { key: new Uint8Array(16), messageId: new Uint8Array(16), sequence: 0 };
    const key = new DataView(entry.key.buffer);
    let greatestBytes = 0;
    for (let number = 0; number < 12 * 180_000; number++) {
      const nowMs = START_MS + Math.floor(number / 3);
      writeKey(key, number);
      entry.sequence = sequenceAt(nowMs, number % 3);
      window.add(entry);
      if (number % 30 === 0) window.forgetExpired(nowMs);
      if (number % 60_000 === 0) greatestBytes = Math.max(greatestBytes, bytesInUse() - before);
    }
    expect(window.count).toBeGreaterThanOrEqual(900_000);
    expect(greatestBytes).toBeGreaterThan(36_000_000);
    expect(greatestBytes).toBeLessThan(64_000_000);
  });

  test("of many ids is given back when they have expired", () => {
    const before = bytesInUse();
    const window = new DeduplicationWindow();
    for (let number = 0; number < 100_000; number++) {
      window.add(entryOf(number, sequenceAt(START_MS + number)));
    }
    expect(bytesInUse() - before).toBeGreaterThan(4_000_000);
    window.forgetExpired(START_MS + 10 * MINUTE_MS);
    expect(window.isEmpty).toBe(true);
    expect(bytesInUse() - before).toBeLessThan(1_000_000);
  });

  test("of three ids is a few kilobytes at most, and of none after they expired next to nothing", () => {
    const before = bytesInUse();
    const windows = Array.from({ length: 1_000 }, () => new DeduplicationWindow());
    for (const window of windows) {
      for (const number of [0, 1, 2]) {
        window.add(entryOf(number, sequenceAt(START_MS + number * MINUTE_MS)));
      }
    }
    expect((bytesInUse() - before) / windows.length).toBeLessThan(8_000);
    for (const window of windows) window.forgetExpired(START_MS + 10 * MINUTE_MS);
    expect((bytesInUse() - before) / windows.length).toBeLessThan(1_000);
    expect(windows.every(({ isEmpty }) => isEmpty)).toBe(true);
  });
});
