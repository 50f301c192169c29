/**
 * How messages of a dead-letter queue begin to leave it for a move task: the oldest that may be received,
 * each to the task's destination, or to the queue that it came from if whoever started the task may send
 * there.
 */

import type { MoveTaskFailure } from "../domain/move-task.ts";
import { earlierLifeOf } from "../domain/moved-payload.ts";
import { SEQUENCE_BYTES } from "../domain/ordered-shipment.ts";
import { parseQueueArn, type QueueIdentity, queueArn } from "../domain/queue-name.ts";
import type { Departures } from "./departures.ts";
import type { At, Place } from "./receive-order.ts";
import type { SegmentLog } from "./segment-log.ts";

export type RedriveOrder = {
  /** The dead-letter queue. */
  readonly sourceArn: string;
  readonly destination: QueueIdentity | undefined;
  /** ARNs; undefined: to any queue. */
  readonly returnsTo: readonly string[] | undefined;
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
  const returnsTo = order.returnsTo === undefined ? undefined : new Set(order.returnsTo);
  if (!departures.hasRoom) return { departedCount: 0, isEmpty: false, failure: undefined };
  const places = log.take(maxCount, at);
  for (const [departedCount, place] of places.entries()) {
    const target = destination ?? originOf(log, place, { isOrdered, returnsTo });
    if (typeof target === "string") {
      for (const unused of places.slice(departedCount)) log.giveBack(unused, at.nowMs);
      return { departedCount, isEmpty: false, failure: target };
    }
    const lane = departures.laneFor({ purpose: "redrive", target, sourceArn }, channelSeed);
    departures.depart(place, lane, at.nowMs);
  }
  return { departedCount: places.length, isEmpty: places.length === 0, failure: undefined };
}

/** Or why the message cannot go back: it may have been sent to the dead-letter queue itself. */
function originOf(
  log: SegmentLog,
  place: Place,
  terms: { readonly isOrdered: boolean; readonly returnsTo: ReadonlySet<string> | undefined },
): QueueIdentity | MoveTaskFailure {
  const { isOrdered, returnsTo } = terms;
  const { payload } = log.show(place);
  const life = earlierLifeOf(isOrdered ? payload.subarray(SEQUENCE_BYTES) : payload);
  const origin = life === undefined ? undefined : parseQueueArn(life.sourceArn);
  if (origin === undefined) return "CouldNotDetermineMessageSource";
  // A queue that named this one when it dead-lettered the message may not do so any more.
  return returnsTo?.has(queueArn(origin)) === false ? "AccessDenied" : origin;
}
