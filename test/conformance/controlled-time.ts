/**
 * Time in the cases' hands: only `Date` is faked, so promises and sockets go on, and no case sleeps.
 * The start is so far away that an alarm left armed never goes off by itself.
 */
import { afterEach, beforeEach, vi } from "vitest";

const START_MS = Date.UTC(2100, 0, 1);
/** Together more than a loaded machine needs. */
const LOOKS_MAX = 500;
const LOOK_AGAIN_MS = 20;
let nowMs = START_MS;

/** Call it at the top of a test file. Each test starts later than the one before. */
export function controlTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    pass(1);
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

export function pass(seconds: number): void {
  nowMs += seconds * 1000;
  vi.setSystemTime(nowMs);
}

export function now(): number {
  return nowMs;
}

/** Looks until it sees what is waited for. `expect.poll` would move the faked time on at every look. */
export async function eventually<T>(
  look: () => Promise<T>,
  isReached: (seen: T) => boolean,
): Promise<T> {
  let seen = await look();
  for (let looks = 1; looks < LOOKS_MAX && !isReached(seen); looks++) {
    await scheduler.wait(LOOK_AGAIN_MS);
    seen = await look();
  }
  return seen;
}
