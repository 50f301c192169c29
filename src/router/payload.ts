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
import type { Shippable } from "../domain/shipment.ts";
import type { AttributeValue } from "../protocol/digest.ts";

export type Envelope = {
  readonly senderId: string;
  readonly messageGroupId?: string;
  readonly traceHeader?: string;
  readonly attributes?: ReadonlyMap<string, AttributeValue>;
};

const VERSION = 1;
const MD5_AT = 1;
const LENGTH_AT = 17;
const JSON_AT = 21;

/** A payload on its way: how many bytes it takes, and the writing of them. */
export type PayloadDraft = Pick<Shippable, "payloadBytes" | "write">;

/** `bodyMd5` is hexadecimal. */
export function draftPayload(body: string, bodyMd5: string, envelope: Envelope): PayloadDraft {
  const json = JSON.stringify(envelopeJson(envelope));
  const jsonBytes = Buffer.byteLength(json);
  return {
    payloadBytes: JSON_AT + jsonBytes + Buffer.byteLength(body),
    write: (into, at) => {
      into.writeUInt8(VERSION, at);
      into.write(bodyMd5, at + MD5_AT, "hex");
      into.writeUInt32BE(jsonBytes, at + LENGTH_AT);
      into.write(json, at + JSON_AT);
      into.write(body, at + JSON_AT + jsonBytes);
    },
  };
}

export function openPayload(payload: Buffer): {
  body: string;
  bodyMd5: string;
  envelope: () => Envelope;
} {
  assert(payload.readUInt8(0) === VERSION, "a payload's version is known");
  const bodyAt = JSON_AT + payload.readUInt32BE(LENGTH_AT);
  return {
    body: payload.toString("utf8", bodyAt),
    bodyMd5: payload.toString("hex", MD5_AT, LENGTH_AT),
    envelope: () => readEnvelope(payload.toString("utf8", JSON_AT, bodyAt)),
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
