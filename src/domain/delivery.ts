/**
 * Delivery: messages as a receiver gets them, and their form on the way from a queue's object to the
 * Worker, which is the same in a response and in a frame of a long poll's socket:
 *
 *   u32 length of the JSON part | JSON array of one tuple per message | payloads, in order
 *
 * Payloads stay opaque bytes. A delivery comes from our own object, so a malformed one is a bug.
 */
import { assert } from "./assert.ts";

export type DeliveredMessage = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  readonly receiveCount: number;
  readonly payload: Uint8Array;
};

const LENGTH_BYTES = 4;

export function packDelivery(messages: readonly DeliveredMessage[]): Uint8Array {
  const tuples = messages.map((message) => [
    message.messageId,
    message.receiptHandle,
    message.sentAtMs,
    message.firstReceivedAtMs,
    message.receiveCount,
    message.payload.byteLength,
  ]);
  const json = Buffer.from(JSON.stringify(tuples));
  const payloadBytes = messages.reduce((sum, { payload }) => sum + payload.byteLength, 0);
  const packed = new Uint8Array(LENGTH_BYTES + json.byteLength + payloadBytes);
  new DataView(packed.buffer).setUint32(0, json.byteLength);
  packed.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + json.byteLength;
  for (const { payload } of messages) {
    packed.set(payload, at);
    at += payload.byteLength;
  }
  return packed;
}

/** The payloads are views into `packed`. */
export function unpackDelivery(packed: Uint8Array): DeliveredMessage[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const jsonBytes = view.getUint32(0);
  let at = LENGTH_BYTES + jsonBytes;
  const tuples: unknown = JSON.parse(Buffer.from(packed.subarray(LENGTH_BYTES, at)).toString());
  assert(Array.isArray(tuples), "a delivery lists its messages");
  return tuples.map((tuple: unknown) => {
    const { payloadBytes, ...message } = readTuple(tuple);
    const payload = packed.subarray(at, at + payloadBytes);
    at += payloadBytes;
    return { ...message, payload };
  });
}

function readTuple(tuple: unknown): Omit<DeliveredMessage, "payload"> & { payloadBytes: number } {
  assert(Array.isArray(tuple), "a delivered message is a tuple");
  const [
    messageId,
    receiptHandle,
    sentAtMs,
    firstReceivedAtMs,
    receiveCount,
    payloadBytes,
  ]: unknown[] = tuple;
  assert(typeof messageId === "string" && typeof receiptHandle === "string", "ids are texts");
  assert(
    typeof sentAtMs === "number" && typeof firstReceivedAtMs === "number",
    "instants are numbers",
  );
  assert(
    typeof receiveCount === "number" && typeof payloadBytes === "number",
    "counts are numbers",
  );
  return { messageId, receiptHandle, sentAtMs, firstReceivedAtMs, receiveCount, payloadBytes };
}
