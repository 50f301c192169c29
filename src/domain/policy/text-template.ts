/**
 * TextTemplate: text of a policy that may hold policy variables, `${aws:username}`, with a default as in
 * `${aws:username, 'nobody'}`, and the escapes `${*}`, `${?}` and `${$}` (IAM user guide, "Policy
 * variables"). Variables exist since version 2012-10-17; in an older document the same text is literal.
 *
 * What a request puts in for a variable is literal: it is never a wildcard and never another variable.
 */
import { type Flawed, isFlawed, LEGACY_PARSING } from "./policy-flaw.ts";
import {
  joinedPattern,
  literalPattern,
  type WildcardPattern,
  wildcardPattern,
} from "./wildcard-pattern.ts";

/** What is known of a request, by the lower-case names of condition keys. */
export type AccessContext = Pick<ReadonlyMap<string, readonly string[]>, "get">;

/** How the text of a document is to be read. */
export type TextRules = { readonly hasVariables: boolean; readonly hasWildcards: boolean };

type Variable = { readonly key: string; readonly fallback: string | undefined };

export type TextTemplate =
  | { readonly kind: "fixed"; readonly pattern: WildcardPattern }
  | { readonly kind: "varying"; readonly parts: readonly (WildcardPattern | Variable)[] };

const ESCAPED = ["*", "?", "$"];
const KEY = /^[A-Za-z0-9:/_.@=+-]{1,256}$/;

export function readTemplate(text: string, rules: TextRules): TextTemplate | Flawed {
  const patternOf = rules.hasWildcards ? wildcardPattern : literalPattern;
  if (!rules.hasVariables || !text.includes("${")) {
    return { kind: "fixed", pattern: patternOf(text) };
  }
  const parts: (WildcardPattern | Variable)[] = [];
  let at = 0;
  for (let start = text.indexOf("${"); start >= 0; start = text.indexOf("${", at)) {
    const variable = readVariable(text, start);
    if (isFlawed(variable)) return variable;
    parts.push(patternOf(text.slice(at, start)), variable.part);
    at = variable.end;
  }
  parts.push(patternOf(text.slice(at)));
  const patterns = parts.filter(isPattern);
  return patterns.length === parts.length
    ? { kind: "fixed", pattern: joinedPattern(patterns) }
    : { kind: "varying", parts };
}

/** Undefined where a variable has neither a value nor a default: then the text stands for nothing. */
export function resolveTemplate(
  template: TextTemplate,
  context: AccessContext,
): WildcardPattern | undefined {
  if (template.kind === "fixed") return template.pattern;
  const parts: WildcardPattern[] = [];
  for (const part of template.parts) {
    const pattern = isPattern(part) ? part : valuePattern(part, context);
    if (pattern === undefined) return undefined;
    parts.push(pattern);
  }
  return joinedPattern(parts);
}

/** A key of many values stands for no single text (IAM user guide). */
function valuePattern(
  { key, fallback }: Variable,
  context: AccessContext,
): WildcardPattern | undefined {
  const values = context.get(key) ?? [];
  const value = values.length === 1 ? values[0] : fallback;
  return value === undefined ? undefined : literalPattern(value);
}

function readVariable(
  text: string,
  start: number,
): { readonly part: WildcardPattern | Variable; readonly end: number } | Flawed {
  const keyStart = start + 2;
  const escaped = text[keyStart] ?? "";
  if (ESCAPED.includes(escaped) && text[keyStart + 1] === "}") {
    return { part: literalPattern(escaped), end: keyStart + 2 };
  }
  const close = text.indexOf("}", keyStart);
  const comma = text.indexOf(",", keyStart);
  const hasFallback = comma >= 0 && comma < close;
  const keyEnd = hasFallback ? comma : close;
  const key = text.slice(keyStart, Math.max(keyEnd, keyStart)).trim();
  if (!KEY.test(key)) return LEGACY_PARSING;
  if (!hasFallback) {
    return { part: { key: key.toLowerCase(), fallback: undefined }, end: close + 1 };
  }
  const opening = text.indexOf("'", comma);
  const closing = opening < 0 ? -1 : text.indexOf("'", opening + 1);
  const end = closing < 0 ? -1 : text.indexOf("}", closing);
  const isBare =
    end >= 0 &&
    text.slice(comma + 1, opening).trim() === "" &&
    text.slice(closing + 1, end).trim() === "";
  if (!isBare) return LEGACY_PARSING;
  const fallback = text.slice(opening + 1, closing);
  return { part: { key: key.toLowerCase(), fallback }, end: end + 1 };
}

function isPattern(part: WildcardPattern | Variable): part is WildcardPattern {
  return "text" in part;
}
