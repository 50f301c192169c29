/** The wildcard matcher: against a naive reference, and how many steps it takes at most. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  literalPattern,
  matchesPattern,
  matchSteps,
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
        expect(matchesPattern(wildcardPattern(pattern), text)).toBe(isMatch);
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
    const steps = Math.abs(matchSteps(wildcardPattern("a*b*c*d*e*f*g*h*i*j*k*"), text));
    expect(steps).toBeLessThanOrEqual(2 * text.length + 50);
    const matched = matchSteps(wildcardPattern(`${"*a".repeat(11)}*`), text);
    expect(matched).toBeGreaterThan(0);
    expect(matched).toBeLessThan(50);
  });

  test("takes no more steps than the text's length times its longest piece, however many stars", () => {
    const patterns = textOf(["a", "a", "a", "b", "*", "?"], 40).filter((each) => /[*?]/.test(each));
    fc.assert(
      fc.property(patterns, textOf(["a", "a", "a", "b"], 400), (pattern, text) => {
        const longest = Math.max(...pattern.split("*").map((piece) => piece.length));
        const steps = Math.abs(matchSteps(wildcardPattern(pattern), text));
        expect(steps).toBeLessThanOrEqual((text.length + 1) * (longest + 1) + pattern.length + 1);
      }),
      OPTIONS,
    );
  });
});
