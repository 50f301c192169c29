/**
 * Departures: the messages of a log that are on their way to other queues. Which they are is written in
 * their states, in the commit in which they begin to move; what is here is an index of that, by lane and
 * in the order of the numbers in which they are sent.
 *
 * Invariants:
 * - A message leaves the log when its target has it, and comes back when the target never will: it is in
 *   exactly one of the two, whatever happens in between.
 * - Messages of a lane are sent in the order of their numbers, and settled by the greatest that arrived.
 */
import type { DeadLetterTerms } from "../domain/dead-letter-terms.ts";
import { RECEIVE_COUNT_MAX } from "../domain/limits.ts";
import { receiveCountOf } from "../domain/message-state.ts";
import { type QueueIdentity, queueKey } from "../domain/queue-name.ts";
import type { Departure } from "../domain/transfer-batch.ts";
import type { MessageAddress } from "./logged-message.ts";
import type { At, Exit, Place } from "./receive-order.ts";
import type { SegmentLog } from "./segment-log.ts";
import type { MovingPlace } from "./segment-shelves.ts";
import type { Sql } from "./sql.ts";
import { type Lane, type LaneOrder, type LanePurpose, TransferLanes } from "./transfer-lanes.ts";

/** Messages that may be moving at once: bounds memory. */
const MOVING_MAX = 20_000;
/** Messages that one receive lets leave: bounds a command. */
const LEAVE_AT_ONCE = 1_000;
/** Of one batch. */
export const BATCH_MESSAGES_MAX = 500;
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
/** A target that refused is not tried again for so long: its dead letters are received once more. */
const REFUSED_MS = 5_000;

type Moving = { readonly number: number; readonly address: MessageAddress };

type Line = {
  readonly lane: Lane;
  /** In the order of their numbers. */
  readonly moving: Moving[];
  /** The greatest number that may have reached the target. */
  sentUpTo: number;
};

export type ExitContext = {
  readonly at: At;
  readonly terms: DeadLetterTerms;
  /** Different for each command. */
  readonly channelSeed: string;
};

export class Departures {
  readonly #log: SegmentLog;
  readonly #lanes: TransferLanes;
  readonly #lines = new Map<number, Line>();
  /** Not on disk yet: what would be sent now might stay here after all. */
  #unwritten: (Moving & { readonly lane: Lane })[] = [];
  /** Until when, by target. */
  readonly #refusedUntilMs = new Map<string, number>();
  #count = 0;

  constructor(sql: Sql, log: SegmentLog) {
    this.#log = log;
    this.#lanes = new TransferLanes(sql);
  }

  /** What an earlier life has sent it may have sent in vain, or not. */
  recover(moving: readonly MovingPlace[]): void {
    for (const { address, mark } of moving) {
      this.#lineOf(this.#lanes.get(mark.laneId)).moving.push({ number: mark.number, address });
      this.#count++;
    }
    for (const line of this.#lines.values()) {
      line.moving.sort((a, b) => a.number - b.number);
      line.sentUpTo = line.moving.at(-1)?.number ?? 0;
    }
  }

  /** Messages that are moving. */
  get count(): number {
    return this.#count;
  }

  /** The lanes with messages that can be sent. */
  lanes(): Lane[] {
    return [...this.#lines.values()].map(({ lane }) => lane);
  }

  has({ laneId }: Lane): boolean {
    return this.#lines.has(laneId);
  }

  /** Messages that are moving for this purpose. */
  countOf(purpose: LanePurpose): number {
    let count = this.#unwritten.filter(({ lane }) => lane.purpose === purpose).length;
    for (const { lane, moving } of this.#lines.values()) {
      if (lane.purpose === purpose) count += moving.length;
    }
    return count;
  }

  /** Which of the messages that a receive takes leave instead, by the queue's RedrivePolicy. */
  exit({ at, terms, channelSeed }: ExitContext): Exit {
    const lane = { purpose: "dead-letter", ...terms } as const;
    let leftCount = 0;
    return (place) => {
      if (receiveCountOf(place.segment.slot(place.index)) < terms.maxReceiveCount) return "stays";
      // Where a dead letter cannot go it is received once more, and not lost.
      if (this.isRefusedBy(terms.target, at.nowMs)) return "stays";
      if (leftCount === LEAVE_AT_ONCE || !this.hasRoom) return "waits";
      leftCount++;
      this.depart(place, this.laneFor(lane, channelSeed), at.nowMs);
      return "left";
    };
  }

  /** Whether a receive of an ordered log would find something that is to leave. */
  isDue({ target, maxReceiveCount }: DeadLetterTerms, at: At): boolean {
    if (this.isRefusedBy(target, at.nowMs)) return false;
    return this.#log.take(RECEIVE_COUNT_MAX, at).some(({ segment, index }) => {
      return receiveCountOf(segment.slot(index)) >= maxReceiveCount;
    });
  }

  get hasRoom(): boolean {
    return this.#count < MOVING_MAX;
  }

  laneFor(order: LaneOrder, channelSeed: string): Lane {
    return this.#lanes.find(order, channelSeed);
  }

  /** On disk, and ready to be sent, with the next commit. */
  depart(place: Place, lane: Lane, nowMs: number): void {
    const { segmentId, segmentTag } = place.segment;
    const number = this.#lanes.nextNumber(lane);
    this.#log.move(place, { laneId: lane.laneId, number }, nowMs);
    const address = { segmentId, segmentTag, index: place.index };
    this.#unwritten.push({ lane, number, address });
    this.#count++;
  }

  /** The next messages of a lane; the same ones again until they are settled. */
  batch({ laneId }: Lane, at: At): Departure[] {
    const line = this.#lines.get(laneId);
    const batch: Departure[] = [];
    let bytes = 0;
    for (const { number, address } of line?.moving ?? []) {
      const message = this.#log.moving(address, at);
      // Its retention is over.
      if (message === undefined) continue;
      bytes += message.payload.byteLength;
      if (batch.length > 0 && bytes > BATCH_BYTES_MAX) break;
      batch.push({ ...message, number });
      if (batch.length === BATCH_MESSAGES_MAX) break;
    }
    const last = batch.at(-1);
    if (line !== undefined && last !== undefined) {
      line.sentUpTo = Math.max(line.sentUpTo, last.number);
    }
    if (line !== undefined && last === undefined) this.#cut(line, line.moving.length);
    return batch;
  }

  /** The target has all of a lane up to a number; returns how many leave the log for good. */
  settle({ laneId, target }: Lane, upToNumber: number, at: At): number {
    this.#refusedUntilMs.delete(queueKey(target));
    const line = this.#lines.get(laneId);
    if (line === undefined) return 0;
    const end = line.moving.findIndex(({ number }) => number > upToNumber);
    const settled = this.#cut(line, end === -1 ? line.moving.length : end);
    return settled.filter(({ address }) => this.#log.moveDone(address, at)).length;
  }

  /**
   * The target does not take what is on its way to it: that comes back. Without `isGone` the target may
   * have stored what was sent already: that stays on its way.
   */
  refused({ laneId, target }: Lane, at: At, { isGone }: { readonly isGone: boolean }): void {
    this.refusedBy(target, at.nowMs);
    this.#bringBack(laneId, at, { isGone });
  }

  /** What a purpose has not sent yet stays after all. */
  bringBackUnsent(purpose: LanePurpose, at: At): void {
    for (const { lane } of [...this.#lines.values()]) {
      if (lane.purpose === purpose) this.#bringBack(lane.laneId, at, { isGone: false });
    }
  }

  refusedBy(target: QueueIdentity, nowMs: number): void {
    this.#refusedUntilMs.set(queueKey(target), nowMs + REFUSED_MS);
  }

  isRefusedBy(target: QueueIdentity, nowMs: number): boolean {
    return nowMs < (this.#refusedUntilMs.get(queueKey(target)) ?? 0);
  }

  /** The queue has another policy: what was refused before may be taken now. */
  forgetRefusals(): void {
    this.#refusedUntilMs.clear();
  }

  write(): void {
    this.#lanes.write();
    for (const { lane, number, address } of this.#unwritten) {
      this.#lineOf(lane).moving.push({ number, address });
    }
    this.#unwritten = [];
  }

  /** A purge: what was on its way is no more. */
  clear(): void {
    this.#lines.clear();
    this.#unwritten = [];
    this.#count = 0;
  }

  /** What has not been sent, or will never arrive, stays in its queue after all. */
  #bringBack(laneId: number, at: At, { isGone }: { readonly isGone: boolean }): void {
    const line = this.#lines.get(laneId);
    if (line === undefined) return;
    const keptCount = isGone
      ? 0
      : line.moving.filter(({ number }) => number <= line.sentUpTo).length;
    const back = line.moving.splice(keptCount);
    this.#count -= back.length;
    for (const { address } of back) this.#log.moveUndone(address, at);
    if (keptCount === 0) this.#lines.delete(laneId);
  }

  #lineOf(lane: Lane): Line {
    const known = this.#lines.get(lane.laneId);
    if (known !== undefined) return known;
    const line = { lane, moving: [], sentUpTo: 0 };
    this.#lines.set(lane.laneId, line);
    return line;
  }

  /** Takes the first so many off a line. */
  #cut(line: Line, count: number): Moving[] {
    const cut = line.moving.splice(0, count);
    this.#count -= cut.length;
    if (line.moving.length === 0) this.#lines.delete(line.lane.laneId);
    return cut;
  }
}
