/**
 * From a SendMessage request, or an entry of a batch, to a message that a queue's object can store:
 * every check that needs no queue, the digests, the packed payload.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { DELAY_SECONDS_MAX, TRACE_HEADER_BYTES_MAX } from "../domain/limits.ts";
import type { QueueKind } from "../domain/queue-name.ts";
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
  /** Of a FIFO queue's message: its group, and by what it is known again. */
  readonly placing: Placing;
  readonly receipt: {
    readonly MessageId: string;
    readonly MD5OfMessageBody: string;
    readonly MD5OfMessageAttributes?: string;
    readonly MD5OfMessageSystemAttributes?: string;
  };
};

export type Placing = {
  readonly messageGroupId: string;
  readonly deduplicationId: string;
  /** The deduplication id is the body's digest. */
  readonly isContentBased: boolean;
};

export type Sender = { readonly senderId: string; readonly traceHeader: string | undefined };

export function newMessage(
  input: MessageInput,
  sender: Sender,
  kind: QueueKind,
): Result<NewMessage> {
  const body = input.MessageBody ?? "";
  const flaw = bodyFlaw(body) ?? (kind === "fifo" ? orderedFlaw(input) : parameterFlaw(input));
  if (flaw !== undefined) return refused(flaw);
  const attributes = checkedAttributes(input.MessageAttributes ?? NO_ATTRIBUTES);
  if (!attributes.ok) return attributes;
  const systemAttributes = checkedSystemAttributes(input.MessageSystemAttributes ?? NO_ATTRIBUTES);
  if (!systemAttributes.ok) return systemAttributes;
  const placing = kind === "fifo" ? placingOf(input, body) : undefined;
  return accepted(
    packed(input, { sender, body, placing }, attributes.value, systemAttributes.value),
  );
}

function placingOf({ MessageGroupId = "", MessageDeduplicationId }: MessageInput, body: string) {
  const isContentBased = MessageDeduplicationId === undefined;
  const deduplicationId = MessageDeduplicationId ?? sha256(body);
  return { messageGroupId: MessageGroupId, deduplicationId, isContentBased };
}

/** Content-based deduplication: of the body alone, without its attributes (SQS developer guide). */
function sha256(body: string): string {
  return createHash("sha256").update(body).digest("hex");
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

/** A standard queue looks at neither. */
const UNPLACED: Placing = { messageGroupId: "", deduplicationId: "", isContentBased: false };

const NO_ATTRIBUTES: ReadonlyMap<string, MessageAttributeValue> = new Map();

function bodyFlaw(body: string): Refusal | undefined {
  if (body === "") return { kind: "message-empty" };
  return hasIllegalCharacter(body) ? { kind: "message-characters-invalid" } : undefined;
}

function delayFlaw({ DelaySeconds }: MessageInput): Refusal | undefined {
  return rangeFlaw("DelaySeconds", DelaySeconds, {
    min: 0,
    max: DELAY_SECONDS_MAX,
    reason: "DelaySeconds must be >= 0 and <= 900",
  });
}

/** A FIFO message has a group, and no delay of its own: 0 stands for none (recorded on SQS). */
function orderedFlaw(input: MessageInput): Refusal | undefined {
  const { DelaySeconds = 0, MessageGroupId, MessageDeduplicationId } = input;
  const flaw = delayFlaw(input);
  if (flaw !== undefined) return flaw;
  if (DelaySeconds !== 0) return unfit("DelaySeconds", String(DelaySeconds));
  if (MessageGroupId === undefined) return { kind: "message-group-id-missing" };
  const groupFlaw = identifierFlaw("MessageGroupId", MessageGroupId);
  if (groupFlaw !== undefined || MessageDeduplicationId === undefined) return groupFlaw;
  return identifierFlaw("MessageDeduplicationId", MessageDeduplicationId);
}

function parameterFlaw(input: MessageInput): Refusal | undefined {
  const { MessageGroupId, MessageDeduplicationId } = input;
  const flaw = delayFlaw(input);
  if (flaw !== undefined) return flaw;
  const groupFlaw =
    MessageGroupId === undefined ? undefined : identifierFlaw("MessageGroupId", MessageGroupId);
  if (groupFlaw !== undefined) return groupFlaw;
  if (MessageDeduplicationId === undefined) return undefined;
  return unfit("MessageDeduplicationId", MessageDeduplicationId);
}

function unfit(parameterName: string, value: string): Refusal {
  const reason = "The request include parameter that is not valid for this queue type";
  return { kind: "parameter-invalid", parameterName, value, reason };
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

function packed(
  input: MessageInput,
  { sender, body, placing }: { sender: Sender; body: string; placing: Placing | undefined },
  attributes: Attributes,
  systemAttributes: Attributes,
): NewMessage {
  const messageId = crypto.randomUUID();
  const bodyMd5 = md5(body);
  const traceHeader = systemAttributes.get("AWSTraceHeader")?.StringValue ?? sender.traceHeader;
  const payload = draftPayload(body, bodyMd5, {
    senderId: sender.senderId,
    ...(input.MessageGroupId === undefined ? {} : { messageGroupId: input.MessageGroupId }),
    ...(placing === undefined ? {} : { messageDeduplicationId: placing.deduplicationId }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    ...(attributes.size === 0 ? {} : { attributes }),
  });
  const sizeBytes = bodyBytes(body, attributes);
  const { DelaySeconds: delaySeconds } = input;
  const message = { messageId, sizeBytes, ...payload };
  return {
    message: delaySeconds === undefined ? message : { ...message, delaySeconds },
    placing: placing ?? UNPLACED,
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
