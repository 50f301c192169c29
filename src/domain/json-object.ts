/**
 * JsonObject: JSON text from outside that must be an object. What is anything else, or no JSON, is
 * undefined here and never an exception; members stay unknown until their reader has checked them.
 */
export type JsonObject = { readonly [member: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
