/**
 * TransferSource: what a queue or a message group is to whoever carries its messages to other queues.
 * Each of these changes memory at once, and disk with the next commit.
 */
import type { Departures } from "./departures.ts";
import type { At } from "./receive-order.ts";
import type { Lane } from "./transfer-lanes.ts";

export interface TransferSource {
  readonly departures: Departures;
  at(nowMs: number): At;
  /** The target has all of the lane up to this number. */
  transferSettled(lane: Lane, upToNumber: number, nowMs: number): void;
  /** The target does not take the lane's messages; if it is gone, not even those that were sent. */
  transferRefused(lane: Lane, nowMs: number, refusal: { readonly isGone: boolean }): void;
}
