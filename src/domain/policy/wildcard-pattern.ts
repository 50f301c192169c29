/**
 * WildcardPattern: text in which `*` stands for any run of characters and `?` for any one of them. What
 * is a wildcard is marked beside the text and not read from it, so a character that came from a request
 * can never become one.
 *
 * Matching never goes back beyond the last `*`, so the number of stars does not matter. A long piece that
 * almost fits everywhere would still cost its length at each place; then the pieces are searched for bit
 * by bit instead (`piece-search.ts`). No regular expressions: a pattern is text that somebody sent.
 */
import { findPiece } from "./piece-search.ts";

const LITERAL = 0;
const ANY_ONE = 1;
const ANY_RUN = 2;

/** Steps for each character of a text before the pieces are searched for. Ordinary patterns take two. */
const PATIENCE = 4;

/** Counts, for the test of the bound. */
export type Effort = { steps: number };

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

export function matchesPattern(
  pattern: WildcardPattern,
  text: string,
  effort: Effort = { steps: 0 },
): boolean {
  const { marks } = pattern;
  if (marks === undefined) return pattern.text === text;
  const stepsMax = PATIENCE * (text.length + 16);
  let at = 0;
  let textAt = 0;
  /** Just after the last star, and where in the text its run ends so far. */
  let restart = -1;
  let runEnd = 0;
  while (textAt < text.length) {
    if (++effort.steps > stepsMax) return matchesByPieces(pattern, text, effort);
    if (marks[at] === ANY_RUN) {
      restart = ++at;
      runEnd = textAt;
      // A star at the end takes all that is left.
      if (at === marks.length) return true;
    } else if (isOneMatched(pattern, at, text[textAt])) {
      at++;
      textAt++;
    } else if (restart >= 0) {
      at = restart;
      textAt = ++runEnd;
    } else return false;
  }
  while (marks[at] === ANY_RUN) at++;
  return at === marks.length;
}

/**
 * The same answer in steps that a 32nd of the pattern's length bounds: the first piece begins the text,
 * the last one ends it, and of the others each is where it is found first.
 */
export function matchesByPieces(pattern: WildcardPattern, text: string, effort: Effort): boolean {
  const pieces = piecesOf(pattern);
  const [head, ...others] = pieces;
  const tail = others.pop();
  if (head === undefined || !isPieceAt(head, text, 0)) return false;
  if (tail === undefined) return head.text.length === text.length;
  let from = head.text.length;
  for (const piece of others) {
    from = findPiece(
      piece.text,
      { isAny: (at) => piece.marks?.[at] === ANY_ONE, from },
      text,
      effort,
    );
    if (from < 0) return false;
  }
  const tailStart = text.length - tail.text.length;
  return tailStart >= from && isPieceAt(tail, text, tailStart);
}

/** What is between the stars; empty at an end where there is a star. */
function piecesOf(pattern: WildcardPattern): WildcardPattern[] {
  const pieces: WildcardPattern[] = [];
  let start = 0;
  for (let at = 0; at <= pattern.text.length; at++) {
    if (at < pattern.text.length && pattern.marks?.[at] !== ANY_RUN) continue;
    pieces.push(patternSlice(pattern, start, at));
    start = at + 1;
  }
  return pieces;
}

function isPieceAt(piece: WildcardPattern, text: string, start: number): boolean {
  if (start + piece.text.length > text.length) return false;
  for (let at = 0; at < piece.text.length; at++) {
    if (!isOneMatched(piece, at, text[start + at])) return false;
  }
  return true;
}

/** Past the pattern's end there is no mark, and nothing matches. */
function isOneMatched(
  { text, marks }: WildcardPattern,
  at: number,
  unit: string | undefined,
): boolean {
  const mark = marks?.[at];
  return mark === ANY_ONE || (mark === LITERAL && text[at] === unit);
}
