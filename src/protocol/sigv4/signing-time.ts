/**
 * When a request was signed, and for how long that is good. Times are compared in whole seconds, as they
 * are signed. The clock is an argument.
 */
import type { WireError } from "../wire-error.ts";
import { invalidSignature } from "./signature-errors.ts";

/** Either way: clocks differ. */
const WINDOW_SECONDS = 15 * 60;
const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** `20261125T093000Z`, and a date that exists. */
export function isTimestamp(text: string): boolean {
  return TIMESTAMP.test(text) && timestampOf(signedAtMs(text)) === text;
}

/** NaN unless it is a timestamp. */
function signedAtMs(timestamp: string): number {
  return Date.parse(timestamp.replace(TIMESTAMP, "$1-$2-$3T$4:$5:$6Z"));
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
