/**
 * Queue: the Durable Object of one queue. A thin shell: it owns the queue's life, and what the engines
 * must not have, which is the clock, randomness, the commit, the waiters and the alarm. What it does
 * with messages is the desk's of the queue's kind: `standard-desk.ts` or `fifo-desk.ts`.
 *
 * Invariants:
 * - An answer to a command that changed something leaves after its write is confirmed on disk: the
 *   command joins the group commit, and the output gate holds what leaves the object until then.
 * - Expected refusals are returned as values. A throw is a bug, aborts the object and is rebuilt
 *   from disk.
 * - An object of a queue that was never created writes nothing.
 */
import { DurableObject } from "cloudflare:workers";
import type { EncryptionTerms } from "../domain/encryption-terms.ts";
import type { FifoTerms } from "../domain/fifo-terms.ts";
import type { MoveTask, MoveTaskOrder } from "../domain/move-task.ts";
import type { Outcomes } from "../domain/outcomes.ts";
import type { PeekOrder } from "../domain/peek.ts";
import type { AttributeChange } from "../domain/queue-attributes.ts";
import type { Permission } from "../domain/queue-permission.ts";
import {
  type AccessTerms,
  accessTermsOf,
  createdQueue,
  permissionAdded,
  permissionRemoved,
  purgedQueue,
  type QueueCreation,
  type QueueRecord,
  withAttributes,
  withoutTags,
  withTags,
} from "../domain/queue-record.ts";
import type { QueueTags } from "../domain/queue-tags.ts";
import type { VisibilityChange } from "../domain/receipt-handle.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { SendOutcomes } from "../domain/sent-message.ts";
import type { GroupName } from "../storage/group-entries.ts";
import type { Account } from "./account.ts";
import { clearanceOf } from "./clearance.ts";
import { tellDirectory } from "./directory-news.ts";
import { forgetAtMs, nextLifeEventAtMs, nextSweepAtMs } from "./due-times.ts";
import { encryptionOf, openingFlaw, sealingFlaw } from "./encryption-check.ts";
import type {
  GroupNews,
  GroupNewsReceiver,
  GroupRelease,
  NewsAnswer,
  ReleaseAnswer,
} from "./fifo-contract.ts";
import type { FifoDesk } from "./fifo-desk.ts";
import { GroupStubs } from "./group-stubs.ts";
import type { GroupSweep } from "./group-sweep.ts";
import type { MoveTaskDesk } from "./move-task-desk.ts";
import { newIssuer } from "./nonces.ts";
import { ObjectCore } from "./object-core.ts";
import type { ObjectMetrics } from "./object-metrics.ts";
import { openDesk, openSweep, openTasks } from "./open-desk.ts";
import type { QueueDescription } from "./queue-description.ts";
import { QueueStore } from "./queue-store.ts";
import {
  type ReceiveAnswer,
  type ReceiveRequest,
  readReceiveRequest,
  refusalResponse,
  responseOrWait,
  waitResponse,
} from "./receive-exchange.ts";
import type { StandardDesk } from "./standard-desk.ts";
import type {
  Clearance,
  TransferAnswer,
  TransferPurpose,
  TransferTarget,
} from "./transfer-contract.ts";
import { type TransferEnv, TransferRoutes } from "./transfer-routes.ts";
import { ACKNOWLEDGEMENT, Waiters } from "./waiters.ts";

export type QueueEnv = TransferEnv & {
  readonly ACCOUNT: DurableObjectNamespace<Account>;
  /** "off" where AWS's cool-downs of 60 seconds are not wanted: on a laptop. */
  readonly MILLRACE_COOLDOWNS?: string;
};

type Done = Result<undefined>;
const DONE: Done = accepted(undefined);
const NO_QUEUE = refused({ kind: "queue-does-not-exist" });

export class Queue extends DurableObject<QueueEnv> implements GroupNewsReceiver, TransferTarget {
  readonly #core: ObjectCore;
  readonly #waiters: Waiters;
  readonly #store: QueueStore;
  readonly #groups: GroupStubs;
  readonly #routes: TransferRoutes;
  readonly #calls = { send: 0, terms: 0, receive: 0, news: 0, release: 0, transfer: 0 };
  #desk: StandardDesk | FifoDesk | undefined;
  #tasks: MoveTaskDesk | undefined;
  #sweep: GroupSweep | undefined;

  constructor(state: DurableObjectState, env: QueueEnv) {
    super(state, env);
    this.#core = new ObjectCore(state, {
      noun: "queue",
      write: () => this.#write(),
      confirmed: () => this.#waiters.expectAcknowledgements(),
      doWhatIsDue: () => this.#doWhatIsDue(),
    });
    this.#store = new QueueStore(this.#core.sql, this.#nowMs());
    this.#groups = new GroupStubs(env.MESSAGE_GROUP);
    this.#routes = new TransferRoutes(env, () => this.#nowMs());
    this.#waiters = new Waiters(state);
    this.#openDesk();
    this.#core.wake(() => this.#armAlarm());
  }

  async createQueue(creation: QueueCreation): Promise<Done> {
    const { record, live } = this.#store;
    const created = createdQueue(record, creation, {
      nowMs: this.#nowMs(),
      issuer: newIssuer(),
      hasCooldowns: this.#hasCooldowns,
    });
    if (!created.ok) return created;
    if (live === undefined) {
      this.#store.create(created.value);
      this.#openDesk();
    }
    await this.#tellDirectory();
    return DONE;
  }

  async deleteQueue(): Promise<Done> {
    if (this.#store.live === undefined) return NO_QUEUE;
    this.#desk?.close();
    this.#tasks?.close();
    this.#store.delete(this.#nowMs());
    this.#openDesk();
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
    const { live } = this.#store;
    const desk = this.#desk;
    if (live === undefined || desk === undefined) return NO_QUEUE;
    const counts = await desk.counts();
    const { attributes, createdAtMs, modifiedAtMs } = live.record;
    return accepted({ attributes, createdAtMs, modifiedAtMs, counts });
  }

  async setAttributes(change: AttributeChange): Promise<Done> {
    const before = this.#store.live?.record.attributes;
    const done = this.#update((record) => withAttributes(record, change, this.#nowMs()));
    if (!done.ok || before === undefined) return done;
    this.#desk?.attributesChanged(before);
    this.#armAlarm();
    await this.#tellDirectory();
    return DONE;
  }

  purgeQueue(): Done {
    const lastSequence = this.#store.live?.lastSequence ?? 0;
    const terms = { nowMs: this.#nowMs(), hasCooldowns: this.#hasCooldowns, lastSequence };
    const done = this.#update((record) => purgedQueue(record, terms));
    if (!done.ok) return done;
    this.#desk?.purge();
    this.#armAlarm();
    return DONE;
  }

  /** What decides who may use the queue. */
  accessTerms(): Result<AccessTerms> {
    const queue = this.#store.live;
    return queue === undefined ? NO_QUEUE : accepted(accessTermsOf(queue.record));
  }

  tagQueue(added: QueueTags): Done {
    return this.#update((record) => withTags(record, added));
  }

  untagQueue(keys: readonly string[]): Done {
    return this.#update((record) => accepted(withoutTags(record, keys)));
  }

  addPermission(permission: Permission): Done {
    return this.#update((record) => permissionAdded(record, permission, this.#nowMs()));
  }

  removePermission(label: string): Done {
    return this.#update((record) => permissionRemoved(record, label, this.#nowMs()));
  }

  /** Those accepted are on disk when this answers. For `sealedFor` see `encryption-check.ts`. */
  async sendMessages(shipment: Uint8Array, sealedFor?: string): Promise<Outcomes> {
    const desk = this.#desk;
    if (desk?.kind !== "standard") return NO_QUEUE.refusal;
    return sealingFlaw(this.#store, sealedFor) ?? desk.sendMessages(shipment);
  }

  /** How messages to the queue are to be sealed. */
  encryptionTerms(): Result<EncryptionTerms> {
    return encryptionOf(this.#store);
  }

  /** To a FIFO queue of scope `queue`. */
  async sendOrdered(shipment: Uint8Array): Promise<SendOutcomes> {
    this.#calls.send++;
    const desk = this.#desk;
    return desk?.kind === "fifo" ? desk.send(shipment) : NO_QUEUE.refusal;
  }

  async deleteMessages(receiptHandles: readonly string[]): Promise<Outcomes> {
    const desk = this.#desk;
    return desk?.kind === "standard" ? desk.deleteMessages(receiptHandles) : NO_QUEUE.refusal;
  }

  async changeVisibility(changes: readonly VisibilityChange[]): Promise<Outcomes> {
    const desk = this.#desk;
    return desk?.kind === "standard" ? desk.changeVisibility(changes) : NO_QUEUE.refusal;
  }

  /** What a Worker needs to know to act on the groups of a FIFO queue by itself. */
  fifoTerms(): Result<FifoTerms> {
    this.#calls.terms++;
    const { live } = this.#store;
    return live?.kind === "fifo" ? accepted(live.terms) : NO_QUEUE;
  }

  async groupAnnounced(news: GroupNews): Promise<NewsAnswer> {
    this.#calls.news++;
    const desk = this.#deskOf(news.queueUid);
    return desk === undefined ? "unknown" : desk.announced(news);
  }

  async releaseGroup(release: GroupRelease): Promise<ReleaseAnswer> {
    this.#calls.release++;
    return this.#deskOf(release.queueUid)?.released(release) ?? "unknown";
  }

  /** Whether the queue takes messages that are moved to it from the source. */
  clearance(purpose: TransferPurpose, sourceArn: string): Clearance {
    return clearanceOf(this.#store.live, purpose, sourceArn);
  }

  async acceptTransfer(
    queueUid: string,
    channel: string,
    packed: Uint8Array,
    messageGroupId: string | undefined,
  ): Promise<TransferAnswer> {
    this.#calls.transfer++;
    const desk = this.#desk;
    if (desk === undefined || this.#store.live?.uid !== queueUid) return { kind: "no-queue" };
    return desk.acceptTransfer(channel, packed, messageGroupId);
  }

  async startMoveTask(order: MoveTaskOrder): Promise<Result<undefined>> {
    return this.#tasks?.start(order) ?? NO_QUEUE;
  }

  /** How many messages have moved. */
  async cancelMoveTask(taskId: string): Promise<Result<number>> {
    return this.#tasks?.cancel(taskId) ?? NO_QUEUE;
  }

  /** The latest first. */
  async listMoveTasks(limit: number): Promise<Result<readonly MoveTask[]>> {
    return this.#tasks === undefined ? NO_QUEUE : accepted(await this.#tasks.list(limit));
  }

  /** Messages as they are, as a delivery; nothing changes by it. */
  async peekMessages(order: PeekOrder): Promise<Result<Uint8Array>> {
    return this.#desk?.peek(order) ?? NO_QUEUE;
  }

  /** Receives what is there; says for how long to wait when nothing is. */
  async receiveMessages(asked: ReceiveRequest): Promise<Result<ReceiveAnswer>> {
    this.#calls.receive++;
    const flaw = openingFlaw(this.#store, asked.openableFor);
    return flaw ?? this.#desk?.receive(asked) ?? NO_QUEUE;
  }

  /**
   * The same over fetch, because a poll that has to wait is answered with a socket
   * (`receive-exchange.ts`). A socket costs more than a call, and saves one when nothing is there.
   */
  override async fetch(request: Request): Promise<Response> {
    const asked = readReceiveRequest(request);
    const waitSeconds = responseOrWait(await this.receiveMessages(asked));
    if (waitSeconds instanceof Response) return waitSeconds;
    if (this.#desk === undefined) return refusalResponse(NO_QUEUE.refusal);
    const deadlineMs = this.#nowMs() + waitSeconds * 1000;
    const response = waitResponse(this.#waiters.admit({ ...asked, deadlineMs }), waitSeconds);
    this.#desk.waiterCame();
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

  override alarm(): Promise<void> {
    return this.#core.alarm();
  }

  metrics(): ObjectMetrics {
    return this.#core.metrics(this.#calls);
  }

  #nowMs(): number {
    return this.#core.nowMs();
  }

  #update(change: (record: QueueRecord) => Result<QueueRecord>): Done {
    const { live } = this.#store;
    const changed = live === undefined ? NO_QUEUE : change(live.record);
    if (changed.ok) this.#store.update(changed.value);
    return changed.ok ? DONE : changed;
  }

  get #hasCooldowns(): boolean {
    return this.env.MILLRACE_COOLDOWNS !== "off";
  }

  /** After each beginning and end of a queue. */
  #openDesk(): void {
    const group = (name: GroupName) => this.#groups.get(name);
    const nowMs = () => this.#nowMs();
    const armAlarm = () => this.#armAlarm();
    const { commit, alarmClock } = this.#core;
    const tools = { waiters: this.#waiters, commit, alarmClock, nowMs, armAlarm };
    this.#desk = openDesk(this.#store, group, { ...tools, routes: this.#routes });
    this.#sweep = openSweep(this.#store, group);
    this.#tasks = openTasks(this.#desk, tools);
  }

  /** The desk of the queue that a group belongs to, if that is the one that is alive. */
  #deskOf(queueUid: string): FifoDesk | undefined {
    const desk = this.#desk;
    return desk?.kind === "fifo" && desk.queue.uid === queueUid ? desk : undefined;
  }

  /** The body of every commit: one turn, so one transaction. */
  #write(): void {
    this.#desk?.write();
    this.#armAlarm();
  }

  #armAlarm(): void {
    const nowMs = this.#nowMs();
    // A deleted queue is not forgotten before its groups are.
    const isSweeping = this.#sweep?.isDone === false;
    const ownAtMs = isSweeping ? nextSweepAtMs(nowMs) : nextLifeEventAtMs(this.#store, nowMs);
    const due = [ownAtMs, this.#desk?.nextDueAtMs(), this.#tasks?.nextDueAtMs()];
    const known = due.filter((atMs) => atMs !== undefined);
    if (known.length > 0) this.#core.alarmClock.arm(Math.max(Math.min(...known), nowMs + 1), nowMs);
  }

  async #doWhatIsDue(): Promise<void> {
    await this.#tellDirectory();
    const nowMs = this.#nowMs();
    await this.#desk?.doWhatIsDue();
    this.#tasks?.run();
    await this.#sweep?.step();
    const isForgettable = nowMs >= (forgetAtMs(this.#store) ?? Number.POSITIVE_INFINITY);
    const isFree = this.#store.untold === undefined && this.#sweep?.isDone !== false;
    if (isForgettable && isFree) return this.#forget();
    this.#armAlarm();
  }

  /** A name that is free again costs nothing. */
  async #forget(): Promise<void> {
    this.#store.forget();
    await this.ctx.storage.deleteAll();
  }

  /** Repeated by the alarm until the directory has confirmed the latest version. */
  async #tellDirectory(): Promise<void> {
    if (this.#store.untold === undefined) return;
    this.#armAlarm();
    await tellDirectory(this.#store, this.env.ACCOUNT);
  }
}
