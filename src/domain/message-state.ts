/**
 * The state of one message after it became part of a segment, and its legal moves.
 *
 * A message's status is a function of its state and the clock: nothing is moved when time passes.
 * States are immutable, so a queue's indexes can tell an outdated entry by identity.
 * A message without a state was never received ("untouched"); one that is deleted or expired is
 * GONE. This file knows no queue, no storage and no clock.
 */
export type MessageState = {
  /** Times received in this queue; printed as ApproximateReceiveCount. */
  readonly receiveCount: number;
  /** The instant from which the message can be received again. */
  readonly visibleAtMs: number;
  /** Names the latest receipt; 0 before there is one. */
  readonly receiptNonce: number;
  readonly firstReceivedAtMs: number;
};

export const UNTOUCHED = undefined;
export const GONE = "gone";

export type Slot = MessageState | typeof UNTOUCHED | typeof GONE;
export type MessageStatus = "delayed" | "visible" | "in-flight" | "gone";

/** `availableAtMs`: when the delay of the message ends; equal to its send time without a delay. */
export function statusAt(slot: Slot, availableAtMs: number, nowMs: number): MessageStatus {
  if (slot === GONE) return "gone";
  if (slot === UNTOUCHED) return nowMs >= availableAtMs ? "visible" : "delayed";
  return nowMs >= slot.visibleAtMs ? "visible" : "in-flight";
}

/** visible -> in-flight (or visible again at once, with a timeout of 0). */
export function received(
  slot: MessageState | typeof UNTOUCHED,
  at: { nowMs: number; visibilityTimeoutMs: number; receiptNonce: number },
): MessageState {
  const receiveCount = (slot?.receiveCount ?? 0) + 1;
  return {
    receiveCount,
    visibleAtMs: at.nowMs + at.visibilityTimeoutMs,
    receiptNonce: at.receiptNonce,
    firstReceivedAtMs: receiveCount === 1 || slot === UNTOUCHED ? at.nowMs : slot.firstReceivedAtMs,
  };
}

/**
 * The new timeout counts from now. SQS lets the holder of any receipt hide a standard queue's
 * message again even after its timeout lapsed.
 */
export function visibilityChanged(
  slot: MessageState | typeof UNTOUCHED,
  at: { nowMs: number; visibilityTimeoutMs: number },
): MessageState {
  const visibleAtMs = at.nowMs + at.visibilityTimeoutMs;
  if (slot === UNTOUCHED) {
    return { receiveCount: 0, visibleAtMs, receiptNonce: 0, firstReceivedAtMs: 0 };
  }
  return { ...slot, visibleAtMs };
}

/**
 * Takes back a receive whose receiver never got it: visible at once, as if not received. Its first
 * receive is forgotten by the next one, which counts from 1 again.
 */
export function receiveUndone(state: MessageState, nowMs: number): MessageState {
  return { ...state, receiveCount: state.receiveCount - 1, visibleAtMs: nowMs, receiptNonce: 0 };
}
