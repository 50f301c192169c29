/**
 * Queue: the Durable Object of one queue. A thin shell around `StandardQueue`: it owns what the
 * engine must not have, which is the clock, randomness, the commit, the waiters and the alarm.
 *
 * Invariants:
 * - An answer to a command that changed something leaves after its write is confirmed on disk: the
 *   command joins the group commit, and the output gate holds what leaves the object until then.
 * - Expected refusals are returned as values. A throw is a bug, aborts the object and is rebuilt
 *   from disk.
 * - An object of a queue that was never created writes nothing.
 */
import { DurableObject } from "cloudflare:workers";
import { packDelivery } from "../domain/delivery.ts";
import { RECEIVE_COUNT_MAX } from "../domain/limits.ts";
import { accountObjectName } from "../domain/object-name.ts";
import { type Outcomes, outcomesOf } from "../domain/outcomes.ts";
import type { AttributeChange, QueueAttributes } from "../domain/queue-attributes.ts";
import {
  createdQueue,
  purgedQueue,
  type QueueCreation,
  withAttributes,
} from "../domain/queue-record.ts";
import { type QueueTags, tooManyTags } from "../domain/queue-tags.ts";
import type { Receipt, ReceiptIssuer, VisibilityChange } from "../domain/receipt-handle.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import { unpackShipment } from "../domain/shipment.ts";
import type { MessageCounts } from "../storage/segment-log.ts";
import type { Receive, StandardQueue } from "../storage/standard-queue.ts";
import type { Account } from "./account.ts";
import { AlarmClock } from "./alarm-clock.ts";
import { Clock } from "./clock.ts";
import { forgetAtMs, nextDueAtMs } from "./due-times.ts";
import { DurableSql } from "./durable-sql.ts";
import { GroupCommit } from "./group-commit.ts";
import { randomNonces } from "./nonces.ts";
import { QueueStore } from "./queue-store.ts";
import {
  deliveryResponse,
  type ReceiveAnswer,
  type ReceiveRequest,
  type ReceiveTerms,
  readReceiveRequest,
  refusalResponse,
  waitResponse,
} from "./receive-exchange.ts";
import { ACKNOWLEDGEMENT, Waiters } from "./waiters.ts";

export type QueueEnv = {
  readonly ACCOUNT: DurableObjectNamespace<Account>;
  /** "off" where AWS's cool-downs of 60 seconds are not wanted: on a laptop. */
  readonly MILLRACE_COOLDOWNS?: string;
};

export type QueueDescription = {
  readonly attributes: QueueAttributes;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly counts: MessageCounts;
};

/** What the bench reads: the bill, as far as this object makes it. */
export type QueueMetrics = {
  readonly rowsWritten: number;
  readonly commits: number;
  readonly alarmsSet: number;
};

type Done = Result<undefined>;
const DONE: Done = accepted(undefined);
const NO_QUEUE = refused({ kind: "queue-does-not-exist" });
const TRY_AGAIN_MS = 1_000;

export class Queue extends DurableObject<QueueEnv> {
  readonly #sql: DurableSql;
  readonly #clock = new Clock();
  readonly #alarmClock: AlarmClock;
  readonly #commit: GroupCommit;
  readonly #waiters: Waiters;
  readonly #store: QueueStore;

  constructor(state: DurableObjectState, env: QueueEnv) {
    super(state, env);
    this.#sql = new DurableSql(state.storage.sql);
    this.#alarmClock = new AlarmClock(state.storage);
    this.#store = new QueueStore(this.#sql, this.#clock.nowMs());
    this.#waiters = new Waiters(state, (receipts) => this.#takeBack(receipts));
    this.#commit = new GroupCommit({
      write: () => this.#write(),
      confirmed: () => this.#confirmed(),
      abort: (reason) => this.#abort(reason),
    });
    void state.blockConcurrencyWhile(async () => {
      await this.#alarmClock.load();
      this.#armAlarm();
    });
  }

  async createQueue(creation: QueueCreation): Promise<Done> {
    const { record, live } = this.#store;
    const created = createdQueue(record, creation, {
      nowMs: this.#clock.nowMs(),
      issuer: newIssuer(),
      hasCooldowns: this.#hasCooldowns,
    });
    if (!created.ok) return created;
    if (live === undefined) this.#store.create(created.value);
    await this.#tellDirectory();
    return DONE;
  }

  async deleteQueue(): Promise<Done> {
    if (this.#store.live === undefined) return NO_QUEUE;
    this.#store.delete(this.#clock.nowMs());
    this.#waiters.dismiss("queue-does-not-exist");
    await this.#tellDirectory();
    return DONE;
  }

  /** Whether the queue exists; costs no more than the call. */
  hasQueue(): boolean {
    return this.#store.live !== undefined;
  }

  /** What it counts is on disk when this answers. */
  async describeQueue(): Promise<Result<QueueDescription>> {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE;
    const { attributes, createdAtMs, modifiedAtMs } = queue.record;
    const counts = queue.counts(this.#clock.nowMs());
    await this.#written(queue);
    return accepted({ attributes, createdAtMs, modifiedAtMs, counts });
  }

  setAttributes(change: AttributeChange): Done {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE;
    const changed = withAttributes(queue.record, change, this.#clock.nowMs());
    if (!changed.ok) return changed;
    this.#store.update(changed.value);
    this.#armAlarm();
    return DONE;
  }

  purgeQueue(): Done {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE;
    const nowMs = this.#clock.nowMs();
    const purged = purgedQueue(queue.record, { nowMs, hasCooldowns: this.#hasCooldowns });
    if (!purged.ok) return purged;
    this.#store.update(purged.value);
    queue.log.purge();
    return DONE;
  }

  listTags(): Result<QueueTags> {
    const queue = this.#store.live;
    return queue === undefined ? NO_QUEUE : accepted(queue.record.tags);
  }

  tagQueue(added: QueueTags): Done {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE;
    const { record } = queue;
    const tags = new Map([...record.tags, ...added]);
    const refusal = tooManyTags(tags, record.identity.queueName);
    if (refusal !== undefined) return refused(refusal);
    this.#store.update({ ...record, tags });
    return DONE;
  }

  untagQueue(keys: readonly string[]): Done {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE;
    const tags = new Map(queue.record.tags);
    for (const key of keys) tags.delete(key);
    this.#store.update({ ...queue.record, tags });
    return DONE;
  }

  /** Those accepted are on disk when this answers. */
  async sendMessages(shipment: Uint8Array): Promise<Outcomes> {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE.refusal;
    const results = unpackShipment(shipment).map((message) => queue.send(message));
    await this.#written(queue);
    return outcomesOf(results);
  }

  async deleteMessages(receiptHandles: readonly string[]): Promise<Outcomes> {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE.refusal;
    const nowMs = this.#clock.nowMs();
    const results = queue.deleteMessages(receiptHandles, nowMs);
    await this.#written(queue);
    return outcomesOf(results);
  }

  async changeVisibility(changes: readonly VisibilityChange[]): Promise<Outcomes> {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE.refusal;
    const nowMs = this.#clock.nowMs();
    const results = queue.changeVisibility(changes, nowMs);
    await this.#written(queue);
    return outcomesOf(results);
  }

  /** Receives what is there; says for how long to wait when nothing is. */
  async receiveMessages(asked: ReceiveRequest): Promise<Result<ReceiveAnswer>> {
    await this.#letWaitersGoFirst();
    const answer = this.#receiveNow(asked);
    if (answer.ok && answer.value.kind === "delivery") await this.#commit.join();
    return answer;
  }

  /**
   * The same over fetch, because a poll that has to wait is answered with a socket
   * (`receive-exchange.ts`). A socket costs more than a call, and saves one when nothing is there.
   */
  override async fetch(request: Request): Promise<Response> {
    const asked = readReceiveRequest(request);
    await this.#letWaitersGoFirst();
    const answer = this.#receiveNow(asked);
    if (!answer.ok) return refusalResponse(answer.refusal);
    if (answer.value.kind === "delivery") {
      await this.#commit.join();
      return deliveryResponse(answer.value.packed);
    }
    const { waitSeconds } = answer.value;
    if (waitSeconds === 0) return deliveryResponse(packDelivery([]));
    // No turn has passed since nothing was there: what comes from now on finds the waiter.
    const deadlineMs = this.#clock.nowMs() + waitSeconds * 1000;
    const response = waitResponse(this.#waiters.admit({ ...asked, deadlineMs }), waitSeconds);
    this.#armAlarm();
    return response;
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    if (message === ACKNOWLEDGEMENT) this.#waiters.acknowledged(socket);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    this.#waiters.left(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#waiters.left(socket);
  }

  /** Never throws: a handler that does is retried six times and then dropped, silently. */
  override async alarm(): Promise<void> {
    this.#alarmClock.wentOff();
    try {
      await this.#doWhatIsDue();
    } catch (error) {
      console.error("the alarm failed and is tried again", error);
      const nowMs = this.#clock.nowMs();
      this.#alarmClock.arm(nowMs + TRY_AGAIN_MS, nowMs);
    }
  }

  metrics(): QueueMetrics {
    return {
      rowsWritten: this.#sql.rowsWritten,
      commits: this.#commit.commitCount,
      alarmsSet: this.#alarmClock.setCount,
    };
  }

  get #hasCooldowns(): boolean {
    return this.env.MILLRACE_COOLDOWNS !== "off";
  }

  /**
   * Waits for the commit of whatever is not written yet, also of other callers' commands: an answer
   * such as "deleted already" may rest on them.
   */
  async #written(queue: StandardQueue): Promise<void> {
    if (queue.log.hasUnwritten) await this.#commit.join();
  }

  /** Whoever waits was here first: a commit serves them. */
  async #letWaitersGoFirst(): Promise<void> {
    if (!this.#waiters.isEmpty) await this.#commit.join();
  }

  /** A delivery must not leave before the commit of its receive. */
  #receiveNow(asked: ReceiveRequest): Result<ReceiveAnswer> {
    const queue = this.#store.live;
    if (queue === undefined) return NO_QUEUE;
    const { messages } = this.#receive(queue, asked, this.#clock.nowMs());
    if (messages.length > 0) return accepted({ kind: "delivery", packed: packDelivery(messages) });
    const waitSeconds = asked.waitTimeSeconds ?? queue.record.attributes.receiveWaitTimeSeconds;
    if (waitSeconds === 0 && queue.isFull) return refused({ kind: "too-many-in-flight" });
    return accepted({ kind: "nothing", waitSeconds });
  }

  #receive(queue: StandardQueue, asked: ReceiveTerms, nowMs: number): Receive {
    const receiptNonces = randomNonces(Math.min(asked.maxCount, RECEIVE_COUNT_MAX));
    const { visibilityTimeoutSeconds } = asked;
    return visibilityTimeoutSeconds === undefined
      ? queue.receive({ nowMs, receiptNonces })
      : queue.receive({ nowMs, receiptNonces, visibilityTimeoutSeconds });
  }

  /** The body of every commit: one turn, so one transaction. */
  #write(): void {
    const queue = this.#store.live;
    if (queue === undefined) return;
    const nowMs = this.#clock.nowMs();
    queue.log.writeAppended(nowMs);
    const frames = this.#waiters.serve(nowMs, (terms) => this.#receive(queue, terms, nowMs));
    queue.log.writeStates();
    this.#waiters.hand(frames);
    this.#armAlarm();
  }

  async #confirmed(): Promise<void> {
    await this.ctx.storage.sync();
    this.#waiters.expectAcknowledgements();
  }

  #takeBack(receipts: readonly Receipt[]): void {
    this.#store.live?.undoReceive(receipts, this.#clock.nowMs());
    void this.#commit.join();
  }

  #armAlarm(): void {
    const wakeable = {
      store: this.#store,
      alarmClock: this.#alarmClock,
      hasWaiters: !this.#waiters.isEmpty,
    };
    const nowMs = this.#clock.nowMs();
    const dueAtMs = nextDueAtMs(wakeable, nowMs);
    if (dueAtMs !== undefined) this.#alarmClock.arm(dueAtMs, nowMs);
  }

  async #doWhatIsDue(): Promise<void> {
    await this.#tellDirectory();
    const nowMs = this.#clock.nowMs();
    const isForgettable = nowMs >= (forgetAtMs(this.#store) ?? Number.POSITIVE_INFINITY);
    if (isForgettable && this.#store.untold === undefined) return this.#forget();
    const queue = this.#store.live;
    if (queue?.expire(nowMs)) this.#alarmClock.arm(nowMs + 1, nowMs);
    if (queue?.log.isSparse) queue.log.shrink();
    await this.#commit.join();
    this.#armAlarm();
  }

  /** A name that is free again costs nothing. */
  async #forget(): Promise<void> {
    this.#store.forget();
    await this.ctx.storage.deleteAll();
  }

  /** Repeated by the alarm until the directory has confirmed the latest version. */
  async #tellDirectory(): Promise<void> {
    const { untold, record } = this.#store;
    if (untold === undefined || record === undefined) return;
    this.#armAlarm();
    const { accountId, region, queueName } = record.identity;
    const { version } = untold;
    try {
      const account = this.env.ACCOUNT.getByName(accountObjectName(accountId, region));
      await account.putEntry({ queueName, version, exists: record.deletedAtMs === null });
      this.#store.told(version);
    } catch (error) {
      console.error("the directory could not be told and is told again", error);
    }
  }

  #abort(reason: unknown): void {
    console.error("the commit failed; the queue is rebuilt from disk", reason);
    this.ctx.abort(String(reason));
  }
}

function newIssuer(): ReceiptIssuer {
  return {
    uid: crypto.getRandomValues(new Uint8Array(8)),
    key: crypto.getRandomValues(new Uint8Array(32)),
  };
}
