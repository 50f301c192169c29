/**
 * DeleteMessage and ChangeMessageVisibility, each alone and in a batch. A standard queue's handles are
 * opened by its object, a FIFO queue's on the way to its groups (`held-receipts.ts`).
 */
import { VISIBILITY_TIMEOUT_SECONDS_MAX } from "../domain/limits.ts";
import { type Outcomes, outcomeAt } from "../domain/outcomes.ts";
import { queueKind } from "../domain/queue-name.ts";
import type { VisibilityChange } from "../domain/receipt-handle.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { checkedEntries, runBatch } from "./batch.ts";
import { type Exchange, onQueue, type QueueTarget } from "./exchange.ts";
import { changeHeld, deleteHeld } from "./held-receipts.ts";
import { rangeFlaw } from "./range.ts";

export function deleteMessage(
  input: ActionInput<"DeleteMessage">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return onQueue(
    input,
    exchange,
    () => checkedHandle(input),
    async (queue, receiptHandle, identity) =>
      done(await deleteAll({ queue, identity }, [receiptHandle], exchange)),
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
    (queue, entries, identity) =>
      runBatch(entries, {
        check: checkedHandle,
        run: (receiptHandles) => deleteAll({ queue, identity }, receiptHandles, exchange),
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
    async (queue, change, identity) =>
      done(await changeAll({ queue, identity }, [change], exchange)),
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
    (queue, entries, identity) =>
      runBatch(entries, {
        check: (entry) => checkedChange(entry, reason),
        run: (changes) => changeAll({ queue, identity }, changes, exchange),
        success: (id) => ({ Id: id }),
      }),
  );
}

function deleteAll(
  target: QueueTarget,
  receiptHandles: readonly string[],
  exchange: Exchange,
): Promise<Outcomes> {
  return queueKind(target.identity.queueName) === "fifo"
    ? deleteHeld(target, receiptHandles, exchange)
    : target.queue.deleteMessages(receiptHandles);
}

function changeAll(
  target: QueueTarget,
  changes: readonly VisibilityChange[],
  exchange: Exchange,
): Promise<Outcomes> {
  return queueKind(target.identity.queueName) === "fifo"
    ? changeHeld(target, changes, exchange)
    : target.queue.changeVisibility(changes);
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
