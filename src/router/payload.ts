/**
 * The payload of a stored message: everything that only the Worker understands, sealed into bytes
 * before it reaches an object.
 *
 *   u8 version | 16 bytes MD5 of the body | u32 length of the JSON part | JSON part | body in UTF-8
 *
 * The JSON part holds the sender, the attributes and the few system attributes that a sender sets.
 * It is read only if a receiver asks for some attribute.
 */
import { assert } from "../domain/assert.ts";
import { isJsonObject } from "../domain/json-object.ts";
import type { AttributeValue } from "../protocol/digest.ts";

export type Envelope = {
  readonly senderId: string;
  readonly messageGroupId?: string;
  readonly traceHeader?: string;
  readonly attributes?: ReadonlyMap<string, AttributeValue>;
};

/** A payload on its way: its bytes are known in number, and written with others in one piece. */
export type PayloadDraft = {
  readonly body: string;
  /** Hexadecimal. */
  readonly bodyMd5: string;
  readonly json: string;
  readonly payloadBytes: number;
};

const VERSION = 1;
const MD5_AT = 1;
const LENGTH_AT = 17;
const JSON_AT = 21;

export function draftPayload(body: string, bodyMd5: string, envelope: Envelope): PayloadDraft {
  const json = JSON.stringify(envelopeJson(envelope));
  const payloadBytes = JSON_AT + Buffer.byteLength(json) + Buffer.byteLength(body);
  return { body, bodyMd5, json, payloadBytes };
}

export function sealPayloads(drafts: readonly PayloadDraft[]): Uint8Array {
  const totalBytes = drafts.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0);
  const payloads = Buffer.allocUnsafeSlow(totalBytes);
  let at = 0;
  for (const { body, bodyMd5, json, payloadBytes } of drafts) {
    payloads.writeUInt8(VERSION, at);
    payloads.write(bodyMd5, at + MD5_AT, "hex");
    const jsonBytes = payloads.write(json, at + JSON_AT);
    payloads.writeUInt32BE(jsonBytes, at + LENGTH_AT);
    payloads.write(body, at + JSON_AT + jsonBytes);
    at += payloadBytes;
  }
  return payloads;
}

export function openPayload(payload: Uint8Array): {
  body: string;
  bodyMd5: string;
  envelope: () => Envelope;
} {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  assert(bytes.readUInt8(0) === VERSION, "a payload's version is known");
  const bodyAt = JSON_AT + bytes.readUInt32BE(LENGTH_AT);
  return {
    body: bytes.toString("utf8", bodyAt),
    bodyMd5: bytes.toString("hex", MD5_AT, LENGTH_AT),
    envelope: () => readEnvelope(bytes.toString("utf8", JSON_AT, bodyAt)),
  };
}

function envelopeJson({ senderId, messageGroupId, traceHeader, attributes }: Envelope): unknown {
  const listed = attributes === undefined ? undefined : [...attributes].map(attributeTuple);
  return { senderId, messageGroupId, traceHeader, attributes: listed };
}

function attributeTuple([name, value]: readonly [string, AttributeValue]): string[] {
  return value.BinaryValue === undefined
    ? [name, value.DataType, "text", value.StringValue ?? ""]
    : [name, value.DataType, "bytes", Buffer.from(value.BinaryValue).toString("base64")];
}

function readEnvelope(json: string): Envelope {
  const value: unknown = JSON.parse(json);
  assert(isJsonObject(value), "an envelope is an object");
  const { senderId, messageGroupId, traceHeader, attributes } = value;
  assert(typeof senderId === "string", "an envelope names its sender");
  return {
    senderId,
    ...(typeof messageGroupId === "string" ? { messageGroupId } : {}),
    ...(typeof traceHeader === "string" ? { traceHeader } : {}),
    ...(Array.isArray(attributes) ? { attributes: new Map(attributes.map(readAttribute)) } : {}),
  };
}

function readAttribute(tuple: unknown): [string, AttributeValue] {
  assert(Array.isArray(tuple), "a stored attribute is a tuple");
  const [name, dataType, form, text]: unknown[] = tuple;
  assert(typeof name === "string" && typeof dataType === "string", "a stored attribute has a name");
  assert(typeof text === "string", "a stored attribute has a value");
  return form === "bytes"
    ? [name, { DataType: dataType, BinaryValue: Buffer.from(text, "base64") }]
    : [name, { DataType: dataType, StringValue: text }];
}
