/**
 * SendMessage and SendMessageBatch. Both make one shipment for one call to the queue's object; a
 * batch's entries are accepted or refused each on its own.
 */
import { BATCH_BYTES_MAX, TRACE_HEADER_BYTES_MAX } from "../domain/limits.ts";
import { outcomeAt } from "../domain/outcomes.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import { packShipment } from "../domain/shipment.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { checkedEntries, runBatch } from "./batch.ts";
import { type Exchange, onQueue } from "./exchange.ts";
import { hasIllegalCharacter } from "./message-content.ts";
import { inputBytes, newMessage } from "./new-message.ts";

export function sendMessage(
  input: ActionInput<"SendMessage">,
  exchange: Exchange,
): Promise<Result<ActionOutput<"SendMessage">>> {
  const sender = senderOf(exchange);
  return onQueue(
    input,
    exchange,
    () => newMessage(input, sender),
    async (queue, { message, receipt }) => {
      const refusal = outcomeAt(await queue.sendMessages(packShipment([message])), 0);
      return refusal === null ? accepted(receipt) : refused(refusal);
    },
  );
}

export function sendMessageBatch(
  input: ActionInput<"SendMessageBatch">,
  exchange: Exchange,
): Promise<Result<ActionOutput<"SendMessageBatch">>> {
  const sender = senderOf(exchange);
  return onQueue(
    input,
    exchange,
    () => checkedSendEntries(input),
    (queue, entries) =>
      runBatch(entries, {
        check: (entry) => newMessage(entry, sender),
        run: (commands) => queue.sendMessages(packShipment(commands.map(({ message }) => message))),
        success: (id, { receipt }) => ({ Id: id, ...receipt }),
      }),
  );
}

/** The limit of a batch is SQS's own, whatever the queue's MaximumMessageSize. */
function checkedSendEntries(input: ActionInput<"SendMessageBatch">) {
  const entries = checkedEntries(input.Entries, "SendMessageBatchRequestEntry");
  if (!entries.ok) return entries;
  const batchBytes = entries.value.reduce((sum, { entry }) => sum + inputBytes(entry), 0);
  return batchBytes > BATCH_BYTES_MAX ? refused({ kind: "batch-too-long", batchBytes }) : entries;
}

/** A header on the way is no reason to refuse a message: one that cannot be stored is ignored. */
function senderOf({ caller, traceHeader = "" }: Exchange) {
  const isStorable =
    traceHeader !== "" &&
    traceHeader.length <= TRACE_HEADER_BYTES_MAX &&
    !hasIllegalCharacter(traceHeader);
  return { senderId: caller.accountId, traceHeader: isStorable ? traceHeader : undefined };
}
