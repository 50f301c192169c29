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
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { md5OfAttributes } from "../protocol/digest.ts";
import type { Message } from "../protocol/message-actions.ts";
import { type Exchange, onQueue } from "./exchange.ts";
import { poll } from "./long-poll.ts";
import { matchingAttributes, requestedSystemNames, type SystemName } from "./message-filter.ts";
import { type Envelope, openPayload } from "./payload.ts";
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
    () => checkedOrder(input),
    async (queue, order, identity) => {
      const received = await poll({ queue, identity }, order, exchange.signal);
      if (!received.ok) return received;
      if (received.value.length === 0) return accepted({});
      const wanted = wantedAttributes(input);
      return accepted({ Messages: received.value.map((message) => shown(message, wanted)) });
    },
  );
}

function checkedOrder(input: Input) {
  const { MaxNumberOfMessages: maxCount, WaitTimeSeconds, VisibilityTimeout } = input;
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
    });
  if (flaw !== undefined) return refused(flaw);
  return accepted({
    maxCount: maxCount ?? 1,
    waitTimeSeconds: WaitTimeSeconds,
    visibilityTimeoutSeconds: VisibilityTimeout,
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

function shown(message: DeliveredMessage, { systemNames, patterns }: Wanted): Message {
  const { body, bodyMd5, envelope } = openPayload(message.payload);
  const output: Message = {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: bodyMd5,
    Body: body,
  };
  if (systemNames.length === 0 && patterns.length === 0) return output;
  const opened = envelope();
  const Attributes = systemAttributes(message, opened, systemNames);
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
  envelope: Envelope,
  names: readonly SystemName[],
): Map<string, string> {
  const values: Record<SystemName, string | undefined> = {
    SenderId: envelope.senderId,
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    AWSTraceHeader: envelope.traceHeader,
    MessageGroupId: envelope.messageGroupId,
  };
  const present = new Map<string, string>();
  for (const name of names) {
    const value = values[name];
    if (value !== undefined) present.set(name, value);
  }
  return present;
}
