/** What of a message goes along when it moves, and the batch in which it does. */
import { describe, expect, test } from "vitest";
import { earlierLifeOf, ownPayload } from "../../src/domain/moved-payload.ts";
import { SEQUENCE_BYTES, sequenceOf } from "../../src/domain/ordered-shipment.ts";
import {
  type Departure,
  deadLetter,
  packTransfer,
  redriven,
  unpackTransfer,
} from "../../src/domain/transfer-batch.ts";

const SOURCE_ARN = "arn:aws:sqs:us-east-1:000000000000:source";
const OTHER_ARN = "arn:aws:sqs:us-east-1:000000000000:other";
const ID = Uint8Array.from({ length: 16 }, (_, index) => index);
const OWN = Uint8Array.from([2, 3, 4]);
const SENT_MS = 1_800_000_000_000;

const LEAVING: Departure = {
  number: 7,
  id: ID,
  payload: OWN,
  sentAtMs: SENT_MS,
  receiveCount: 2,
  firstReceivedAtMs: SENT_MS + 5,
};

describe("a dead letter", () => {
  test("keeps its id and its time of sending, and brings its receives along", () => {
    const arrival = deadLetter(LEAVING, SOURCE_ARN, false);
    expect(arrival).toMatchObject({ number: 7, id: ID, sentAtMs: SENT_MS });
    expect(earlierLifeOf(arrival.payload)).toEqual({
      sourceArn: SOURCE_ARN,
      receiveCount: 2,
      firstReceivedAtMs: SENT_MS + 5,
      sentAtMs: SENT_MS,
    });
    expect([...ownPayload(arrival.payload)]).toEqual([...OWN]);
  });

  test("that was one before names the latest queue, and all its receives count", () => {
    const first = deadLetter(LEAVING, SOURCE_ARN, false);
    const again = { ...LEAVING, payload: first.payload, sentAtMs: SENT_MS + 100, receiveCount: 3 };
    const arrival = deadLetter({ ...again, firstReceivedAtMs: SENT_MS + 50 }, OTHER_ARN, false);
    expect(arrival.sentAtMs).toBe(SENT_MS);
    expect(earlierLifeOf(arrival.payload)).toEqual({
      sourceArn: OTHER_ARN,
      receiveCount: 5,
      firstReceivedAtMs: SENT_MS + 5,
      sentAtMs: SENT_MS,
    });
    expect([...ownPayload(arrival.payload)]).toEqual([...OWN]);
  });

  test("of a FIFO queue is sent when it arrives, with a place for another number", () => {
    const payload = Uint8Array.from([...new Array<number>(SEQUENCE_BYTES).fill(9), ...OWN]);
    const arrival = deadLetter({ ...LEAVING, payload }, SOURCE_ARN, true);
    expect(arrival.sentAtMs).toBe(0);
    expect(sequenceOf(arrival.payload)).toBe(0);
    expect([...ownPayload(arrival.payload.subarray(SEQUENCE_BYTES))]).toEqual([...OWN]);
  });
});

describe("a redriven message", () => {
  test("is a fresh one with what its sender sent", () => {
    const freshId = new Uint8Array(16).fill(1);
    const dead = deadLetter(LEAVING, SOURCE_ARN, false);
    const arrival = redriven({ ...LEAVING, payload: dead.payload }, freshId, false);
    expect(arrival).toMatchObject({ number: 7, id: freshId, sentAtMs: 0 });
    expect(earlierLifeOf(arrival.payload)).toBeUndefined();
    expect([...arrival.payload]).toEqual([...OWN]);
  });
});

describe("a batch", () => {
  test("arrives as it left, empty payloads and large numbers included", () => {
    const arrivals = [
      { number: 2 ** 52 + 1, sentAtMs: 0, id: ID, payload: new Uint8Array(0) },
      { number: 2 ** 52 + 2, sentAtMs: SENT_MS, id: ID.toReversed(), payload: OWN },
    ];
    const unpacked = unpackTransfer(packTransfer(arrivals));
    expect(unpacked.map(comparable)).toEqual(arrivals.map(comparable));
  });
});

function comparable<T extends { id: Uint8Array; payload: Uint8Array }>(arrival: T) {
  return { ...arrival, id: [...arrival.id], payload: [...arrival.payload] };
}
