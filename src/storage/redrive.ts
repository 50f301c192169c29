/**
 * How messages of a dead-letter queue begin to leave it for a move task: the oldest that may be received,
 * each to the task's destination, or to the queue that it came from.
 */

import type { MoveTaskFailure } from "../domain/move-task.ts";
import { earlierLifeOf } from "../domain/moved-payload.ts";
import { SEQUENCE_BYTES } from "../domain/ordered-shipment.ts";
import { parseQueueArn, type QueueIdentity } from "../domain/queue-name.ts";
import type { Departures } from "./departures.ts";
import type { At, Place } from "./receive-order.ts";
import type { SegmentLog } from "./segment-log.ts";

export type RedriveOrder = {
  /** The dead-letter queue. */
  readonly sourceArn: string;
  readonly destination: QueueIdentity | undefined;
  readonly maxCount: number;
  readonly channelSeed: string;
};

export type RedriveBegun = {
  readonly departedCount: number;
  /** Nothing is left that could leave. */
  readonly isEmpty: boolean;
  /** Why no more than these can leave. */
  readonly failure: MoveTaskFailure | undefined;
};

/** They are on their way with the next commit. */
export function beginRedrive(
  { log, departures }: { readonly log: SegmentLog; readonly departures: Departures },
  order: RedriveOrder,
  at: At,
  isOrdered: boolean,
): RedriveBegun {
  const { sourceArn, destination, maxCount, channelSeed } = order;
  if (!departures.hasRoom) return { departedCount: 0, isEmpty: false, failure: undefined };
  const places = log.take(maxCount, at);
  for (const [departedCount, place] of places.entries()) {
    const target = destination ?? originOf(log, place, isOrdered);
    if (target === undefined) {
      for (const unused of places.slice(departedCount)) log.giveBack(unused, at.nowMs);
      return { departedCount, isEmpty: false, failure: "CouldNotDetermineMessageSource" };
    }
    const lane = departures.laneFor({ purpose: "redrive", target, sourceArn }, channelSeed);
    departures.depart(place, lane, at.nowMs);
  }
  return { departedCount: places.length, isEmpty: places.length === 0, failure: undefined };
}

/** Undefined of a message that was sent to the dead-letter queue itself. */
function originOf(log: SegmentLog, place: Place, isOrdered: boolean): QueueIdentity | undefined {
  const { payload } = log.show(place);
  const life = earlierLifeOf(isOrdered ? payload.subarray(SEQUENCE_BYTES) : payload);
  return life === undefined ? undefined : parseQueueArn(life.sourceArn);
}
