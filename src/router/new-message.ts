/**
 * From a SendMessage request, or an entry of a batch, to a message that a queue's object can store:
 * every check that needs no queue, the digests, the sealed payload.
 */
import { Buffer } from "node:buffer";
import { DELAY_SECONDS_MAX, TRACE_HEADER_BYTES_MAX } from "../domain/limits.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { Shippable } from "../domain/shipment.ts";
import { md5OfAttributes } from "../protocol/digest.ts";
import { md5 } from "../protocol/md5.ts";
import type { MessageAttributeValue } from "../protocol/message-actions.ts";
import {
  type Attributes,
  bodyBytes,
  checkedAttributes,
  hasIllegalCharacter,
  identifierFlaw,
} from "./message-content.ts";
import { draftPayload } from "./payload.ts";
import { rangeFlaw } from "./range.ts";

/** The members that SendMessage and an entry of SendMessageBatch have in common. */
export type MessageInput = {
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
  readonly MessageAttributes?: ReadonlyMap<string, MessageAttributeValue>;
  readonly MessageSystemAttributes?: ReadonlyMap<string, MessageAttributeValue>;
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
};

/** A message that may be sent, and what its sender is told if it is. */
export type NewMessage = {
  readonly message: Shippable;
  readonly receipt: {
    readonly MessageId: string;
    readonly MD5OfMessageBody: string;
    readonly MD5OfMessageAttributes?: string;
    readonly MD5OfMessageSystemAttributes?: string;
  };
};

type Sender = { readonly senderId: string; readonly traceHeader: string | undefined };

export function newMessage(input: MessageInput, sender: Sender): Result<NewMessage> {
  const body = input.MessageBody ?? "";
  const flaw = bodyFlaw(body) ?? parameterFlaw(input);
  if (flaw !== undefined) return refused(flaw);
  const attributes = checkedAttributes(input.MessageAttributes ?? NO_ATTRIBUTES);
  if (!attributes.ok) return attributes;
  const systemAttributes = checkedSystemAttributes(input.MessageSystemAttributes ?? NO_ATTRIBUTES);
  if (!systemAttributes.ok) return systemAttributes;
  return accepted(sealed(input, sender, body, attributes.value, systemAttributes.value));
}

/** What SQS counts towards the limits of a message and of a batch, as far as it can be told. */
export function inputBytes(input: MessageInput): number {
  const attributes = new Map(
    [...(input.MessageAttributes ?? NO_ATTRIBUTES)].map(([name, value]) => {
      return [name, { ...value, DataType: value.DataType ?? "" }];
    }),
  );
  return bodyBytes(input.MessageBody ?? "", attributes);
}

const NO_ATTRIBUTES: ReadonlyMap<string, MessageAttributeValue> = new Map();

function bodyFlaw(body: string): Refusal | undefined {
  if (body === "") return { kind: "message-empty" };
  return hasIllegalCharacter(body) ? { kind: "message-characters-invalid" } : undefined;
}

function parameterFlaw(input: MessageInput): Refusal | undefined {
  const { DelaySeconds, MessageGroupId, MessageDeduplicationId } = input;
  const delayFlaw = rangeFlaw("DelaySeconds", DelaySeconds, {
    min: 0,
    max: DELAY_SECONDS_MAX,
    reason: "DelaySeconds must be >= 0 and <= 900",
  });
  if (delayFlaw !== undefined) return delayFlaw;
  const groupFlaw =
    MessageGroupId === undefined ? undefined : identifierFlaw("MessageGroupId", MessageGroupId);
  if (groupFlaw !== undefined) return groupFlaw;
  if (MessageDeduplicationId === undefined) return undefined;
  return {
    kind: "parameter-invalid",
    parameterName: "MessageDeduplicationId",
    value: MessageDeduplicationId,
    reason: "The request include parameter that is not valid for this queue type",
  };
}

/** AWSTraceHeader is the only system attribute that a sender may set, and it is a String. */
function checkedSystemAttributes(
  given: ReadonlyMap<string, MessageAttributeValue>,
): Result<Attributes> {
  for (const [name, { DataType, StringValue = "" }] of given) {
    if (name !== "AWSTraceHeader") {
      return invalid(`Message system attribute name '${name}' is invalid.`);
    }
    if (DataType !== undefined && DataType !== "" && DataType !== "String") {
      return invalid(
        `The type of message (system) attribute '${name}' is invalid. You must use only the following supported type prefixes: String.`,
      );
    }
    if (Buffer.byteLength(StringValue) > TRACE_HEADER_BYTES_MAX) {
      return invalid(
        `Message (system) attribute '${name}' must be shorter than ${TRACE_HEADER_BYTES_MAX} bytes.`,
      );
    }
  }
  return checkedAttributes(given);
}

function invalid(message: string): Result<never> {
  return refused({ kind: "request-invalid", message });
}

function sealed(
  input: MessageInput,
  sender: Sender,
  body: string,
  attributes: Attributes,
  systemAttributes: Attributes,
): NewMessage {
  const messageId = crypto.randomUUID();
  const bodyMd5 = md5(body);
  const traceHeader = systemAttributes.get("AWSTraceHeader")?.StringValue ?? sender.traceHeader;
  const payload = draftPayload(body, bodyMd5, {
    senderId: sender.senderId,
    ...(input.MessageGroupId === undefined ? {} : { messageGroupId: input.MessageGroupId }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    ...(attributes.size === 0 ? {} : { attributes }),
  });
  const sizeBytes = bodyBytes(body, attributes);
  const { DelaySeconds: delaySeconds } = input;
  const message = { messageId, sizeBytes, ...payload };
  return {
    message: delaySeconds === undefined ? message : { ...message, delaySeconds },
    receipt: {
      MessageId: messageId,
      MD5OfMessageBody: bodyMd5,
      ...(attributes.size === 0 ? {} : { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
      ...(systemAttributes.size === 0
        ? {}
        : { MD5OfMessageSystemAttributes: md5OfAttributes(systemAttributes) }),
    },
  };
}
