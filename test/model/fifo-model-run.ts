/**
 * FifoModelRun: runs a command list on a simulated deployment in which nothing fails and on the naive
 * reference side by side, and compares each outcome. Long polls hang on while other commands run; what
 * they bring is judged when it comes.
 */
import { expect } from "vitest";
import type { DeliveredMessage } from "../../src/domain/delivery.ts";
import { sequenceOf } from "../../src/domain/ordered-shipment.ts";
import { statusOfLetter } from "../../src/domain/peek.ts";
import { isRefusal } from "../../src/domain/sent-message.ts";
import { readUuid } from "../../src/domain/uuid.ts";
import type { FifoCommand } from "./fifo-commands.ts";
import { FifoDeployment, type FifoMessage, type Received } from "./fifo-deployment.ts";
import { type FifoLook, FifoReference } from "./fifo-reference.ts";

const START_MS = Date.UTC(2026, 0, 1);
export const FIFO_RETENTION_SECONDS = 600;
/** In a deployment in which nothing fails, what is asked is answered within this. */
const ANSWERED_WITHIN_MS = 50;

export class FifoModelRun {
  readonly #deployment: FifoDeployment;
  readonly #reference: FifoReference;
  readonly #handles: string[] = [];
  readonly #wrong: string[] = [];
  #waitingCount = 0;
  #nextNumber = 1;
  #wasDelayed = false;

  constructor(scope: "queue" | "messageGroup") {
    const retentionSeconds = FIFO_RETENTION_SECONDS;
    this.#deployment = new FifoDeployment(START_MS, { scope, retentionSeconds });
    this.#reference = new FifoReference(scope, retentionSeconds * 1000);
  }

  async all(commands: readonly FifoCommand[]): Promise<void> {
    expect(await this.#answer(this.#deployment.createQueue())).toMatchObject({ ok: true });
    for (const command of commands) {
      await this.#step(command);
      await this.#checkInvariants();
    }
    await this.#drain();
    await this.#forgets();
  }

  get #nowMs(): number {
    return this.#deployment.platform.scheduler.nowMs;
  }

  async #step(command: FifoCommand): Promise<void> {
    switch (command.kind) {
      case "send":
        return this.#send(command.group, command.ids);
      case "receive":
        return this.#receive(command.maxCount, command.timeoutSeconds, command.attempt);
      case "poll":
        return this.#poll(command);
      case "delete":
      case "changeVisibility":
        return this.#useHandle(command);
      case "setDelay":
        this.#wasDelayed = true;
        this.#reference.delayMs = command.seconds * 1000;
        await this.#answer(this.#deployment.setAttributes({ delaySeconds: command.seconds }));
        return;
      case "purge":
        this.#reference.purge();
        await this.#answer(this.#deployment.purge());
        return;
      case "count":
        await this.#look();
        return this.#count();
      case "wait":
        return this.#deployment.platform.scheduler.runUntil(this.#nowMs + command.ms);
      case "evict":
        for (const object of this.#deployment.platform.objects) object.evict();
    }
  }

  async #send(group: number, ids: readonly number[]): Promise<void> {
    const messages = ids.map((id): FifoMessage => {
      const number = this.#nextNumber++;
      return {
        messageId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
        messageGroupId: `group-${group}`,
        deduplicationId: `id-${id}`,
        body: `body ${number}`,
      };
    });
    const nowMs = this.#nowMs;
    const outcomes = await this.#answer(this.#deployment.send(messages));
    if ("kind" in outcomes) throw new Error(`a send was refused: ${outcomes.kind}`);
    for (const [index, message] of messages.entries()) {
      const sent = outcomes[index];
      if (sent === undefined || isRefusal(sent)) throw new Error("a message was refused");
      const originalId = sent.originalId && readUuid(sent.originalId, 0);
      const answer = { sequence: sent.sequence, originalId };
      this.#wrong.push(...this.#reference.sent(message, nowMs, answer));
    }
  }

  async #receive(maxCount: number, timeoutSeconds: number, attempt?: number): Promise<void> {
    const attemptId = attempt === undefined ? undefined : `attempt-${attempt}`;
    const nowMs = this.#nowMs;
    const expected = attemptId === undefined ? "new" : this.#reference.attempted(attemptId, nowMs);
    const received = await this.#answer(
      this.#deployment.receive({
        maxCount,
        visibilityTimeoutSeconds: timeoutSeconds,
        attemptId,
        waitTimeSeconds: 0,
      }),
    );
    const timeoutMs = timeoutSeconds * 1000;
    if (expected === "over" && attemptId !== undefined) {
      this.#reference.attemptOver(attemptId, nowMs, timeoutMs);
      expect(received).toMatchObject({ ok: false, refusal: { kind: "receive-attempt-over" } });
      return;
    }
    const messages = judged(received);
    if (expected === "again" && attemptId !== undefined) {
      const wrong = this.#reference.receivedAgain(attemptId, nowMs, timeoutMs, messages);
      this.#wrong.push(...wrong);
      return;
    }
    this.#wrong.push(...this.#reference.received(nowMs, timeoutMs, maxCount, messages));
    const handles = messages.map(({ handle }) => handle);
    this.#handles.push(...handles);
    if (attemptId !== undefined) this.#reference.remember(attemptId, nowMs, timeoutMs, handles);
  }

  async #poll(command: Extract<FifoCommand, { kind: "poll" }>): Promise<void> {
    const { maxCount, timeoutSeconds, waitSeconds } = command;
    this.#waitingCount++;
    const polled = this.#deployment.poll({
      maxCount,
      visibilityTimeoutSeconds: timeoutSeconds,
      attemptId: undefined,
      waitTimeSeconds: waitSeconds,
    });
    const deadlineMs = this.#nowMs + waitSeconds * 1000;
    const judge = (received: Received) => {
      this.#waitingCount--;
      const messages = judged(received);
      // A wait that ends as something comes may end without it.
      if (messages.length === 0 && this.#nowMs >= deadlineMs) return;
      const timeoutMs = timeoutSeconds * 1000;
      this.#handles.push(...messages.map(({ handle }) => handle));
      this.#wrong.push(...this.#reference.received(this.#nowMs, timeoutMs, maxCount, messages));
    };
    void polled.then(judge, (error: unknown) => this.#wrong.push(String(error)));
    await this.#settle(0);
  }

  async #useHandle(
    command: Extract<FifoCommand, { kind: "delete" | "changeVisibility" }>,
  ): Promise<void> {
    const handle = this.#handles[command.handle % Math.max(1, this.#handles.length)];
    if (handle === undefined) return;
    if (command.kind === "delete") {
      const expected = this.#reference.delete(handle, this.#nowMs);
      expect(await this.#answer(this.#deployment.delete(handle))).toBe(expected);
      return;
    }
    const { timeoutSeconds } = command;
    const expected = this.#reference.changeVisibility(handle, this.#nowMs, timeoutSeconds * 1000);
    const changed = this.#deployment.changeVisibility(handle, timeoutSeconds);
    expect(await this.#answer(changed)).toBe(expected);
  }

  /** After a change of the delay, what counts as delayed is for the engine to say. */
  async #count(): Promise<void> {
    const expected = this.#reference.counts(this.#nowMs);
    const counts = await this.#answer(this.#deployment.counts());
    if (!this.#wasDelayed) expect(counts).toEqual(expected);
  }

  /** What a look shows; that nobody notices it, the commands after it say. */
  async #look(): Promise<void> {
    const expected = this.#reference.looks(this.#nowMs);
    const seen = await this.#answer(this.#deployment.peek());
    expect(seen?.map(look)).toEqual(expected);
  }

  async #checkInvariants(): Promise<void> {
    await this.#settle(0);
    if (this.#waitsForWhatIsThere()) await this.#settle(ANSWERED_WITHIN_MS);
    if (this.#waitsForWhatIsThere()) this.#wrong.push("somebody waits for what is there");
    expect([...this.#wrong, ...this.#deployment.platform.broken]).toEqual([]);
  }

  /** Everything that is receivable can be received, and nothing else can. */
  async #drain(): Promise<void> {
    while (this.#reference.receivable(this.#nowMs).length > 0) {
      await this.#receive(10, 43_200);
      await this.#checkInvariants();
    }
    await this.#receive(10, 43_200);
    await this.#checkInvariants();
  }

  /** When everything is expired and every window is over, no group has anything on disk. */
  async #forgets(): Promise<void> {
    const { queue, groups, platform } = this.#deployment;
    await platform.scheduler.runUntil(this.#nowMs + FIFO_RETENTION_SECONDS * 1000 + 400_000);
    expect(groups.flatMap((group) => group.disk.tables())).toEqual([]);
    const entries = queue.disk.tables().includes("group_entry")
      ? queue.disk.rows("SELECT * FROM group_entry")
      : [];
    expect(entries).toEqual([]);
  }

  async #answer<T>(asked: Promise<T>): Promise<T> {
    let isAnswered = false;
    const settled = () => {
      isAnswered = true;
    };
    asked.then(settled, settled);
    const { scheduler } = this.#deployment.platform;
    await scheduler.runUntilSo(() => isAnswered, this.#nowMs + ANSWERED_WITHIN_MS);
    expect(isAnswered).toBe(true);
    return asked;
  }

  #waitsForWhatIsThere(): boolean {
    return this.#waitingCount > 0 && this.#reference.receivable(this.#nowMs).length > 0;
  }

  /** All that can happen by then happens. */
  #settle(ms: number): Promise<void> {
    return this.#deployment.platform.scheduler.runUntil(this.#nowMs + ms);
  }
}

function look(message: DeliveredMessage): FifoLook {
  const { messageId, receiveCount, receiptHandle, payload } = message;
  const status = statusOfLetter(receiptHandle);
  return { messageId, sequence: sequenceOf(payload), receiveCount, status };
}

function judged(received: Received) {
  if (!received.ok) throw new Error(`a receive was refused: ${received.refusal.kind}`);
  return received.value.map((message: DeliveredMessage) => ({
    messageId: message.messageId,
    receiveCount: message.receiveCount,
    handle: message.receiptHandle,
    sequence: sequenceOf(message.payload),
  }));
}
