/**
 * Yes and no as SQS reads them in queue attributes: `True` and `False` as well as lower case, which
 * is what it prints. Any other text says neither.
 */
export function parseBooleanText(text: string): boolean | undefined {
  const lowerCase = text.toLowerCase();
  if (lowerCase === "true") return true;
  return lowerCase === "false" ? false : undefined;
}
