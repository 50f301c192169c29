/**
 * TransferDesk: carries the messages that are leaving a queue, or a message group, to their targets:
 * one batch after the other per lane, lanes side by side. They are on disk as moving before they are
 * carried, so a call that fails is repeated, after a pause that grows, until it is answered; after a
 * restart of the object too. The target knows by their numbers what it has.
 */
import type { DeadLetterTerms } from "../domain/dead-letter-terms.ts";
import { deadLetter, packTransfer, redriven } from "../domain/transfer-batch.ts";
import type { Lane, LanePurpose } from "../storage/transfer-lanes.ts";
import type { TransferSource } from "../storage/transfer-source.ts";
import { limited } from "./call-limit.ts";
import { randomId } from "./nonces.ts";
import { pause } from "./pause.ts";
import type { TransferRoutes } from "./transfer-routes.ts";

export type TransferContext = {
  readonly source: TransferSource;
  readonly routes: TransferRoutes;
  /** Of a message group: its id. Absent: the source is a standard queue. */
  readonly messageGroupId?: string;
  readonly nowMs: () => number;
  /** Resolves when what was changed is written. */
  readonly written: () => Promise<void>;
  /** Sees to it that the alarm goes off for whatever is due now. */
  readonly armAlarm: () => void;
};

type Failure = { readonly pauseMs: number; readonly retryAtMs: number };

/** Lanes that are served side by side. */
const CALLS_MAX = 32;
/** Many times what a transfer takes. */
const SETTLE_MS_MAX = 250;
const PAUSE_MS = 200;
const PAUSE_MS_MAX = 60_000;
/** After a crash nobody else would go on. */
const LOOK_AFTER_MS = 2_000;

export class TransferDesk {
  readonly #context: TransferContext;
  readonly #carried = new Set<number>();
  readonly #failures = new Map<number, Failure>();
  #watchers: (() => void)[] = [];

  constructor(context: TransferContext) {
    this.#context = context;
  }

  /** Starts what can be started. Call it in each commit: what it sends leaves when that is confirmed. */
  start(): void {
    const { departures } = this.#context.source;
    if (departures.count === 0) return;
    const nowMs = this.#context.nowMs();
    for (const lane of departures.lanes()) {
      if (this.#carried.size >= CALLS_MAX) return;
      if (this.#carried.has(lane.laneId)) continue;
      if ((this.#failures.get(lane.laneId)?.retryAtMs ?? 0) > nowMs) continue;
      this.#carried.add(lane.laneId);
      void this.#carry(lane);
    }
  }

  /**
   * Asks the dead-letter queue of an ordered log whether it takes what is due, before the first message
   * leaves: one that its target refused afterwards would come back behind those that follow it.
   */
  async askTarget(terms: DeadLetterTerms | undefined): Promise<void> {
    const { source, routes, nowMs } = this.#context;
    if (terms === undefined || !source.departures.isDue(terms, source.at(nowMs()))) return;
    const { target, sourceArn } = terms;
    try {
      const { kind } = await routes.clearance({ purpose: "dead-letter", target, sourceArn });
      if (kind !== "cleared") source.departures.refusedBy(target, nowMs());
    } catch (error) {
      console.warn("a dead-letter queue could not be asked; its messages wait for it", error);
    }
  }

  /** Resolves when nothing is on its way, or nothing gets on, or after a moment. */
  async settled(): Promise<void> {
    if (this.#context.source.departures.count === 0) return;
    await limited(this.#standstill(), SETTLE_MS_MAX).catch(() => undefined);
  }

  /** Resolves when nothing is on its way for this purpose, however long that takes. */
  async emptied(purpose: LanePurpose): Promise<void> {
    while (this.#context.source.departures.countOf(purpose) > 0) {
      this.start();
      await (this.#carried.size > 0 ? this.#progress() : pause(PAUSE_MS));
    }
  }

  /** When somebody has to look after what is on its way. */
  nextDueAtMs(): number | undefined {
    const { departures } = this.#context.source;
    if (departures.count === 0) return undefined;
    const nowMs = this.#context.nowMs();
    const due = departures.lanes().map(({ laneId }) => {
      const isCarried = this.#carried.has(laneId);
      return (
        (isCarried ? undefined : this.#failures.get(laneId)?.retryAtMs) ?? nowMs + LOOK_AFTER_MS
      );
    });
    return Math.max(nowMs + 1, Math.min(...due, nowMs + PAUSE_MS_MAX));
  }

  async #standstill(): Promise<void> {
    while (this.#carried.size > 0) await this.#progress();
  }

  /** Resolves when some lane has ended. */
  #progress(): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push(resolve);
    });
  }

  async #carry(lane: Lane): Promise<void> {
    const { departures } = this.#context.source;
    try {
      while (departures.has(lane)) await this.#step(lane);
      this.#failures.delete(lane.laneId);
    } catch (error) {
      console.warn("messages could not be moved to their queue and are tried again", error);
      this.#pause(lane);
    }
    this.#carried.delete(lane.laneId);
    this.start();
    this.#ended();
    this.#context.armAlarm();
  }

  async #step(lane: Lane): Promise<void> {
    const { source, routes, nowMs, written, messageGroupId } = this.#context;
    const clearance = await routes.clearance(lane);
    if (clearance.kind !== "cleared") {
      source.transferRefused(lane, nowMs(), { isGone: clearance.kind === "no-queue" });
      await written();
    }
    // What was sent before a refusal may have arrived: that is brought to an end.
    if (clearance.kind === "no-queue" || !source.departures.has(lane)) return;
    const packed = this.#packed(lane);
    if (packed === undefined) return;
    const answer = await routes.send(lane, clearance, packed, messageGroupId);
    if (answer.kind === "busy") throw new Error("the target takes no more messages now");
    if (answer.kind === "no-queue") return;
    source.transferSettled(lane, answer.upToNumber, nowMs());
    await written();
  }

  /** Undefined when the retention of all that was left is over. */
  #packed(lane: Lane): Uint8Array | undefined {
    const { source, nowMs, messageGroupId } = this.#context;
    const isOrdered = messageGroupId !== undefined;
    const batch = source.departures.batch(lane, source.at(nowMs()));
    if (batch.length === 0) return undefined;
    return packTransfer(
      batch.map((departure) =>
        lane.purpose === "dead-letter"
          ? deadLetter(departure, lane.sourceArn, isOrdered)
          : redriven(departure, randomId(), isOrdered),
      ),
    );
  }

  #ended(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const resolve of watchers) resolve();
  }

  #pause({ laneId }: Lane): void {
    const earlierMs = this.#failures.get(laneId)?.pauseMs ?? PAUSE_MS / 2;
    const pauseMs = Math.min(earlierMs * 2, PAUSE_MS_MAX);
    this.#failures.set(laneId, { pauseMs, retryAtMs: this.#context.nowMs() + pauseMs });
  }
}
