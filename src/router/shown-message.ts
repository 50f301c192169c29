/**
 * A stored message as a receiver sees it. A payload is read only as far as was asked: without attribute
 * names its JSON part stays closed. How what is stored is opened, `stored-message.ts` says.
 */
import type { DeliveredMessage } from "../domain/delivery.ts";
import { md5OfAttributes } from "../protocol/digest.ts";
import type { Message } from "../protocol/message-actions.ts";
import { matchingAttributes, type SystemName } from "./message-filter.ts";
import type { Envelope } from "./payload.ts";
import type { StoredMessage } from "./stored-message.ts";

export type Wanted = {
  readonly systemNames: readonly SystemName[];
  readonly patterns: readonly string[];
};

export function shownMessage(
  message: DeliveredMessage,
  stored: StoredMessage,
  wanted: Wanted,
): Message {
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

function systemAttributes(
  message: DeliveredMessage,
  envelope: Envelope,
  { sequenceNumber, sourceArn }: StoredMessage,
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
