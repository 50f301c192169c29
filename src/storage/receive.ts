/**
 * Receive: what a receive from a log gives: the messages for the receiver, with their handles, and
 * the receipts for whoever may have to undo it. It knows neither queues nor how handles are sealed.
 */
import type { OutgoingMessage } from "../domain/delivery.ts";
import { statusLetter } from "../domain/peek.ts";
import type { Receipt } from "../domain/receipt-handle.ts";
import type { MovingMessage, PeekedMessage, ReceivedMessage } from "./logged-message.ts";

export type Receive = {
  readonly messages: readonly OutgoingMessage[];
  readonly receipts: readonly Receipt[];
};

/** `seal` makes one handle per receipt. */
export function receiveOf(
  received: readonly ReceivedMessage[],
  receivedAtMs: number,
  seal: (receipts: readonly Receipt[]) => readonly string[],
): Receive {
  const receipts = received.map(({ segmentId, segmentTag, index, receiptNonce }) => {
    return { segmentId, segmentTag, index, receiptNonce, receivedAtMs };
  });
  const handles = seal(receipts);
  const messages = received.map((message, at) => outgoing(message, handles[at] ?? ""));
  return { messages, receipts };
}

/** A message for whoever only looks: its status is in the place of a handle. */
export function shown(message: PeekedMessage): OutgoingMessage {
  return outgoing(message, statusLetter(message.status));
}

/** A message with a handle that was made before. */
export function outgoing(message: MovingMessage, receiptHandle: string): OutgoingMessage {
  const { id, sentAtMs, firstReceivedAtMs, receiveCount, payload } = message;
  return { id, receiptHandle, sentAtMs, firstReceivedAtMs, receiveCount, payload };
}
