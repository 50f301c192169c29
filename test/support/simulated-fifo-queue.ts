/**
 * SimulatedFifoQueue: a FIFO queue in a few lines, with a virtual clock, that writes the history its
 * clients would have recorded. Honest, its histories are clean; with one flaw switched on, they show
 * that flaw. It exists to test the FIFO history checker, and is simple enough to be checked by reading.
 *
 * Answers are lost now and then, as under a crash. A send whose answer was lost is repeated until it is
 * answered; now and then one that was answered is repeated, too.
 */
import type { Delivery, Operation, Outcome } from "../crash/history.ts";
import type { SeededRandom } from "./seeded-random.ts";

export type FifoFlaw =
  | "loses an acknowledged send"
  | "stores a repeated send again"
  | "answers a repeated send with a new message id"
  | "answers a repeated send with a new sequence number"
  | "takes a send for a repetition of another one"
  | "puts a message before those it was sent after"
  | "turns a batch round"
  | "gives a sequence number twice"
  | "turns an answer round"
  | "skips the head of a group"
  | "delivers past a message in flight"
  | "delivers to another group"
  | "shows a message in flight"
  | "brings a deleted message back"
  | "takes stale handles"
  | "refuses live handles";

type SimulatedMessage = {
  readonly uid: string;
  readonly messageGroupId: string;
  readonly messageId: string;
  readonly sequence: number;
  readonly sentTimestampMs: number;
  visibleAtMs: number;
  receiveCount: number;
  firstReceiveTimestampMs: number;
  isDeleted: boolean;
  receiptHandle: string;
};

type Draft = { readonly uid: string; readonly messageGroupId: string };

const GROUP_COUNT = 4;
const LOST_ANSWERS = 0.05;
const FLAW_PROBABILITY = 0.3;
const DRAIN_ROUNDS_MAX = 60;
const RECENT_HANDLES = 12;
/** Numbers are not consecutive, so that a flaw finds free ones. */
const SEQUENCE_STEP = 10;

export class SimulatedFifoQueue {
  readonly operations: Operation[] = [];
  readonly #random: SeededRandom;
  readonly #flaw: FifoFlaw | undefined;
  /** By sequence number. */
  #messages: SimulatedMessage[] = [];
  /** By uid: what a repeated send is answered with. */
  readonly #accepted = new Map<string, SimulatedMessage>();
  /** Every handle that a client holds, with its message. */
  readonly #handles = new Map<string, SimulatedMessage>();
  readonly #recentHandles: string[] = [];
  readonly #unanswered: Draft[][] = [];
  readonly #answered: Draft[] = [];
  #nowMs = 1_000;
  #mintedCount = 0;
  #lastSequence = SEQUENCE_STEP;
  #losesAnswers = true;

  constructor(random: SeededRandom, flaw?: FifoFlaw) {
    this.#random = random;
    this.#flaw = flaw;
  }

  /** Random clients for a while, then a drain: a complete history. */
  run(stepCount: number): Operation[] {
    for (let step = 0; step < stepCount; step++) {
      this.#nowMs += this.#random.between(0, 100);
      if (this.#random.isLikely(0.02)) this.operations.push({ kind: "death", atMs: this.#nowMs });
      const draw = this.#random.next();
      if (draw < 0.3) this.#send(this.#drawBatch());
      else if (draw < 0.65) this.#receive(this.#random.between(1, 10));
      else if (draw < 0.9) this.#delete(this.#drawHandle());
      else this.#changeVisibility(this.#drawHandle(), this.#random.between(0, 5));
    }
    this.#drain();
    return this.operations;
  }

  #drain(): void {
    this.#losesAnswers = false;
    for (const batch of this.#unanswered.splice(0)) this.#send(batch);
    let emptyCount = 0;
    // A queue that refuses handles may never be empty: hence the limit.
    for (let round = 0; emptyCount < 3 && round < DRAIN_ROUNDS_MAX; round++) {
      this.#nowMs += 10_000;
      const deliveries = this.#receive(this.#messages.length);
      emptyCount = deliveries.length === 0 ? emptyCount + 1 : 0;
      for (const delivery of deliveries) this.#delete(delivery.receiptHandle);
    }
  }

  #drawBatch(): Draft[] {
    if (this.#random.isLikely(0.7)) {
      const [repeated] = this.#unanswered.splice(0, 1);
      if (repeated !== undefined) return repeated;
    }
    const old = this.#answered.at(-this.#random.between(1, 20));
    if (old !== undefined && this.#random.isLikely(0.15)) return [old];
    return Array.from({ length: this.#random.between(1, 4) }, () => ({
      uid: `m-${this.#mintedCount++}`,
      messageGroupId: `g${this.#random.between(1, GROUP_COUNT)}`,
    }));
  }

  #send(batch: readonly Draft[]): void {
    const timed = this.#timed();
    const isKept = timed.outcome === "ok" || this.#random.isLikely(0.5);
    const isTurned = batch.length > 1 && this.#suffers("turns a batch round");
    const order = isTurned ? batch.toReversed() : batch;
    const told = new Map(isKept ? order.map((draft) => [draft.uid, this.#accept(draft)]) : []);
    for (const { uid, messageGroupId } of batch) {
      const answer = timed.outcome === "ok" ? told.get(uid) : undefined;
      const { messageId, sequence } = answer ?? {};
      this.operations.push({
        kind: "send",
        ...timed,
        uid,
        bodyDigest: digestOf(uid),
        delaySeconds: 0,
        ...(messageId === undefined ? {} : { messageId }),
        fifo: {
          messageGroupId,
          deduplicationId: uid,
          batch: batch.map((draft) => draft.uid),
          ...(sequence === undefined ? {} : { sequenceNumber: print(sequence) }),
        },
      });
    }
    if (timed.outcome === "ok") this.#answered.push(...batch);
    else this.#unanswered.push([...batch]);
  }

  /** What the sender is told. */
  #accept(draft: Draft): { messageId: string; sequence: number } {
    const original = this.#accepted.get(draft.uid);
    if (original !== undefined && !this.#suffers("stores a repeated send again")) {
      const { messageId, sequence } = original;
      if (this.#suffers("answers a repeated send with a new message id")) {
        return { messageId: `id-${this.#mintedCount++}`, sequence };
      }
      const isMoved = this.#suffers("answers a repeated send with a new sequence number");
      return { messageId, sequence: isMoved ? sequence + 1 : sequence };
    }
    const other = this.#messages.at(-1);
    if (other !== undefined && this.#suffers("takes a send for a repetition of another one")) {
      return other;
    }
    const message = this.#newMessage(draft, this.#nextSequence());
    this.#accepted.set(draft.uid, message);
    if (this.#suffers("loses an acknowledged send")) return message;
    this.#messages.push(message);
    const before = this.#messages.at(-2);
    if (before !== undefined && before.sequence > message.sequence) {
      this.#messages.sort((a, b) => a.sequence - b.sequence);
    }
    return message;
  }

  #nextSequence(): number {
    const isLow = this.#suffers("puts a message before those it was sent after");
    if (isLow) return Math.max(1, this.#lastSequence - SEQUENCE_STEP * 20 + 5);
    if (this.#suffers("gives a sequence number twice")) return this.#lastSequence;
    this.#lastSequence += SEQUENCE_STEP;
    return this.#lastSequence;
  }

  #receive(maxCount: number): Delivery[] {
    const visibilityTimeoutSeconds = this.#random.between(0, 4);
    const timed = this.#timed();
    const available = [...Array(GROUP_COUNT).keys()].flatMap((group) => {
      return this.#available(`g${group + 1}`);
    });
    const takesEffect = timed.outcome === "ok" || this.#random.isLikely(0.5);
    const chosen = takesEffect ? available.slice(0, maxCount) : [];
    const deliveries = chosen.map((message) => {
      const delivery = this.#deliver(message, visibilityTimeoutSeconds);
      if (timed.outcome === "ok") this.#hold(delivery.receiptHandle, message);
      return delivery;
    });
    if (this.#suffers("turns an answer round")) deliveries.reverse();
    const seen = timed.outcome === "ok" ? deliveries : [];
    this.operations.push({ kind: "receive", ...timed, visibilityTimeoutSeconds, deliveries: seen });
    return seen;
  }

  #hold(receiptHandle: string, message: SimulatedMessage): void {
    this.#handles.set(receiptHandle, message);
    this.#recentHandles.push(receiptHandle);
    if (this.#recentHandles.length > RECENT_HANDLES) this.#recentHandles.shift();
  }

  /** The messages of a group up to the first that is in flight. */
  #available(messageGroupId: string): SimulatedMessage[] {
    const available: SimulatedMessage[] = [];
    for (const message of this.#messages) {
      if (message.messageGroupId !== messageGroupId) continue;
      if (message.isDeleted) {
        if (this.#suffers("brings a deleted message back")) available.push(message);
      } else if (message.visibleAtMs <= this.#nowMs || this.#suffers("shows a message in flight")) {
        available.push(message);
      } else if (!this.#suffers("delivers past a message in flight")) break;
    }
    return available.slice(this.#suffers("skips the head of a group") ? 1 : 0);
  }

  #deliver(message: SimulatedMessage, visibilityTimeoutSeconds: number): Delivery {
    if (message.receiveCount === 0) message.firstReceiveTimestampMs = this.#nowMs;
    message.receiveCount++;
    message.visibleAtMs = this.#nowMs + visibilityTimeoutSeconds * 1000;
    message.receiptHandle = `handle-${this.#mintedCount++}`;
    const { uid, messageId, receiptHandle, receiveCount, sentTimestampMs } = message;
    const isMoved = this.#suffers("delivers to another group");
    return {
      uid,
      bodyDigest: digestOf(uid),
      messageId,
      receiptHandle,
      receiveCount,
      sentTimestampMs,
      firstReceiveTimestampMs: message.firstReceiveTimestampMs,
      fifo: {
        messageGroupId: isMoved ? "elsewhere" : message.messageGroupId,
        deduplicationId: uid,
        sequenceNumber: print(message.sequence),
      },
    };
  }

  #delete(receiptHandle: string | undefined): void {
    const message = this.#handles.get(receiptHandle ?? "");
    if (message === undefined || receiptHandle === undefined) return;
    const isTaken = message.isDeleted || this.#isTaken(message, receiptHandle);
    const timed = this.#timed();
    if (this.#takesEffect(timed.outcome) && isTaken) message.isDeleted = true;
    this.operations.push({ kind: "delete", ...refusedUnless(isTaken, timed), receiptHandle });
  }

  #changeVisibility(receiptHandle: string | undefined, visibilityTimeoutSeconds: number): void {
    const message = this.#handles.get(receiptHandle ?? "");
    if (message === undefined || receiptHandle === undefined) return;
    const isTaken = !message.isDeleted && this.#isTaken(message, receiptHandle);
    const timed = this.#timed();
    if (this.#takesEffect(timed.outcome) && isTaken) {
      message.visibleAtMs = this.#nowMs + visibilityTimeoutSeconds * 1000;
    }
    const kind = "change-visibility";
    const base = { ...refusedUnless(isTaken, timed), receiptHandle, visibilityTimeoutSeconds };
    this.operations.push({ kind, ...base });
  }

  #isTaken(message: SimulatedMessage, receiptHandle: string): boolean {
    const isLive = message.receiptHandle === receiptHandle && message.visibleAtMs > this.#nowMs;
    return isLive ? !this.#suffers("refuses live handles") : this.#suffers("takes stale handles");
  }

  /** A recent one, as clients do. */
  #drawHandle(): string | undefined {
    return this.#recentHandles.at(-this.#random.between(1, RECENT_HANDLES));
  }

  #newMessage({ uid, messageGroupId }: Draft, sequence: number): SimulatedMessage {
    return {
      uid,
      messageGroupId,
      messageId: `id-${this.#mintedCount++}`,
      sequence,
      sentTimestampMs: this.#nowMs,
      visibleAtMs: 0,
      receiveCount: 0,
      firstReceiveTimestampMs: 0,
      isDeleted: false,
      receiptHandle: "",
    };
  }

  #takesEffect(outcome: Outcome): boolean {
    return outcome === "ok" || this.#random.isLikely(0.5);
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

  #suffers(flaw: FifoFlaw): boolean {
    return this.#flaw === flaw && this.#random.isLikely(FLAW_PROBABILITY);
  }
}

function refusedUnless<Timed extends { outcome: Outcome }>(isTaken: boolean, timed: Timed) {
  if (isTaken || timed.outcome !== "ok") return timed;
  return { ...timed, outcome: "fail" as const, refusal: "The receipt handle has expired." };
}

function print(sequence: number): string {
  return String(sequence).padStart(20, "0");
}

function digestOf(uid: string): string {
  return `digest of ${uid}`;
}
