/**
 * All scenarios of messages that move between queues, each with what must have come of it when everything
 * is over. They are told by theme, in files of their own; whoever tries them takes them from here.
 */
import { DEAD_LETTER_SCENARIOS } from "./transfer-scenarios-dead-letters.ts";
import { DELETIONS } from "./transfer-scenarios-deletions.ts";
import { INTERVENTIONS } from "./transfer-scenarios-interventions.ts";
import { MOVE_TASK_SCENARIOS } from "./transfer-scenarios-move-tasks.ts";
import type { Scenario } from "./transfer-stage.ts";

export const SCENARIOS: readonly Scenario[] = [
  ...DEAD_LETTER_SCENARIOS,
  ...MOVE_TASK_SCENARIOS,
  ...INTERVENTIONS,
  ...DELETIONS,
];

/** For whoever needs one of them. */
export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario: ${name}`);
  return found;
}
