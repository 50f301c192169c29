/**
 * When and how a segment gives back the space of messages that are gone. Its row is rewritten in
 * place with empty payloads for them: indexes, states and receipt handles stay as they are, and one
 * slow message never pins a megabyte until its retention expires.
 */
import { GONE, type Slot } from "../domain/message-state.ts";
import type { OpenSegment } from "./open-segment.ts";
import { type NewMessage, type PackedSegment, packSegment } from "./segment-codec.ts";

/** Below this size a segment is not worth a row. */
const SHRINK_BYTES_MIN = 64 * 1024;
const EMPTY = new Uint8Array(0);

/** True when at most a quarter of the messages of a large segment are left. */
export function isWorthShrinking(segment: OpenSegment): boolean {
  return (
    segment.storedBytes >= SHRINK_BYTES_MIN &&
    segment.aliveCount > 0 &&
    segment.aliveCount * 4 <= segment.storedAliveCount
  );
}

export function shrunkMessages(packed: PackedSegment, slots: readonly Slot[]): Uint8Array {
  const messages: NewMessage[] = slots.map((slot, index) => ({
    id: packed.id(index),
    payload: slot === GONE ? EMPTY : packed.payload(index),
  }));
  return packSegment(messages);
}
