/**
 * JsonObject: JSON text from outside that must be an object. What is anything else, or no JSON, is
 * undefined here and never an exception; members stay unknown until their reader has checked them.
 *
 * Nesting is bounded: JSON.parse takes any depth, but whoever walks or prints the value later would
 * run out of stack.
 */
export type JsonObject = { readonly [member: string]: unknown };

/** No document of SQS or IAM nests half as deep. */
const DEPTH_MAX = 32;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && isShallow(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether two JSON values say the same, whatever the order of members. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((element, index) => isSameJson(element, b[index]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const members = Object.keys(a);
  return (
    members.length === Object.keys(b).length &&
    members.every((member) => Object.hasOwn(b, member) && isSameJson(a[member], b[member]))
  );
}

/** Level by level, because recursion is what must be kept from it. */
function isShallow(value: JsonObject): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    level = level.flatMap((element) => {
      return typeof element === "object" && element !== null ? Object.values(element) : [];
    });
    if (level.length === 0) return true;
  }
  return false;
}
