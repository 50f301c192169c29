/**
 * A stored message as a receiver sees it. A payload is read only as far as was asked: without attribute
 * names its JSON part stays closed. What stands before the sender's payload is taken off here: the
 * sequence number of a FIFO message, and of a dead letter its life in the queues that it has left.
 */
import { Buffer } from "node:buffer";
import type { DeliveredMessage } from "../domain/delivery.ts";
import { earlierLifeOf, ownPayload } from "../domain/moved-payload.ts";
import { SEQUENCE_BYTES, sequenceOf } from "../domain/ordered-shipment.ts";
import type { QueueKind } from "../domain/queue-name.ts";
import { printSequenceNumber } from "../domain/sequence-number.ts";
import { md5OfAttributes } from "../protocol/digest.ts";
import type { Message } from "../protocol/message-actions.ts";
import { matchingAttributes, type SystemName } from "./message-filter.ts";
import { type Envelope, type OpenedPayload, openPayload } from "./payload.ts";

export type Wanted = {
  readonly systemNames: readonly SystemName[];
  readonly patterns: readonly string[];
};

export function shownMessage(message: DeliveredMessage, kind: QueueKind, wanted: Wanted): Message {
  const { payload } = message;
  const stored = kind === "fifo" ? ordered(payload) : opened(payload, undefined);
  const output: Message = {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: stored.payload.bodyMd5,
    Body: stored.payload.body,
  };
  const { systemNames, patterns } = wanted;
  if (systemNames.length === 0 && patterns.length === 0) return output;
  const envelope = stored.payload.envelope();
  const Attributes = systemAttributes(message, envelope, stored, systemNames);
  const MessageAttributes = matchingAttributes(envelope.attributes ?? new Map(), patterns);
  return {
    ...output,
    ...(Attributes.size === 0 ? {} : { Attributes }),
    ...(MessageAttributes.size === 0
      ? {}
      : { MD5OfMessageAttributes: md5OfAttributes(MessageAttributes), MessageAttributes }),
  };
}

/** What is stored of a message, opened. */
type Stored = {
  readonly payload: OpenedPayload;
  /** Of a FIFO message. */
  readonly sequenceNumber: string | undefined;
  /** Of a dead letter: the queue that it came from. */
  readonly sourceArn: string | undefined;
};

function ordered(payload: Buffer): Stored {
  return opened(payload.subarray(SEQUENCE_BYTES), printSequenceNumber(sequenceOf(payload)));
}

function opened(payload: Buffer, sequenceNumber: string | undefined): Stored {
  const life = earlierLifeOf(payload);
  if (life === undefined) {
    return { payload: openPayload(payload), sequenceNumber, sourceArn: undefined };
  }
  const { buffer, byteOffset, byteLength } = ownPayload(payload);
  const own = Buffer.from(buffer, byteOffset, byteLength);
  return { payload: openPayload(own), sequenceNumber, sourceArn: life.sourceArn };
}

function systemAttributes(
  message: DeliveredMessage,
  envelope: Envelope,
  { sequenceNumber, sourceArn }: Stored,
  names: readonly SystemName[],
): Map<string, string> {
  const { messageDeduplicationId } = envelope;
  const values: Record<SystemName, string | undefined> = {
    SenderId: envelope.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    AWSTraceHeader: envelope.traceHeader,
    MessageGroupId: envelope.messageGroupId,
    // A dead letter's is its message id, so that no dead-letter queue takes it for a duplicate.
    MessageDeduplicationId:
      messageDeduplicationId === undefined || sourceArn === undefined
        ? messageDeduplicationId
        : message.messageId,
    SequenceNumber: sequenceNumber,
    DeadLetterQueueSourceArn: sourceArn,
  };
  const present = new Map<string, string>();
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) present.set(name, value);
  }
  return present;
}
