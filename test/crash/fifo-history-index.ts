/**
 * FifoHistoryIndex: a history of a FIFO queue, sorted by message group and by receipt handle, on top
 * of the stories of its messages. It says what is certain of a message's place in its group, and since
 * when. It holds no rule.
 */
import type { History, SendOperation } from "./history.ts";
import type { MessageStory, SeenDelivery } from "./history-index.ts";

/** What the server said a message is: to whoever sent it, or to whoever received it. */
export type Claim = {
  readonly messageId: string;
  readonly sequenceNumber: string;
  /** When the client had read it. */
  readonly saidAtMs: number;
};

export type OrderedMessage = {
  readonly story: MessageStory;
  readonly messageGroupId: string;
  /** As it was said first. */
  readonly sequenceNumber: string;
  /** It cannot have been accepted earlier. */
  readonly firstAttempt: SendOperation | undefined;
  /** It cannot have been accepted later. */
  readonly acceptedByMs: number;
  /** Until then it was certainly there. */
  readonly maybeGoneAtMs: number;
};

/** The delivery that a receipt handle came with. */
export type HandleOrigin = { readonly story: MessageStory; readonly seen: SeenDelivery };

export type FifoHistoryIndex = {
  /** By message group; in a group by sequence number. */
  readonly groups: ReadonlyMap<string, readonly OrderedMessage[]>;
  readonly messages: ReadonlyMap<string, OrderedMessage>;
  readonly handles: ReadonlyMap<string, HandleOrigin>;
  readonly receives: readonly Extract<History[number], { kind: "receive" }>[];
};

export function indexFifoHistory(
  history: History,
  stories: ReadonlyMap<string, MessageStory>,
): FifoHistoryIndex {
  const messages = new Map<string, OrderedMessage>();
  const groups = new Map<string, OrderedMessage[]>();
  const handles = new Map<string, HandleOrigin>();
  for (const story of stories.values()) {
    for (const seen of story.deliveries) handles.set(seen.delivery.receiptHandle, { story, seen });
    const message = orderedMessageOf(story);
    if (message === undefined) continue;
    messages.set(story.uid, message);
    const group = groups.get(message.messageGroupId);
    if (group === undefined) groups.set(message.messageGroupId, [message]);
    else group.push(message);
  }
  for (const group of groups.values()) group.sort(bySequence);
  return { groups, messages, handles, receives: history.filter((one) => one.kind === "receive") };
}

/** Everything the server said about one message's identity, in the order in which it was said. */
export function claimsOf(story: MessageStory): Claim[] {
  const claims: Claim[] = [];
  for (const { messageId, fifo, endedAtMs } of story.sends) {
    const sequenceNumber = fifo?.sequenceNumber;
    if (messageId === undefined || sequenceNumber === undefined) continue;
    claims.push({ messageId, sequenceNumber, saidAtMs: endedAtMs });
  }
  for (const { delivery, receive } of story.deliveries) {
    const { messageId, fifo } = delivery;
    if (fifo === undefined) continue;
    const { sequenceNumber } = fifo;
    claims.push({ messageId, sequenceNumber, saidAtMs: receive.endedAtMs });
  }
  return claims.sort((a, b) => a.saidAtMs - b.saidAtMs);
}

/** The attempts that may have had an effect, first one first. */
function attemptsOf(story: MessageStory): SendOperation[] {
  return story.sends
    .filter((send) => send.outcome !== "fail")
    .sort((a, b) => a.startedAtMs - b.startedAtMs);
}

/** Undefined if nobody knows whether there ever was such a message, or where it belongs. */
function orderedMessageOf(story: MessageStory): OrderedMessage | undefined {
  const [firstAttempt] = attemptsOf(story);
  const [claim] = claimsOf(story);
  const place = firstAttempt?.fifo ?? story.deliveries[0]?.delivery.fifo;
  if (claim === undefined || place === undefined) return undefined;
  return {
    story,
    messageGroupId: place.messageGroupId,
    sequenceNumber: claim.sequenceNumber,
    firstAttempt,
    acceptedByMs: claim.saidAtMs,
    maybeGoneAtMs: Math.min(
      story.maybeLeftAtMs,
      ...story.deletes.map((deletion) => deletion.startedAtMs),
    ),
  };
}

function bySequence(a: OrderedMessage, b: OrderedMessage): number {
  if (a.sequenceNumber === b.sequenceNumber) return 0;
  return a.sequenceNumber < b.sequenceNumber ? -1 : 1;
}
