/**
 * Peek: the messages of a queue as they are, as LocalStack's `/_aws/sqs/messages` shows them: a
 * ReceiveMessage that receives nothing. The path may name the queue: `/{region}/{account}/{queue}`.
 */
import { unpackDelivery } from "../domain/delivery.ts";
import { PEEK_ROOM, type PeekOrder, statusOfLetter } from "../domain/peek.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionOutput } from "../protocol/actions.ts";
import type { Message } from "../protocol/message-actions.ts";
import type { PeekInput } from "../protocol/peek-protocol.ts";
import { accessRefusal } from "./authorisation.ts";
import { isRegion } from "./caller.ts";
import { demandOn } from "./demands.ts";
import { type Exchange, findQueue } from "./exchange.ts";
import { requestedSystemNames } from "./message-filter.ts";
import { shownMessage } from "./shown-message.ts";
import { openedMessages } from "./stored-message.ts";

export const PEEK_PATH = "/_aws/sqs/messages";

/** No handle: nothing was received that could be deleted. */
const RECEIPT_HANDLE = "SQS/BACKDOOR/ACCESS";
const QUEUE_PATH = /^\/([^/]+)(\/\d{12}\/[^/]+)\/?$/;
const EVERYTHING = { systemNames: requestedSystemNames(["All"]), patterns: ["All"] };

/** `path` is that of the request. */
export async function peekMessages(
  input: PeekInput,
  path: string,
  exchange: Exchange,
): Promise<Result<ActionOutput<"ReceiveMessage">>> {
  const target = findPeeked(input, path, exchange);
  if (!target.ok) return target;
  const { queue, identity } = target.value;
  // Whoever may read messages for good may read them, too.
  const refusal = await accessRefusal([demandOn(identity, "ReceiveMessage")], exchange);
  if (refusal !== undefined) return refused(refusal);
  const { showsInvisible, showsDelayed } = input;
  const order: PeekOrder = { showsInvisible, showsDelayed };
  const packed = await queue.peekMessages(order);
  if (!packed.ok) return packed;
  const delivered = unpackDelivery(packed.value).slice(0, PEEK_ROOM.maxCount);
  if (delivered.length === 0) return accepted({});
  const opened = await openedMessages(delivered, identity, exchange.keyring);
  // What is left out would pass for gone.
  const unopened = opened.find((one) => one.refusal !== undefined)?.refusal;
  if (unopened !== undefined) return refused(unopened);
  const Messages = opened.flatMap(({ message, stored }) => {
    if (stored === undefined) return [];
    return [peekedMessage(shownMessage(message, stored, EVERYTHING), message.receiptHandle, order)];
  });
  return accepted(Messages.length === 0 ? {} : { Messages });
}

function findPeeked({ QueueUrl }: PeekInput, path: string, exchange: Exchange) {
  const rest = path.slice(PEEK_PATH.length);
  if (rest.length <= 1) return findQueue(QueueUrl === undefined ? {} : { QueueUrl }, exchange);
  const [, region = "", address = ""] = QUEUE_PATH.exec(rest) ?? [];
  const caller = { ...exchange.caller, region };
  return findQueue({ QueueUrl: isRegion(region) ? address : "" }, { ...exchange, caller });
}

/** The two attributes are LocalStack's, and are told to whoever asks for such messages. */
function peekedMessage(
  message: Message,
  letter: string,
  { showsInvisible, showsDelayed }: PeekOrder,
): Message {
  const status = statusOfLetter(letter);
  const Attributes = new Map(message.Attributes);
  const isInvisible = status === "in-flight" || status === "moving";
  if (showsInvisible) Attributes.set("IsVisible", String(!isInvisible));
  if (showsDelayed) Attributes.set("IsDelayed", String(status === "delayed"));
  return { ...message, ReceiptHandle: RECEIPT_HANDLE, Attributes };
}
