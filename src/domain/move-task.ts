/**
 * MoveTask: a message move task (SQS API reference, StartMessageMoveTask): where it stands, what it
 * may do next, and how fast. Pure; the queue's object performs it and stores what a rule returns.
 *
 * RUNNING -> COMPLETED | FAILED, or -> CANCELLING -> CANCELLED. Only the first of these moves anything
 * on; a task that is cancelling waits for what is on its way.
 */
import type { QueueIdentity } from "./queue-name.ts";

const STATUSES = ["RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"] as const;
/** What FailureReason says: error codes (the first is recorded on SQS), and one of our own. */
const FAILURES = [
  "AWS.SimpleQueueService.NonExistentQueue",
  "AccessDenied",
  "CouldNotDetermineMessageSource",
] as const;

export type MoveTaskStatus = (typeof STATUSES)[number];
export type MoveTaskFailure = (typeof FAILURES)[number];

export type MoveTaskOrder = {
  readonly taskId: string;
  /** Undefined: each message goes back to the queue that dead-lettered it. */
  readonly destination: QueueIdentity | undefined;
  /** Undefined: as fast as it goes. */
  readonly maxMessagesPerSecond: number | undefined;
  /** ARNs of the queues that messages may go back to, which may be many; undefined: of any. */
  readonly returnsTo: readonly string[] | undefined;
};

export type MoveTask = Omit<MoveTaskOrder, "returnsTo"> & {
  readonly status: MoveTaskStatus;
  readonly startedAtMs: number;
  /** Messages that have left the source for good. */
  readonly movedCount: number;
  /** What was there at the start. */
  readonly toMoveCount: number;
  readonly failure: MoveTaskFailure | undefined;
};

export function startedTask(order: MoveTaskOrder, nowMs: number, toMoveCount: number): MoveTask {
  const { returnsTo: _, ...shown } = order;
  const counts = { movedCount: 0, toMoveCount };
  return { ...shown, ...counts, status: "RUNNING", startedAtMs: nowMs, failure: undefined };
}

/** Whether the task still holds the place of the one that a queue may have. */
export function isActive({ status }: MoveTask): boolean {
  return status === "RUNNING" || status === "CANCELLING";
}

export function isMoveTaskStatus(value: unknown): value is MoveTaskStatus {
  return STATUSES.some((status) => status === value);
}

export function isMoveTaskFailure(value: unknown): value is MoveTaskFailure {
  return FAILURES.some((failure) => failure === value);
}
