/**
 * The payload of a stored message: everything that only the Worker understands, packed into bytes
 * before it reaches an object, and sealed if its queue is encrypted (`message-seal.ts`).
 *
 *   u8 version | 16 bytes MD5 of the body | u32 length of the JSON part | u32 length of the values |
 *   JSON part | values of the attributes | body in UTF-8
 *
 * The JSON part holds the sender, the few system attributes that a sender sets, and of each attribute
 * its name, type and length. The values lie beside it as they are: escaped in JSON, a message of
 * 1 MiB could become larger than a row may be. All but the body is read only if a receiver asks for
 * some attribute.
 */
import { Buffer } from "node:buffer";
import { assert } from "../domain/assert.ts";
import { isJsonObject } from "../domain/json-object.ts";
import type { Shippable } from "../domain/shipment.ts";
import type { AttributeValue } from "../protocol/digest.ts";

export type Envelope = {
  readonly senderId: string;
  readonly messageGroupId?: string;
  readonly messageDeduplicationId?: string;
  readonly traceHeader?: string;
  readonly attributes?: ReadonlyMap<string, AttributeValue>;
};

const VERSION = 2;
const MD5_AT = 1;
const LENGTHS_AT = 17;
const JSON_AT = 25;

/** A payload on its way: how many bytes it takes, and the writing of them. */
export type PayloadDraft = Pick<Shippable, "payloadBytes" | "write">;

/** `bodyMd5` is hexadecimal. */
export function draftPayload(body: string, bodyMd5: string, envelope: Envelope): PayloadDraft {
  const values = [...(envelope.attributes?.values() ?? [])].map(valueBytes);
  const valuesBytes = values.reduce((sum, value) => sum + value.byteLength, 0);
  const json = JSON.stringify(envelopeJson(envelope, values));
  const jsonBytes = Buffer.byteLength(json);
  return {
    payloadBytes: JSON_AT + jsonBytes + valuesBytes + Buffer.byteLength(body),
    write: (into, at) => {
      into.writeUInt8(VERSION, at);
      into.write(bodyMd5, at + MD5_AT, "hex");
      into.writeUInt32BE(jsonBytes, at + LENGTHS_AT);
      into.writeUInt32BE(valuesBytes, at + LENGTHS_AT + 4);
      into.write(json, at + JSON_AT);
      let valueAt = at + JSON_AT + jsonBytes;
      for (const value of values) {
        into.set(value, valueAt);
        valueAt += value.byteLength;
      }
      into.write(body, valueAt);
    },
  };
}

export type OpenedPayload = {
  readonly body: string;
  readonly bodyMd5: string;
  readonly envelope: () => Envelope;
};

/** Whether it is one of these, as far as its beginning tells. */
export function isPayload(payload: Uint8Array): boolean {
  return payload[0] === VERSION && payload.byteLength >= JSON_AT;
}

export function openPayload(payload: Buffer): OpenedPayload {
  assert(isPayload(payload), "a payload's version is known");
  const valuesAt = JSON_AT + payload.readUInt32BE(LENGTHS_AT);
  const bodyAt = valuesAt + payload.readUInt32BE(LENGTHS_AT + 4);
  return {
    body: payload.toString("utf8", bodyAt),
    bodyMd5: payload.toString("hex", MD5_AT, LENGTHS_AT),
    envelope: () =>
      readEnvelope(payload.toString("utf8", JSON_AT, valuesAt), payload.subarray(valuesAt, bodyAt)),
  };
}

function valueBytes({ StringValue, BinaryValue }: AttributeValue): Uint8Array {
  return BinaryValue ?? Buffer.from(StringValue ?? "");
}

function envelopeJson(envelope: Envelope, values: readonly Uint8Array[]): unknown {
  const { attributes, ...plain } = envelope;
  if (attributes === undefined) return plain;
  const listed = [...attributes].map(([name, { DataType, BinaryValue }], index) => {
    const form = BinaryValue === undefined ? "text" : "bytes";
    return [name, DataType, form, values[index]?.byteLength ?? 0];
  });
  return { ...plain, attributes: listed };
}

function readEnvelope(json: string, values: Buffer): Envelope {
  const value: unknown = JSON.parse(json);
  assert(isJsonObject(value), "an envelope is an object");
  const { senderId, messageGroupId, messageDeduplicationId, traceHeader, attributes } = value;
  assert(typeof senderId === "string", "an envelope names its sender");
  return {
    senderId,
    ...(typeof messageGroupId === "string" ? { messageGroupId } : {}),
    ...(typeof messageDeduplicationId === "string" ? { messageDeduplicationId } : {}),
    ...(typeof traceHeader === "string" ? { traceHeader } : {}),
    ...(Array.isArray(attributes) ? { attributes: readAttributes(attributes, values) } : {}),
  };
}

function readAttributes(tuples: readonly unknown[], values: Buffer): Map<string, AttributeValue> {
  let at = 0;
  return new Map(
    tuples.map((tuple): [string, AttributeValue] => {
      assert(Array.isArray(tuple), "a stored attribute is a tuple");
      const [name, DataType, form, byteCount]: unknown[] = tuple;
      assert(typeof name === "string" && typeof DataType === "string", "an attribute has a name");
      assert(typeof byteCount === "number", "a stored attribute has a value");
      const value = values.subarray(at, at + byteCount);
      at += byteCount;
      return form === "bytes"
        ? [name, { DataType, BinaryValue: value }]
        : [name, { DataType, StringValue: value.toString() }];
    }),
  );
}
