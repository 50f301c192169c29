/**
 * Sequence numbers of FIFO messages. Inside they are safe integers, `accepted_at_ms * 1024 + n`: so
 * one number says both the order of a message and when it was accepted, and numbers never run
 * backwards after a group has forgotten everything. Outside they are SQS's 20 digits, which leave
 * gaps as SQS's own do.
 */
const NUMBERS_PER_MS = 1024;
/** The smallest number of 20 digits. */
const PRINTED_FROM = 10n ** 19n;
const PRINTED_STEP = 256n;

/** Strictly greater than `previous`, also when the clock went back. */
export function nextSequence(previous: number, nowMs: number): number {
  return Math.max(previous + 1, nowMs * NUMBERS_PER_MS);
}

/** When the message of this number was accepted. */
export function acceptedAtMs(sequence: number): number {
  return Math.floor(sequence / NUMBERS_PER_MS);
}

/** 20 digits, in the same order as the numbers. */
export function printSequenceNumber(sequence: number): string {
  return String(PRINTED_FROM + BigInt(sequence) * PRINTED_STEP);
}
