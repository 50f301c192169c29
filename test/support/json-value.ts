/**
 * Reading JSON from outside without trusting it: each reader returns what it names, or throws with
 * the member's name. An answer that is not what SQS documents fails a test here, not three lines on.
 */

export type JsonObject = { readonly [name: string]: unknown };

/** An empty body is an empty object: SQS answers void operations with no body at all. */
export function parseObject(text: string): JsonObject {
  if (text === "") return {};
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error(`not a JSON object: ${text.slice(0, 80)}`);
  return value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function stringOf(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value !== "string") throw new Error(`${name} is not a string`);
  return value;
}

/** SQS prints its numbers as decimal strings. */
export function numberOf(object: JsonObject, name: string): number {
  const value = object[name];
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) {
    throw new Error(`${name} is not a number`);
  }
  return number;
}

export function objectOf(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  if (!isObject(value)) throw new Error(`${name} is not an object`);
  return value;
}

/** An absent list is an empty one: SQS omits the key. */
export function objectsOf(object: JsonObject, name: string): JsonObject[] {
  const value: unknown = object[name];
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Error(`${name} is not a list`);
  const elements: unknown[] = value;
  return elements.map((element) => {
    if (!isObject(element)) throw new Error(`${name} holds what is no object`);
    return element;
  });
}
