/**
 * WildcardPattern: text in which `*` stands for any run of characters and `?` for any one of them. What
 * is a wildcard is marked beside the text and not read from it, so a character that came from a request
 * can never become one.
 *
 * Matching never goes back beyond the last `*`: the steps are bounded by the text's length times the
 * longest piece between two stars, however many stars there are. No regular expressions: a pattern is
 * text that somebody sent.
 */
import { assert } from "../assert.ts";

const LITERAL = 0;
const ANY_ONE = 1;
const ANY_RUN = 2;

export type WildcardPattern = {
  readonly text: string;
  /** What each code unit of the text is; undefined where all are literal. */
  readonly marks: Uint8Array | undefined;
};

export function literalPattern(text: string): WildcardPattern {
  return { text, marks: undefined };
}

/** Every `*` and `?` of the text is a wildcard. */
export function wildcardPattern(text: string): WildcardPattern {
  if (!text.includes("*") && !text.includes("?")) return literalPattern(text);
  const marks = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const unit = text[at];
    if (unit === "*") marks[at] = ANY_RUN;
    else if (unit === "?") marks[at] = ANY_ONE;
  }
  return { text, marks };
}

export function joinedPattern(parts: readonly WildcardPattern[]): WildcardPattern {
  const text = parts.map((part) => part.text).join("");
  if (parts.every(({ marks }) => marks === undefined)) return literalPattern(text);
  const marks = new Uint8Array(text.length);
  let at = 0;
  for (const part of parts) {
    if (part.marks !== undefined) marks.set(part.marks, at);
    at += part.text.length;
  }
  return { text, marks };
}

export function patternSlice(
  { text, marks }: WildcardPattern,
  start: number,
  end: number,
): WildcardPattern {
  return { text: text.slice(start, end), marks: marks?.subarray(start, end) };
}

export function matchesPattern(pattern: WildcardPattern, text: string): boolean {
  return pattern.marks === undefined ? pattern.text === text : matchSteps(pattern, text) > 0;
}

/** How many steps a match took; negative where there is none. For the test of the bound. */
export function matchSteps(pattern: WildcardPattern, text: string): number {
  const { marks } = pattern;
  assert(marks !== undefined, "a literal pattern is compared");
  let steps = 1;
  let at = 0;
  let textAt = 0;
  /** Just after the last star, and where in the text its run ends so far. */
  let restart = -1;
  let runEnd = 0;
  while (textAt < text.length) {
    steps++;
    if (marks[at] === ANY_RUN) {
      restart = ++at;
      runEnd = textAt;
      // A star at the end takes all that is left.
      if (at === marks.length) return steps;
    } else if (isOneMatched(pattern, at, text[textAt])) {
      at++;
      textAt++;
    } else if (restart >= 0) {
      at = restart;
      textAt = ++runEnd;
    } else return -steps;
  }
  while (marks[at] === ANY_RUN) at++;
  return at === marks.length ? steps : -steps;
}

/** Past the pattern's end there is no mark, and nothing matches. */
function isOneMatched({ text, marks }: WildcardPattern, at: number, unit: string | undefined) {
  const mark = marks?.[at];
  return mark === ANY_ONE || (mark === LITERAL && text[at] === unit);
}
