/**
 * ReceiveMessage: what a receiver asks for, and how stored messages are shown to it. A payload is
 * read only as far as was asked: without attribute names its JSON part stays closed.
 */
import type { DeliveredMessage } from "../domain/delivery.ts";
import {
  RECEIVE_COUNT_MAX,
  VISIBILITY_TIMEOUT_SECONDS_MAX,
  WAIT_TIME_SECONDS_MAX,
} from "../domain/limits.ts";
import { SEQUENCE_BYTES, sequenceOf } from "../domain/ordered-shipment.ts";
import { type QueueKind, queueKind } from "../domain/queue-name.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import { printSequenceNumber } from "../domain/sequence-number.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { md5OfAttributes } from "../protocol/digest.ts";
import type { Message } from "../protocol/message-actions.ts";
import { type Exchange, onQueue } from "./exchange.ts";
import { poll } from "./long-poll.ts";
import { identifierFlaw } from "./message-content.ts";
import { matchingAttributes, requestedSystemNames, type SystemName } from "./message-filter.ts";
import { type Envelope, type OpenedPayload, openPayload } from "./payload.ts";
import { rangeFlaw } from "./range.ts";

type Input = ActionInput<"ReceiveMessage">;
type Wanted = { readonly systemNames: readonly SystemName[]; readonly patterns: readonly string[] };

export function receiveMessage(
  input: Input,
  exchange: Exchange,
): Promise<Result<ActionOutput<"ReceiveMessage">>> {
  return onQueue(
    input,
    exchange,
    ({ queueName }) => checkedOrder(input, queueKind(queueName)),
    async (queue, order, identity) => {
      const received = await poll({ queue, identity }, order, exchange.signal);
      if (!received.ok) return received;
      if (received.value.length === 0) return accepted({});
      const wanted = wantedAttributes(input);
      const stored = queueKind(identity.queueName) === "fifo" ? ordered : unordered;
      return accepted({
        Messages: received.value.map((message) => shown(message, stored(message), wanted)),
      });
    },
  );
}

function checkedOrder(input: Input, kind: QueueKind) {
  const { MaxNumberOfMessages: maxCount, WaitTimeSeconds, VisibilityTimeout } = input;
  // A standard queue ignores it (recorded on SQS).
  const attemptId = kind === "fifo" ? input.ReceiveRequestAttemptId : undefined;
  const flaw: Refusal | undefined =
    rangeFlaw("MaxNumberOfMessages", maxCount, {
      min: 1,
      max: RECEIVE_COUNT_MAX,
      reason: "Must be between 1 and 10, if provided",
    }) ??
    rangeFlaw("WaitTimeSeconds", WaitTimeSeconds, {
      min: 0,
      max: WAIT_TIME_SECONDS_MAX,
      reason: "Must be >= 0 and <= 20, if provided",
    }) ??
    rangeFlaw("VisibilityTimeout", VisibilityTimeout, {
      min: 0,
      max: VISIBILITY_TIMEOUT_SECONDS_MAX,
      reason: "Must be >= 0 and <= 43200, if provided",
    }) ??
    (attemptId === undefined ? undefined : identifierFlaw("ReceiveRequestAttemptId", attemptId));
  if (flaw !== undefined) return refused(flaw);
  return accepted({
    maxCount: maxCount ?? 1,
    waitTimeSeconds: WaitTimeSeconds,
    visibilityTimeoutSeconds: VisibilityTimeout,
    attemptId,
  });
}

/** The deprecated AttributeNames and its successor are united. */
function wantedAttributes(input: Input): Wanted {
  const names = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  return {
    systemNames: requestedSystemNames(names),
    patterns: input.MessageAttributeNames ?? [],
  };
}

/** What is stored of a message, opened; its sequence number if it has one. */
type Stored = { readonly opened: OpenedPayload; readonly sequenceNumber: string | undefined };

function unordered({ payload }: DeliveredMessage): Stored {
  return { opened: openPayload(payload), sequenceNumber: undefined };
}

function ordered({ payload }: DeliveredMessage): Stored {
  return {
    opened: openPayload(payload.subarray(SEQUENCE_BYTES)),
    sequenceNumber: printSequenceNumber(sequenceOf(payload)),
  };
}

function shown(
  message: DeliveredMessage,
  { opened: { body, bodyMd5, envelope }, sequenceNumber }: Stored,
  { systemNames, patterns }: Wanted,
): Message {
  const output: Message = {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: bodyMd5,
    Body: body,
  };
  if (systemNames.length === 0 && patterns.length === 0) return output;
  const opened = envelope();
  const Attributes = systemAttributes(message, { ...opened, sequenceNumber }, systemNames);
  const MessageAttributes = matchingAttributes(opened.attributes ?? new Map(), patterns);
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
  envelope: Envelope & { readonly sequenceNumber: string | undefined },
  names: readonly SystemName[],
): Map<string, string> {
  const values: Record<SystemName, string | undefined> = {
    SenderId: envelope.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    AWSTraceHeader: envelope.traceHeader,
    MessageGroupId: envelope.messageGroupId,
    MessageDeduplicationId: envelope.messageDeduplicationId,
    SequenceNumber: envelope.sequenceNumber,
  };
  const present = new Map<string, string>();
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) present.set(name, value);
  }
  return present;
}
