/**
 * The FIFO checker: says whether a history is one that a correct FIFO queue could have produced. The
 * rules of every queue hold (history-checker.ts), and these besides: one message per deduplication
 * id, the order of each message group, whom a message holds up, and which receipt handles are taken.
 *
 * Invariants:
 * - Uncertainty can hide a violation and never invents one, as in every checker here.
 * - It is strict where SQS is lax: what one request sends to a group is accepted in its order even
 *   where its answer was lost.
 *
 * A uid stands for a deduplication id within its scope and one window: where the scope is the message
 * group, the same deduplication id in two groups is two uids. A history in which the attempts of one
 * uid span more than a window says nothing and is refused.
 */
import {
  claimsOf,
  type FifoHistoryIndex,
  type HandleOrigin,
  indexFifoHistory,
  type OrderedMessage,
} from "./fifo-history-index.ts";
import type {
  ChangeVisibilityOperation,
  DeleteOperation,
  History,
  ReceiveOperation,
} from "./history.ts";
import { CLOCK_SLACK_MS, checkHistory, type Rule, type Violation } from "./history-checker.ts";
import { type Departures, indexHistory, type MessageStory } from "./history-index.ts";

export type FifoRule =
  | Rule
  | "one-identity"
  | "place-kept"
  | "sequence-valid"
  | "sequence-in-send-order"
  | "order-in-answer"
  | "prefix-rule"
  | "live-handle-taken"
  | "stale-handle-refused";

export type FifoViolation = Violation<FifoRule>;

type Say = (rule: FifoRule, uid: string, explanation: string) => void;

/** SQS's page "Exactly-once processing": five minutes from the moment of acceptance. */
const DEDUPLICATION_WINDOW_MS = 300_000;
const SEQUENCE_NUMBER = /^[0-9]{20}$/;

/** `departures`: what is known to be in the queue's dead-letter queue in the end. */
export function checkFifoHistory(history: History, departures?: Departures): FifoViolation[] {
  const violations: FifoViolation[] = [];
  const say: Say = (rule, uid, explanation) => {
    violations.push({ rule, uid, explanation });
  };
  const { stories } = indexHistory(history, departures);
  const index = indexFifoHistory(history, stories);
  for (const story of stories.values()) {
    insistOnOneWindow(story);
    checkPlace(story, say);
    checkIdentity(story, say);
  }
  checkOwners(stories, say);
  for (const group of index.groups.values()) {
    checkSequences(group, say);
    checkSendOrder(group, say);
    for (const message of group) checkBatchOrder(message, index, say);
  }
  for (const receive of index.receives) {
    checkAnswerOrder(receive, say);
    checkPrefixes(receive, index, say);
  }
  for (const operation of history) {
    if (operation.kind !== "delete" && operation.kind !== "change-visibility") continue;
    const origin = index.handles.get(operation.receiptHandle);
    if (origin === undefined) continue;
    checkLiveHandle(operation, origin, say);
    checkStaleHandle(operation, origin, say);
  }
  // What is wrong with order or identity often breaks these rules, too, and says less by it.
  return [...violations, ...checkHistory(history, departures)];
}

function insistOnOneWindow({ uid, sends }: MessageStory): void {
  const firstStartedAtMs = Math.min(...sends.map((send) => send.startedAtMs));
  const lastEndedAtMs = Math.max(...sends.map((send) => send.endedAtMs));
  if (lastEndedAtMs - firstStartedAtMs < DEDUPLICATION_WINDOW_MS - CLOCK_SLACK_MS) return;
  throw new Error(`the sends of ${uid} span more than a deduplication window`);
}

/** A message keeps its group and its deduplication id, and says so whenever it is delivered. */
function checkPlace({ uid, sends, deliveries }: MessageStory, say: Say): void {
  const sent = sends[0]?.fifo;
  for (const { fifo } of deliveries.map(({ delivery }) => delivery)) {
    if (fifo === undefined) say("place-kept", uid, "was delivered without a sequence number");
    else if (sent === undefined) continue;
    else if (fifo.messageGroupId !== sent.messageGroupId) {
      say("place-kept", uid, `was sent to ${sent.messageGroupId}, came in ${fifo.messageGroupId}`);
    } else if (fifo.deduplicationId !== sent.deduplicationId) {
      say("place-kept", uid, `was delivered under the deduplication id ${fifo.deduplicationId}`);
    }
  }
}

/** One message per deduplication id: everything that is said of it is said of one message. */
function checkIdentity(story: MessageStory, say: Say): void {
  const claims = claimsOf(story);
  const messageIds = new Set(claims.map((claim) => claim.messageId));
  const sequenceNumbers = new Set(claims.map((claim) => claim.sequenceNumber));
  if (messageIds.size > 1) {
    say("one-identity", story.uid, `has ${messageIds.size} message ids: ${list(messageIds)}`);
  }
  if (sequenceNumbers.size > 1) {
    const numbers = list(sequenceNumbers);
    say("one-identity", story.uid, `has ${sequenceNumbers.size} sequence numbers: ${numbers}`);
  }
}

/** A message id is given to one message: a send is never answered with that of another. */
function checkOwners(stories: ReadonlyMap<string, MessageStory>, say: Say): void {
  const owners = new Map<string, string>();
  for (const { uid, sends } of stories.values()) {
    for (const { messageId } of sends) {
      if (messageId === undefined) continue;
      const owner = owners.get(messageId) ?? uid;
      if (owner !== uid) say("one-identity", uid, `was answered with the message id of ${owner}`);
      owners.set(messageId, owner);
    }
  }
}

/** A sequence number has 20 digits and is given once in its group. */
function checkSequences(group: readonly OrderedMessage[], say: Say): void {
  for (const [position, { story, sequenceNumber }] of group.entries()) {
    if (!SEQUENCE_NUMBER.test(sequenceNumber)) {
      say("sequence-valid", story.uid, `has the sequence number ${sequenceNumber}`);
    }
    const before = group[position - 1];
    if (before?.sequenceNumber !== sequenceNumber) continue;
    say("sequence-valid", story.uid, `shares its sequence number with ${before.story.uid}`);
  }
}

/** What was certainly accepted before another message of its group was sent is before it. */
function checkSendOrder(group: readonly OrderedMessage[], say: Say): void {
  let latestSent: OrderedMessage | undefined;
  for (const message of group) {
    if (latestSent !== undefined && firstSentAtMs(latestSent) > message.acceptedByMs) {
      const { uid } = latestSent.story;
      const explanation = `comes after ${uid}, which was sent when this was already accepted`;
      say("sequence-in-send-order", message.story.uid, explanation);
    }
    if (latestSent === undefined || firstSentAtMs(message) > firstSentAtMs(latestSent)) {
      latestSent = message;
    }
  }
}

/** What nobody is known to have sent may have been sent at any time. */
function firstSentAtMs({ firstAttempt }: OrderedMessage): number {
  return firstAttempt?.startedAtMs ?? Number.NEGATIVE_INFINITY;
}

/** Messages that one request sent first to one group are in its order. */
function checkBatchOrder(message: OrderedMessage, index: FifoHistoryIndex, say: Say): void {
  const { story, firstAttempt } = message;
  const batch = firstAttempt?.fifo?.batch ?? [];
  for (const uid of batch.slice(0, batch.indexOf(story.uid))) {
    const earlier = index.messages.get(uid);
    if (earlier?.messageGroupId !== message.messageGroupId) continue;
    const isFirstSentHere =
      firstSentAtMs(earlier) === firstSentAtMs(message) &&
      earlier.firstAttempt?.outcome === firstAttempt?.outcome;
    if (isFirstSentHere && earlier.sequenceNumber > message.sequenceNumber) {
      say(
        "sequence-in-send-order",
        story.uid,
        `comes before ${uid}, sent ahead of it in one batch`,
      );
    }
  }
}

/** Within an answer the messages of a group have ascending sequence numbers. */
function checkAnswerOrder(receive: ReceiveOperation, say: Say): void {
  const highest = new Map<string, string>();
  for (const { uid, fifo } of receive.deliveries) {
    if (fifo === undefined) continue;
    const before = highest.get(fifo.messageGroupId);
    if (before !== undefined && before >= fifo.sequenceNumber) {
      say("order-in-answer", uid, "follows a later message of its group in one answer");
    } else highest.set(fifo.messageGroupId, fifo.sequenceNumber);
  }
}

/**
 * The prefix rule: nothing is delivered while an earlier message of its group is there, in flight or
 * not, unless both are in the same answer.
 */
function checkPrefixes(receive: ReceiveOperation, index: FifoHistoryIndex, say: Say): void {
  const delivered = new Set(receive.deliveries.map((delivery) => delivery.uid));
  const isSkipped = ({ story, acceptedByMs, maybeGoneAtMs }: OrderedMessage): boolean =>
    !delivered.has(story.uid) &&
    acceptedByMs < receive.startedAtMs &&
    maybeGoneAtMs > receive.endedAtMs;
  const skipped = new Map<string, OrderedMessage | undefined>();
  for (const { uid, fifo } of receive.deliveries) {
    if (fifo === undefined) continue;
    const { messageGroupId, sequenceNumber } = fifo;
    if (!skipped.has(messageGroupId)) {
      skipped.set(messageGroupId, index.groups.get(messageGroupId)?.find(isSkipped));
    }
    const first = skipped.get(messageGroupId);
    if (first === undefined || first.sequenceNumber >= sequenceNumber) continue;
    say("prefix-rule", uid, `was delivered ahead of ${first.story.uid}, earlier in its group`);
    // Those behind it in this answer would say the same again.
    skipped.set(messageGroupId, undefined);
  }
}

/** While a message is in flight under a handle, the handle is taken. */
function checkLiveHandle(
  operation: DeleteOperation | ChangeVisibilityOperation,
  { story, seen }: HandleOrigin,
  say: Say,
): void {
  if (operation.outcome !== "fail" || operation.refusal === undefined) return;
  const { startedAtMs, visibilityTimeoutSeconds } = seen.receive;
  const lapses = story.changes
    .filter((change) => change.startedAtMs <= operation.endedAtMs)
    .map((change) => change.startedAtMs + change.visibilityTimeoutSeconds * 1000);
  const liveUntilMs = Math.min(startedAtMs + visibilityTimeoutSeconds * 1000, ...lapses);
  const isMaybeGone =
    story.maybeLeftAtMs <= operation.endedAtMs ||
    story.deletes.some((one) => one.startedAtMs <= operation.endedAtMs);
  if (isMaybeGone || operation.endedAtMs >= liveUntilMs - CLOCK_SLACK_MS) return;
  const earlyMs = Math.round(liveUntilMs - operation.endedAtMs);
  const explanation = `was refused its ${operation.kind} ${earlyMs} ms before its timeout could lapse`;
  say("live-handle-taken", story.uid, explanation);
}

/**
 * Once a message was delivered again, its older handles are refused. A message that is gone may be
 * deleted again under any of them.
 */
function checkStaleHandle(
  operation: DeleteOperation | ChangeVisibilityOperation,
  { story, seen }: HandleOrigin,
  say: Say,
): void {
  if (operation.outcome !== "ok") return;
  const isStale = story.deliveries.some(
    ({ delivery, receive }) =>
      delivery.receiveCount > seen.delivery.receiveCount &&
      receive.endedAtMs < operation.startedAtMs,
  );
  const isMaybeGone =
    story.maybeLeftAtMs <= operation.endedAtMs ||
    story.deletes.some((one) => one !== operation && one.startedAtMs <= operation.endedAtMs);
  if (!isStale || (operation.kind === "delete" && isMaybeGone)) return;
  const explanation = `took a ${operation.kind} under a handle older than its latest delivery`;
  say("stale-handle-refused", story.uid, explanation);
}

function list(texts: ReadonlySet<string>): string {
  return [...texts].join(", ");
}
