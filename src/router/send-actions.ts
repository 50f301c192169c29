/**
 * SendMessage and SendMessageBatch. Both make one shipment; a batch's entries are accepted or refused
 * each on its own, but for what SQS refuses a whole request of a FIFO queue for.
 */
import { BATCH_BYTES_MAX, TRACE_HEADER_BYTES_MAX } from "../domain/limits.ts";
import { type Outcomes, outcomeAt, wholeRefusal } from "../domain/outcomes.ts";
import { type QueueKind, queueKind } from "../domain/queue-name.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { SendOutcomes } from "../domain/sent-message.ts";
import { packShipment } from "../domain/shipment.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { senderIdOf } from "./access.ts";
import { checkedEntries, runBatch } from "./batch.ts";
import { underTerms } from "./encryption-guess.ts";
import { type Exchange, onQueue, type QueueTarget } from "./exchange.ts";
import { hasIllegalCharacter } from "./message-content.ts";
import { sealedMessages } from "./message-seal.ts";
import { inputBytes, type NewMessage, newMessage } from "./new-message.ts";
import { refusalsOf, sendOrdered, sentAt, shownSent } from "./ordered-send.ts";

export function sendMessage(
  input: ActionInput<"SendMessage">,
  exchange: Exchange,
): Promise<Result<ActionOutput<"SendMessage">>> {
  const sender = senderOf(exchange);
  return onQueue(
    input,
    exchange,
    ({ queueName }) => newMessage(input, sender, queueKind(queueName)),
    async (queue, message, identity) => {
      const shipped = await ship({ queue, identity }, [message], exchange);
      const refusal = outcomeAt(shipped.outcomes, 0);
      return refusal === null ? accepted(shipped.shown(message, 0)) : refused(refusal);
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
    ({ queueName }) => checkedSendEntries(input, queueKind(queueName)),
    async (queue, entries, identity) => {
      const kind = queueKind(identity.queueName);
      let shipped: Shipped = NOTHING_SHIPPED;
      return runBatch(entries, {
        check: (entry) => newMessage(entry, sender, kind),
        run: async (messages) => {
          shipped = await ship({ queue, identity }, messages, exchange);
          return shipped.outcomes;
        },
        success: (id, message, position) => ({ Id: id, ...shipped.shown(message, position) }),
      });
    },
  );
}

type Shipped = {
  readonly outcomes: Outcomes;
  /** What the sender is told of a message that was accepted. */
  readonly shown: (message: NewMessage, position: number) => ShownMessage;
};

type ShownMessage = NewMessage["receipt"] & { readonly SequenceNumber?: string };

const NOTHING_SHIPPED: Shipped = { outcomes: null, shown: ({ receipt }) => receipt };

async function ship(
  target: QueueTarget,
  messages: readonly NewMessage[],
  exchange: Exchange,
): Promise<Shipped> {
  if (queueKind(target.identity.queueName) === "standard") {
    return { ...NOTHING_SHIPPED, outcomes: await sendUnordered(target, messages, exchange) };
  }
  return shippedInOrder(await sendOrdered(target, messages, exchange));
}

async function sendUnordered(
  target: QueueTarget,
  messages: readonly NewMessage[],
  { keyring }: Exchange,
): Promise<Outcomes> {
  const { queue, identity } = target;
  const shippables = messages.map(({ message }) => message);
  if (keyring.isEmpty) return queue.sendMessages(packShipment(shippables));
  const sent = await underTerms(
    target,
    keyring,
    async (sealing, label) => {
      const sealed = await sealedMessages(shippables, sealing, identity);
      return queue.sendMessages(packShipment(sealed), label);
    },
    wholeRefusal,
  );
  return sent.ok ? sent.value : sent.refusal;
}

/** A duplicate is shown as the message that was accepted first, with the digests of its own body. */
function shippedInOrder(sent: SendOutcomes): Shipped {
  return {
    outcomes: refusalsOf(sent),
    shown: ({ receipt }, position) => {
      const message = sentAt(sent, position);
      return message === undefined ? receipt : { ...receipt, ...shownSent(message) };
    },
  };
}

/** The limit of a batch is SQS's own, whatever the queue's MaximumMessageSize. */
function checkedSendEntries(input: ActionInput<"SendMessageBatch">, kind: QueueKind) {
  const entries = checkedEntries(input.Entries, "SendMessageBatchRequestEntry");
  if (!entries.ok) return entries;
  const batchBytes = entries.value.reduce((sum, { entry }) => sum + inputBytes(entry), 0);
  if (batchBytes > BATCH_BYTES_MAX) return refused({ kind: "batch-too-long", batchBytes });
  const lacksGroup = entries.value.some(({ entry }) => entry.MessageGroupId === undefined);
  // As an invalid value here, unlike the same flaw of a single message (recorded on SQS).
  return kind === "fifo" && lacksGroup
    ? refused({
        kind: "request-invalid",
        message: "The request must contain the parameter MessageGroupId.",
      })
    : entries;
}

/** A header on the way is no reason to refuse a message: one that cannot be stored is ignored. */
function senderOf({ caller, access, traceHeader = "" }: Exchange) {
  const isStorable =
    traceHeader !== "" &&
    traceHeader.length <= TRACE_HEADER_BYTES_MAX &&
    !hasIllegalCharacter(traceHeader);
  const senderId = access === undefined ? caller.accountId : senderIdOf(access);
  return { senderId, traceHeader: isStorable ? traceHeader : undefined };
}
