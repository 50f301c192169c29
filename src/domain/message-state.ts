/**
 * The state of one message after it became part of a segment, and its legal moves.
 *
 * A message's status is a function of its state and the clock: nothing is moved when time passes.
 * States are immutable, so a queue's indexes can tell an outdated entry by identity.
 * A message without a state was never received ("untouched"); one that is deleted or expired, or has
 * moved to another queue, is GONE. This file knows no queue, no storage and no clock.
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

/** Which way a message leaves its queue, and which of those that leave by it: numbers only grow. */
export type TransferMark = { readonly laneId: number; readonly number: number };

/** On its way to another queue: nobody receives it here, and it is not known to be there yet. */
export type MovingState = {
  readonly moving: TransferMark;
  readonly receiveCount: number;
  /** 0 if it was never received here. */
  readonly firstReceivedAtMs: number;
  /** By the holder of a receipt, who was told so: it may arrive, but does not come back. */
  readonly isDeleted: boolean;
};

export const UNTOUCHED = undefined;
export const GONE = "gone";

export type Slot = MessageState | MovingState | typeof UNTOUCHED | typeof GONE;
export type MessageStatus = "delayed" | "visible" | "in-flight" | "moving" | "gone";

export function isMoving(slot: Slot): slot is MovingState {
  return typeof slot === "object" && "moving" in slot;
}

/** Receives in the queue that the message is in. */
export function receiveCountOf(slot: Slot): number {
  return typeof slot === "object" ? slot.receiveCount : 0;
}

/** `availableAtMs`: when the delay of the message ends; equal to its send time without a delay. */
export function statusAt(slot: Slot, availableAtMs: number, nowMs: number): MessageStatus {
  if (slot === GONE) return "gone";
  if (slot === UNTOUCHED) return nowMs >= availableAtMs ? "visible" : "delayed";
  if (isMoving(slot)) return "moving";
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

/** visible -> moving. It takes along how often it was received. */
export function movingOff(
  slot: MessageState | typeof UNTOUCHED,
  moving: TransferMark,
): MovingState {
  const { receiveCount = 0, firstReceivedAtMs = 0 } = slot ?? {};
  return { moving, receiveCount, firstReceivedAtMs, isDeleted: false };
}

/**
 * A message that is moving may be in the other queue already, and cannot be called back from there. So it
 * goes on moving, and is gone if it turns out to have stayed.
 */
export function deleted(slot: Slot): MovingState | typeof GONE {
  return isMoving(slot) ? { ...slot, isDeleted: true } : GONE;
}

/** The target does not take it: visible at once, as if it had stayed. */
export function moveUndone(
  { receiveCount, firstReceivedAtMs, isDeleted }: MovingState,
  nowMs: number,
): MessageState | typeof UNTOUCHED | typeof GONE {
  if (isDeleted) return GONE;
  if (receiveCount === 0) return UNTOUCHED;
  return { receiveCount, visibleAtMs: nowMs, receiptNonce: 0, firstReceivedAtMs };
}
