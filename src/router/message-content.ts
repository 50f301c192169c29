/**
 * What SQS demands of a message's body and attributes before it is stored, and in which words it
 * refuses (SQS developer guide, "Message metadata" and "Message quotas"). Sizes are what SQS counts:
 * UTF-8 of the body, and of each attribute its name, type and value.
 */
import { Buffer } from "node:buffer";
import { MESSAGE_ATTRIBUTES_MAX, MESSAGE_GROUP_ID_LENGTH_MAX } from "../domain/limits.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { AttributeValue } from "../protocol/digest.ts";
import type { MessageAttributeValue } from "../protocol/message-actions.ts";

type GivenAttributes = ReadonlyMap<string, MessageAttributeValue>;
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF; lone surrogates fail. */
const ILLEGAL_CHARACTER = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const ATTRIBUTE_NAME = /^[\p{L}\p{N}_.-]+$/u;
const RESERVED_PREFIX = /^(aws|amazon)\./i;
const DATA_TYPE = /^(String|Number|Binary)(\..+)?$/s;
/** One way to match any text: with two, a megabyte of digits and a flaw would take minutes. */
const NUMBER = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*$/;
const ATTRIBUTE_NAME_BYTES_MAX = 256;
const DATA_TYPE_BYTES_MAX = 256;
const ALPHANUMERIC_AND_PUNCTUATION = /^[\x21-\x7e]+$/;

export function hasIllegalCharacter(text: string): boolean {
  return ILLEGAL_CHARACTER.test(text);
}

/** MessageGroupId on either kind of queue; also the form of MessageDeduplicationId. */
export function identifierFlaw(parameterName: string, value: string): Refusal | undefined {
  if (value.length <= MESSAGE_GROUP_ID_LENGTH_MAX && ALPHANUMERIC_AND_PUNCTUATION.test(value)) {
    return undefined;
  }
  const reason = `${parameterName} can only include alphanumeric and punctuation characters. 1 to 128 in length`;
  return { kind: "parameter-invalid", parameterName, value, reason };
}

export function bodyBytes(body: string, attributes: Attributes): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue, BinaryValue }] of attributes) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    bytes += BinaryValue?.byteLength ?? Buffer.byteLength(StringValue ?? "");
  }
  return bytes;
}

/** The attributes as they will be stored, if all of them are acceptable. */
export function checkedAttributes(given: GivenAttributes): Result<Attributes> {
  if (given.size > MESSAGE_ATTRIBUTES_MAX) {
    return invalid(
      `Number of message attributes [${given.size}] exceeds the allowed maximum [${MESSAGE_ATTRIBUTES_MAX}].`,
    );
  }
  const attributes = new Map<string, AttributeValue>();
  for (const [name, value] of given) {
    const flaw = nameFlaw(name);
    if (flaw !== undefined) return invalid(flaw);
    const checked = checkedValue(name, value);
    if (!checked.ok) return checked;
    attributes.set(name, checked.value);
  }
  return accepted(attributes);
}

function nameFlaw(name: string): string | undefined {
  if (name === "") return "The request must contain non-empty message attribute name.";
  if (Buffer.byteLength(name) > ATTRIBUTE_NAME_BYTES_MAX) {
    return "Message (user) attribute name must be shorter than 256 bytes.";
  }
  if (RESERVED_PREFIX.test(name) || name.startsWith(".") || name.endsWith(".")) {
    return "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.";
  }
  if (name.includes("..")) {
    return "Message (user) attribute name must not have successive '.' characters.";
  }
  if (!ATTRIBUTE_NAME.test(name)) {
    return "Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ";
  }
  return undefined;
}

function checkedValue(name: string, value: MessageAttributeValue): Result<AttributeValue> {
  const { DataType, StringValue, BinaryValue } = value;
  if ((value.StringListValues ?? value.BinaryListValues) !== undefined) {
    return refused({
      kind: "operation-unsupported",
      message: "Message attribute list values in SendMessage operation are not supported.",
    });
  }
  if (DataType === undefined || DataType === "") {
    return invalid(
      `The message (user) attribute '${name}' must contain a non-empty message attribute type.`,
    );
  }
  if (!isDataType(DataType)) {
    return invalid(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  if (StringValue !== undefined && BinaryValue !== undefined) {
    return invalid(`Message (user) attribute '${name}' must have a single value.`);
  }
  return DataType.startsWith("Binary")
    ? checkedBinary(name, DataType, value)
    : checkedText(name, DataType, value);
}

/** SQS holds a type's label to the same characters as a body. */
function isDataType(text: string): boolean {
  return (
    DATA_TYPE.test(text) &&
    Buffer.byteLength(text) <= DATA_TYPE_BYTES_MAX &&
    !hasIllegalCharacter(text)
  );
}

function checkedBinary(
  name: string,
  DataType: string,
  { StringValue, BinaryValue }: MessageAttributeValue,
): Result<AttributeValue> {
  if (StringValue !== undefined) {
    return invalid(
      `Message (user) attribute '${name}' with type 'Binary' must use field 'Binary'.`,
    );
  }
  if (BinaryValue === undefined) return invalid(missingValue(name));
  if (BinaryValue.byteLength === 0) return invalid(emptyValue(name, "Binary"));
  return accepted({ DataType, BinaryValue });
}

function checkedText(
  name: string,
  DataType: string,
  { StringValue, BinaryValue }: MessageAttributeValue,
): Result<AttributeValue> {
  const baseType = DataType.startsWith("Number") ? "Number" : "String";
  if (BinaryValue !== undefined) {
    return invalid(
      `Message (user) attribute '${name}' with type '${baseType}' must use field 'String'.`,
    );
  }
  if (StringValue === undefined) return invalid(missingValue(name));
  if (StringValue === "") return invalid(emptyValue(name, baseType));
  if (hasIllegalCharacter(StringValue)) {
    return invalid(
      `Invalid characters found in message (user) attribute '${name}'. ${LEGAL_CHARACTERS}`,
    );
  }
  if (baseType === "Number" && !isNumber(StringValue)) {
    return invalid(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  return accepted({ DataType, StringValue });
}

export const LEGAL_CHARACTERS =
  "Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

/** SQS keeps 38 digits of precision, from 10^-128 to 10^126. */
function isNumber(text: string): boolean {
  if (!NUMBER.test(text)) return false;
  const digits = text.replace(/e.*$/is, "").replace(/\D/g, "").replace(/^0+/, "");
  const magnitude = Math.abs(Number(text));
  const isInRange = magnitude === 0 || (magnitude >= 1e-128 && magnitude <= 1e126);
  return digits.length <= 38 && isInRange;
}

function missingValue(name: string): string {
  return `The message (user) attribute '${name}' must contain a non-empty message attribute value.`;
}

function emptyValue(name: string, baseType: string): string {
  return `Message (user) attribute '${name}' must contain a non-empty value of type '${baseType}'.`;
}

function invalid(message: string): Result<never> {
  return refused({ kind: "request-invalid", message });
}
