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
import { unpackOrderedMessages } from "../domain/ordered-shipment.ts";
import type { QueueAttributes } from "../domain/queue-attributes.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { SendOutcomes } from "../domain/sent-message.ts";
import { deduplicationFlaw } from "../storage/admission.ts";
import type { FifoQueue } from "../storage/fifo-queue.ts";
import type { MessageCounts } from "../storage/logged-message.ts";
import type { GroupLease } from "../storage/receive-attempts.ts";
import type { GroupNews, GroupRelease, NewsAnswer, ReleaseAnswer } from "./fifo-contract.ts";
import { GroupLeases, type Leased } from "./group-leases.ts";
import { type GroupLookup, HandOver } from "./hand-over.ts";
import type { DeskTools, MessageDesk } from "./message-desk.ts";
import type { ReceiveAnswer, ReceiveRequest, ReceiveTerms } from "./receive-exchange.ts";
import type { Waiter } from "./waiters.ts";

/** Waiters served side by side. */
const WAITERS_AT_ONCE = 16;
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
  /** Receives under way by their attempt ids: a repeated one waits for the first. */
  readonly #attempts = new Map<string, Promise<unknown>>();
  #isServing = false;
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

  async receive(asked: ReceiveRequest): Promise<Result<ReceiveAnswer>> {
    await this.#handOver.settled();
    if (!this.#tools.waiters.isEmpty) await this.#serveWaiters();
    const leased = await this.#leased(asked);
    this.#restSoon();
    if (!leased.ok) return leased;
    const { packed } = leased.value;
    if (!isEmptyDelivery(packed)) return accepted({ kind: "delivery", packed });
    const own = this.queue.record.attributes.receiveWaitTimeSeconds;
    return accepted({ kind: "nothing", waitSeconds: asked.waitTimeSeconds ?? own });
  }

  waiterCame(): void {
    void this.#serveWaiters();
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
    if (before.delaySeconds === this.queue.record.attributes.delaySeconds) return;
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
    if (this.queue.hasUnwritten) await this.#tools.commit.join();
    this.#arrived();
    return "noted";
  }

  released({ messageGroupId, lastSequence }: GroupRelease): ReleaseAnswer {
    return this.queue.release(messageGroupId, lastSequence) ? "released" : "kept";
  }

  nextDueAtMs(): number | undefined {
    const nowMs = this.#tools.nowMs();
    const due = [
      this.#handOver.retryAtMs(),
      this.#tools.waiters.isEmpty ? undefined : this.queue.groups.nextReadyAtMs(nowMs),
    ].filter((atMs) => atMs !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  async doWhatIsDue(): Promise<void> {
    this.#handOver.start();
    await this.#handOver.settled();
    await this.#serveWaiters();
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
        : await this.#leases.replay(earlier, asked.visibilityTimeoutSeconds);
    if (leased === undefined) return refused({ kind: "receive-attempt-over", attemptId });
    if (leased.leases.length > 0) attempts.put(attemptId, leased.leases, this.#tools.nowMs());
    return accepted(leased);
  }

  async #count(messageGroupId: string): Promise<void> {
    try {
      const terms = { ...this.queue.terms, messageGroupId };
      const standing = await this.#group(messageGroupId).stand(terms);
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
    if (!this.#tools.waiters.isEmpty) void this.#serveWaiters();
    this.#restSoon();
    this.#tools.armAlarm();
  }

  /** Serves waiters, one after the other and some side by side, while groups have something. */
  async #serveWaiters(): Promise<void> {
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      while (await this.#serveSome());
    } catch (error) {
      console.error("waiters could not be served and are served later", error);
    } finally {
      this.#isServing = false;
    }
    this.#tools.armAlarm();
  }

  /** False when there is nothing left to give, or nobody to give it to. */
  async #serveSome(): Promise<boolean> {
    const nowMs = this.#tools.nowMs();
    if (!this.queue.groups.hasReady(nowMs) && !this.queue.readMoreGroups()) return false;
    const waiters: Waiter[] = [];
    for (const waiter of this.#tools.waiters.inOrder(nowMs)) {
      waiters.push(waiter);
      if (waiters.length === WAITERS_AT_ONCE) break;
    }
    if (waiters.length === 0) return false;
    const served = await Promise.all(waiters.map((waiter) => this.#serve(waiter)));
    // What a group was thought to have may turn out to be nothing: then another one is asked.
    return served.includes(true) || this.queue.groups.hasReady(nowMs);
  }

  async #serve(waiter: Waiter): Promise<boolean> {
    const leased = await this.#leased(waiter.terms);
    if (!leased.ok) {
      this.#tools.waiters.end(waiter);
      return true;
    }
    const { packed, leases } = leased.value;
    if (isEmptyDelivery(packed)) return false;
    const isThere = this.#tools.waiters.settle(waiter, () => this.#takeBack(leases));
    if (!isThere) {
      this.#takeBack(leases);
      return true;
    }
    this.#tools.waiters.hand([{ socket: waiter.socket, bytes: packed }]);
    this.#tools.waiters.expectAcknowledgements();
    return true;
  }

  #takeBack(leases: readonly GroupLease[]): void {
    void this.#leases.undo(leases).then(() => this.#arrived());
  }
}
