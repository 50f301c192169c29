/**
 * The redrive checker: says whether a queue, after a move task brought its dead letters back, is what a
 * correct task could have made of it: every dead letter is there again, once, as a fresh message.
 *
 * What it reads is everything that was received since, in a history without faults: nothing is uncertain.
 */
import type { Delivery } from "./history.ts";
import type { Violation } from "./history-checker.ts";
import { bodyOf, digestOf } from "./stamped-body.ts";

export type RedriveRule =
  | "no-loss"
  | "no-copies"
  | "no-phantom"
  | "fresh-message"
  | "group-order-kept"
  | "task-completed"
  | "moves-counted";

export type RedriveViolation = Violation<RedriveRule>;

export type Redrive = {
  /** What was in the dead-letter queue: the message id of each uid. */
  readonly deadLetters: ReadonlyMap<string, string>;
  /** What the source delivered since the task began. */
  readonly deliveries: readonly Delivery[];
  /** The task, when it was over. */
  readonly task: { readonly status: string; readonly movedCount: number };
  /** Of a FIFO queue: the uids in the order in which they were sent, with their groups. */
  readonly sent?: readonly { readonly uid: string; readonly messageGroupId: string }[];
};

type Say = (rule: RedriveRule, uid: string, explanation: string) => void;

/** Violations of the whole task are said of this. */
const TASK = "the move task";

export function checkRedrive(redrive: Redrive): RedriveViolation[] {
  const { deadLetters, deliveries, task } = redrive;
  const violations: RedriveViolation[] = [];
  const say: Say = (rule, uid, explanation) => {
    violations.push({ rule, uid, explanation });
  };
  const byUid = Map.groupBy(deliveries, ({ uid }) => uid);
  const oldIds = new Set(deadLetters.values());
  for (const uid of deadLetters.keys()) {
    if (!byUid.has(uid)) say("no-loss", uid, "was a dead letter and is not back");
  }
  for (const [uid, ofUid] of byUid) {
    if (!deadLetters.has(uid)) say("no-phantom", uid, "is there and was no dead letter");
    checkCopies(uid, ofUid, say);
    checkFreshness(uid, ofUid, oldIds, say);
  }
  checkGroupOrder(redrive, byUid, say);
  if (task.status !== "COMPLETED") say("task-completed", TASK, `is ${task.status}`);
  if (task.movedCount !== deadLetters.size) {
    say("moves-counted", TASK, `moved ${task.movedCount} of ${deadLetters.size} messages`);
  }
  return violations;
}

/** One message per uid: one id, and each of its receives once. */
function checkCopies(uid: string, deliveries: readonly Delivery[], say: Say): void {
  const ids = new Set(deliveries.map(({ messageId }) => messageId));
  const counts = new Set(deliveries.map(({ receiveCount }) => receiveCount));
  if (ids.size > 1) say("no-copies", uid, `is back under ${ids.size} message ids`);
  else if (counts.size < deliveries.length) {
    say("no-copies", uid, `was received ${deliveries.length} times with ${counts.size} counts`);
  }
}

/** A redriven message is a new one with the old body: nothing of its earlier life is left. */
function checkFreshness(
  uid: string,
  deliveries: readonly Delivery[],
  oldIds: ReadonlySet<string>,
  say: Say,
): void {
  const firstCount = Math.min(...deliveries.map(({ receiveCount }) => receiveCount));
  if (firstCount !== 1) say("fresh-message", uid, `is first received for the ${firstCount}th time`);
  if (deliveries.some(({ messageId }) => oldIds.has(messageId))) {
    say("fresh-message", uid, "has the message id of a dead letter");
  }
  if (deliveries.some(({ deadLetterSource }) => deadLetterSource !== undefined)) {
    say("fresh-message", uid, "is still called a dead letter");
  }
  if (deliveries.some(({ bodyDigest }) => bodyDigest !== digestOf(bodyOf(uid)))) {
    say("no-phantom", uid, "is back with another body");
  }
}

function checkGroupOrder(
  { sent = [] }: Redrive,
  byUid: ReadonlyMap<string, readonly Delivery[]>,
  say: Say,
): void {
  const last = new Map<string, { readonly uid: string; readonly sequenceNumber: string }>();
  for (const { uid, messageGroupId } of sent) {
    const fifo = byUid.get(uid)?.[0]?.fifo;
    if (fifo === undefined) continue;
    if (fifo.messageGroupId !== messageGroupId) {
      say("group-order-kept", uid, `was in ${messageGroupId} and is in ${fifo.messageGroupId}`);
      continue;
    }
    const ahead = last.get(messageGroupId);
    if (ahead !== undefined && ahead.sequenceNumber >= fifo.sequenceNumber) {
      say("group-order-kept", uid, `was behind ${ahead.uid} in its group and is back before it`);
    }
    last.set(messageGroupId, { uid, sequenceNumber: fifo.sequenceNumber });
  }
}
