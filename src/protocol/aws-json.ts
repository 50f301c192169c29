/**
 * The AWS JSON 1.0 protocol: a request's target and body to a typed action, and an answer to text.
 *
 * The body is read through the table of shapes: members that are not in it are ignored, null is
 * absent, and what has the wrong form is SQS's SerializationException, in the words of AWS's front
 * end where they are known. Nothing a client sends makes this throw.
 */
import { Buffer } from "node:buffer";
import { type Action, type ActionInput, type ActionOutput, INPUTS, isAction } from "./actions.ts";
import { type Decoded, type DecodedAction, malformed, unknownAction } from "./decoded.ts";
import { isInteger, Misshapen, readBlobText } from "./scalar.ts";
import type { ListShape, MapShape, Shape, StructureShape } from "./shape.ts";

const TARGET_PREFIX = "AmazonSQS.";
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** `target` is the header `X-Amz-Target`. An empty body counts as one without members. */
export function decodeAwsJson(target: string | null, body: Uint8Array): Decoded {
  const action = target?.startsWith(TARGET_PREFIX) ? target.slice(TARGET_PREFIX.length) : "";
  if (!isAction(action)) return unknownAction(target?.split(".").at(-1) ?? "");
  try {
    const value: unknown = body.byteLength === 0 ? {} : JSON.parse(utf8.decode(body));
    // The table is where the type comes from, so reading through it is the check.
    const input = readStructure(INPUTS[action], value) as ActionInput<typeof action>;
    return { ok: true, action, input } as DecodedAction;
  } catch (error) {
    return malformed(error instanceof Misshapen ? error.message : "The request is not valid JSON.");
  }
}

/** Undefined for the actions whose answer has no body. */
export function encodeAwsJson<A extends Action>(
  _action: A,
  output: ActionOutput<A> | undefined,
): string | undefined {
  return output === undefined ? undefined : JSON.stringify(plain(output));
}

function read(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "string":
      return readString(value);
    case "integer":
      return readInteger(value);
    case "blob":
      return readBlob(value);
    case "list":
      return readList(shape, value);
    case "map":
      return readMap(shape, value);
    case "structure":
      return readStructure(shape, value);
  }
}

/**
 * Numbers and booleans are taken for their text, as AWS's front end does. Of a number JSON.parse leaves the
 * value: `1.0` is "1", and a fraction has the digits of a double. An integer that may have become another
 * one is refused.
 */
function readString(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new Misshapen("NUMBER_VALUE can not be converted to a String");
  }
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw misplaced(value);
}

function readInteger(value: unknown): number {
  if (typeof value === "number") {
    if (isInteger(value)) return value;
    throw new Misshapen("NUMBER_VALUE can not be converted to an Integer");
  }
  if (typeof value === "string")
    throw new Misshapen("STRING_VALUE can not be converted to an Integer");
  if (typeof value === "boolean") {
    throw new Misshapen(`${String(value).toUpperCase()}_VALUE can not be converted to an Integer`);
  }
  throw misplaced(value);
}

function readBlob(value: unknown): Uint8Array {
  if (typeof value !== "string") throw misplaced(value);
  return readBlobText(value);
}

function readList(shape: ListShape, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw misplaced(value);
  return value.map((element: unknown) => {
    if (element === null) throw new Misshapen("A list's element may not be null");
    return read(shape.element, element);
  });
}

/** A Map, because `__proto__` is a legal key. */
function readMap(shape: MapShape, value: unknown): Map<string, unknown> {
  if (!isObject(value)) throw misplaced(value);
  const map = new Map<string, unknown>();
  for (const [key, element] of Object.entries(value)) {
    if (element === null) throw new Misshapen(`The value of ${key} may not be null`);
    map.set(key, read(shape.value, element));
  }
  return map;
}

/** Throws Misshapen at a value that has the wrong form. */
export function readStructure(shape: StructureShape, value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw misplaced(value);
  const structure: Record<string, unknown> = {};
  // What was parsed from JSON has no members but its own: `in` loops are safe, and make no lists.
  for (const member in value) {
    const memberShape = Object.hasOwn(shape.members, member) ? shape.members[member] : undefined;
    const element = value[member];
    if (memberShape === undefined || element === null) continue;
    structure[member] = read(memberShape, element);
  }
  return structure;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function misplaced(value: unknown): Misshapen {
  if (Array.isArray(value)) return new Misshapen("Start of list found where not expected");
  if (isObject(value)) {
    return new Misshapen("Start of structure or map found where not expected.");
  }
  return new Misshapen("Unexpected value where a structure, map or list is expected");
}

/** Maps become objects and bytes base64; everything else is JSON already. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plain);
  return plainMembers(value instanceof Map ? Object.fromEntries(value) : { ...value });
}

function plainMembers(members: Record<string, unknown>): Record<string, unknown> {
  for (const member in members) {
    const element = members[member];
    if (typeof element === "object") members[member] = plain(element);
  }
  return members;
}
