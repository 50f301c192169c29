/**
 * FifoDesk: the messages of a FIFO queue, which are in the objects of its message groups. It lets
 * messages in (in scope `queue`), has them carried to their groups, and receives from the groups for
 * whoever asks or waits.
 *
 * Invariants:
 * - A message is answered for when it is on this object's disk; a receive waits for what is on the way
 *   to the groups, so whatever was answered for is found.
 * - Waiters are served in the order of their arrival, each by as many groups as have something.
 */
import { isEmptyDelivery } from "../domain/delivery.ts";
import type { MoveTask } from "../domain/move-task.ts";
import { unpackOrderedMessages } from "../domain/ordered-shipment.ts";
import type { PeekOrder } from "../domain/peek.ts";
import type { QueueAttributes } from "../domain/queue-attributes.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { SendOutcomes } from "../domain/sent-message.ts";
import { unpackTransfer } from "../domain/transfer-batch.ts";
import { deduplicationFlaw } from "../storage/admission.ts";
import type { FifoQueue } from "../storage/fifo-queue.ts";
import type { MessageCounts } from "../storage/logged-message.ts";
import type { MoveTasks } from "../storage/move-tasks.ts";
import type { GroupLease } from "../storage/receive-attempts.ts";
import { limited } from "./call-limit.ts";
import type { GroupNews, GroupRelease, NewsAnswer, ReleaseAnswer } from "./fifo-contract.ts";
import { GroupLeases, type Leased } from "./group-leases.ts";
import { GroupMoves } from "./group-moves.ts";
import { peekGroups } from "./group-peek.ts";
import { type GroupLookup, HandOver } from "./hand-over.ts";
import type { DeskTools, MessageDesk } from "./message-desk.ts";
import type { MoveRound } from "./move-task-desk.ts";
import { pause } from "./pause.ts";
import type { ReceiveAnswer, ReceiveRequest, ReceiveTerms } from "./receive-exchange.ts";
import type { TransferAnswer } from "./transfer-contract.ts";
import type { Waiter } from "./waiters.ts";

/** Waiters served side by side. */
const WAITERS_AT_ONCE = 16;
/** After a bug, not at once again. */
const SERVE_AGAIN_MS = 1_000;
/** When to look after waiters whom nobody serves though groups have something: nothing should be left. */
const LOOK_AGAIN_MS = 1_000;
/** Groups asked side by side for their counts. */
const COUNTED_AT_ONCE = 64;
/** Groups beyond these are counted as they stood last. */
const COUNTED_MAX = 10_000;
/** Well before the platform evicts an idle object. */
const REST_AFTER_MS = 1_000;

export class FifoDesk implements MessageDesk {
  readonly kind = "fifo";
  readonly queue: FifoQueue;
  readonly #tools: DeskTools;
  readonly #group: GroupLookup;
  readonly #handOver: HandOver;
  readonly #leases: GroupLeases;
  readonly #moves: GroupMoves;
  /** Receives under way by their attempt ids: a repeated one waits for the first. */
  readonly #attempts = new Map<string, Promise<unknown>>();
  /** The waiters for whom groups are being asked. */
  readonly #served = new Set<WebSocket>();
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  /** Something happened since the timer was set. */
  #isRestless = false;

  constructor(queue: FifoQueue, group: GroupLookup, tools: DeskTools) {
    this.queue = queue;
    this.#tools = tools;
    this.#group = group;
    const { nowMs } = tools;
    this.#handOver = new HandOver({ queue, group, nowMs, arrived: () => this.#arrived() });
    this.#leases = new GroupLeases(queue, group, nowMs);
    const written = () => this.#written();
    this.#moves = new GroupMoves({ queue, group, nowMs, written });
  }

  /** After the object's start: what an earlier life let in is carried on. */
  begin(): void {
    this.#handOver.start();
  }

  /** Those accepted are on disk when this answers, and on their way to their groups. */
  async send(shipment: Uint8Array): Promise<SendOutcomes> {
    if (this.#handOver.isFull) await this.#handOver.progress();
    if (this.#handOver.isFull) return { kind: "queue-busy" };
    const messages = unpackOrderedMessages(shipment);
    const refusal = deduplicationFlaw(messages, this.queue.terms);
    if (refusal !== undefined) return refusal;
    const outcomes = this.queue.accept(messages, this.#tools.nowMs());
    await this.#tools.commit.join();
    return outcomes;
  }

  /** In scope `queue`; in the other one messages go to the groups themselves. */
  async acceptTransfer(
    channel: string,
    packed: Uint8Array,
    messageGroupId = "",
  ): Promise<TransferAnswer> {
    if (this.#handOver.isFull) return { kind: "busy" };
    const arrivals = unpackTransfer(packed);
    const nowMs = this.#tools.nowMs();
    const upToNumber = this.queue.acceptTransfer(messageGroupId, channel, arrivals, nowMs);
    await this.#written();
    return { kind: "stored", upToNumber };
  }

  get moveTasks(): MoveTasks {
    return this.queue.moveTasks;
  }

  async visibleCount(): Promise<number> {
    const { visible } = await this.counts();
    return visible;
  }

  /** Groups that were asked bring it to an end. */
  stopMoves(): void {}

  finishMoves(task: MoveTask): Promise<void> {
    return this.#moves.finish(task);
  }

  async moveSome(task: MoveTask, maxCount: number): Promise<MoveRound> {
    await this.#handOver.settled();
    return this.#moves.moveSome(task, maxCount);
  }

  close(): void {}

  async receive(asked: ReceiveRequest): Promise<Result<ReceiveAnswer>> {
    await this.#handOver.settled();
    // Whoever waits was here first, and takes the groups that are ready.
    this.#serveWaiters();
    const leased = await this.#leased(asked);
    this.#arrived();
    if (!leased.ok) return leased;
    const { packed } = leased.value;
    if (!isEmptyDelivery(packed)) return accepted({ kind: "delivery", packed });
    const own = this.queue.record.attributes.receiveWaitTimeSeconds;
    return accepted({ kind: "nothing", waitSeconds: asked.waitTimeSeconds ?? own });
  }

  waiterCame(): void {
    this.#serveWaiters();
  }

  async peek(order: PeekOrder): Promise<Result<Uint8Array>> {
    await this.#handOver.settled();
    await this.#written();
    return peekGroups(this.queue, this.#group, order);
  }

  /** Asks every group that has something, or may have: SQS's counters are approximate, these less. */
  async counts(): Promise<MessageCounts> {
    await this.#handOver.settled();
    while (this.queue.readMoreGroups());
    const names = this.queue.groups.names().slice(0, COUNTED_MAX);
    for (let from = 0; from < names.length; from += COUNTED_AT_ONCE) {
      const batch = names.slice(from, from + COUNTED_AT_ONCE);
      await Promise.all(batch.map((messageGroupId) => this.#count(messageGroupId)));
    }
    const { visible, inFlight, delayed } = this.queue.groups.counts();
    return { visible: visible + this.queue.outbox.count, inFlight, delayed };
  }

  /** A FIFO queue's delay holds for what is in it already (SQS developer guide). */
  attributesChanged(before: QueueAttributes): void {
    const { delaySeconds, retentionSeconds } = this.queue.record.attributes;
    if (before.retentionSeconds !== retentionSeconds) this.queue.tellAll();
    if (before.delaySeconds === delaySeconds) return;
    this.queue.suspectAll();
    this.#arrived();
  }

  purge(): void {
    this.queue.purge();
  }

  write(): void {
    this.queue.write(this.#tools.nowMs());
    this.#handOver.start();
  }

  async announced({ messageGroupId, standing }: GroupNews): Promise<NewsAnswer> {
    this.queue.announced(messageGroupId, standing);
    await this.#written();
    this.#arrived();
    return "noted";
  }

  released({ messageGroupId, lastSequence }: GroupRelease): ReleaseAnswer {
    return this.queue.release(messageGroupId, lastSequence) ? "released" : "kept";
  }

  nextDueAtMs(): number | undefined {
    const nowMs = this.#tools.nowMs();
    const due = [this.#handOver.retryAtMs(), this.#nextServiceAtMs(nowMs)].filter(
      (atMs) => atMs !== undefined,
    );
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** Groups that are ready now are being asked, or are asked by whoever ends: that needs no alarm. */
  #nextServiceAtMs(nowMs: number): number | undefined {
    if (this.#tools.waiters.isEmpty) return undefined;
    const readyAtMs = this.queue.groups.nextReadyAtMs(nowMs);
    const isNow = readyAtMs !== undefined && readyAtMs <= nowMs;
    return isNow ? nowMs + LOOK_AGAIN_MS : readyAtMs;
  }

  async doWhatIsDue(): Promise<void> {
    this.queue.marks.forgetOld(this.#tools.nowMs());
    this.#handOver.start();
    await this.#handOver.settled();
    this.#serveWaiters();
  }

  /** Waits for the commit of whatever is not written yet. */
  async #written(): Promise<void> {
    if (this.queue.hasUnwritten) await this.#tools.commit.join();
  }

  /** A receive with an attempt id may be a repeated one. */
  async #leased(asked: ReceiveTerms): Promise<Result<Leased>> {
    const { attemptId } = asked;
    if (attemptId === undefined) return accepted(await this.#leases.lease(asked));
    while (this.#attempts.has(attemptId)) await this.#attempts.get(attemptId);
    const attempt = this.#attempt(attemptId, asked);
    this.#attempts.set(attemptId, attempt);
    try {
      return await attempt;
    } finally {
      this.#attempts.delete(attemptId);
    }
  }

  async #attempt(attemptId: string, asked: ReceiveTerms): Promise<Result<Leased>> {
    const { attempts } = this.queue;
    const earlier = attempts.find(attemptId, this.#tools.nowMs());
    const leased =
      earlier === undefined
        ? await this.#leases.lease(asked)
        : await this.#again(earlier, asked.visibilityTimeoutSeconds);
    if (leased === "busy") return refused({ kind: "queue-busy" });
    if (leased === undefined) return refused({ kind: "receive-attempt-over", attemptId });
    if (leased.leases.length > 0) attempts.put(attemptId, leased.leases, this.#tools.nowMs());
    return accepted(leased);
  }

  async #again(
    earlier: readonly GroupLease[],
    visibilityTimeoutSeconds: number | undefined,
  ): Promise<Leased | "busy" | undefined> {
    try {
      return await this.#leases.replay(earlier, visibilityTimeoutSeconds);
    } catch (error) {
      console.warn("a receive could not be repeated; it may be tried again", error);
      return "busy";
    }
  }

  async #count(messageGroupId: string): Promise<void> {
    try {
      const terms = { ...this.queue.terms, messageGroupId };
      const standing = await limited(this.#group(messageGroupId).stand(terms));
      this.queue.learn(messageGroupId, standing, terms);
    } catch (error) {
      console.warn("a message group could not be counted; it counts as it stood last", error);
    }
  }

  /** Writes down how many groups stand once nothing has happened for a while. */
  #restSoon(): void {
    if (!this.queue.hasManyGroups) return;
    this.#isRestless = true;
    this.#restTimer ??= setTimeout(() => this.#rest(), REST_AFTER_MS);
  }

  #rest(): void {
    this.#restTimer = undefined;
    if (!this.queue.isWorthSnapshot) return;
    if (this.#isRestless) {
      this.#isRestless = false;
      this.#restTimer = setTimeout(() => this.#rest(), REST_AFTER_MS);
    } else this.queue.writeSnapshot();
  }

  /** Groups may have something to receive now. */
  #arrived(): void {
    this.#serveWaiters();
    this.#restSoon();
    this.#tools.armAlarm();
  }

  /** Serves the waiters in their order, some side by side, while groups have something. */
  #serveWaiters(): void {
    const nowMs = this.#tools.nowMs();
    for (const waiter of this.#tools.waiters.inOrder(nowMs)) {
      if (this.#served.size >= WAITERS_AT_ONCE) return;
      if (this.#served.has(waiter.socket)) continue;
      if (!this.queue.groups.hasReady(nowMs) && !this.queue.readMoreGroups()) return;
      this.#served.add(waiter.socket);
      void this.#serveOne(waiter);
    }
  }

  /** Whoever is served makes room for the next. */
  async #serveOne(waiter: Waiter): Promise<void> {
    try {
      await this.#serve(waiter);
    } catch (error) {
      console.error("a waiter could not be served and is served later", error);
      await pause(SERVE_AGAIN_MS);
    }
    this.#served.delete(waiter.socket);
    this.#arrived();
  }

  async #serve(waiter: Waiter): Promise<void> {
    const leased = await this.#leased(waiter.terms);
    if (!leased.ok) return this.#tools.waiters.end(waiter);
    const { packed, leases } = leased.value;
    if (isEmptyDelivery(packed)) return;
    const takeBack = () => this.#takeBack(leases, waiter.terms.attemptId);
    if (!this.#tools.waiters.settle(waiter, takeBack)) return takeBack();
    this.#tools.waiters.hand([{ socket: waiter.socket, bytes: packed }]);
    this.#tools.waiters.expectAcknowledgements();
  }

  /** The receiver is gone: what it would have got is as if never received, by that attempt either. */
  #takeBack(leases: readonly GroupLease[], attemptId: string | undefined): void {
    if (attemptId !== undefined) this.queue.attempts.remove(attemptId);
    void this.#leases.undo(leases).then(() => this.#arrived());
  }
}
