/**
 * What all batch actions share. A batch is a fold of the single action: it is checked as a whole
 * first, then each entry on its own, and the answer lists both kinds of entries by their ids.
 */

import { BATCH_ENTRIES_MAX, BATCH_ENTRY_ID_LENGTH_MAX } from "../domain/limits.ts";
import { type Outcomes, outcomeAt, wholeRefusal } from "../domain/outcomes.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { BatchResultErrorEntry } from "../protocol/message-actions.ts";
import { batchFailure } from "./refusal-error.ts";

const ENTRY_ID = /^[A-Za-z0-9_-]+$/;

type WithId = { readonly Id?: string };

/** An entry whose id was checked. */
export type BatchEntry<T> = { readonly id: string; readonly entry: T };

/** `entryType` is the model's name of an entry, which SQS's text of an empty batch contains. */
export function checkedEntries<T extends WithId>(
  entries: readonly T[] | undefined,
  entryType: string,
): Result<BatchEntry<T>[]> {
  if (entries === undefined)
    return refused({ kind: "parameter-missing", parameterName: "Entries" });
  if (entries.length === 0) return refused({ kind: "batch-empty", entryType });
  if (entries.length > BATCH_ENTRIES_MAX) {
    return refused({ kind: "batch-too-many-entries", entryCount: entries.length });
  }
  const checked = entries.map((entry) => ({ id: entry.Id ?? "", entry }));
  if (!checked.every(({ id }) => ENTRY_ID.test(id) && id.length <= BATCH_ENTRY_ID_LENGTH_MAX)) {
    return refused({ kind: "batch-entry-id-invalid" });
  }
  const seenIds = new Set<string>();
  for (const { id } of checked) {
    if (seenIds.has(id)) return refused({ kind: "batch-entry-id-repeated", entryId: id });
    seenIds.add(id);
  }
  return accepted(checked);
}

export type BatchOutput<Success> = {
  Successful?: Success[];
  Failed?: BatchResultErrorEntry[];
};

/**
 * Runs the acceptable entries together and answers for all, in the order of the request. Either
 * list is left out when it is empty.
 */
export async function runBatch<T, Command, Success>(
  entries: readonly BatchEntry<T>[],
  step: {
    check: (entry: T) => Result<Command>;
    run: (commands: Command[]) => Promise<Outcomes>;
    /** `position`: of the command among those that were run. */
    success: (id: string, command: Command, position: number) => Success;
  },
): Promise<Result<BatchOutput<Success>>> {
  const checked = entries.map(({ id, entry }) => ({ id, command: step.check(entry) }));
  const commands = checked.flatMap(({ command }) => (command.ok ? [command.value] : []));
  const outcomes = await step.run(commands);
  const refusal = wholeRefusal(outcomes);
  if (refusal !== null) return refused(refusal);
  const output: BatchOutput<Success> = {};
  let position = 0;
  for (const { id, command } of checked) {
    const flaw = command.ok ? outcomeAt(outcomes, position) : command.refusal;
    if (command.ok && flaw === null) {
      output.Successful ??= [];
      output.Successful.push(step.success(id, command.value, position));
    } else if (flaw !== null) {
      output.Failed ??= [];
      output.Failed.push(batchFailure(id, flaw));
    }
    if (command.ok) position++;
  }
  return accepted(output);
}
