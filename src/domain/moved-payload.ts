/**
 * The payload of a message that came from another queue as a dead letter: what its receivers see of its
 * life so far stands before what its sender sent, which stays as it was:
 *
 *   u8 mark | u16 length of the ARN | u32 receive count | f64 first received at ms | f64 sent at ms |
 *   ARN of the queue that it came from | payload
 *
 * A payload begins with a version of its own, which never is the mark. Redriven messages are fresh ones
 * and have no such beginning.
 */
import { Buffer } from "node:buffer";

/** A message's life in the queues that it has left. */
export type EarlierLife = {
  /** The latest of those queues. */
  readonly sourceArn: string;
  /** Receives in all of them. */
  readonly receiveCount: number;
  /** 0 if it was never received. */
  readonly firstReceivedAtMs: number;
  readonly sentAtMs: number;
};

const MARK = 0xd1;
const HEADER_BYTES = 23;

/** Undefined of a message that was sent to the queue that it is in. */
export function earlierLifeOf(payload: Uint8Array): EarlierLife | undefined {
  if (payload[0] !== MARK) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const arnEnd = HEADER_BYTES + view.getUint16(1);
  return {
    sourceArn: Buffer.from(payload.subarray(HEADER_BYTES, arnEnd)).toString("latin1"),
    receiveCount: view.getUint32(3),
    firstReceivedAtMs: view.getFloat64(7),
    sentAtMs: view.getFloat64(15),
  };
}

/** What the sender sent: a view. */
export function ownPayload(payload: Buffer): Buffer;
export function ownPayload(payload: Uint8Array): Uint8Array;
export function ownPayload(payload: Uint8Array): Uint8Array {
  if (payload[0] !== MARK) return payload;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return payload.subarray(HEADER_BYTES + view.getUint16(1));
}

/** `payload` is the sender's own. */
export function movedPayload(payload: Uint8Array, life: EarlierLife): Uint8Array {
  const arnBytes = life.sourceArn.length;
  const moved = Buffer.alloc(HEADER_BYTES + arnBytes + payload.byteLength);
  moved.writeUInt8(MARK, 0);
  moved.writeUInt16BE(arnBytes, 1);
  moved.writeUInt32BE(life.receiveCount, 3);
  moved.writeDoubleBE(life.firstReceivedAtMs, 7);
  moved.writeDoubleBE(life.sentAtMs, 15);
  moved.write(life.sourceArn, HEADER_BYTES, "latin1");
  moved.set(payload, HEADER_BYTES + arnBytes);
  return moved;
}
