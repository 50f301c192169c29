/**
 * The packed form of a segment's message states:
 *
 *   u8 version | count x slot
 *   slot: u8 tag (0 untouched, 1 gone, 2 state, 3 moving, 4 moving and deleted)
 *         and for a state: u32 receive count, f64 visible at ms, f64 receipt nonce,
 *         f64 first received at ms;
 *         for a moving one: u32 receive count, f64 lane, f64 number, f64 first received at ms
 *
 * Instants and nonces are integers below 2^53, which f64 holds exactly.
 */
import { assert } from "../domain/assert.ts";
import {
  GONE,
  isMoving,
  type MessageState,
  type MovingState,
  type Slot,
  UNTOUCHED,
} from "../domain/message-state.ts";

const VERSION = 1;
const TAG = { untouched: 0, gone: 1, state: 2, moving: 3, movingDeleted: 4 } as const;
const STATE_BYTES = 28;

export function packSlots(slots: readonly Slot[]): Uint8Array {
  const packed = new Uint8Array(1 + slots.length * (1 + STATE_BYTES));
  const view = new DataView(packed.buffer);
  view.setUint8(0, VERSION);
  let at = 1;
  for (const slot of slots) {
    if (slot === UNTOUCHED || slot === GONE) {
      view.setUint8(at++, slot === GONE ? TAG.gone : TAG.untouched);
      continue;
    }
    const [second, third] = isMoving(slot)
      ? [slot.moving.laneId, slot.moving.number]
      : [slot.visibleAtMs, slot.receiptNonce];
    view.setUint8(at, tagOf(slot));
    view.setUint32(at + 1, slot.receiveCount);
    view.setFloat64(at + 5, second);
    view.setFloat64(at + 13, third);
    view.setFloat64(at + 21, slot.firstReceivedAtMs);
    at += 1 + STATE_BYTES;
  }
  return packed.slice(0, at);
}

export function unpackSlots(packed: Uint8Array): Slot[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  assert(view.getUint8(0) === VERSION, "a state row's version is known");
  const slots: Slot[] = [];
  let at = 1;
  while (at < packed.byteLength) {
    const tag = view.getUint8(at++);
    if (tag === TAG.untouched || tag === TAG.gone) {
      slots.push(tag === TAG.gone ? GONE : UNTOUCHED);
      continue;
    }
    const isDeleted = tag === TAG.movingDeleted;
    slots.push(tag === TAG.state ? stateAt(view, at) : movingAt(view, at, isDeleted));
    at += STATE_BYTES;
  }
  return slots;
}

function tagOf(slot: MessageState | MovingState): number {
  if (!isMoving(slot)) return TAG.state;
  return slot.isDeleted ? TAG.movingDeleted : TAG.moving;
}

function stateAt(view: DataView, at: number): MessageState {
  return {
    receiveCount: view.getUint32(at),
    visibleAtMs: view.getFloat64(at + 4),
    receiptNonce: view.getFloat64(at + 12),
    firstReceivedAtMs: view.getFloat64(at + 20),
  };
}

function movingAt(view: DataView, at: number, isDeleted: boolean): MovingState {
  return {
    moving: { laneId: view.getFloat64(at + 4), number: view.getFloat64(at + 12) },
    receiveCount: view.getUint32(at),
    firstReceivedAtMs: view.getFloat64(at + 20),
    isDeleted,
  };
}
