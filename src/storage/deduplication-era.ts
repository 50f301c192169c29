/**
 * DeduplicationEra: the deduplication entries that were accepted within one minute. An entry is 40
 * bytes, in memory as on disk:
 *
 *   16 bytes key | 16 bytes message id | f64 sequence number, big-endian
 *
 * Entries are never removed one by one: an era is dropped whole, so there are no tombstones and
 * nothing to compact. They lie in chunks of one size, so a million of them are never copied; only the
 * first chunk begins small and grows, because most eras hold a few entries.
 *
 * A hash table with open addressing leads to them. A slot is 32 bits: as many low bits as the table
 * needs say which entry, the others are bits of its key. So an id that is not here is told by the table
 * alone, without the cache misses of looking at entries. Keys are hashes already.
 */
import { assert } from "../domain/assert.ts";
import { acceptedAtMs } from "../domain/sequence-number.ts";

export const ENTRY_BYTES = 40;
export const MESSAGE_ID_AT = 16;
export const SEQUENCE_AT = 32;

const CHUNK_ENTRIES_BITS = 10;
const CHUNK_ENTRIES = 1 << CHUNK_ENTRIES_BITS;
const CHUNK_BYTES = CHUNK_ENTRIES * ENTRY_BYTES;
const FIRST_CHUNK_ENTRIES = 4;
const FIRST_SLOT_COUNT = 8;
const EMPTY = 0;

/** Entries in a row, as bytes and as numbers. */
export type PackedEntries = { readonly bytes: Uint8Array; readonly view: DataView };
/** The original message of a deduplication id. */
export type Original = { readonly messageId: Uint8Array; readonly sequence: number };

export function packedEntries(bytes: Uint8Array): PackedEntries {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

export class DeduplicationEra {
  readonly minute: number;
  readonly #spareChunks: PackedEntries[];
  readonly #chunks: PackedEntries[] = [];
  #slots = new Int32Array(FIRST_SLOT_COUNT);
  #count = 0;
  #greatestSequence = 0;

  /** Chunks are taken from `spareChunks` before new ones are made. */
  constructor(minute: number, spareChunks: PackedEntries[]) {
    this.minute = minute;
    this.#spareChunks = spareChunks;
  }

  get count(): number {
    return this.#count;
  }

  get lastAcceptedAtMs(): number {
    return acceptedAtMs(this.#greatestSequence);
  }

  /** The entry of the key that lies at the beginning of `key`. */
  find(key: DataView): Original | undefined {
    const number = this.#numberIn(this.#slotOf(key, 0));
    if (number < 0) return undefined;
    const { bytes, view } = this.#chunkOf(number);
    const at = offsetOf(number);
    return {
      // A copy: whoever keeps it does not keep the chunk.
      messageId: bytes.slice(at + MESSAGE_ID_AT, at + SEQUENCE_AT),
      sequence: view.getFloat64(at + SEQUENCE_AT),
    };
  }

  /** Takes the entry at `at`. Of two entries of one key the greater sequence number counts. */
  put(entries: DataView, at: number): void {
    const sequence = entries.getFloat64(at + SEQUENCE_AT);
    if (sequence > this.#greatestSequence) this.#greatestSequence = sequence;
    const slot = this.#slotOf(entries, at);
    const number = this.#numberIn(slot);
    if (number < 0) {
      this.#append(entries, at, slot);
      return;
    }
    const { view } = this.#chunkOf(number);
    const known = offsetOf(number);
    if (sequence > view.getFloat64(known + SEQUENCE_AT)) copyEntry(entries, at, view, known);
  }

  /** Gives its chunks away; the era must not be used again. */
  surrenderChunks(): PackedEntries[] {
    return this.#chunks.filter(({ bytes }) => bytes.byteLength === CHUNK_BYTES);
  }

  #append(entries: DataView, at: number, slot: number): void {
    const number = this.#count;
    this.#makeRoom(number);
    copyEntry(entries, at, this.#chunkOf(number).view, offsetOf(number));
    this.#slots[slot] = slotValue(entries, at, number, this.#slots.length - 1);
    this.#count++;
    // At most three quarters are taken, so looking for an empty slot ends, and soon.
    if (this.#count * 4 >= this.#slots.length * 3) this.#doubleSlots();
  }

  #makeRoom(number: number): void {
    const last = this.#chunks.at(-1);
    if (number % CHUNK_ENTRIES === 0) {
      const bytes = number === 0 ? FIRST_CHUNK_ENTRIES * ENTRY_BYTES : CHUNK_BYTES;
      const spare = number === 0 ? undefined : this.#spareChunks.pop();
      this.#chunks.push(spare ?? packedEntries(new Uint8Array(bytes)));
    } else if (last !== undefined && offsetOf(number) === last.bytes.byteLength) {
      const larger = new Uint8Array(last.bytes.byteLength * 2);
      larger.set(last.bytes);
      this.#chunks[this.#chunks.length - 1] = packedEntries(larger);
    }
  }

  #doubleSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#count; number++) {
      const { view } = this.#chunkOf(number);
      const at = offsetOf(number);
      let slot = view.getInt32(at) & mask;
      while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      slots[slot] = slotValue(view, at, number, mask);
    }
    this.#slots = slots;
  }

  /** The slot of the key at `at`, or the empty one where it would be. */
  #slotOf(keys: DataView, at: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const keyBits = keys.getInt32(at + 4);
    let slot = keys.getInt32(at) & mask;
    for (;;) {
      const value = slots[slot] ?? EMPTY;
      if (value === EMPTY) return slot;
      if (((value ^ keyBits) & ~mask) === 0 && this.#isKeyOf((value & mask) - 1, keys, at)) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  /** The number of the entry that a slot leads to, -1 for an empty one. */
  #numberIn(slot: number): number {
    const mask = this.#slots.length - 1;
    return ((this.#slots[slot] ?? EMPTY) & mask) - 1;
  }

  #isKeyOf(number: number, keys: DataView, at: number): boolean {
    const { view } = this.#chunkOf(number);
    const known = offsetOf(number);
    for (let offset = 0; offset < MESSAGE_ID_AT; offset += 4) {
      if (view.getInt32(known + offset) !== keys.getInt32(at + offset)) return false;
    }
    return true;
  }

  #chunkOf(number: number): PackedEntries {
    const chunk = this.#chunks[number >>> CHUNK_ENTRIES_BITS];
    assert(chunk !== undefined, "an entry has its chunk");
    return chunk;
  }
}

/** Where an entry begins in its chunk. */
function offsetOf(number: number): number {
  return (number % CHUNK_ENTRIES) * ENTRY_BYTES;
}

/** The entry's number, plus one because 0 is an empty slot, and above it bits of its key. */
function slotValue(keys: DataView, at: number, number: number, mask: number): number {
  return (keys.getInt32(at + 4) & ~mask) | (number + 1);
}

/** In words of integers: a float might change bits that are no number. */
function copyEntry(from: DataView, fromAt: number, to: DataView, toAt: number): void {
  for (let offset = 0; offset < ENTRY_BYTES; offset += 4) {
    to.setInt32(toAt + offset, from.getInt32(fromAt + offset));
  }
}
