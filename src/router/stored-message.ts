/**
 * StoredMessage: what a queue's object has of a message, opened. What stands before the sender's payload is
 * taken off here: the sequence number of a FIFO message, and of a dead letter its life in the queues that it
 * has left; then the payload is unsealed.
 *
 * A message that does not open is left out and logged, so that others still come; it stays in flight until
 * its timeout lapses. It is never shown without its body. In a FIFO queue what follows it in its group is
 * left out as well, because it would come before its turn.
 */
import { Buffer } from "node:buffer";
import type { DeliveredMessage } from "../domain/delivery.ts";
import { earlierLifeOf, ownPayload } from "../domain/moved-payload.ts";
import { SEQUENCE_BYTES, sequenceOf } from "../domain/ordered-shipment.ts";
import { type QueueIdentity, type QueueKind, queueKind } from "../domain/queue-name.ts";
import type { Refusal } from "../domain/refusal.ts";
import { printSequenceNumber } from "../domain/sequence-number.ts";
import type { Keyring } from "./keyring.ts";
import { openedSeal } from "./message-seal.ts";
import { type OpenedPayload, openPayload } from "./payload.ts";

export type StoredMessage = {
  readonly payload: OpenedPayload;
  /** Of a FIFO message. */
  readonly sequenceNumber: string | undefined;
  /** Of a dead letter: the queue that it came from. */
  readonly sourceArn: string | undefined;
};

export type OpenedMessage = {
  readonly message: DeliveredMessage;
  /** Undefined if it does not open. */
  readonly stored: StoredMessage | undefined;
  /** What SQS says where a KMS key is the reason. */
  readonly refusal: Refusal | undefined;
};

/** All of them, in their order; those that do not open are logged. */
export function openedMessages(
  messages: readonly DeliveredMessage[],
  identity: QueueIdentity,
  keyring: Keyring,
): Promise<readonly OpenedMessage[]> {
  const kind = queueKind(identity.queueName);
  return Promise.all(
    messages.map(async (message): Promise<OpenedMessage> => {
      const { own, ...before } = peeled(message.payload, kind);
      const opened = await openedSeal(own, identity, keyring);
      if (opened.ok) {
        const stored = { ...before, payload: openPayload(opened.payload) };
        return { message, stored, refusal: undefined };
      }
      const { queueName } = identity;
      console.error(`message ${message.messageId} of ${queueName} does not open: ${opened.why}`);
      return { message, stored: undefined, refusal: opened.refusal };
    }),
  );
}

/** Without what was left out, and in a FIFO queue without what would come before its turn. */
export function inTurn(messages: readonly OpenedMessage[], kind: QueueKind): OpenedMessage[] {
  const blocked = new Set<string>();
  let isAfterUnopened = false;
  return messages.filter(({ stored }) => {
    if (stored === undefined) {
      isAfterUnopened = true;
      return false;
    }
    if (kind === "standard") return true;
    if (!isAfterUnopened && blocked.size === 0) return true;
    const { messageGroupId = "" } = stored.payload.envelope();
    // A group's messages lie side by side: the next one that opens may be of the same group.
    if (isAfterUnopened) blocked.add(messageGroupId);
    isAfterUnopened = false;
    return !blocked.has(messageGroupId);
  });
}

function peeled(payload: Buffer, kind: QueueKind) {
  return kind === "fifo"
    ? unmoved(payload.subarray(SEQUENCE_BYTES), printSequenceNumber(sequenceOf(payload)))
    : unmoved(payload, undefined);
}

function unmoved(payload: Buffer, sequenceNumber: string | undefined) {
  const life = earlierLifeOf(payload);
  if (life === undefined) return { own: payload, sequenceNumber, sourceArn: undefined };
  const { buffer, byteOffset, byteLength } = ownPayload(payload);
  const own = Buffer.from(buffer, byteOffset, byteLength);
  return { own, sequenceNumber, sourceArn: life.sourceArn };
}
