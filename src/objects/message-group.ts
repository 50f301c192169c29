/**
 * MessageGroup: the Durable Object of one message group of a FIFO queue. A thin shell around
 * `FifoGroup`: it owns the clock, the commit, the alarm, and the news for the queue's object.
 *
 * Invariants:
 * - An answer to a command that changed something leaves after its write is confirmed on disk.
 * - When a group has something to give earlier than its queue knows, it says so, and the alarm that
 *   repeats the news is set in the same commit: lost news delays a message and never strands it.
 * - An object that was never sent to, or has forgotten everything, writes nothing.
 */
import { DurableObject } from "cloudflare:workers";
import { assert } from "../domain/assert.ts";
import { packDelivery } from "../domain/delivery.ts";
import type { FifoTerms, GroupTerms } from "../domain/fifo-terms.ts";
import type { GroupStanding } from "../domain/group-standing.ts";
import { unpackOrderedMessages } from "../domain/ordered-shipment.ts";
import { type Outcomes, outcomesOf } from "../domain/outcomes.ts";
import type { BoundedPeek } from "../domain/peek.ts";
import type { HeldReceipt, Receipt } from "../domain/receipt-handle.ts";
import { refused } from "../domain/result.ts";
import type { SendOutcomes } from "../domain/sent-message.ts";
import { nextSequence } from "../domain/sequence-number.ts";
import { unpackTransfer } from "../domain/transfer-batch.ts";
import { deduplicationFlaw } from "../storage/admission.ts";
import { FifoGroup } from "../storage/fifo-group.ts";
import type { HeldChange } from "../storage/group-receipts.ts";
import type { Receive } from "../storage/receive.ts";
import { limited } from "./call-limit.ts";
import type {
  GroupCommands,
  Lease,
  LeaseRequest,
  RedriveAnswer,
  RedriveRequest,
  ReplayRequest,
} from "./fifo-contract.ts";
import { GroupNewsDesk } from "./group-news-desk.ts";
import { ObjectCore } from "./object-core.ts";
import type { ObjectMetrics } from "./object-metrics.ts";
import type { GroupTransferTarget, TransferAnswer } from "./transfer-contract.ts";
import { TransferDesk } from "./transfer-desk.ts";
import { type TransferEnv, TransferRoutes } from "./transfer-routes.ts";

export type MessageGroupEnv = TransferEnv;

const TRY_AGAIN_MS = 1_000;
/** Less than a call may take. */
const REDRIVE_MS_MAX = 5_000;
const RELEASE_AGAIN_MS = 30_000;
/** What expires within this goes at once: receives and counters do not wait for the alarm. */
const EXPIRE_TOGETHER_MS = 10_000;

export class MessageGroup
  extends DurableObject<MessageGroupEnv>
  implements GroupCommands, GroupTransferTarget
{
  readonly #core: ObjectCore;
  readonly #news: GroupNewsDesk;
  readonly #routes: TransferRoutes;
  readonly #calls = { append: 0, send: 0, lease: 0, delete: 0, change: 0, other: 0 };
  #group: FifoGroup | undefined;
  #transfers: TransferDesk | undefined;
  /** Calls of the queue that wait for the commit and will say how the group stands. */
  #reportCount = 0;
  /** The next commit does it: it writes the states of what is gone. */
  #isShrinkDue = false;

  constructor(state: DurableObjectState, env: MessageGroupEnv) {
    super(state, env);
    this.#core = new ObjectCore(state, {
      noun: "message group",
      write: () => this.#write(),
      confirmed: () => {},
      doWhatIsDue: () => this.#doWhatIsDue(),
    });
    this.#news = new GroupNewsDesk(env.QUEUE);
    this.#routes = new TransferRoutes(env, () => this.#nowMs());
    const group = FifoGroup.recover(this.#core.sql, this.#nowMs());
    if (group === undefined) return;
    this.#open(group);
    this.#core.wake(() => this.#armAlarm());
  }

  async append(terms: GroupTerms, packed: Uint8Array): Promise<GroupStanding> {
    this.#calls.append++;
    const group = this.#groupFor(terms);
    group.append(unpackOrderedMessages(packed));
    return this.#report(group);
  }

  /** For the Worker, in scope `messageGroup`. Those accepted are on disk when this answers. */
  async send(terms: GroupTerms, shipment: Uint8Array): Promise<SendOutcomes> {
    this.#calls.send++;
    const messages = unpackOrderedMessages(shipment);
    const refusal = deduplicationFlaw(messages, terms);
    if (refusal !== undefined) return refusal;
    const group = this.#groupFor(terms);
    const nowMs = this.#nowMs();
    const outcomes = messages.map((message) => group.send(message, terms, nowMs));
    await this.#written(group);
    return outcomes;
  }

  async lease(terms: GroupTerms, request: LeaseRequest): Promise<Lease> {
    this.#calls.lease++;
    const group = this.#group;
    if (group === undefined) return leaseOf(NOTHING_RECEIVED, 0, this.#neverUsed());
    this.#adopt(group, terms);
    await this.#transfers?.askTarget(terms.deadLetter);
    if (this.#group !== group) return leaseOf(NOTHING_RECEIVED, 0, this.#neverUsed());
    const nowMs = this.#nowMs();
    const movingCount = group.departures.count;
    const receive = group.lease({ nowMs, ...request }, terms);
    if (receive.messages.length === 0 && group.departures.count > movingCount) {
      // What was to be received has left for the dead-letter queue: it is there when this answers.
      await this.#written(group);
      await this.#transfers?.settled();
    }
    const standing = await this.#report(group);
    return leaseOf(receive, receive.visibleAtMs, standing);
  }

  async replay(terms: GroupTerms, request: ReplayRequest): Promise<Lease | undefined> {
    this.#calls.other++;
    const group = this.#group;
    if (group === undefined) return undefined;
    this.#adopt(group, terms);
    const nowMs = this.#nowMs();
    const receive = group.replay({ nowMs, ...request }, terms);
    await this.#written(group);
    if (receive === undefined) return undefined;
    const visibleAtMs = nowMs + request.visibilityTimeoutSeconds * 1000;
    return leaseOf(receive, visibleAtMs, this.#told(group));
  }

  async undoReceive(terms: GroupTerms, receipts: readonly Receipt[]): Promise<GroupStanding> {
    this.#calls.other++;
    const group = this.#group;
    if (group === undefined) return this.#neverUsed();
    this.#adopt(group, terms);
    group.undoReceive(receipts, this.#nowMs());
    await this.#written(group);
    return this.#told(group);
  }

  async stand(terms: GroupTerms): Promise<GroupStanding> {
    this.#calls.other++;
    const group = this.#group;
    if (group === undefined) return this.#neverUsed();
    this.#adopt(group, terms);
    await this.#written(group);
    await this.#transfers?.settled();
    return this.#told(group);
  }

  async peek(terms: GroupTerms, order: BoundedPeek): Promise<Uint8Array> {
    await this.#transfers?.settled();
    if (this.#group !== undefined) await this.#written(this.#group);
    return packDelivery(this.#group?.peek(order, terms, this.#nowMs()) ?? []);
  }

  /** Lets messages leave for the queue's move task. */
  async redrive(terms: GroupTerms, request: RedriveRequest): Promise<RedriveAnswer> {
    this.#calls.other++;
    const group = this.#group;
    if (group === undefined) return { ...NOTHING_MOVED, standing: this.#neverUsed() };
    this.#adopt(group, terms);
    const { round, ...order } = request;
    group.redrive(round, order, this.#nowMs());
    await this.#written(group);
    const emptied = this.#transfers?.emptied("redrive") ?? Promise.resolve();
    await limited(emptied, REDRIVE_MS_MAX).catch(() => undefined);
    const standing = await this.#report(group);
    const { movedCount, failure } = group.redriven;
    return { isDone: group.departures.countOf("redrive") === 0, movedCount, failure, standing };
  }

  /** In scope `messageGroup`: what another queue's group of this name moves here. */
  async acceptGroupTransfer(
    terms: GroupTerms,
    channel: string,
    packed: Uint8Array,
  ): Promise<TransferAnswer> {
    this.#calls.other++;
    const group = this.#groupFor(terms);
    const upToNumber = group.acceptTransfer(channel, unpackTransfer(packed), this.#nowMs());
    await this.#written(group);
    return { kind: "stored", upToNumber };
  }

  /** For the Worker, which has opened the handles. */
  async deleteMessages(terms: FifoTerms, receipts: readonly HeldReceipt[]): Promise<Outcomes> {
    this.#calls.delete++;
    const group = this.#group;
    // What has forgotten everything had nothing left: it is deleted already.
    if (group === undefined) return null;
    this.#adopt(group, terms);
    const results = group.deleteMessages(receipts, this.#nowMs());
    await this.#written(group);
    return outcomesOf(results);
  }

  /** For the Worker, which has opened the handles. */
  async changeVisibility(terms: FifoTerms, changes: readonly HeldChange[]): Promise<Outcomes> {
    this.#calls.change++;
    const group = this.#group;
    if (group === undefined) return outcomesOf(changes.map(notAvailable));
    this.#adopt(group, terms);
    const results = group.changeVisibility(changes, this.#nowMs());
    await this.#written(group);
    return outcomesOf(results);
  }

  async destroy(queueUid: string): Promise<void> {
    this.#calls.other++;
    if (this.#group?.terms.queueUid === queueUid) await this.#forget();
  }

  override alarm(): Promise<void> {
    return this.#core.alarm();
  }

  metrics(): ObjectMetrics {
    return this.#core.metrics(this.#calls);
  }

  #nowMs(): number {
    return this.#core.nowMs();
  }

  #open(group: FifoGroup): void {
    this.#group = group;
    this.#transfers = new TransferDesk({
      source: group,
      routes: this.#routes,
      messageGroupId: group.terms.messageGroupId,
      nowMs: () => this.#nowMs(),
      written: () => this.#written(group),
      armAlarm: () => this.#armAlarm(),
    });
    this.#transfers.start();
  }

  /** The group, which begins here if nobody sent to it before. */
  #groupFor(terms: GroupTerms): FifoGroup {
    if (this.#group === undefined) this.#open(FifoGroup.begin(this.#core.sql, terms));
    const group = this.#group;
    assert(group !== undefined, "a group that was opened is there");
    this.#adopt(group, terms);
    return group;
  }

  /** A purged queue has forgotten what it knew of its groups. */
  #adopt(group: FifoGroup, terms: FifoTerms): void {
    if (group.adopt(terms)) this.#news.forgetTold();
  }

  async #written(group: FifoGroup): Promise<void> {
    if (group.hasUnwritten) await this.#core.commit.join();
  }

  #neverUsed(): GroupStanding {
    const generation = nextSequence(0, this.#nowMs());
    return { generation, readyCount: 0, visible: 0, inFlight: 0, delayed: 0 };
  }

  /**
   * The answer to a call that the queue repeats until it is answered: so what it says needs no other
   * way.
   */
  async #report(group: FifoGroup): Promise<GroupStanding> {
    this.#reportCount++;
    try {
      await this.#written(group);
    } finally {
      this.#reportCount--;
    }
    return this.#told(group);
  }

  /** The queue reads this in the answer to its own call. */
  #told(group: FifoGroup): GroupStanding {
    // A deletion of the queue may have come while the commit was awaited.
    if (this.#group !== group) return this.#neverUsed();
    return this.#news.told(group.standing(this.#nowMs()));
  }

  /** The body of every commit: one turn, so one transaction. */
  #write(): void {
    const group = this.#group;
    if (group === undefined) return;
    const nowMs = this.#nowMs();
    group.write(nowMs);
    if (this.#isShrinkDue) group.shrink();
    this.#isShrinkDue = false;
    this.#transfers?.start();
    // What a call of the queue is about to be answered is no news, and no alarm.
    const isNews = this.#reportCount === 0 && this.#news.consider(group, nowMs);
    this.#armAlarm();
    // It leaves only when this commit is confirmed, like everything that leaves the object.
    if (isNews) void this.#tellQueue(group);
  }

  async #tellQueue(group: FifoGroup): Promise<void> {
    if ((await this.#news.tell(group)) === "unknown") await this.#forget();
  }

  #armAlarm(): void {
    const group = this.#group;
    if (group === undefined) return;
    const nowMs = this.#nowMs();
    const repeats = [this.#news.repeatAtMs(nowMs), this.#transfers?.nextDueAtMs()];
    const known = repeats.filter((atMs) => atMs !== undefined);
    if (known.length > 0) this.#core.alarmClock.arm(Math.min(...known), nowMs);
    // Looks at the disk only if it has to: a group that is in use is looked after from time to time.
    else if (!this.#core.alarmClock.isArmedBy(group.windowEndsAtMs, nowMs))
      this.#armForLater(group);
  }

  #armForLater(group: FifoGroup): void {
    const nowMs = this.#nowMs();
    const { oldestAtMs, windowEndsAtMs } = group;
    if (nowMs < windowEndsAtMs || oldestAtMs === undefined) {
      // Past its window it has asked to be released, and was kept.
      const releaseAtMs = Math.max(nowMs + RELEASE_AGAIN_MS, group.marks.neededUntilMs ?? 0);
      const dueAtMs = nowMs < windowEndsAtMs ? windowEndsAtMs : releaseAtMs;
      this.#core.alarmClock.arm(dueAtMs, nowMs);
      return;
    }
    const expiresAtMs = oldestAtMs + group.terms.retentionSeconds * 1000;
    this.#core.alarmClock.arm(
      Math.max(expiresAtMs + EXPIRE_TOGETHER_MS, nowMs + TRY_AGAIN_MS),
      nowMs,
    );
  }

  async #doWhatIsDue(): Promise<void> {
    const group = this.#group;
    if (group === undefined) return;
    const nowMs = this.#nowMs();
    if (group.expire(nowMs)) this.#core.alarmClock.arm(nowMs + 1, nowMs);
    this.#isShrinkDue = group.log.isSparse;
    group.marks.forgetOld(nowMs);
    this.#transfers?.start();
    this.#news.forgetOld(nowMs);
    await this.#core.commit.join();
    if (this.#news.isUntold) await this.#tellQueue(group);
    if (this.#group !== group) return;
    if (this.#isForgettable(group)) await this.#release(group);
    this.#armAlarm();
  }

  #isForgettable(group: FifoGroup): boolean {
    const nowMs = this.#nowMs();
    const isPastMarks = nowMs >= (group.marks.neededUntilMs ?? 0);
    return group.isEmpty && nowMs >= group.windowEndsAtMs && isPastMarks;
  }

  /** The queue may have sent, and a Worker too, while it was asked. */
  async #release(group: FifoGroup): Promise<void> {
    const { generation } = this.#news;
    // The answer may be lost, and the queue has forgotten the group.
    this.#news.forgetTold();
    const answer = await this.#news.release(group);
    if (this.#group !== group) return;
    if (answer === "unknown") return this.#forget();
    if (answer === "kept") return;
    if (this.#isForgettable(group) && this.#news.generation === generation) return this.#forget();
    // It is not listed any more, and has something again.
    this.#news.forgetTold();
    await this.#core.commit.join();
  }

  async #forget(): Promise<void> {
    this.#group?.departures.clear();
    this.#group = undefined;
    this.#transfers = undefined;
    this.#news.forgetTold();
    await this.ctx.storage.deleteAll();
    this.#core.alarmClock.wentOff();
  }
}

const NOTHING_MOVED = { isDone: true, movedCount: 0, failure: undefined };
const NOTHING_RECEIVED: Receive = { messages: [], receipts: [] };

function leaseOf(receive: Receive, visibleAtMs: number, standing: GroupStanding): Lease {
  const { messages, receipts } = receive;
  return { packed: packDelivery(messages), receipts, visibleAtMs, standing };
}

function notAvailable({ receipt: { receiptHandle } }: HeldChange) {
  return refused({ kind: "message-not-available", receiptHandle } as const);
}
