/**
 * DeduplicationWindow: which deduplication ids were accepted within the last five minutes, and the
 * original message of each, in memory. `deduplication-rows.ts` keeps the same on disk.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 *
 * When an entry was accepted is in its sequence number. The time is the clock's, or that of the newest
 * entry if the clock went back behind it: so the window never runs backwards, and what is expired by
 * its newest entry stays so.
 *
 * Entries are kept by the minute of their acceptance, in at most seven eras, each dropped whole. The
 * same class serves a queue with a million live ids, in some 50 bytes each, and thousands of message
 * groups with three.
 */
import { assert } from "../domain/assert.ts";
import { DEDUPLICATION_INTERVAL_MS } from "../domain/limits.ts";
import { acceptedAtMs } from "../domain/sequence-number.ts";
import {
  DeduplicationEra,
  ENTRY_BYTES,
  MESSAGE_ID_AT,
  type Original,
  type PackedEntries,
  packedEntries,
  SEQUENCE_AT,
} from "./deduplication-era.ts";

const ERA_MS = 60_000;

/** `key` (`domain/deduplication-key.ts`) and `messageId` are 16 bytes each. */
export type DeduplicationEntry = {
  readonly key: Uint8Array;
  readonly messageId: Uint8Array;
  readonly sequence: number;
};

export function packEntries(entries: readonly DeduplicationEntry[]): Uint8Array {
  const packed = packedEntries(new Uint8Array(entries.length * ENTRY_BYTES));
  let at = 0;
  for (const entry of entries) {
    writeEntry(packed, at, entry);
    at += ENTRY_BYTES;
  }
  return packed.bytes;
}

/** The greatest sequence number of packed entries; 0 of none. */
export function greatestSequenceOf(packed: Uint8Array): number {
  const { view } = packedEntries(packed);
  let greatest = 0;
  for (let at = 0; at < packed.byteLength; at += ENTRY_BYTES) {
    greatest = Math.max(greatest, view.getFloat64(at + SEQUENCE_AT));
  }
  return greatest;
}

export class DeduplicationWindow {
  /** The newest minute first. */
  readonly #eras: DeduplicationEra[] = [];
  readonly #spareChunks: PackedEntries[] = [];
  #greatestSequence = 0;

  /** The original message of an id that was accepted less than five minutes ago. */
  find(key: Uint8Array, nowMs: number): Original | undefined {
    assert(key.byteLength === MESSAGE_ID_AT, "a deduplication key has 16 bytes");
    one.bytes.set(key);
    const expiredMs = this.#expiredMs(nowMs);
    for (const era of this.#eras) {
      if (era.lastAcceptedAtMs <= expiredMs) return undefined;
      const original = era.find(one.view);
      if (original === undefined) continue;
      // In older eras there can only be older entries of this key.
      return acceptedAtMs(original.sequence) > expiredMs ? original : undefined;
    }
    return undefined;
  }

  add(entry: DeduplicationEntry): void {
    writeEntry(one, 0, entry);
    this.#put(one.view, 0, 0);
  }

  /** Entries from disk, in any order and any number of times. Expired ones are passed over. */
  load(packed: Uint8Array, nowMs: number): void {
    assert(packed.byteLength % ENTRY_BYTES === 0, "deduplication entries are whole");
    const { view } = packedEntries(packed);
    for (let at = 0; at < packed.byteLength; at += ENTRY_BYTES) this.#put(view, at, nowMs);
  }

  /** `greatestSequence` stays. */
  clear(): void {
    this.#eras.length = 0;
    this.#spareChunks.length = 0;
  }

  /** Frees memory; what it forgets, `find` no longer found at this time. */
  forgetExpired(nowMs: number): void {
    const expiredMs = this.#expiredMs(nowMs);
    for (;;) {
      const oldest = this.#eras.at(-1);
      if (oldest === undefined || oldest.lastAcceptedAtMs > expiredMs) return;
      this.#eras.pop();
      this.#spareChunks.length = 0;
      if (this.isEmpty) return;
      // Under an even load the next minutes need as much again; garbage of this size would pile up.
      for (const chunk of oldest.surrenderChunks()) this.#spareChunks.push(chunk);
    }
  }

  /** Exact after `forgetExpired`. */
  get isEmpty(): boolean {
    return this.#eras.length === 0;
  }

  /** When the last entry expires; undefined when empty. */
  get expiresAtMs(): number | undefined {
    const newest = this.#eras[0];
    return newest === undefined ? undefined : newest.lastAcceptedAtMs + DEDUPLICATION_INTERVAL_MS;
  }

  /** Entries in memory. Expired ones count until their whole minute is. */
  get count(): number {
    return this.#eras.reduce((sum, era) => sum + era.count, 0);
  }

  /** Of all entries that were ever added or loaded; 0 if there were none. */
  get greatestSequence(): number {
    return this.#greatestSequence;
  }

  #put(entries: DataView, at: number, nowMs: number): void {
    const sequence = entries.getFloat64(at + SEQUENCE_AT);
    if (sequence > this.#greatestSequence) this.#greatestSequence = sequence;
    const entryAcceptedAtMs = acceptedAtMs(sequence);
    if (entryAcceptedAtMs <= this.#expiredMs(nowMs)) return;
    this.#eraOf(Math.floor(entryAcceptedAtMs / ERA_MS)).put(entries, at);
  }

  #eraOf(minute: number): DeduplicationEra {
    let place = 0;
    for (const era of this.#eras) {
      if (era.minute === minute) return era;
      if (era.minute < minute) break;
      place++;
    }
    // Whoever adds without ever forgetting still has no more than seven eras.
    this.forgetExpired(0);
    const era = new DeduplicationEra(minute, this.#spareChunks);
    this.#eras.splice(place, 0, era);
    return era;
  }

  /** What was accepted at this moment or before is expired. */
  #expiredMs(nowMs: number): number {
    const timeMs = Math.max(nowMs, acceptedAtMs(this.#greatestSequence));
    return timeMs - DEDUPLICATION_INTERVAL_MS;
  }
}

/** A single entry or key on its way into the eras. Reused: a call runs to its end undisturbed. */
const one = packedEntries(new Uint8Array(ENTRY_BYTES));

function writeEntry(to: PackedEntries, at: number, entry: DeduplicationEntry): void {
  const { key, messageId, sequence } = entry;
  assert(key.byteLength === MESSAGE_ID_AT, "a deduplication key has 16 bytes");
  assert(messageId.byteLength === SEQUENCE_AT - MESSAGE_ID_AT, "a message id has 16 bytes");
  to.bytes.set(key, at);
  to.bytes.set(messageId, at + MESSAGE_ID_AT);
  to.view.setFloat64(at + SEQUENCE_AT, sequence);
}
