/**
 * SimulatedQueue: a standard queue in a few lines, with a virtual clock, that writes the history its
 * clients would have recorded. Honest, its histories are clean; with one flaw switched on, they show
 * that flaw. It exists to test the history checker, and is simple enough to be checked by reading.
 *
 * Answers are lost now and then, as under a crash: the operation took effect, or did not, and the
 * history says "info".
 */
import type { Delivery, Operation, Outcome } from "../crash/history.ts";
import type { SeededRandom } from "./seeded-random.ts";

export type Flaw =
  | "loses an acknowledged send"
  | "loses what it delivered"
  | "makes a copy under a new message id"
  | "invents a message"
  | "crosses two bodies"
  | "shows a message in flight"
  | "ignores a longer visibility timeout"
  | "ignores delays"
  | "deletes nothing"
  | "brings a deleted message back"
  | "never counts receives"
  | "counts receives twice"
  | "gives a handle out again"
  | "moves the sent timestamp"
  | "moves the first receive timestamp";

type SimulatedMessage = {
  readonly uid: string;
  readonly messageId: string;
  readonly sentTimestampMs: number;
  visibleAtMs: number;
  receiveCount: number;
  firstReceiveTimestampMs: number;
  isDeleted: boolean;
  receiptHandle: string;
};

const LOST_ANSWERS = 0.05;
const FLAW_PROBABILITY = 0.3;
const DRAIN_ROUNDS_MAX = 60;

export class SimulatedQueue {
  readonly operations: Operation[] = [];
  readonly #random: SeededRandom;
  readonly #flaw: Flaw | undefined;
  readonly #messages: SimulatedMessage[] = [];
  /** Every handle that a client holds, with its message. */
  readonly #handles = new Map<string, SimulatedMessage>();
  #nowMs = 1_000;
  #mintedCount = 0;
  #losesAnswers = true;

  constructor(random: SeededRandom, flaw?: Flaw) {
    this.#random = random;
    this.#flaw = flaw;
  }

  /** Random clients for a while, then a drain: a complete history. */
  run(stepCount: number): Operation[] {
    for (let step = 0; step < stepCount; step++) {
      this.#nowMs += this.#random.between(0, 400);
      if (this.#random.isLikely(0.02)) this.operations.push({ kind: "death", atMs: this.#nowMs });
      const draw = this.#random.next();
      if (draw < 0.25) this.#send();
      else if (draw < 0.7) this.#receive(this.#random.between(1, 10));
      else if (draw < 0.9) this.#delete(this.#drawHandle());
      else this.#changeVisibility(this.#drawHandle(), this.#random.between(0, 20));
    }
    this.#drain();
    return this.operations;
  }

  #drain(): void {
    this.#losesAnswers = false;
    let emptyCount = 0;
    // A queue that deletes nothing is never empty: hence the limit.
    for (let round = 0; emptyCount < 3 && round < DRAIN_ROUNDS_MAX; round++) {
      this.#nowMs += 10_000;
      const deliveries = this.#receive(this.#messages.length);
      emptyCount = deliveries.length === 0 ? emptyCount + 1 : 0;
      for (const delivery of deliveries) this.#delete(delivery.receiptHandle);
    }
  }

  #send(): void {
    const uid = `m-${this.#mintedCount++}`;
    const delaySeconds = this.#random.isLikely(0.3) ? this.#random.between(1, 5) : 0;
    const timed = this.#timed();
    const isKept = timed.outcome === "ok" || this.#random.isLikely(0.5);
    const isLost = this.#suffers("loses an acknowledged send");
    const visibleAtMs = this.#nowMs + (this.#suffers("ignores delays") ? 0 : delaySeconds * 1000);
    const messageId = `id-${this.#mintedCount++}`;
    if (isKept && !isLost) this.#messages.push(this.#newMessage(uid, messageId, visibleAtMs));
    if (this.#suffers("makes a copy under a new message id")) {
      this.#messages.push(this.#newMessage(uid, `id-${this.#mintedCount++}`, visibleAtMs));
    }
    if (this.#suffers("invents a message")) {
      this.#messages.push(this.#newMessage(`x-${uid}`, `x-${messageId}`, visibleAtMs));
    }
    const identity = timed.outcome === "ok" ? { messageId } : {};
    const bodyDigest = digestOf(uid);
    this.operations.push({ kind: "send", ...timed, uid, bodyDigest, delaySeconds, ...identity });
  }

  #receive(maxCount: number): Delivery[] {
    const visibilityTimeoutSeconds = this.#random.between(1, 8);
    const timed = this.#timed();
    const isVisible = (message: SimulatedMessage): boolean =>
      (message.visibleAtMs <= this.#nowMs && !message.isDeleted) ||
      (message.receiveCount > 0 &&
        !message.isDeleted &&
        this.#suffers("shows a message in flight")) ||
      (message.isDeleted && this.#suffers("brings a deleted message back"));
    const visible = this.#messages.filter(isVisible);
    // From anywhere in the queue: a standard queue promises no order.
    const startAt = this.#random.between(0, Math.max(0, visible.length - maxCount));
    const chosen = visible.slice(startAt, startAt + maxCount);
    const takesEffect = timed.outcome === "ok" || this.#random.isLikely(0.5);
    const deliveries = takesEffect
      ? chosen.map((message) => this.#deliver(message, visibilityTimeoutSeconds))
      : [];
    const seen = timed.outcome === "ok" ? deliveries : [];
    for (const [index, delivery] of seen.entries()) {
      const message = chosen[index];
      if (message !== undefined) this.#handles.set(delivery.receiptHandle, message);
    }
    this.operations.push({ kind: "receive", ...timed, visibilityTimeoutSeconds, deliveries: seen });
    return seen;
  }

  #deliver(message: SimulatedMessage, visibilityTimeoutSeconds: number): Delivery {
    const isFirst = message.receiveCount === 0;
    if (isFirst || this.#suffers("moves the first receive timestamp")) {
      message.firstReceiveTimestampMs = this.#nowMs;
    }
    if (isFirst || !this.#suffers("never counts receives")) message.receiveCount++;
    if (this.#suffers("counts receives twice")) message.receiveCount++;
    message.visibleAtMs = this.#nowMs + visibilityTimeoutSeconds * 1000;
    if (isFirst || !this.#suffers("gives a handle out again")) {
      message.receiptHandle = `handle-${this.#mintedCount++}`;
    }
    if (this.#suffers("loses what it delivered")) message.visibleAtMs = Number.POSITIVE_INFINITY;
    const { uid, messageId, receiptHandle, receiveCount, firstReceiveTimestampMs } = message;
    const bodyUid = this.#suffers("crosses two bodies") ? `${uid}-crossed` : uid;
    const sentTimestampMs =
      message.sentTimestampMs + (this.#suffers("moves the sent timestamp") ? 1 : 0);
    return {
      uid,
      bodyDigest: digestOf(bodyUid),
      messageId,
      receiptHandle,
      receiveCount,
      sentTimestampMs,
      firstReceiveTimestampMs,
    };
  }

  #delete(receiptHandle: string | undefined): void {
    const message = this.#handles.get(receiptHandle ?? "");
    if (message === undefined || receiptHandle === undefined) return;
    const timed = this.#timed();
    const takesEffect = timed.outcome === "ok" || this.#random.isLikely(0.5);
    if (takesEffect && !this.#suffers("deletes nothing")) message.isDeleted = true;
    this.operations.push({ kind: "delete", ...timed, receiptHandle });
  }

  #changeVisibility(receiptHandle: string | undefined, visibilityTimeoutSeconds: number): void {
    const message = this.#handles.get(receiptHandle ?? "");
    if (message === undefined || receiptHandle === undefined || message.isDeleted) return;
    const timed = this.#timed();
    const visibleAtMs = this.#nowMs + visibilityTimeoutSeconds * 1000;
    const isIgnored =
      visibleAtMs > message.visibleAtMs && this.#suffers("ignores a longer visibility timeout");
    const takesEffect = timed.outcome === "ok" || this.#random.isLikely(0.5);
    if (takesEffect && !isIgnored) message.visibleAtMs = visibleAtMs;
    this.operations.push({
      kind: "change-visibility",
      ...timed,
      receiptHandle,
      visibilityTimeoutSeconds,
    });
  }

  #drawHandle(): string | undefined {
    const handles = [...this.#handles.keys()];
    // Mostly a recent one, as clients do.
    return handles.at(-this.#random.between(1, 4));
  }

  #newMessage(uid: string, messageId: string, visibleAtMs: number): SimulatedMessage {
    return {
      uid,
      messageId,
      sentTimestampMs: this.#nowMs,
      visibleAtMs,
      receiveCount: 0,
      firstReceiveTimestampMs: 0,
      isDeleted: false,
      receiptHandle: "",
    };
  }

  /** The operation happens now; the client saw it begin a little before and end a little after. */
  #timed(): { startedAtMs: number; endedAtMs: number; outcome: Outcome } {
    const isLost = this.#losesAnswers && this.#random.isLikely(LOST_ANSWERS);
    return {
      startedAtMs: this.#nowMs - this.#random.between(0, 20),
      endedAtMs: this.#nowMs + this.#random.between(0, 20),
      outcome: isLost ? "info" : "ok",
    };
  }

  #suffers(flaw: Flaw): boolean {
    return this.#flaw === flaw && this.#random.isLikely(FLAW_PROBABILITY);
  }
}

function digestOf(uid: string): string {
  return `digest of ${uid}`;
}
