/**
 * TransferBatch: messages on their way from one queue to another, as the target will store them, in one
 * piece of bytes:
 *
 *   u16 count | count x (f64 number, f64 sent at ms, 16 bytes message id, u32 payload length) | payloads
 *
 * Numbers are the source's, and only grow. Sent at 0 is the moment of the arrival. A payload to a FIFO
 * queue begins with the place for its sequence number. A batch comes from our own object, so a malformed
 * one is a bug.
 */
import { Buffer } from "node:buffer";
import { assert } from "./assert.ts";
import { earlierLifeOf, movedPayload, ownPayload } from "./moved-payload.ts";
import { SEQUENCE_BYTES } from "./ordered-shipment.ts";

export type Arrival = {
  readonly number: number;
  /** 0: when it arrives. */
  readonly sentAtMs: number;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
};

/** A message as its source has it. */
export type Departure = {
  readonly number: number;
  readonly id: Uint8Array;
  readonly payload: Uint8Array;
  readonly sentAtMs: number;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: number;
};

const HEADER_BYTES = 2;
const ENTRY_BYTES = 36;

/**
 * A dead letter keeps its id, its count of receives and, on a standard queue, its time of sending (SQS
 * developer guide, "Dead-letter queues").
 */
export function deadLetter(departure: Departure, sourceArn: string, isOrdered: boolean): Arrival {
  const { number, id } = departure;
  const payload = isOrdered ? departure.payload.subarray(SEQUENCE_BYTES) : departure.payload;
  const before = earlierLifeOf(payload);
  const life = {
    sourceArn,
    receiveCount: (before?.receiveCount ?? 0) + departure.receiveCount,
    firstReceivedAtMs: earliest(before?.firstReceivedAtMs ?? 0, departure.firstReceivedAtMs),
    sentAtMs: before?.sentAtMs ?? departure.sentAtMs,
  };
  const moved = movedPayload(ownPayload(payload), life);
  return isOrdered
    ? { number, id, sentAtMs: 0, payload: withPlaceForSequence(moved) }
    : { number, id, sentAtMs: life.sentAtMs, payload: moved };
}

/** A redriven message is a fresh one: another id, and it is sent when it arrives. */
export function redriven(departure: Departure, freshId: Uint8Array, isOrdered: boolean): Arrival {
  const { number, payload } = departure;
  const own = ownPayload(isOrdered ? payload.subarray(SEQUENCE_BYTES) : payload);
  return {
    number,
    id: freshId,
    sentAtMs: 0,
    payload: isOrdered ? withPlaceForSequence(own) : own,
  };
}

export function packTransfer(arrivals: readonly Arrival[]): Uint8Array {
  const payloadsAt = HEADER_BYTES + ENTRY_BYTES * arrivals.length;
  const bytes = arrivals.reduce((sum, { payload }) => sum + payload.byteLength, payloadsAt);
  const packed = new Uint8Array(bytes);
  const view = new DataView(packed.buffer);
  view.setUint16(0, arrivals.length);
  let at = HEADER_BYTES;
  let payloadAt = payloadsAt;
  for (const { number, sentAtMs, id, payload } of arrivals) {
    view.setFloat64(at, number);
    view.setFloat64(at + 8, sentAtMs);
    packed.set(id, at + 16);
    view.setUint32(at + 32, payload.byteLength);
    packed.set(payload, payloadAt);
    at += ENTRY_BYTES;
    payloadAt += payload.byteLength;
  }
  return packed;
}

/** Ids and payloads are views into `packed`. */
export function unpackTransfer(packed: Uint8Array): Arrival[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const count = view.getUint16(0);
  const arrivals: Arrival[] = [];
  let payloadAt = HEADER_BYTES + ENTRY_BYTES * count;
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + ENTRY_BYTES * index;
    const payloadEnd = payloadAt + view.getUint32(at + 32);
    arrivals.push({
      number: view.getFloat64(at),
      sentAtMs: view.getFloat64(at + 8),
      id: packed.subarray(at + 16, at + 32),
      payload: packed.subarray(payloadAt, payloadEnd),
    });
    payloadAt = payloadEnd;
  }
  assert(payloadAt === packed.byteLength, "a batch's lengths add up");
  return arrivals;
}

/** 0 is never. */
function earliest(atMs: number, otherAtMs: number): number {
  return atMs === 0 ? otherAtMs : atMs;
}

function withPlaceForSequence(payload: Uint8Array): Uint8Array {
  const placed = Buffer.alloc(SEQUENCE_BYTES + payload.byteLength);
  placed.set(payload, SEQUENCE_BYTES);
  return placed;
}
