/**
 * TransferTrial: clients of several simulated queues, and what they know of where each message may be.
 * When failures have stopped, `drain` finds out where each is.
 */
import type { MoveTaskOrder } from "../../src/domain/move-task.ts";
import { groupObjectName } from "../../src/domain/object-name.ts";
import type { AttributeChange } from "../../src/domain/queue-attributes.ts";
import { queueKind } from "../../src/domain/queue-name.ts";
import { NO_FAULTS } from "./fifo-faults.ts";
import { CallFailed, isCallFailure, type SimulatedObject } from "./fifo-object.ts";
import type { Mutation } from "./fifo-platform.ts";
import { Deletions } from "./transfer-deletions.ts";
import { arnOf, type Shown, TransferDeployment } from "./transfer-deployment.ts";
import { type Sent, TransferOutcome } from "./transfer-outcome.ts";

const START_MS = Date.UTC(2026, 0, 1);
/** The latest copies of calls arrive. */
const CALM_AFTER_MS = 45_000;
/** Late alarms go off, pauses end, and what is held lapses. */
const SETTLED_AFTER_MS = 95_000;
/** As it is stored of what is moving. */
const MOVING = Number.MAX_SAFE_INTEGER;
const CALL_ENDS_WITHIN_MS = 120_000;
const TRIES = 16;
const BETWEEN_TRIES_MS = 700;
const DRAIN_TIMEOUT_SECONDS = 30;
const DRAINED_AT_ONCE = 10;
const NEWS_WITHIN_MS = 100;
export const TASK = "task";
export const GROUPS = ["group", "other"] as const;

export class TransferTrial {
  readonly deployment = new TransferDeployment(START_MS);
  readonly outcome = new TransferOutcome();
  readonly names: string[] = [];
  readonly deletions = new Deletions();
  /** When queues were deleted. */
  readonly deletedAtMs = new Map<string, number>();
  /** Then an object may need to be asked for something to go on. */
  isAlarmLost = false;
  readonly #unanswered = new Set<string>();
  readonly #sent: Sent[] = [];
  readonly #flaws: string[] = [];

  constructor(mutation?: Mutation) {
    this.deployment.platform.mutation = mutation;
  }

  get platform() {
    return this.deployment.platform;
  }

  get nowMs(): number {
    return this.platform.scheduler.nowMs;
  }

  get sent(): readonly Sent[] {
    return this.#sent;
  }

  pass(ms: number): Promise<void> {
    return this.platform.scheduler.runUntil(this.nowMs + ms);
  }

  /** Time passes until the call has ended; undefined if it failed. */
  async ended<T>(call: Promise<T>): Promise<T | undefined> {
    let isEnded = false;
    let answer: T | undefined;
    const end = (value?: T) => {
      isEnded = true;
      answer = value;
    };
    call.then(end, (error: unknown) => {
      if (!isCallFailure(error)) this.#flaws.push(String(error));
      end();
    });
    const { scheduler } = this.platform;
    await scheduler.runUntilSo(() => isEnded, this.nowMs + CALL_ENDS_WITHIN_MS);
    if (!isEnded) this.#flaws.push("a call never ended");
    return answer;
  }

  /** Asks until it is answered; time passes until then. */
  asked<T>(call: () => Promise<T>): Promise<T | undefined> {
    return this.ended(this.repeated(call));
  }

  /** Asks until it is answered, while somebody lets time pass. */
  async repeated<T>(call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (!isCallFailure(error) || attempt === TRIES) throw error;
      }
      await this.later(BETWEEN_TRIES_MS);
    }
  }

  /** While somebody lets time pass. */
  later(ms: number): Promise<void> {
    return new Promise((resolve) => this.platform.planOutside(this.nowMs + ms, resolve));
  }

  /** A queue; with a dead-letter queue, a message leaves for that after one receive. */
  async open(
    queueName: string,
    { deadLetterQueue, ...change }: AttributeChange & { readonly deadLetterQueue?: string } = {},
  ): Promise<void> {
    const policy =
      deadLetterQueue === undefined ? {} : { redrivePolicy: redrivePolicyTo(deadLetterQueue) };
    await this.asked(() => this.deployment.create(queueName, { ...change, ...policy }));
    if (!this.names.includes(queueName)) this.names.push(queueName);
  }

  async send(queueName: string, messageGroupId: string = GROUPS[0]): Promise<string> {
    const message = this.#newMessage(queueName, messageGroupId);
    await this.asked(() => this.deployment.send(queueName, message));
    return message.body;
  }

  /** A message that may not have arrived, while somebody lets time pass. */
  async sendOnce(queueName: string, messageGroupId: string = GROUPS[0]): Promise<void> {
    const message = this.#newMessage(queueName, messageGroupId);
    this.#unanswered.add(message.body);
    const isSent = await this.deployment.send(queueName, message);
    if (isSent) this.#unanswered.delete(message.body);
  }

  #newMessage(queueName: string, messageGroupId: string): Sent {
    const number = this.#sent.length + 1;
    const digits = String(number).padStart(12, "0");
    const message = {
      messageId: `00000000-0000-4000-8000-${digits}`,
      body: `body-${digits}`,
      messageGroupId,
      queueName,
      number,
      sentAtMs: this.nowMs,
    };
    this.#sent.push(message);
    return message;
  }

  async receive(queueName: string, timeoutSeconds = 1, maxCount = 10): Promise<Shown[]> {
    const beganAtMs = this.nowMs;
    const receiving = this.deployment.receive(queueName, maxCount, timeoutSeconds);
    const received = (await this.ended(receiving)) ?? [];
    this.#flaws.push(...this.deletions.flaws(queueName, received, beganAtMs));
    return received;
  }

  /** False if that was refused; while somebody lets time pass. */
  async deleteMessage(queueName: string, shown: Shown): Promise<boolean> {
    const isDeleted = await this.repeated(() => {
      return this.deployment.use(queueName, { handle: shown.receiptHandle });
    });
    if (isDeleted) this.deletions.answered(queueName, shown, this.nowMs);
    return isDeleted;
  }

  /** Messages that became dead letters before anything failed. */
  async deadLetters(queueName: string, groups: readonly string[]): Promise<void> {
    for (const group of groups) await this.send(queueName, group);
    await this.receivedOnce(queueName);
    await this.receive(queueName);
    await this.pass(500);
  }

  /** All that is there was received, and is visible again. */
  async receivedOnce(queueName: string): Promise<Shown[]> {
    const received: Shown[] = [];
    for (let more = await this.receive(queueName); more.length > 0; ) {
      received.push(...more);
      more = await this.receive(queueName);
    }
    await this.pass(1_010);
    return received;
  }

  async startTask(queueName: string, order: MoveTaskOrder): Promise<void> {
    await this.asked(async () => {
      // An answer may have been lost.
      const started = await this.deployment.tasks(queueName);
      if (started?.some(({ taskId }) => taskId === order.taskId)) return;
      const answer = await this.deployment.startTask(queueName, order);
      if (!answer.ok) throw new CallFailed(answer.refusal.kind);
    });
  }

  /** Whether the disk says so: whoever asked the object would wake it up. So has one that is no more. */
  hasEnded(queueName: string, taskId: string): boolean {
    const { disk } = this.deployment.queue(queueName);
    if (!disk.tables().includes("move_task")) return this.deletedAtMs.has(queueName);
    const texts = disk.rows("SELECT task FROM move_task").map(({ task }) => String(task));
    const text = texts.find((one) => one.includes(`"taskId":"${taskId}"`)) ?? "";
    return /"status":"(COMPLETED|CANCELLED|FAILED)"/.test(text);
  }

  /** While somebody lets time pass. What has reached one of the others for sure stays there. */
  async deletion(queueName: string, others: readonly string[] = []): Promise<void> {
    await this.repeated(() => {
      return this.deployment.delete(queueName, () => {
        const arrived = others.flatMap((other) => this.bodiesIn(other, { isConfirmed: true }));
        for (const body of this.bodiesIn(queueName)) {
          if (!arrived.includes(body)) this.outcome.mayBeGone.add(body);
        }
        this.deletedAtMs.set(queueName, this.nowMs);
      });
    });
  }

  /** From here on nothing fails. */
  stopFailures(): void {
    this.platform.faults = NO_FAULTS;
    this.platform.scheduler.between = undefined;
  }

  /** Failures stop, time passes, and every message is received where it is. */
  async drain(): Promise<void> {
    this.stopFailures();
    await this.pass(CALM_AFTER_MS + SETTLED_AFTER_MS);
    if (!this.isAlarmLost) this.#findStranded();
    // Nothing keeps them in memory for so long. Whoever asks wakes up an object whose alarm was lost.
    for (const object of this.platform.objects) object.evict();
    for (const name of this.names) await this.ended(this.deployment.counts(name));
    await this.pass(SETTLED_AFTER_MS);
    for (const name of this.names) await this.#close(name);
    for (const name of this.names) await this.#drainOne(name);
  }

  flaws(): string[] {
    for (const body of this.#unanswered) this.outcome.mayBeGone.add(body);
    return [...this.#flaws, ...this.platform.broken, ...this.outcome.flaws(this.#sent)];
  }

  #findStranded(): void {
    for (const { disk, name } of this.platform.objects) {
      if (!disk.tables().includes("segment_state")) continue;
      const rows = disk.rows("SELECT 1 FROM segment_state WHERE last_visible_at_ms = ?", MOVING);
      if (rows.length > 0) this.#flaws.push(`something in ${name.slice(0, 6)} is moving for ever`);
    }
  }

  /** From here on nothing leaves a queue any more. */
  async #close(queueName: string): Promise<void> {
    const counts = await this.ended(this.deployment.counts(queueName));
    if (counts === undefined) return;
    this.outcome.counts.set(queueName, counts);
    this.outcome.tasks.push(...((await this.ended(this.deployment.tasks(queueName))) ?? []));
    await this.ended(this.deployment.set(queueName, { redrivePolicy: null }));
  }

  async #drainOne(queueName: string): Promise<void> {
    for (;;) {
      const received = await this.receive(queueName, DRAIN_TIMEOUT_SECONDS, DRAINED_AT_ONCE);
      this.outcome.found.push(...received.map((shown) => ({ queueName, shown })));
      if (received.length === 0 || this.outcome.found.length > 3 * this.#sent.length) return;
      // The rest of a message group waits for these, and its queue hears of it a little later.
      if (received.length === this.outcome.counts.get(queueName)?.visible) continue;
      for (const { receiptHandle: handle } of received) {
        await this.ended(this.deployment.use(queueName, { handle }));
      }
      await this.pass(NEWS_WITHIN_MS);
    }
  }

  /** What is on the disks of a queue, its message groups among them. */
  bodiesIn(queueName: string, { isConfirmed = false } = {}): string[] {
    const queue = this.deployment.queue(queueName);
    const all = queueKind(queueName) === "fifo" ? [queue, ...this.#groupsOf(queue)] : [queue];
    const objects = all.filter(({ disk }) => !isConfirmed || !disk.isDirty);
    return this.#sent
      .map(({ body }) => body)
      .filter((body) => {
        return objects.some((object) => holds(object, body));
      });
  }

  #groupsOf(queue: SimulatedObject): SimulatedObject[] {
    const uids = queue.disk.tables().includes("queue") ? uidsOn(queue) : [];
    const names = uids.flatMap((uid) => GROUPS.map((group) => groupObjectName(uid, group)));
    return this.platform.objects.filter(({ name }) => names.includes(name));
  }
}

export function redrivePolicyTo(queueName: string): string {
  return JSON.stringify({ deadLetterTargetArn: arnOf(queueName), maxReceiveCount: 1 });
}

function uidsOn({ disk }: SimulatedObject): string[] {
  return disk.rows("SELECT uid FROM queue").flatMap(({ uid }) => {
    return uid instanceof Uint8Array ? [Buffer.from(uid).toString("hex")] : [];
  });
}

function holds({ disk }: SimulatedObject, body: string): boolean {
  return disk.tables().some((table) =>
    disk.rows(`SELECT * FROM ${table}`).some((row) =>
      Object.values(row).some((value) => {
        return value instanceof Uint8Array && Buffer.from(value).includes(body, 0, "latin1");
      }),
    ),
  );
}
