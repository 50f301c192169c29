/**
 * DeleteMessage and ChangeMessageVisibility, each alone and in a batch. Handles are not opened here:
 * only the queue that issued them holds the key.
 */
import { VISIBILITY_TIMEOUT_SECONDS_MAX } from "../domain/limits.ts";
import { type Outcomes, outcomeAt } from "../domain/outcomes.ts";
import type { VisibilityChange } from "../domain/receipt-handle.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { checkedEntries, runBatch } from "./batch.ts";
import { type Exchange, onQueue } from "./exchange.ts";
import { rangeFlaw } from "./range.ts";

export function deleteMessage(
  input: ActionInput<"DeleteMessage">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return onQueue(
    input,
    exchange,
    () => checkedHandle(input),
    async (queue, receiptHandle) => done(await queue.deleteMessages([receiptHandle])),
  );
}

export function deleteMessageBatch(
  input: ActionInput<"DeleteMessageBatch">,
  exchange: Exchange,
): Promise<Result<ActionOutput<"DeleteMessageBatch">>> {
  return onQueue(
    input,
    exchange,
    () => checkedEntries(input.Entries, "DeleteMessageBatchRequestEntry"),
    (queue, entries) =>
      runBatch(entries, {
        check: checkedHandle,
        run: (receiptHandles) => queue.deleteMessages(receiptHandles),
        success: (id) => ({ Id: id }),
      }),
  );
}

export function changeMessageVisibility(
  input: ActionInput<"ChangeMessageVisibility">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  const reason = "Must be between 0 and 43200";
  return onQueue(
    input,
    exchange,
    () => checkedChange(input, reason),
    async (queue, change) => done(await queue.changeVisibility([change])),
  );
}

export function changeMessageVisibilityBatch(
  input: ActionInput<"ChangeMessageVisibilityBatch">,
  exchange: Exchange,
): Promise<Result<ActionOutput<"ChangeMessageVisibilityBatch">>> {
  const reason = "VisibilityTimeout must be an integer between 0 and 43200";
  return onQueue(
    input,
    exchange,
    () => checkedEntries(input.Entries, "ChangeMessageVisibilityBatchRequestEntry"),
    (queue, entries) =>
      runBatch(entries, {
        check: (entry) => checkedChange(entry, reason),
        run: (changes) => queue.changeVisibility(changes),
        success: (id) => ({ Id: id }),
      }),
  );
}

function done(outcomes: Outcomes): Result<undefined> {
  const refusal = outcomeAt(outcomes, 0);
  return refusal === null ? accepted(undefined) : refused(refusal);
}

function checkedHandle({ ReceiptHandle }: { readonly ReceiptHandle?: string }): Result<string> {
  return ReceiptHandle === undefined
    ? refused({ kind: "parameter-missing", parameterName: "ReceiptHandle" })
    : accepted(ReceiptHandle);
}

function checkedChange(
  input: { readonly ReceiptHandle?: string; readonly VisibilityTimeout?: number },
  reason: string,
): Result<VisibilityChange> {
  const handle = checkedHandle(input);
  if (!handle.ok) return handle;
  const { VisibilityTimeout } = input;
  if (VisibilityTimeout === undefined) {
    return refused({ kind: "parameter-missing", parameterName: "VisibilityTimeout" });
  }
  const range = { min: 0, max: VISIBILITY_TIMEOUT_SECONDS_MAX, reason };
  const flaw = rangeFlaw("VisibilityTimeout", VisibilityTimeout, range);
  if (flaw !== undefined) return refused(flaw);
  return accepted({ receiptHandle: handle.value, visibilityTimeoutSeconds: VisibilityTimeout });
}
