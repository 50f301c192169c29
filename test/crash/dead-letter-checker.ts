/**
 * The dead-letter checker: says whether two histories, of a queue and of its dead-letter queue, are such
 * that correct queues could have produced them. What was acknowledged ends in one place: deleted by its
 * consumer, or in the dead-letter queue, once and as what it was.
 *
 * Three readings, which together leave no gap between the queues:
 * - The source alone keeps the rules of its kind; what left it is not lost.
 * - Both histories as one keep those of every queue: a dead letter keeps its body and its timestamps,
 *   its count of receives goes on, it moves when it is visible, and what was deleted in one queue does
 *   not come from the other.
 * - What only dead letters have to keep is here.
 *
 * Invariant: uncertainty can hide a violation and never invents one, as in every checker here. Every
 * receive whose answer was lost may have counted, for every message.
 */
import { checkFifoHistory, type FifoRule } from "./fifo-history-checker.ts";
import type { DeleteOperation, History, Operation } from "./history.ts";
import { CLOCK_SLACK_MS, checkHistory, type Violation } from "./history-checker.ts";
import {
  type Departures,
  type HistoryIndex,
  indexHistory,
  type MessageStory,
} from "./history-index.ts";

export type DeadLetterRule =
  | FifoRule
  | "receives-bounded"
  | "not-before-its-receives"
  | "count-goes-on"
  | "no-return"
  | "id-kept"
  | "source-named"
  | "group-order-kept";

export type DeadLetterViolation = Violation<DeadLetterRule>;

export type DeadLetterHistories = {
  readonly source: History;
  readonly sourceArn: string;
  readonly maxReceiveCount: number;
  /** It ends with a drain; nothing else may have been sent there. */
  readonly deadLetters: History;
  readonly isFifo: boolean;
};

type Say = (rule: DeadLetterRule, explanation: string) => void;

/** What the order of a FIFO dead-letter queue says without a send to it. */
const FIFO_RULES_WITHOUT_SENDS: readonly FifoRule[] = [
  "one-identity",
  "sequence-valid",
  "order-in-answer",
  "prefix-rule",
  "live-handle-taken",
  "timestamps-fixed",
];

export function checkDeadLetters(histories: DeadLetterHistories): DeadLetterViolation[] {
  const { source, deadLetters, isFifo } = histories;
  const before = indexHistory(source);
  const after = indexHistory(deadLetters);
  const departures = departuresOf(before, after);
  const violations: DeadLetterViolation[] = isFifo
    ? [
        ...checkFifoHistory(source, departures),
        ...checkFifoHistory(deadLetters).filter(({ rule }) =>
          FIFO_RULES_WITHOUT_SENDS.includes(rule),
        ),
      ]
    : checkHistory(source, departures);
  const whole = asOne(source, deadLetters, departures);
  violations.push(...checkHistory(isFifo ? withoutSentTimestamps(whole) : whole));
  for (const dead of after.stories.values()) {
    const say: Say = (rule, explanation) => {
      violations.push({ rule, uid: dead.uid, explanation });
    };
    const alive = before.stories.get(dead.uid);
    checkReceivesBefore(dead, alive, before, histories, say);
    checkCount(dead, after, histories, say);
    checkReturn(dead, alive, say);
    checkMessageId(dead, alive, say);
    checkSource(dead, histories.sourceArn, say);
  }
  for (const alive of before.stories.values()) checkBound(alive, histories, violations);
  if (isFifo) checkGroupOrder(before, after, violations);
  return withoutRepetitions(violations);
}

/** When each dead letter can have left: not before the lease of its last delivery can have lapsed. */
function departuresOf(before: HistoryIndex, after: HistoryIndex): Departures {
  const departures = new Map<string, number>();
  for (const uid of after.stories.keys()) {
    const story = before.stories.get(uid);
    const last = story?.deliveries.at(-1);
    if (story === undefined) continue;
    if (last === undefined) {
      departures.set(uid, Math.min(...story.sends.map((send) => send.startedAtMs)));
      continue;
    }
    const { startedAtMs, visibilityTimeoutSeconds } = last.receive;
    const lapses = story.changes
      .filter((change) => change.outcome === "info" || change.endedAtMs >= startedAtMs)
      .map((change) => change.startedAtMs + change.visibilityTimeoutSeconds * 1000);
    departures.set(uid, Math.min(startedAtMs + visibilityTimeoutSeconds * 1000, ...lapses));
  }
  return departures;
}

/**
 * Both histories as that of one queue. A delete in the source that was answered when the message can
 * have left already says nothing about the dead letter. That its queue gives it away no more is read
 * from the source alone.
 */
function asOne(source: History, deadLetters: History, departures: Departures): History {
  const leftByHandle = new Map<string, number>();
  for (const operation of source) {
    if (operation.kind !== "receive") continue;
    for (const { uid, receiptHandle } of operation.deliveries) {
      leftByHandle.set(receiptHandle, departures.get(uid) ?? Number.POSITIVE_INFINITY);
    }
  }
  const maybeTooLate = (operation: DeleteOperation): boolean =>
    operation.endedAtMs >=
    (leftByHandle.get(operation.receiptHandle) ?? Number.POSITIVE_INFINITY) - CLOCK_SLACK_MS;
  const read = source.map((operation): Operation => {
    const isVague = operation.kind === "delete" && operation.outcome === "ok";
    return isVague && maybeTooLate(operation) ? { ...operation, outcome: "info" } : operation;
  });
  return [...read, ...deadLetters];
}

/** A FIFO queue's dead letters count as sent when they become that; the other timestamps stay. */
function withoutSentTimestamps(history: History): History {
  return history.map((operation): Operation => {
    if (operation.kind !== "receive") return operation;
    const deliveries = operation.deliveries.map((one) => ({ ...one, sentTimestampMs: 0 }));
    return { ...operation, deliveries };
  });
}

/** A message becomes a dead letter after it was received as often as it may be. */
function checkReceivesBefore(
  dead: MessageStory,
  alive: MessageStory | undefined,
  { possibleReceives }: HistoryIndex,
  { maxReceiveCount }: DeadLetterHistories,
  say: Say,
): void {
  const arrivedByMs = firstSeenByMs(dead);
  const seenCount = (alive?.deliveries ?? []).filter(
    ({ receive }) => receive.startedAtMs <= arrivedByMs,
  ).length;
  const sentAtMs = Math.min(...(alive?.sends ?? []).map((send) => send.startedAtMs));
  const lostCount = possibleReceives.filter(
    (receive) => receive.startedAtMs <= arrivedByMs && receive.latestEffectAtMs >= sentAtMs,
  ).length;
  if (seenCount + lostCount >= maxReceiveCount) return;
  const explanation = `is a dead letter after ${seenCount} receives and ${lostCount} that may have been`;
  say("not-before-its-receives", explanation);
}

/** The receive that found the message used up counts, and those of the dead-letter queue from there. */
function checkCount(
  { deliveries }: MessageStory,
  { possibleReceives }: HistoryIndex,
  { maxReceiveCount }: DeadLetterHistories,
  say: Say,
): void {
  const [first] = deliveries;
  if (first === undefined) return;
  const lostCount = possibleReceives.filter(
    (receive) => receive.startedAtMs <= first.receive.endedAtMs,
  ).length;
  const { receiveCount } = first.delivery;
  const skippedCount = receiveCount - (maxReceiveCount + 1);
  if (skippedCount >= 0 && skippedCount <= lostCount) return;
  say("count-goes-on", `is first received as a dead letter with the count ${receiveCount}`);
}

/** What has been seen in the dead-letter queue is not in the source any more. */
function checkReturn(dead: MessageStory, alive: MessageStory | undefined, say: Say): void {
  const arrivedByMs = firstSeenByMs(dead);
  const isBack = (alive?.deliveries ?? []).some(({ receive }) => receive.startedAtMs > arrivedByMs);
  if (isBack) say("no-return", "was delivered by its source when it was a dead letter");
}

/** One uid is one message, however often it was sent. */
function checkMessageId(dead: MessageStory, alive: MessageStory | undefined, say: Say): void {
  const known = new Set([
    ...(alive?.sends ?? []).flatMap(({ messageId }) => messageId ?? []),
    ...(alive?.deliveries ?? []).map(({ delivery }) => delivery.messageId),
  ]);
  for (const { messageId } of dead.deliveries.map(({ delivery }) => delivery)) {
    if (known.size === 0 || known.has(messageId)) continue;
    say("id-kept", `was ${[...known].join(", ")} and is ${messageId} as a dead letter`);
  }
}

function checkSource({ deliveries }: MessageStory, sourceArn: string, say: Say): void {
  for (const { deadLetterSource } of deliveries.map(({ delivery }) => delivery)) {
    if (deadLetterSource === sourceArn) continue;
    say("source-named", `says that it came from ${deadLetterSource ?? "nowhere"}`);
  }
}

/** The source gives nothing away more often than it may, and none of it as a dead letter. */
function checkBound(
  { uid, deliveries }: MessageStory,
  { maxReceiveCount }: DeadLetterHistories,
  violations: DeadLetterViolation[],
): void {
  for (const { receiveCount, deadLetterSource } of deliveries.map(({ delivery }) => delivery)) {
    if (receiveCount > maxReceiveCount) {
      const explanation = `was delivered for the ${receiveCount}th time and not dead-lettered`;
      violations.push({ rule: "receives-bounded", uid, explanation });
    }
    if (deadLetterSource !== undefined) {
      const explanation = "is called a dead letter by the queue that it was sent to";
      violations.push({ rule: "source-named", uid, explanation });
    }
  }
}

/** A message that holds its group up leaves before those behind it: their order stays. */
function checkGroupOrder(
  before: HistoryIndex,
  after: HistoryIndex,
  violations: DeadLetterViolation[],
): void {
  const groups = new Map<string, { uid: string; from: string; to: string }[]>();
  for (const { uid, deliveries } of after.stories.values()) {
    const to = deliveries[0]?.delivery.fifo;
    const from = sequenceNumberOf(before.stories.get(uid));
    if (to === undefined || from === undefined) continue;
    const group = groups.get(to.messageGroupId) ?? [];
    group.push({ uid, from, to: to.sequenceNumber });
    groups.set(to.messageGroupId, group);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => (a.from < b.from ? -1 : 1));
    for (const [position, { uid, to }] of group.entries()) {
      const ahead = group[position - 1];
      if (ahead === undefined || ahead.to < to) continue;
      const explanation = `was behind ${ahead.uid} in its group and is before it among the dead letters`;
      violations.push({ rule: "group-order-kept", uid, explanation });
    }
  }
}

function sequenceNumberOf(story: MessageStory | undefined): string | undefined {
  const fromSend = story?.sends.find((send) => send.fifo?.sequenceNumber !== undefined);
  return fromSend?.fifo?.sequenceNumber ?? story?.deliveries[0]?.delivery.fifo?.sequenceNumber;
}

function firstSeenByMs({ deliveries }: MessageStory): number {
  return Math.min(...deliveries.map(({ receive }) => receive.endedAtMs));
}

/** The readings overlap: what two of them say is said once. */
function withoutRepetitions(violations: readonly DeadLetterViolation[]): DeadLetterViolation[] {
  const said = new Map(violations.map((one) => [`${one.rule} ${one.uid}`, one]));
  return [...said.values()];
}
