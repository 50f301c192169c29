/**
 * The checker: says whether a history is one that a correct standard queue could have produced. It
 * is a pure function, and strict where SQS is lax: a message in flight is never delivered, and a
 * deleted one never comes back. Histories of FIFO queues keep these rules and those of
 * fifo-history-checker.ts.
 *
 * Invariants:
 * - Uncertainty can hide a violation and never invents one: every rule takes the reading of the
 *   history that is kindest to the server.
 * - The history ends with a drain: all that was left was received and deleted. Without one, "no
 *   loss" cannot be judged.
 *
 * On a standard queue an older receipt handle still deletes and still changes the visibility (SQS
 * reference, receipt handles), so every handle of a message counts.
 */
import type { ChangeVisibilityOperation, History } from "./history.ts";
import {
  type Departures,
  type HistoryIndex,
  indexHistory,
  type MessageStory,
  type PossibleReceive,
  type SeenDelivery,
} from "./history-index.ts";

export type Rule =
  | "no-loss"
  | "no-phantom"
  | "no-copies"
  | "no-resurrection"
  | "visibility-never-early"
  | "delay-never-early"
  | "counts-increase"
  | "handles-unique"
  | "timestamps-fixed";

export type Violation<Name extends string = Rule> = {
  readonly rule: Name;
  readonly uid: string;
  readonly explanation: string;
};

/** The server's clock has whole milliseconds and may be slewed against the monotonic one. */
export const CLOCK_SLACK_MS = 5;

/** `departures`: what is known to be in the queue's dead-letter queue in the end. */
export function checkHistory(history: History, departures?: Departures): Violation[] {
  const index = indexHistory(history, departures);
  const violations: Violation[] = [];
  for (const story of index.stories.values()) {
    const say = (rule: Rule, explanation: string): void => {
      violations.push({ rule, uid: story.uid, explanation });
    };
    checkOrigin(story, say);
    checkLoss(story, say);
    checkResurrection(story, say);
    checkVisibility(story, say);
    checkDelay(story, say);
    checkCounts(story, index.possibleReceives, say);
    checkTimestamps(story, say);
  }
  violations.push(...checkIdentities(index));
  return violations;
}

type Say = (rule: Rule, explanation: string) => void;

/** No phantom: what is delivered was sent, before, with this body and under this message id. */
function checkOrigin(story: MessageStory, say: Say): void {
  const attempts = story.sends.filter((send) => send.outcome !== "fail");
  for (const { delivery, receive } of story.deliveries) {
    const possible = attempts.filter((send) => send.startedAtMs <= receive.endedAtMs);
    if (possible.length === 0) {
      say("no-phantom", "was delivered, but nobody had tried to send it");
      continue;
    }
    if (!possible.some((send) => send.bodyDigest === delivery.bodyDigest)) {
      say("no-phantom", "was delivered with another body than it was sent with");
    }
    const messageIds = possible.map((send) => send.messageId);
    if (!messageIds.includes(undefined) && !messageIds.includes(delivery.messageId)) {
      say(
        "no-phantom",
        `was delivered under the message id ${delivery.messageId}, never given out`,
      );
    }
  }
  const messageIdCount = new Set(story.deliveries.map(({ delivery }) => delivery.messageId)).size;
  if (messageIdCount > Math.max(attempts.length, 1)) {
    say("no-copies", `has ${messageIdCount} message ids after ${attempts.length} sends`);
  }
}

/** No loss: what was acknowledged or ever seen was deleted in the end, by its clients, or has left. */
function checkLoss(story: MessageStory, say: Say): void {
  const isAcknowledged = story.sends.some((send) => send.outcome === "ok");
  const isSeen = story.deliveries.length > 0;
  if (!isAcknowledged && !isSeen) return;
  if (story.deletes.length > 0 || Number.isFinite(story.maybeLeftAtMs)) return;
  const last = isSeen ? "was delivered, never deleted, and gone at the end" : "was never delivered";
  say("no-loss", isAcknowledged ? `was acknowledged; it ${last}` : last);
}

/** No resurrection: nothing is delivered by a receive that began after a delete was acknowledged. */
function checkResurrection(story: MessageStory, say: Say): void {
  const acknowledged = story.deletes.filter((deletion) => deletion.outcome === "ok");
  const deletedAtMs = Math.min(...acknowledged.map((deletion) => deletion.endedAtMs));
  for (const { receive } of story.deliveries) {
    if (receive.startedAtMs > deletedAtMs) {
      const lateMs = Math.round(receive.startedAtMs - deletedAtMs);
      say(
        "no-resurrection",
        `was delivered by a receive ${lateMs} ms after its delete was answered`,
      );
    }
  }
}

/** Visibility is never early: the next delivery does not come before the timeout can have lapsed. */
function checkVisibility(story: MessageStory, say: Say): void {
  for (const [position, next] of story.deliveries.entries()) {
    const previous = story.deliveries[position - 1];
    // One that came before its predecessor by count is the counts' rule to name.
    if (previous === undefined || next.receive.endedAtMs < previous.receive.startedAtMs) continue;
    const lapsesAtMs = earliestLapseAtMs(previous, next, story.changes);
    if (next.receive.endedAtMs < lapsesAtMs - CLOCK_SLACK_MS) {
      const earlyMs = Math.round(lapsesAtMs - next.receive.endedAtMs);
      const { receiveCount } = next.delivery;
      say(
        "visibility-never-early",
        `receive ${receiveCount} came at least ${earlyMs} ms too early`,
      );
    }
  }
}

/**
 * The earliest moment at which the lease of `previous` can have ended. A change of visibility that
 * certainly took effect between the two deliveries replaces what held before; one that may have
 * taken effect only adds a possibility.
 */
function earliestLapseAtMs(
  previous: SeenDelivery,
  next: SeenDelivery,
  changes: readonly ChangeVisibilityOperation[],
): number {
  let lapsesAtMs = previous.receive.startedAtMs + previous.receive.visibilityTimeoutSeconds * 1000;
  for (const change of changes) {
    const isAfterNext = change.startedAtMs > next.receive.endedAtMs;
    const isBeforePrevious =
      change.outcome === "ok" && change.endedAtMs < previous.receive.startedAtMs;
    if (isAfterNext || isBeforePrevious) continue;
    const changedToMs = change.startedAtMs + change.visibilityTimeoutSeconds * 1000;
    const isCertain =
      change.outcome === "ok" &&
      change.startedAtMs > previous.receive.endedAtMs &&
      change.endedAtMs < next.receive.startedAtMs &&
      !changes.some((other) => other !== change && overlaps(change, other));
    lapsesAtMs = isCertain ? changedToMs : Math.min(lapsesAtMs, changedToMs);
  }
  return lapsesAtMs;
}

/** An indeterminate change may take effect at any time after its start. */
function overlaps(a: ChangeVisibilityOperation, b: ChangeVisibilityOperation): boolean {
  const latestAtMs = (change: ChangeVisibilityOperation): number =>
    change.outcome === "ok" ? change.endedAtMs : Number.POSITIVE_INFINITY;
  return a.startedAtMs <= latestAtMs(b) && b.startedAtMs <= latestAtMs(a);
}

/** A delay never ends early. */
function checkDelay(story: MessageStory, say: Say): void {
  const attempts = story.sends.filter((send) => send.outcome !== "fail");
  if (attempts.length === 0 || attempts.some((send) => send.delaySeconds === 0)) return;
  const ends = attempts.map((send) => send.startedAtMs + send.delaySeconds * 1000);
  const endsAtMs = Math.min(...ends);
  for (const { receive } of story.deliveries) {
    if (receive.endedAtMs < endsAtMs - CLOCK_SLACK_MS) {
      const earlyMs = Math.round(endsAtMs - receive.endedAtMs);
      say("delay-never-early", `was delivered at least ${earlyMs} ms before its delay had ended`);
    }
  }
}

/**
 * Receive counts strictly increase with time. A count may be skipped only if a receive whose answer
 * was lost can have used it.
 */
function checkCounts(
  story: MessageStory,
  possibleReceives: readonly PossibleReceive[],
  say: Say,
): void {
  for (const [position, next] of story.deliveries.entries()) {
    const previous = story.deliveries[position - 1];
    const previousCount = previous?.delivery.receiveCount ?? 0;
    const { receiveCount } = next.delivery;
    if (receiveCount <= previousCount) {
      say("counts-increase", `was delivered twice with the receive count ${receiveCount}`);
      continue;
    }
    if (previous !== undefined && next.receive.endedAtMs < previous.receive.startedAtMs) {
      say("counts-increase", `receive ${receiveCount} came before receive ${previousCount}`);
    }
    const skippedCount = receiveCount - previousCount - 1;
    if (skippedCount === 0) continue;
    const fromAtMs = previous?.receive.startedAtMs ?? Number.NEGATIVE_INFINITY;
    const explainedCount = possibleReceives.filter(
      (receive) =>
        receive.startedAtMs <= next.receive.endedAtMs && receive.latestEffectAtMs >= fromAtMs,
    ).length;
    if (explainedCount < skippedCount) {
      say("counts-increase", `its count went from ${previousCount} to ${receiveCount} by itself`);
    }
  }
}

/** When a message was sent and first received never changes, whatever happens to it. */
function checkTimestamps(story: MessageStory, say: Say): void {
  const sent = new Set(story.deliveries.map(({ delivery }) => delivery.sentTimestampMs));
  const first = new Set(story.deliveries.map(({ delivery }) => delivery.firstReceiveTimestampMs));
  if (sent.size > 1) say("timestamps-fixed", `has ${sent.size} sent timestamps`);
  if (first.size > 1) say("timestamps-fixed", `has ${first.size} first receive timestamps`);
}

/** Handles are new on every delivery, and a message id belongs to one message. */
function checkIdentities(index: HistoryIndex): Violation[] {
  const violations: Violation[] = [];
  const handles = new Set<string>();
  const uidByMessageId = new Map<string, string>();
  for (const { uid, deliveries } of index.stories.values()) {
    for (const { delivery } of deliveries) {
      if (handles.has(delivery.receiptHandle)) {
        const explanation = "got a receipt handle that was given out before";
        violations.push({ rule: "handles-unique", uid, explanation });
      }
      handles.add(delivery.receiptHandle);
      const owner = uidByMessageId.get(delivery.messageId);
      if (owner !== undefined && owner !== uid) {
        const explanation = `has the message id of ${owner}`;
        violations.push({ rule: "no-copies", uid, explanation });
      }
      uidByMessageId.set(delivery.messageId, uid);
    }
  }
  return violations;
}
