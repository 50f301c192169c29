/**
 * Messages as receivers see them: what a dead letter brings from the queues that it has left is shown,
 * and everything else of it is as its sender wrote it.
 */
import { describe, expect, test } from "vitest";
import { assert } from "../../src/domain/assert.ts";
import type { DeliveredMessage } from "../../src/domain/delivery.ts";
import { movedPayload } from "../../src/domain/moved-payload.ts";
import { SEQUENCE_BYTES, setSequence } from "../../src/domain/ordered-shipment.ts";
import type { QueueKind } from "../../src/domain/queue-name.ts";
import { printSequenceNumber } from "../../src/domain/sequence-number.ts";
import { md5OfAttributes } from "../../src/protocol/digest.ts";
import { keyringOf } from "../../src/router/keyring.ts";
import { requestedSystemNames } from "../../src/router/message-filter.ts";
import { draftPayload, type Envelope } from "../../src/router/payload.ts";
import { shownMessage } from "../../src/router/shown-message.ts";
import { openedMessages, type StoredMessage } from "../../src/router/stored-message.ts";

const BODY = "中 body";
const MD5 = "78e731027d8fd50ed642340b7c9a63b3";
const SOURCE_ARN = "arn:aws:sqs:us-east-1:000000000000:source";
const SEQUENCE = 4_102_444_800_000_000;
const ATTRIBUTES = new Map([["k", { DataType: "String", StringValue: "v" }]]);
const ALL = { systemNames: requestedSystemNames(["All"]), patterns: ["All"] };
const NOTHING = { systemNames: [], patterns: [] };

function sealed(envelope: Envelope): Buffer {
  const draft = draftPayload(BODY, MD5, envelope);
  const payload = Buffer.alloc(draft.payloadBytes);
  draft.write(payload, 0);
  return payload;
}

function moved(payload: Buffer): Uint8Array {
  const life = { receiveCount: 1, firstReceivedAtMs: 2_000, sentAtMs: 1_000 };
  return movedPayload(payload, { sourceArn: SOURCE_ARN, ...life });
}

/** Amid other bytes, as in a delivery. */
function delivered(...parts: Uint8Array[]): DeliveredMessage {
  const bytes = Buffer.concat([Buffer.alloc(3, 0xff), ...parts, Buffer.alloc(3, 0xff)]);
  return {
    messageId: "0e5a3c1e-0000-4000-8000-000000000001",
    receiptHandle: "handle",
    sentAtMs: 1_000,
    firstReceivedAtMs: 2_000,
    receiveCount: 2,
    payload: bytes.subarray(3, -3),
  };
}

function numbered(): Uint8Array {
  const bytes = new Uint8Array(SEQUENCE_BYTES);
  setSequence(bytes, SEQUENCE);
  return bytes;
}

async function stored(message: DeliveredMessage, kind: QueueKind): Promise<StoredMessage> {
  const queueName = kind === "fifo" ? "q.fifo" : "q";
  const identity = { accountId: "000000000000", region: "us-east-1", queueName };
  const keyring = keyringOf({});
  assert(keyring !== undefined, "no keys make an empty keyring");
  const [opened] = await openedMessages([message], identity, keyring);
  assert(opened?.stored !== undefined, "what is not sealed opens");
  return opened.stored;
}

const LIFE = {
  SenderId: "000000000000",
  SentTimestamp: "1000",
  ApproximateReceiveCount: "2",
  ApproximateFirstReceiveTimestamp: "2000",
};
const PLAIN: Envelope = { senderId: "000000000000", attributes: ATTRIBUTES };
const PLACED = { ...PLAIN, messageGroupId: "g", messageDeduplicationId: "d", traceHeader: "t" };
const ORDER = { MessageGroupId: "g", SequenceNumber: printSequenceNumber(SEQUENCE) };

describe.each([
  {
    title: "of a standard queue",
    kind: "standard" as const,
    message: delivered(sealed(PLAIN)),
    shown: LIFE,
  },
  {
    title: "of a FIFO queue",
    kind: "fifo" as const,
    message: delivered(numbered(), sealed(PLACED)),
    shown: { ...LIFE, ...ORDER, MessageDeduplicationId: "d", AWSTraceHeader: "t" },
  },
  {
    title: "that a standard queue dead-lettered",
    kind: "standard" as const,
    message: delivered(moved(sealed(PLAIN))),
    shown: { ...LIFE, DeadLetterQueueSourceArn: SOURCE_ARN },
  },
  {
    title: "that a standard queue dead-lettered with its group",
    kind: "standard" as const,
    message: delivered(moved(sealed({ ...PLAIN, messageGroupId: "g" }))),
    shown: { ...LIFE, MessageGroupId: "g", DeadLetterQueueSourceArn: SOURCE_ARN },
  },
  {
    title: "that a FIFO queue dead-lettered, with its message id as deduplication id [docs],",
    kind: "fifo" as const,
    message: delivered(numbered(), moved(sealed(PLACED))),
    shown: {
      ...LIFE,
      ...ORDER,
      MessageDeduplicationId: "0e5a3c1e-0000-4000-8000-000000000001",
      AWSTraceHeader: "t",
      DeadLetterQueueSourceArn: SOURCE_ARN,
    },
  },
])("a message $title", ({ kind, message, shown }) => {
  const plain = {
    MessageId: message.messageId,
    ReceiptHandle: "handle",
    MD5OfBody: MD5,
    Body: BODY,
  };

  test("is shown with all of its attributes", async () => {
    expect(shownMessage(message, await stored(message, kind), ALL)).toEqual({
      ...plain,
      Attributes: new Map(Object.entries(shown)),
      MD5OfMessageAttributes: md5OfAttributes(ATTRIBUTES),
      MessageAttributes: ATTRIBUTES,
    });
  });

  test("is shown without any, if none is asked for", async () => {
    expect(shownMessage(message, await stored(message, kind), NOTHING)).toEqual(plain);
  });

  test("names its source if that alone is asked for and there is one [snap, pail]", async () => {
    const systemNames = requestedSystemNames(["DeadLetterQueueSourceArn"]);
    const { Attributes } = shownMessage(message, await stored(message, kind), {
      systemNames,
      patterns: [],
    });
    const source = Object.entries(shown).filter(([name]) => name === "DeadLetterQueueSourceArn");
    expect(Attributes).toEqual(source.length === 0 ? undefined : new Map(source));
  });
});
