/**
 * The way of FIFO messages to the object that lets them in: the queue's own, or in scope
 * `messageGroup` that of each message's group, past the queue's. Which one it is the queue decides at
 * its creation.
 */
import { queueUidText } from "../domain/object-name.ts";
import { type OrderedShippable, packOrderedShipment } from "../domain/ordered-shipment.ts";
import { type Outcomes, wholeRefusal } from "../domain/outcomes.ts";
import { type QueueIdentity, queueArn } from "../domain/queue-name.ts";
import { isRefusal, type SendOutcomes, type SentMessage } from "../domain/sent-message.ts";
import { printSequenceNumber } from "../domain/sequence-number.ts";
import { readUuid } from "../domain/uuid.ts";
import type { Exchange, QueueTarget } from "./exchange.ts";
import { fifoTerms } from "./fifo-terms-cache.ts";
import type { Keyring } from "./keyring.ts";
import { sealedMessages, sealingOf } from "./message-seal.ts";
import type { NewMessage } from "./new-message.ts";
import { groupStub } from "./object-directory.ts";

/** How each message fared, in the order of the messages. */
export async function sendOrdered(
  { queue, identity }: QueueTarget,
  messages: readonly NewMessage[],
  { objects, background, keyring }: Exchange,
): Promise<SendOutcomes> {
  const terms = await fifoTerms(queue, identity, background);
  if (!terms.ok) return terms.refusal;
  const sealing = sealingOf(terms.value.encryption, keyring);
  if (!sealing.ok) return sealing.refusal;
  const placed = messages.map(({ message, placing }) => ({
    ...message,
    ...placing,
    deduplicationId: disguised(placing.deduplicationId, identity, keyring),
  }));
  const shippables = await sealedMessages(placed, sealing.value, identity);
  if (terms.value.scope === "queue") return queue.sendOrdered(packOrderedShipment(shippables));
  if (!terms.value.isContentBasedDeduplication && shippables.some((one) => one.isContentBased)) {
    return { kind: "deduplication-id-missing" };
  }
  const queueUid = queueUidText(terms.value.issuer.uid);
  return sendByGroup(shippables, (messageGroupId, ofGroup) => {
    const group = groupStub(objects, { queueUid, messageGroupId, region: identity.region });
    return group.send({ ...terms.value, messageGroupId }, packOrderedShipment(ofGroup));
  });
}

/** What a sender is told beside the digests. */
export function shownSent(sent: SentMessage): { MessageId?: string; SequenceNumber: string } {
  const { sequence, originalId } = sent;
  const SequenceNumber = printSequenceNumber(sequence);
  return originalId === undefined
    ? { SequenceNumber }
    : { SequenceNumber, MessageId: readUuid(originalId, 0) };
}

export function refusalsOf(outcomes: SendOutcomes): Outcomes {
  if ("kind" in outcomes) return outcomes;
  return outcomes.map((outcome) => (isRefusal(outcome) ? outcome : null));
}

/** What was sent under `position`; undefined if it was refused. */
export function sentAt(outcomes: SendOutcomes, position: number): SentMessage | undefined {
  if ("kind" in outcomes) return undefined;
  const outcome = outcomes[position];
  return outcome === undefined || isRefusal(outcome) ? undefined : outcome;
}

/** The form of a body's digest, whether it was computed here or by the sender. */
const DIGEST = /^[0-9a-f]{64}$/;

/**
 * What a queue's objects know a message again by. A short body could be guessed from its digest, so where
 * there are root keys a keyed one takes its place; two ids that were the same remain so, because the
 * root key that has been there for longest makes it: a rotation does not change it. Other ids are their
 * sender's choice, and metadata.
 */
function disguised(id: string, identity: QueueIdentity, { oldest }: Keyring): string {
  if (oldest === undefined || !DIGEST.test(id)) return id;
  return oldest.mac("deduplication", `${queueArn(identity)}/${id}`);
}

const BUSY = { kind: "queue-busy" } as const;

/** One call per group, side by side; a group that cannot be reached fails its own messages alone. */
async function sendByGroup(
  messages: readonly OrderedShippable[],
  send: (messageGroupId: string, messages: readonly OrderedShippable[]) => Promise<SendOutcomes>,
): Promise<SendOutcomes> {
  const positions = new Map<string, number[]>();
  for (const [position, { messageGroupId }] of messages.entries()) {
    const ofGroup = positions.get(messageGroupId);
    if (ofGroup === undefined) positions.set(messageGroupId, [position]);
    else ofGroup.push(position);
  }
  const answers = await Promise.all(
    [...positions].map(async ([messageGroupId, ofGroup]) => {
      const theirs = messages.filter((message) => message.messageGroupId === messageGroupId);
      try {
        return { ofGroup, outcomes: await send(messageGroupId, theirs) };
      } catch (error) {
        console.warn("a message group could not be reached", error);
        return { ofGroup, outcomes: theirs.map(() => BUSY) };
      }
    }),
  );
  const merged: (SentMessage | Exclude<SendOutcomes, readonly unknown[]>)[] = [];
  for (const { ofGroup, outcomes } of answers) {
    const whole = wholeRefusal(refusalsOf(outcomes));
    if (whole !== null || "kind" in outcomes) return whole ?? { kind: "queue-busy" };
    for (const [number, position] of ofGroup.entries()) {
      const outcome = outcomes[number];
      if (outcome !== undefined) merged[position] = outcome;
    }
  }
  return merged;
}
