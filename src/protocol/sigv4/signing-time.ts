/**
 * When a request was signed, and for how long that is good. Times are compared in whole seconds, as they
 * are signed. The clock is an argument.
 */
import type { WireError } from "../wire-error.ts";
import { invalidSignature } from "./signature-errors.ts";

/** Either way: clocks differ. */
const WINDOW_SECONDS = 15 * 60;
/** `Date.UTC` takes smaller ones for years of the last century. */
const YEAR_MIN = 100;
const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** `20261125T093000Z`, and a date that exists. */
export function isTimestamp(text: string): boolean {
  return !Number.isNaN(signedAtMs(text));
}

/** NaN unless it is a timestamp. */
function signedAtMs(timestamp: string): number {
  const parts = TIMESTAMP.exec(timestamp);
  if (parts === null) return Number.NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map(Number);
  if (hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const atMs = Date.UTC(year, month - 1, day, hour, minute, second);
  // The 31st of a month of 30 days would be the first of the next.
  const date = new Date(atMs);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists && year >= YEAR_MIN ? atMs : Number.NaN;
}

/** The timestamp that a Date header stands for: of the form above or HTTP's (RFC 9110, section 5.6.7). */
export function timestampOfDate(text: string): string | undefined {
  if (isTimestamp(text)) return text;
  const atMs = Date.parse(text);
  const isHttpDate = !Number.isNaN(atMs) && new Date(atMs).toUTCString() === text;
  return isHttpDate ? timestampOf(atMs) : undefined;
}

function timestampOf(atMs: number): string {
  return Number.isNaN(atMs) ? "" : new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

/** Why the time is not right now. `lifetimeSeconds` is what a presigned URL asks for. */
export function windowFlaw(
  timestamp: string,
  nowMs: number,
  lifetimeSeconds: number | undefined,
): WireError | undefined {
  const signedAt = signedAtMs(timestamp) / 1_000;
  const now = Math.floor(nowMs / 1_000);
  const earliest = now - (lifetimeSeconds ?? WINDOW_SECONDS);
  const latest = now + WINDOW_SECONDS;
  if (signedAt < earliest) {
    const span = lifetimeSeconds === undefined ? "15 min." : `${lifetimeSeconds} sec.`;
    const than = `${timestampOf(1_000 * earliest)} (${timestampOf(1_000 * now)} - ${span})`;
    return invalidSignature(`Signature expired: ${timestamp} is now earlier than ${than}`);
  }
  if (signedAt <= latest) return undefined;
  const than = `${timestampOf(1_000 * latest)} (${timestampOf(1_000 * now)} + 15 min.)`;
  return invalidSignature(`Signature not yet current: ${timestamp} is still later than ${than}`);
}
