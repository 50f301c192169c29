/**
 * ModelRun: runs a command list on a subject and on the naive reference side by side, and checks the
 * invariants after each step. The subject is the engine over `node:sqlite`, or the real object in
 * workerd; both must be explainable by the reference.
 */
import { expect } from "vitest";
import { type QueueCommand, RETENTION_SECONDS } from "./queue-commands.ts";
import { type Judgement, ReferenceQueue } from "./reference-queue.ts";

export type ModelMessage = {
  readonly messageId: string;
  readonly delaySeconds: number;
  readonly payload: Uint8Array;
};
export type ModelDelivery = Judgement & { readonly payload: Uint8Array };
/** A message as somebody sees it who only looks. */
export type Look = {
  readonly messageId: string;
  readonly status: string;
  readonly receiveCount: number;
};
export type Counts = {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
};

/** A standard queue under test. Time is told to it, never asked from it. */
export interface Subject {
  /** Whether an answered send is on disk already; otherwise the next commit puts it there. */
  readonly writesAtOnce: boolean;
  setTime(nowMs: number): void;
  send(messages: readonly ModelMessage[]): Promise<void>;
  receive(maxCount: number, timeoutSeconds: number): Promise<ModelDelivery[]>;
  delete(handle: string): Promise<void>;
  /** The refusal's kind, or "changed". */
  changeVisibility(handle: string, timeoutSeconds: number): Promise<string>;
  undoReceive(handle: string): Promise<void>;
  purge(): Promise<void>;
  commit(): Promise<void>;
  evict(): Promise<void>;
  shrink(): Promise<void>;
  counts(): Promise<Counts>;
  /** All that is there, without receiving it. Absent: a look is too small for a model's backlog. */
  peek?(): Promise<Look[]>;
}

const PAYLOAD_BYTES = 30_000;
const CHANGE_OUTCOMES = {
  gone: "message-not-available",
  beyond: "visibility-beyond-limit",
  changed: "changed",
};

export class ModelRun {
  readonly #subject: Subject;
  readonly #reference = new ReferenceQueue(RETENTION_SECONDS * 1000);
  readonly #handles: string[] = [];
  #nowMs: number;
  #unwritten: ModelMessage[] = [];
  #nextNumber = 1;

  constructor(subject: Subject, nowMs: number) {
    this.#subject = subject;
    this.#nowMs = nowMs;
    subject.setTime(nowMs);
  }

  async all(commands: readonly QueueCommand[]): Promise<void> {
    for (const command of commands) {
      await this.#step(command);
      await this.#checkInvariants();
    }
    await this.#drain();
  }

  async #step(command: QueueCommand): Promise<void> {
    if (command.kind === "send") return this.#send(command.count, command.delaySeconds);
    if (command.kind === "receive") return this.#receive(command.maxCount, command.timeoutSeconds);
    if ("handle" in command) return this.#useHandle(command);
    await this.#commit();
    if (command.kind === "wait") this.#setTime(this.#nowMs + command.seconds * 1000);
    if (command.kind === "evict") await this.#subject.evict();
    if (command.kind === "shrink") await this.#subject.shrink();
    if (command.kind === "purge") {
      await this.#subject.purge();
      this.#reference.purge();
    }
  }

  async #useHandle(command: Extract<QueueCommand, { handle: number }>): Promise<void> {
    const handle = this.#handles[command.handle % Math.max(1, this.#handles.length)];
    if (handle === undefined) return;
    if (command.kind === "delete") {
      await this.#subject.delete(handle);
      this.#reference.delete(handle, this.#nowMs);
    } else if (command.kind === "undoReceive") {
      await this.#subject.undoReceive(handle);
      this.#reference.undoReceive(handle, this.#nowMs);
    } else {
      const { timeoutSeconds } = command;
      const expected = this.#reference.changeVisibility(handle, this.#nowMs, timeoutSeconds * 1000);
      const outcome = await this.#subject.changeVisibility(handle, timeoutSeconds);
      expect(outcome).toBe(CHANGE_OUTCOMES[expected]);
    }
  }

  async #commit(): Promise<void> {
    await this.#subject.commit();
    for (const { messageId, delaySeconds } of this.#unwritten) {
      this.#reference.send(messageId, this.#nowMs, delaySeconds * 1000);
    }
    this.#unwritten = [];
  }

  async #send(count: number, delaySeconds: number): Promise<void> {
    const messages = Array.from({ length: count }, () => {
      const number = this.#nextNumber++;
      const messageId = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
      return { messageId, delaySeconds, payload: new Uint8Array(PAYLOAD_BYTES).fill(number % 256) };
    });
    await this.#subject.send(messages);
    this.#unwritten.push(...messages);
    if (this.#subject.writesAtOnce) await this.#commit();
  }

  async #receive(maxCount: number, timeoutSeconds: number): Promise<void> {
    const messages = await this.#subject.receive(maxCount, timeoutSeconds);
    for (const { messageId, handle, payload } of messages) {
      const filler = Number(messageId.slice(-12)) % 256;
      expect([payload.byteLength, payload[0], payload.at(-1)]).toEqual([
        PAYLOAD_BYTES,
        filler,
        filler,
      ]);
      this.#handles.push(handle);
    }
    const wrong = this.#reference.received(this.#nowMs, timeoutSeconds * 1000, maxCount, messages);
    expect(wrong).toEqual([]);
  }

  /** A look and the counters agree, and what was sent is deleted, expired, purged or present. */
  async #checkInvariants(): Promise<void> {
    const reference = this.#reference;
    const expected = reference.counts(this.#nowMs);
    const seen = this.#unwritten.length === 0 ? await this.#subject.peek?.() : undefined;
    if (seen !== undefined) expect(byId(seen)).toEqual(byId(reference.looks(this.#nowMs)));
    if (this.#unwritten.length === 0) expect(await this.#subject.counts()).toEqual(expected);
    const { deletedCount, expiredCount, purgedCount, presentCount, sentCount } = reference;
    expect(deletedCount + expiredCount + purgedCount + presentCount).toBe(sentCount);
  }

  /** Everything that is visible can be received, and nothing else can. */
  async #drain(): Promise<void> {
    await this.#commit();
    const { visible, inFlight, delayed } = this.#reference.counts(this.#nowMs);
    for (let left = visible; left > 0; ) {
      await this.#receive(10, 30);
      const after = this.#reference.counts(this.#nowMs).visible;
      expect(after).toBeLessThan(left);
      left = after;
    }
    await this.#receive(10, 30);
    await this.#commit();
    const expected = { visible: 0, inFlight: inFlight + visible, delayed };
    expect(await this.#subject.counts()).toEqual(expected);
  }

  #setTime(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#subject.setTime(nowMs);
  }
}

function byId(looks: readonly Look[]): Look[] {
  return looks.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1));
}
