/**
 * Result: the answer of every function that may refuse. An expected refusal is a value, so that it
 * crosses Durable Object RPC unharmed (a thrown class loses its identity there) and so that the
 * compiler makes each caller look at it. A bug is never a Result: bugs are assertions.
 */
import type { Refusal } from "./refusal.ts";

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

/** Wraps an answer. */
export function accepted<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Wraps a refusal; fits any Result. */
export function refused(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}
