/**
 * FifoTrial: a simulated FIFO queue with clients, and what must be true of it when failures have
 * stopped: nothing that must be there is missing, whoever waits is served, no call hangs, and in the
 * end nothing is left on any disk.
 */
import { FifoClients } from "./fifo-clients.ts";
import { FifoDeployment } from "./fifo-deployment.ts";
import { NO_FAULTS } from "./fifo-faults.ts";
import { FifoHistory } from "./fifo-history.ts";
import type { Mutation } from "./fifo-platform.ts";

export type Scope = "queue" | "messageGroup";

const START_MS = Date.UTC(2026, 0, 1);
const RETENTION_SECONDS = 345_600;
/** Late calls arrive. */
const CALM_AFTER_MS = 40_000;
/** Lost alarms go off, and what is held lapses. */
const SETTLED_AFTER_MS = 90_000;
const NEWS_WITHIN_MS = 100;
const FORGOTTEN_AFTER_MS = 700_000;
const WINDOW_MS = 300_000;
const CALL_ENDS_WITHIN_MS = 120_000;
const POLL_SECONDS = 20;
const LONG_SECONDS = 30;

export class FifoTrial {
  readonly deployment: FifoDeployment;
  readonly history: FifoHistory;
  readonly clients: FifoClients;
  readonly #flaws: string[] = [];

  constructor(scope: Scope, mutation?: Mutation) {
    this.deployment = new FifoDeployment(START_MS, { scope, retentionSeconds: RETENTION_SECONDS });
    this.deployment.platform.mutation = mutation;
    this.history = new FifoHistory(scope);
    this.clients = new FifoClients(this.deployment, this.history, scope);
  }

  get nowMs(): number {
    return this.deployment.platform.scheduler.nowMs;
  }

  flaws(): string[] {
    const { broken } = this.deployment.platform;
    return [...this.#flaws, ...broken, ...this.clients.broken, ...this.history.flaws()];
  }

  pass(ms: number): Promise<void> {
    return this.deployment.platform.scheduler.runUntil(this.nowMs + ms);
  }

  /** Time passes until the call has ended, however it ends. */
  async ended<T>(call: Promise<T>): Promise<T | undefined> {
    let isEnded = false;
    let answer: T | undefined;
    const end = (value?: T) => {
      isEnded = true;
      answer = value;
    };
    call.then(end, () => end());
    const { scheduler } = this.deployment.platform;
    await scheduler.runUntilSo(() => isEnded, this.nowMs + CALL_ENDS_WITHIN_MS);
    if (!isEnded) this.#flaws.push("a call never ended");
    return answer;
  }

  /** From here on nothing fails. */
  stopFailures(): void {
    const { platform } = this.deployment;
    platform.faults = NO_FAULTS;
    platform.scheduler.between = undefined;
    this.deployment.termsUsableMs = 0;
  }

  /** Failures stop; whoever holds something lets go of it, and everything is received and deleted. */
  async drain(): Promise<void> {
    this.stopFailures();
    await this.pass(CALM_AFTER_MS);
    for (const held of [...this.clients.held]) await this.ended(this.clients.change(held, 0));
    await this.pass(SETTLED_AFTER_MS);
    if (this.clients.underWay > 0) this.#flaws.push("a call never ended");
    for (let empty = 0; empty < 2 && this.#flaws.length === 0; ) {
      const count = await this.#drainSome();
      if (count === 0) empty++;
      await this.pass(NEWS_WITHIN_MS);
    }
    await this.pass(FORGOTTEN_AFTER_MS);
    this.#checkForgotten();
  }

  /** The queue is deleted, which may be for the second time: nothing is left of it. */
  async end(): Promise<void> {
    this.stopFailures();
    await this.ended(this.deployment.deleteQueue());
    // A group that a late call made anew asks its queue when its window is over.
    await this.pass(CALM_AFTER_MS + SETTLED_AFTER_MS + WINDOW_MS);
    const { queue, groups } = this.deployment;
    for (const object of [queue, ...groups]) {
      const tables = object.disk.tables();
      if (tables.length === 0) continue;
      this.#flaws.push(`something is left of a deleted queue: ${tables.join()}`);
    }
  }

  async #drainSome(): Promise<number> {
    const present = this.history.surelyPresent();
    const isWaiting = present.length > 0;
    const asked = isWaiting
      ? this.clients.poll(10, LONG_SECONDS, POLL_SECONDS)
      : this.clients.receive(10, LONG_SECONDS);
    const received = await this.ended(asked);
    const count = received?.ok === true ? received.value.length : 0;
    if (isWaiting && count === 0) this.#flaws.push(`never came: ${present.join()}`);
    for (const held of this.clients.held.slice(this.clients.held.length - count)) {
      await this.ended(this.clients.delete(held));
    }
    return count;
  }

  #checkForgotten(): void {
    const { queue, groups } = this.deployment;
    for (const group of groups) {
      const tables = group.disk.tables();
      if (tables.length > 0) this.#flaws.push(`a group has forgotten nothing: ${tables.join()}`);
    }
    // A group that a purge reached before its first message has nothing to forget, and stays listed.
    if (this.history.purges.length > 0) return;
    if (!queue.disk.tables().includes("group_entry")) return;
    const entries = queue.disk.rows("SELECT message_group_id FROM group_entry");
    if (entries.length > 0) this.#flaws.push(`the queue lists ${entries.length} groups`);
  }
}
