/**
 * What a waiter's socket carries through the object's eviction: its turn and the terms of its poll.
 * A socket that waits no longer carries nothing. This object's own code writes it, and no other
 * version of the code ever reads it, because a deployment closes all sockets: a malformed one is a
 * bug.
 *
 * It is a tuple because a queue may have thousands of waiters.
 */
import { assert } from "../domain/assert.ts";
import type { ReceiveTerms } from "./receive-exchange.ts";

export type PollTerms = ReceiveTerms & { readonly deadlineMs: number };

/** Waiters are served in the order of their turns. */
export type Attachment = { readonly turn: number; readonly terms: PollTerms };

export function attach(socket: WebSocket, { turn, terms }: Attachment): void {
  const { maxCount, visibilityTimeoutSeconds, deadlineMs, attemptId } = terms;
  const timeoutSeconds = visibilityTimeoutSeconds ?? null;
  socket.serializeAttachment([turn, maxCount, timeoutSeconds, deadlineMs, attemptId ?? null]);
}

export function detach(socket: WebSocket): void {
  socket.serializeAttachment(null);
}

export function attachmentOf(socket: WebSocket): Attachment | undefined {
  const attachment: unknown = socket.deserializeAttachment();
  if (attachment === null) return undefined;
  assert(Array.isArray(attachment), "a waiter's socket carries its terms");
  const [turn, maxCount, timeoutSeconds, deadlineMs, attempt]: unknown[] = attachment;
  assert(typeof turn === "number" && typeof maxCount === "number", "a waiter's terms are numbers");
  assert(typeof deadlineMs === "number", "a waiter has a deadline");
  const visibilityTimeoutSeconds = typeof timeoutSeconds === "number" ? timeoutSeconds : undefined;
  const attemptId = typeof attempt === "string" ? attempt : undefined;
  return { turn, terms: { maxCount, visibilityTimeoutSeconds, deadlineMs, attemptId } };
}
