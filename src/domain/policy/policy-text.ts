/**
 * Texts of a policy document: where JSON may hold one text or a list of them. Numbers and booleans stand
 * for their text, as IAM takes them in conditions. What is anything else is undefined.
 */

/** A list of one may be written as the one itself. */
export function readTexts(value: unknown): readonly string[] | undefined {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.map(textOf).filter((text) => text !== undefined);
  return texts.length === values.length ? texts : undefined;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.isWellFormed() ? value : undefined;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}
