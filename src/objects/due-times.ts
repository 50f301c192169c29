/**
 * When an object has to wake up by itself: the earliest of everything that time alone makes happen.
 * Visibility and delay need no sweeper, since a message's status is a function of the clock; only
 * waiters have to be told, and disk space given back.
 */
import type { StandardQueue } from "../storage/standard-queue.ts";
import type { AlarmClock } from "./alarm-clock.ts";
import type { QueueStore } from "./queue-store.ts";

/** A sparse segment is usually emptied soon; one that is not is shrunk after this. */
const SHRINK_AFTER_MS = 60_000;
const TELL_DIRECTORY_AGAIN_MS = 2_000;
/** What expires within this goes at once: receives and counters do not wait for the alarm. */
const EXPIRE_TOGETHER_MS = 10_000;
/** A deleted queue's record stays as long as its name may be blocked. */
const FORGET_DELETED_MS = 60_000;
/** With messages visible and yet nobody served (too many in flight), look again after this. */
const LOOK_AGAIN_MS = 1_000;

type Wakeable = {
  readonly store: QueueStore;
  readonly alarmClock: AlarmClock;
  readonly hasWaiters: boolean;
};

/** Undefined when nothing is due at any time. */
export function nextDueAtMs(
  { store, alarmClock, hasWaiters }: Wakeable,
  nowMs: number,
): number | undefined {
  const isTold = store.untold === undefined;
  const due = [isTold ? forgetAtMs(store) : nowMs + TELL_DIRECTORY_AGAIN_MS];
  const queue = store.live;
  if (queue !== undefined) {
    if (queue.log.isSparse) due.push(nowMs + SHRINK_AFTER_MS);
    if (hasWaiters) due.push(nextServiceAtMs(queue, nowMs));
    due.push(nextExpiryAtMs(queue, alarmClock, nowMs));
  }
  const known = due.filter((atMs) => atMs !== undefined);
  return known.length === 0 ? undefined : Math.max(Math.min(...known), nowMs + 1);
}

/** When nothing of a deleted queue needs to be kept any more. */
export function forgetAtMs(store: QueueStore): number | undefined {
  const deletedAtMs = store.record?.deletedAtMs ?? undefined;
  return deletedAtMs === undefined ? undefined : deletedAtMs + FORGET_DELETED_MS;
}

function nextServiceAtMs(queue: StandardQueue, nowMs: number): number | undefined {
  const visibleAtMs = queue.log.nextVisibleAtMs(nowMs);
  if (visibleAtMs === undefined || visibleAtMs > nowMs) return visibleAtMs;
  return nowMs + LOOK_AGAIN_MS;
}

/** Looks at the disk only while the alarm is armed for later than a new message could expire. */
function nextExpiryAtMs(
  queue: StandardQueue,
  alarmClock: AlarmClock,
  nowMs: number,
): number | undefined {
  const retentionMs = queue.record.attributes.retentionSeconds * 1000;
  if (alarmClock.isArmedBy(nowMs + retentionMs, nowMs)) return undefined;
  const oldestAtMs = queue.log.oldestAvailableAtMs();
  return oldestAtMs === undefined ? undefined : oldestAtMs + retentionMs + EXPIRE_TOGETHER_MS;
}
