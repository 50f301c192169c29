/**
 * PackedCache: the most recently used packed segments, within a bound of bytes. It only saves reads:
 * whatever is not in it is read from disk again.
 */
import { PackedSegment } from "./segment-codec.ts";

/** Enough for the segments between the newest send and the oldest receive of a busy queue. */
const CACHE_BYTES_MAX = 8 * 1024 * 1024;
/** What an entry takes beside its bytes, roughly: most of it where a segment is one small message. */
const ENTRY_BYTES = 640;

export class PackedCache {
  readonly #segments = new Map<number, PackedSegment>();
  readonly #read: (segmentId: number) => Uint8Array;
  #bytes = 0;

  /** `read` fetches a packed segment from disk. */
  constructor(read: (segmentId: number) => Uint8Array) {
    this.#read = read;
  }

  get(segmentId: number): PackedSegment {
    const cached = this.#segments.get(segmentId);
    if (cached !== undefined) {
      this.#segments.delete(segmentId);
      this.#segments.set(segmentId, cached);
      return cached;
    }
    return this.put(segmentId, this.#read(segmentId));
  }

  put(segmentId: number, bytes: Uint8Array): PackedSegment {
    this.forget(segmentId);
    const packed = new PackedSegment(bytes);
    this.#segments.set(segmentId, packed);
    this.#bytes += bytes.byteLength + ENTRY_BYTES;
    for (const oldestId of this.#segments.keys()) {
      if (this.#bytes <= CACHE_BYTES_MAX || oldestId === segmentId) break;
      this.forget(oldestId);
    }
    return packed;
  }

  forget(segmentId: number): void {
    const packed = this.#segments.get(segmentId);
    if (packed === undefined) return;
    this.#segments.delete(segmentId);
    this.#bytes -= packed.bytes.byteLength + ENTRY_BYTES;
  }

  clear(): void {
    this.#segments.clear();
    this.#bytes = 0;
  }
}
