/**
 * StandardDesk: the messages of a standard queue, which are in the queue's own object. Every command
 * changes memory at once and joins the group commit; the output gate holds what leaves the object
 * until that is confirmed.
 *
 * Invariant: waiters are served within a commit, before whoever asks after them.
 */
import { packDelivery } from "../domain/delivery.ts";
import { RECEIVE_COUNT_MAX } from "../domain/limits.ts";
import type { MoveTask } from "../domain/move-task.ts";
import { type Outcomes, outcomesOf } from "../domain/outcomes.ts";
import { PEEK_ROOM, type PeekOrder } from "../domain/peek.ts";
import { queueArn } from "../domain/queue-name.ts";
import type { Receipt, VisibilityChange } from "../domain/receipt-handle.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import { unpackShipment } from "../domain/shipment.ts";
import { unpackTransfer } from "../domain/transfer-batch.ts";
import type { MessageCounts } from "../storage/logged-message.ts";
import type { MoveTasks } from "../storage/move-tasks.ts";
import type { Receive } from "../storage/receive.ts";
import type { StandardQueue } from "../storage/standard-queue.ts";
import { nextExpiryAtMs, SHRINK_AFTER_MS } from "./due-times.ts";
import type { DeskTools, MessageDesk } from "./message-desk.ts";
import type { MoveRound } from "./move-task-desk.ts";
import { randomNonces } from "./nonces.ts";
import type { ReceiveAnswer, ReceiveRequest, ReceiveTerms } from "./receive-exchange.ts";
import type { TransferAnswer } from "./transfer-contract.ts";
import { TransferDesk } from "./transfer-desk.ts";
import type { Frame } from "./waiters.ts";

/** With messages visible and yet nobody served (too many in flight), look again after this. */
const LOOK_AGAIN_MS = 1_000;

export class StandardDesk implements MessageDesk {
  readonly kind = "standard";
  readonly #queue: StandardQueue;
  readonly #tools: DeskTools;
  readonly #transfers: TransferDesk;
  /** The next commit does it: it writes the states of what is gone. */
  #isShrinkDue = false;

  constructor(queue: StandardQueue, tools: DeskTools) {
    this.#queue = queue;
    this.#tools = tools;
    const { routes, nowMs, armAlarm } = tools;
    const written = () => this.#written();
    this.#transfers = new TransferDesk({ source: queue, routes, nowMs, written, armAlarm });
  }

  /** After the object's start: what an earlier life let leave is carried on. */
  begin(): void {
    this.#transfers.start();
  }

  get moveTasks(): MoveTasks {
    return this.#queue.moveTasks;
  }

  /** Those accepted are on disk when this answers. */
  async sendMessages(shipment: Uint8Array): Promise<Outcomes> {
    const results = unpackShipment(shipment).map((message) => this.#queue.send(message));
    await this.#written();
    return outcomesOf(results);
  }

  async deleteMessages(receiptHandles: readonly string[]): Promise<Outcomes> {
    const results = this.#queue.deleteMessages(receiptHandles, this.#tools.nowMs());
    await this.#written();
    return outcomesOf(results);
  }

  async changeVisibility(changes: readonly VisibilityChange[]): Promise<Outcomes> {
    const results = this.#queue.changeVisibility(changes, this.#tools.nowMs());
    await this.#written();
    return outcomesOf(results);
  }

  async receive(asked: ReceiveRequest): Promise<Result<ReceiveAnswer>> {
    // Whoever waits was here first: a commit serves them.
    if (!this.#tools.waiters.isEmpty) await this.#tools.commit.join();
    const packed = await this.#found(asked);
    if (packed !== undefined) return accepted({ kind: "delivery", packed });
    const own = this.#queue.record.attributes.receiveWaitTimeSeconds;
    const waitSeconds = asked.waitTimeSeconds ?? own;
    if (waitSeconds === 0 && this.#queue.isFull) return refused({ kind: "too-many-in-flight" });
    return accepted({ kind: "nothing", waitSeconds });
  }

  /**
   * Written when it is returned; undefined if nothing is there. Where all that was there has left for the
   * dead-letter queue, it is in that queue when this answers; or it is back, and received after all.
   */
  async #found(asked: ReceiveTerms): Promise<Uint8Array | undefined> {
    const movingCount = this.#queue.departures.count;
    const found = this.#receive(asked, this.#tools.nowMs());
    if (found.messages.length > 0) return this.#delivered(found);
    if (this.#queue.departures.count === movingCount) return undefined;
    await this.#tools.commit.join();
    await this.#transfers.settled();
    if (!this.#queue.isRefused(this.#tools.nowMs())) return undefined;
    const returned = this.#receive(asked, this.#tools.nowMs());
    return returned.messages.length > 0 ? this.#delivered(returned) : undefined;
  }

  async #delivered({ messages }: Receive): Promise<Uint8Array> {
    const packed = packDelivery(messages);
    await this.#tools.commit.join();
    return packed;
  }

  /** A commit may have come in between, and found nobody. */
  waiterCame(): void {
    const nowMs = this.#tools.nowMs();
    const visibleAtMs = this.#queue.log.nextVisibleAtMs(nowMs) ?? Number.POSITIVE_INFINITY;
    if (visibleAtMs <= nowMs && !this.#queue.isFull) void this.#tools.commit.join();
  }

  /** What it shows is on disk, by the commit of whoever has changed it. */
  async peek(order: PeekOrder): Promise<Result<Uint8Array>> {
    await this.#transfers.settled();
    await this.#written();
    const messages = this.#queue.peek({ ...order, ...PEEK_ROOM }, this.#tools.nowMs());
    return accepted(packDelivery(messages));
  }

  async counts(): Promise<MessageCounts> {
    await this.#transfers.settled();
    const counts = this.#queue.counts(this.#tools.nowMs());
    await this.#written();
    return counts;
  }

  /** A target that refused may be another one now, or have changed its mind. */
  attributesChanged(): void {
    this.#queue.departures.forgetRefusals();
  }

  async acceptTransfer(channel: string, packed: Uint8Array): Promise<TransferAnswer> {
    const upToNumber = this.#queue.acceptTransfer(channel, unpackTransfer(packed));
    await this.#written();
    return { kind: "stored", upToNumber };
  }

  async visibleCount(): Promise<number> {
    const { visible } = await this.counts();
    return visible;
  }

  stopMoves(): void {
    this.#queue.departures.bringBackUnsent("redrive", this.#queue.at(this.#tools.nowMs()));
  }

  finishMoves(): Promise<void> {
    return this.#transfers.emptied("redrive");
  }

  async moveSome({ taskId, destination }: MoveTask, maxCount: number): Promise<MoveRound> {
    const sourceArn = queueArn(this.#queue.record.identity);
    const nowMs = this.#tools.nowMs();
    const channelSeed = `${this.#queue.uid}/${nowMs}/${taskId}`;
    const { returnsTo } = this.#queue.moveTasks;
    const order = { sourceArn, destination, returnsTo, maxCount, channelSeed };
    const begun = this.#queue.redrive(order, nowMs);
    await this.#written();
    await this.#transfers.emptied("redrive");
    return begun;
  }

  close(): void {
    this.#queue.departures.clear();
  }

  purge(): void {
    this.#queue.purge();
  }

  write(): void {
    const nowMs = this.#tools.nowMs();
    this.#queue.log.writeAppended(nowMs);
    const frames = this.#serveWaiters(nowMs);
    this.#queue.log.writeStates();
    if (this.#isShrinkDue) this.#queue.log.shrink();
    this.#isShrinkDue = false;
    this.#queue.writeTransfers(nowMs);
    this.#tools.waiters.hand(frames);
    this.#transfers.start();
  }

  nextDueAtMs(): number | undefined {
    const nowMs = this.#tools.nowMs();
    const due = [
      this.#queue.log.isSparse ? nowMs + SHRINK_AFTER_MS : undefined,
      this.#tools.waiters.isEmpty ? undefined : this.#nextServiceAtMs(nowMs),
      nextExpiryAtMs(this.#queue, this.#tools.alarmClock, nowMs),
      this.#transfers.nextDueAtMs(),
    ].filter((atMs) => atMs !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  async doWhatIsDue(): Promise<void> {
    const { alarmClock, commit } = this.#tools;
    const nowMs = this.#tools.nowMs();
    if (this.#queue.expire(nowMs)) alarmClock.arm(nowMs + 1, nowMs);
    this.#isShrinkDue = this.#queue.log.isSparse;
    this.#queue.marks.forgetOld(nowMs);
    await commit.join();
  }

  /** A delivery must not leave before the commit of its receive. */
  #receive(asked: ReceiveTerms, nowMs: number): Receive {
    const receiptNonces = randomNonces(Math.min(asked.maxCount, RECEIVE_COUNT_MAX));
    const { visibilityTimeoutSeconds } = asked;
    return visibilityTimeoutSeconds === undefined
      ? this.#queue.receive({ nowMs, receiptNonces })
      : this.#queue.receive({ nowMs, receiptNonces, visibilityTimeoutSeconds });
  }

  /** Receives for as many waiters as can be served. */
  #serveWaiters(nowMs: number): Frame[] {
    const { waiters } = this.#tools;
    const frames: Frame[] = [];
    if (waiters.isEmpty) return frames;
    for (const waiter of waiters.inOrder(nowMs)) {
      const { messages, receipts } = this.#receive(waiter.terms, nowMs);
      if (messages.length === 0) break;
      waiters.settle(waiter, () => this.#takeBack(receipts));
      frames.push({ socket: waiter.socket, bytes: packDelivery(messages) });
    }
    return frames;
  }

  #takeBack(receipts: readonly Receipt[]): void {
    this.#queue.undoReceive(receipts, this.#tools.nowMs());
    void this.#tools.commit.join();
  }

  /**
   * Waits for the commit of whatever is not written yet, also of other callers' commands: an answer
   * such as "deleted already" may rest on them.
   */
  async #written(): Promise<void> {
    if (this.#queue.hasUnwritten) await this.#tools.commit.join();
  }

  #nextServiceAtMs(nowMs: number): number | undefined {
    const visibleAtMs = this.#queue.log.nextVisibleAtMs(nowMs);
    if (visibleAtMs === undefined || visibleAtMs > nowMs) return visibleAtMs;
    return nowMs + LOOK_AGAIN_MS;
  }
}
