/**
 * Outcomes: how the entries of one call fared, in the form that is cheapest to send back where it is
 * most common: null when all were accepted, one refusal when the call as a whole was refused, else a
 * list with a refusal or null per entry.
 */
import type { Refusal } from "./refusal.ts";
import type { Result } from "./result.ts";

export type Outcomes = null | Refusal | readonly (Refusal | null)[];

export function outcomesOf(results: readonly Result<unknown>[]): Outcomes {
  if (results.every(({ ok }) => ok)) return null;
  return results.map((result) => (result.ok ? null : result.refusal));
}

/** Why the entry at `index` was refused, or null. */
export function outcomeAt(outcomes: Outcomes, index: number): Refusal | null {
  if (outcomes === null || "kind" in outcomes) return outcomes;
  return outcomes[index] ?? null;
}

/** Why the call as a whole was refused, or null. */
export function wholeRefusal(outcomes: Outcomes): Refusal | null {
  return outcomes !== null && "kind" in outcomes ? outcomes : null;
}
