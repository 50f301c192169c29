/**
 * Attempt: what came of something that was tried, as a client is told: its value, a refusal, or what was
 * thrown on the way. What was thrown may have been done nevertheless, so it ends where a refusal ends and
 * is written down like one.
 */
import type { Result } from "../domain/result.ts";
import type { WireError } from "../protocol/wire-error.ts";
import { wireError } from "./refusal-error.ts";

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WireError };

export async function attempted<T>(attempt: Promise<Result<T>>): Promise<Outcome<T>> {
  try {
    const result = await attempt;
    return result.ok ? result : { ok: false, error: wireError(result.refusal) };
  } catch (error) {
    return { ok: false, error: thrownError(error) };
  }
}

/** Overload and restarts of objects are for the client to retry; anything else is a bug. */
export function thrownError(error: unknown): WireError {
  if (error instanceof Error && isOfPlatform(error)) {
    console.warn(`an object could not answer: ${error.message}`);
    return {
      shape: "ServiceUnavailable",
      message: "The service is temporarily unavailable; try again.",
    };
  }
  console.error(error);
  return {
    shape: "InternalFailure",
    message: "The request failed because of an internal error.",
  };
}

function isOfPlatform(error: Error): boolean {
  return "retryable" in error || "overloaded" in error || "durableObjectReset" in error;
}
