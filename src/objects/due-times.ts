/**
 * When an object has to wake up by itself, as far as several kinds of objects share it. Visibility
 * and delay need no sweeper, since a message's status is a function of the clock; only waiters have to
 * be told, and disk space given back.
 */
import type { StandardQueue } from "../storage/standard-queue.ts";
import type { AlarmClock } from "./alarm-clock.ts";
import type { QueueStore } from "./queue-store.ts";

/** A sparse segment is usually emptied soon; one that is not is shrunk after this. */
export const SHRINK_AFTER_MS = 60_000;
/** Between two batches of groups that are to hear of a purge or a deletion. */
const SWEEP_AFTER_MS = 20;
const TELL_DIRECTORY_AGAIN_MS = 2_000;
/** What expires within this goes at once: receives and counters do not wait for the alarm. */
const EXPIRE_TOGETHER_MS = 10_000;
/** A deleted queue's record stays as long as its name may be blocked. */
const FORGET_DELETED_MS = 60_000;

/** When the queue's own life makes something happen; undefined if nothing does. */
export function nextLifeEventAtMs(store: QueueStore, nowMs: number): number | undefined {
  if (store.untold !== undefined) return nowMs + TELL_DIRECTORY_AGAIN_MS;
  return forgetAtMs(store);
}

/** When nothing of a deleted queue needs to be kept any more. */
export function forgetAtMs(store: QueueStore): number | undefined {
  const deletedAtMs = store.record?.deletedAtMs ?? undefined;
  return deletedAtMs === undefined ? undefined : deletedAtMs + FORGET_DELETED_MS;
}

/** Looks at the disk only while the alarm is armed for later than a new message could expire. */
export function nextExpiryAtMs(
  queue: StandardQueue,
  alarmClock: AlarmClock,
  nowMs: number,
): number | undefined {
  const retentionMs = queue.record.attributes.retentionSeconds * 1000;
  if (alarmClock.isArmedBy(nowMs + retentionMs, nowMs)) return undefined;
  const oldestAtMs = queue.log.oldestAvailableAtMs();
  return oldestAtMs === undefined ? undefined : oldestAtMs + retentionMs + EXPIRE_TOGETHER_MS;
}

/** When a queue looks after the next batch of groups that are to hear of a purge or a deletion. */
export function nextSweepAtMs(nowMs: number): number {
  return nowMs + SWEEP_AFTER_MS;
}
