/** The wildcard matcher: against a naive reference, and how many steps it takes at most. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Effort,
  literalPattern,
  matchesByPieces,
  matchesPattern,
  wildcardPattern,
} from "../../src/domain/policy/wildcard-pattern.ts";
import { seedOfRun } from "../support/seeded-random.ts";

const OPTIONS = { seed: seedOfRun(), numRuns: 20_000 };

/** By the definition, and in exponential time. */
function matchesNaively(pattern: string, text: string): boolean {
  const [first] = pattern;
  if (first === undefined) return text === "";
  const rest = pattern.slice(1);
  if (first === "*") {
    return Array.from({ length: text.length + 1 }).some((_, taken) =>
      matchesNaively(rest, text.slice(taken)),
    );
  }
  return text !== "" && (first === "?" || first === text[0]) && matchesNaively(rest, text.slice(1));
}

function textOf(units: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...units), { maxLength }).map((each) => each.join(""));
}

describe("a pattern", () => {
  test("matches what the naive reference matches", () => {
    const patterns = textOf(["a", "b", "*", "?", "."], 8);
    let matchCount = 0;
    fc.assert(
      fc.property(patterns, textOf(["a", "b", ".", "*"], 10), (pattern, text) => {
        const isMatch = matchesNaively(pattern, text);
        matchCount += Number(isMatch);
        const compiled = wildcardPattern(pattern);
        expect(matchesPattern(compiled, text)).toBe(isMatch);
        if (compiled.marks === undefined) return;
        expect(matchesByPieces(compiled, text, { steps: 0 })).toBe(isMatch);
      }),
      OPTIONS,
    );
    expect(matchCount).toBeGreaterThan(OPTIONS.numRuns / 50);
  });

  test("without wildcards is the text itself, stars included", () => {
    fc.assert(
      fc.property(textOf(["a", "*", "?"], 4), textOf(["a", "*", "?"], 4), (pattern, text) => {
        expect(matchesPattern(literalPattern(pattern), text)).toBe(pattern === text);
      }),
      OPTIONS,
    );
  });

  test("of eleven stars takes a step or two for each character of a long text", () => {
    const text = "a".repeat(100_000);
    const { isMatch, steps } = effortOf("a*b*c*d*e*f*g*h*i*j*k*", text);
    expect(isMatch).toBe(false);
    expect(steps).toBeLessThanOrEqual(2 * text.length + 50);
    const matched = effortOf(`${"*a".repeat(11)}*`, text);
    expect(matched.isMatch).toBe(true);
    expect(matched.steps).toBeLessThan(50);
  });

  test.each([
    ["*", "a", "b"],
    ["*", "a", "b*"],
    ["*b", "a", "*"],
    ["*?", "a", "b*"],
    ["*", "a?", "b*"],
    ["*b*", "?", "b*"],
  ])("that almost fits everywhere takes few steps: %s, many %s, %s", (head, middle, tail) => {
    const text = "a".repeat(16_000);
    const pattern = `${head}${middle.repeat(7_000 / middle.length)}${tail}`;
    const { isMatch, steps } = effortOf(pattern, text);
    expect(isMatch).toBe(false);
    expect(steps).toBeLessThan((5 + pattern.length / 32 + 1) * text.length);
    expect(effortOf(pattern, `${text}b`).isMatch).toBe(matchesLate(pattern));
  });

  test("takes no more steps than five and a 32nd of its length for each character", () => {
    const patterns = textOf(["a", "a", "a", "b", "*", "?"], 80).filter((each) => /[*?]/.test(each));
    fc.assert(
      fc.property(patterns, textOf(["a", "a", "a", "b"], 400), (pattern, text) => {
        const { steps } = effortOf(pattern, text);
        const most = (text.length + 16) * 4 + text.length * (pattern.length / 32 + 1) + 1;
        expect(steps).toBeLessThanOrEqual(most);
      }),
      OPTIONS,
    );
  });

  test("longer than a word of bits is found wherever it is, as by the two pointers", () => {
    const patterns = fc
      .tuple(textOf(["a", "b", "?"], 80), textOf(["a", "?"], 40))
      .map(([first, second]) => `*${first}*${second}*`);
    const texts = fc
      .tuple(textOf(["a", "b"], 200), textOf(["a"], 60))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        const compiled = wildcardPattern(pattern);
        const isMatch = matchesByPieces(compiled, text, { steps: 0 });
        expect(matchesPattern(compiled, text)).toBe(isMatch);
      }),
      OPTIONS,
    );
  });
});

function effortOf(pattern: string, text: string): Effort & { isMatch: boolean } {
  const effort = { steps: 0 };
  const isMatch = matchesPattern(wildcardPattern(pattern), text, effort);
  return { ...effort, isMatch };
}

/** Whether a pattern of the above fits once the text ends in a single b. */
function matchesLate(pattern: string): boolean {
  return !pattern.startsWith("*b");
}
