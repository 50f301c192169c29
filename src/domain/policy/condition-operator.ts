/**
 * Condition operators: for each, how a policy's value is read and when a request's value fits it (IAM
 * user guide, "Condition operators"). Positive operators alone: that a name denies, has a set prefix or
 * ends in IfExists is `condition.ts`'s. `Null` is no operator here, because it asks for no value.
 *
 * A value that can never fit, such as a date that is none, is a flaw of the document: a Deny that never
 * bites would go unnoticed. An ARN pattern is the exception, because IAM takes any text for one.
 */
import { Buffer } from "node:buffer";
import { parseBoolean, parseDate, parseNumber } from "./condition-value.ts";
import { isInRange, parseIpRange } from "./ip-range.ts";
import { type Flawed, isFlawed, LEGACY_PARSING } from "./policy-flaw.ts";
import {
  type AccessContext,
  readTemplate,
  resolveTemplate,
  type TextTemplate,
} from "./text-template.ts";
import { matchesPattern, patternSlice, type WildcardPattern } from "./wildcard-pattern.ts";

/** Whether a request's value fits one value of the policy. */
export type ValueTest = (value: string, context: AccessContext) => boolean;
export type ReadValue = (text: string, rules: { hasVariables: boolean }) => ValueTest | Flawed;

/** A map, so that no name finds what every object inherits. */
export const OPERATORS: ReadonlyMap<string, ReadValue> = new Map<string, ReadValue>([
  ["StringEquals", textOperator({ hasWildcards: false }, equals)],
  ["StringEqualsIgnoreCase", textOperator({ hasWildcards: false }, equalsIgnoringCase)],
  ["StringLike", textOperator({ hasWildcards: true }, matchesPattern)],
  ["ArnEquals", textOperator({ hasWildcards: true }, matchesArn)],
  ["ArnLike", textOperator({ hasWildcards: true }, matchesArn)],
  ...comparisons("Numeric", parseNumber),
  ...comparisons("Date", parseDate),
  ["Bool", parsedOperator(parseBoolean, (value, wanted) => parseBoolean(value) === wanted)],
  ["BinaryEquals", parsedOperator(parseBase64, (value, wanted) => parseBase64(value) === wanted)],
  ["IpAddress", parsedOperator(parseIpRange, isInRange)],
]);

/** Names of operators that hold where another does not. */
export const NEGATIONS: ReadonlyMap<string, string> = new Map([
  ["StringNotEquals", "StringEquals"],
  ["StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase"],
  ["StringNotLike", "StringLike"],
  ["NumericNotEquals", "NumericEquals"],
  ["DateNotEquals", "DateEquals"],
  ["NotIpAddress", "IpAddress"],
  ["ArnNotEquals", "ArnEquals"],
  ["ArnNotLike", "ArnLike"],
]);

/** Text and ARNs may hold variables, other values may not. */
function textOperator(
  { hasWildcards }: { hasWildcards: boolean },
  fits: (pattern: WildcardPattern, value: string) => boolean,
): ReadValue {
  return (text, { hasVariables }) => {
    const template = readTemplate(text, { hasWildcards, hasVariables });
    return isFlawed(template) ? template : templateTest(template, fits);
  };
}

function templateTest(
  template: TextTemplate,
  fits: (pattern: WildcardPattern, value: string) => boolean,
): ValueTest {
  return (value, context) => {
    const pattern = resolveTemplate(template, context);
    return pattern !== undefined && fits(pattern, value);
  };
}

function parsedOperator<Wanted>(
  parse: (text: string) => Wanted | undefined,
  fits: (value: string, wanted: Wanted) => boolean,
): ReadValue {
  return (text) => {
    const wanted = parse(text);
    return wanted === undefined ? LEGACY_PARSING : (value) => fits(value, wanted);
  };
}

function comparisons(
  prefix: string,
  parse: (text: string) => number | undefined,
): [string, ReadValue][] {
  const operator = (name: string, holds: (value: number, wanted: number) => boolean) => {
    const fits = (text: string, wanted: number): boolean => {
      const value = parse(text);
      return value !== undefined && holds(value, wanted);
    };
    const entry: [string, ReadValue] = [`${prefix}${name}`, parsedOperator(parse, fits)];
    return entry;
  };
  return [
    operator("Equals", (value, wanted) => value === wanted),
    operator("LessThan", (value, wanted) => value < wanted),
    operator("LessThanEquals", (value, wanted) => value <= wanted),
    operator("GreaterThan", (value, wanted) => value > wanted),
    operator("GreaterThanEquals", (value, wanted) => value >= wanted),
  ];
}

function equals(pattern: WildcardPattern, value: string): boolean {
  return pattern.text === value;
}

function equalsIgnoringCase(pattern: WildcardPattern, value: string): boolean {
  return pattern.text.toLowerCase() === value.toLowerCase();
}

/** Each of an ARN's six parts is matched by itself; the last may hold colons (IAM user guide). */
function matchesArn(pattern: WildcardPattern, value: string): boolean {
  let start = 0;
  let valueStart = 0;
  for (let part = 0; part < 5; part++) {
    const end = pattern.text.indexOf(":", start);
    const valueEnd = value.indexOf(":", valueStart);
    if (end < 0 || valueEnd < 0) return false;
    const piece = patternSlice(pattern, start, end);
    if (!matchesPattern(piece, value.slice(valueStart, valueEnd))) return false;
    start = end + 1;
    valueStart = valueEnd + 1;
  }
  const rest = patternSlice(pattern, start, pattern.text.length);
  return matchesPattern(rest, value.slice(valueStart));
}

/** The same text for the same bytes. */
function parseBase64(text: string): string | undefined {
  const canonical = Buffer.from(text, "base64").toString("base64");
  const unpadded = (base64: string): string => base64.replace(/={1,2}$/, "");
  return unpadded(canonical) === unpadded(text) ? canonical : undefined;
}
