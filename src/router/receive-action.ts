/**
 * ReceiveMessage: what a receiver may ask for, in SQS's words where it may not, and the poll for it.
 * How a message that came is shown is said in `shown-message.ts`.
 */
import type { DeliveredMessage } from "../domain/delivery.ts";
import {
  RECEIVE_COUNT_MAX,
  VISIBILITY_TIMEOUT_SECONDS_MAX,
  WAIT_TIME_SECONDS_MAX,
} from "../domain/limits.ts";
import { type QueueKind, queueKind } from "../domain/queue-name.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { takerOf } from "./access.ts";
import { underTerms } from "./encryption-guess.ts";
import { type Exchange, onQueue, type QueueTarget } from "./exchange.ts";
import { type PollOrder, poll } from "./long-poll.ts";
import { identifierFlaw } from "./message-content.ts";
import { requestedSystemNames } from "./message-filter.ts";
import { rangeFlaw } from "./range.ts";
import { shownMessage, type Wanted } from "./shown-message.ts";
import { inTurn, type OpenedMessage, openedMessages } from "./stored-message.ts";

type Input = ActionInput<"ReceiveMessage">;

export function receiveMessage(
  input: Input,
  exchange: Exchange,
): Promise<Result<ActionOutput<"ReceiveMessage">>> {
  return onQueue(
    input,
    exchange,
    ({ queueName }) => checkedOrder(input, queueKind(queueName)),
    async (queue, order, identity) => {
      const received = await pollUnderTerms({ queue, identity }, order, exchange);
      if (!received.ok) return received;
      if (received.value.length === 0) return accepted({});
      const opened = await openedMessages(received.value, identity, exchange.keyring);
      return shownMessages(opened, queueKind(identity.queueName), wantedAttributes(input));
    },
  );
}

type Received = Result<readonly DeliveredMessage[]>;

async function pollUnderTerms(
  target: QueueTarget,
  order: PollOrder,
  { keyring, signal, access }: Exchange,
): Promise<Received> {
  const name = access === undefined ? undefined : takerOf(access);
  const poller = { name, signal };
  if (keyring.isEmpty) return poll(target, order, poller);
  const polled = await underTerms(
    target,
    keyring,
    (_sealing, openableFor) => poll(target, { ...order, openableFor }, poller),
    (received: Received) => (received.ok ? null : received.refusal),
  );
  return polled.ok ? polled.value : polled;
}

/** With nothing to show for the want of a KMS key the receive is refused, as SQS does. */
function shownMessages(
  opened: readonly OpenedMessage[],
  kind: QueueKind,
  wanted: Wanted,
): Result<ActionOutput<"ReceiveMessage">> {
  const Messages = inTurn(opened, kind).flatMap(({ message, stored }) => {
    return stored === undefined ? [] : [shownMessage(message, stored, wanted)];
  });
  if (Messages.length > 0) return accepted({ Messages });
  const refusal = opened.find((one) => one.refusal !== undefined)?.refusal;
  return refusal === undefined ? accepted({}) : refused(refusal);
}

function checkedOrder(input: Input, kind: QueueKind) {
  const { MaxNumberOfMessages: maxCount, WaitTimeSeconds, VisibilityTimeout } = input;
  // A standard queue ignores it (recorded on SQS).
  const attemptId = kind === "fifo" ? input.ReceiveRequestAttemptId : undefined;
  const flaw: Refusal | undefined =
    rangeFlaw("MaxNumberOfMessages", maxCount, {
      min: 1,
      max: RECEIVE_COUNT_MAX,
      reason: "Must be between 1 and 10, if provided",
    }) ??
    rangeFlaw("WaitTimeSeconds", WaitTimeSeconds, {
      min: 0,
      max: WAIT_TIME_SECONDS_MAX,
      reason: "Must be >= 0 and <= 20, if provided",
    }) ??
    rangeFlaw("VisibilityTimeout", VisibilityTimeout, {
      min: 0,
      max: VISIBILITY_TIMEOUT_SECONDS_MAX,
      reason: "Must be >= 0 and <= 43200, if provided",
    }) ??
    (attemptId === undefined ? undefined : identifierFlaw("ReceiveRequestAttemptId", attemptId));
  if (flaw !== undefined) return refused(flaw);
  return accepted({
    maxCount: maxCount ?? 1,
    waitTimeSeconds: WaitTimeSeconds,
    visibilityTimeoutSeconds: VisibilityTimeout,
    attemptId,
  });
}

/** The deprecated AttributeNames and its successor are united. */
function wantedAttributes(input: Input): Wanted {
  const names = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  return {
    systemNames: requestedSystemNames(names),
    patterns: input.MessageAttributeNames ?? [],
  };
}
