/**
 * Recorder: one client of one queue that writes down everything it does. It reconnects when the
 * server comes back, and retries nothing: on a standard queue a repeated send would hide a lost one.
 * On a FIFO queue whoever sends may repeat it, and every attempt is in the history.
 *
 * Invariants:
 * - Whatever may have reached the server is in the history, with the outcome that is certain of it.
 * - The start is taken before the first byte is written, the end after the last one is read.
 */
import { ConnectionRefused } from "../support/http-caller.ts";
import { type JsonObject, objectsOf, stringOf } from "../support/json-value.ts";
import {
  ALL_SYSTEM_ATTRIBUTES,
  type ReceivedMessage,
  readMessages,
  type SqsAnswer,
  SqsCaller,
} from "../support/sqs-caller.ts";
import type { Action } from "../support/sqs-request.ts";
import type { Delivery, FifoPlace, Operation, Outcome } from "./history.ts";
import { bodyOf, digestOf, uidOf } from "./stamped-body.ts";

export type QueueUnderTest = {
  readonly port: number;
  readonly queueUrl: string;
  /** Where every client of this queue writes to. */
  readonly operations: Operation[];
  /** Answers that no valid request should get. */
  readonly surprises: string[];
};

export type Sent = {
  readonly uid: string;
  readonly delaySeconds: number;
  /** For a FIFO queue, which takes no delay of a message. */
  readonly fifo?: FifoPlace;
};

type Attempt = {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  readonly refusal?: string;
  /** Absent when no answer came. */
  readonly answer?: SqsAnswer;
};

type Entry = {
  readonly verdict: { readonly outcome: Outcome; readonly refusal?: string };
  /** What an acknowledged entry was answered. */
  readonly receipt?: JsonObject;
};

/** Longer than any poll; a server that is silent for so long counts as broken. */
const SILENCE_MS = 30_000;

export class Recorder {
  readonly #queue: QueueUnderTest;
  readonly #isFifo: boolean;
  #caller: SqsCaller | undefined;

  constructor(queue: QueueUnderTest) {
    this.#queue = queue;
    this.#isFifo = queue.queueUrl.endsWith(".fifo");
  }

  /** Returns those that the server did not acknowledge. */
  async send(messages: readonly [Sent, ...Sent[]]): Promise<Sent[]> {
    const [first, ...others] = messages;
    if (others.length === 0) return this.#sendOne(first);
    return this.#sendBatch(messages);
  }

  async receive(terms: {
    readonly maxCount: number;
    readonly visibilityTimeoutSeconds: number;
    readonly waitTimeSeconds: number;
  }): Promise<Delivery[] | undefined> {
    const { visibilityTimeoutSeconds } = terms;
    const attempt = await this.#attempt("ReceiveMessage", {
      MaxNumberOfMessages: terms.maxCount,
      VisibilityTimeout: visibilityTimeoutSeconds,
      WaitTimeSeconds: terms.waitTimeSeconds,
      ...ALL_SYSTEM_ATTRIBUTES,
    });
    const { answer, ...timed } = attempt;
    const messages = timed.outcome === "ok" && answer ? readMessages(answer.output) : undefined;
    const deliveries = (messages ?? []).map(deliveryOf);
    this.#record({ kind: "receive", ...timed, visibilityTimeoutSeconds, deliveries });
    return messages === undefined ? undefined : deliveries;
  }

  async delete(receiptHandles: readonly [string, ...string[]]): Promise<void> {
    const [first, ...others] = receiptHandles;
    if (others.length === 0) {
      const { answer: _, ...timed } = await this.#attempt("DeleteMessage", {
        ReceiptHandle: first,
      });
      this.#record({ kind: "delete", ...timed, receiptHandle: first });
      return;
    }
    const entries = receiptHandles.map((ReceiptHandle, index) => ({
      Id: `${index}`,
      ReceiptHandle,
    }));
    const { answer, ...timed } = await this.#attempt("DeleteMessageBatch", { Entries: entries });
    for (const [index, receiptHandle] of receiptHandles.entries()) {
      const { verdict } = this.#entryOf(`${index}`, timed.outcome, answer);
      this.#record({ kind: "delete", ...timed, ...verdict, receiptHandle });
    }
  }

  async changeVisibility(receiptHandle: string, visibilityTimeoutSeconds: number): Promise<void> {
    const { answer: _, ...timed } = await this.#attempt("ChangeMessageVisibility", {
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: visibilityTimeoutSeconds,
    });
    this.#record({ kind: "change-visibility", ...timed, receiptHandle, visibilityTimeoutSeconds });
  }

  close(): void {
    this.#caller?.close();
  }

  async #sendOne(message: Sent): Promise<Sent[]> {
    const { answer, ...timed } = await this.#attempt("SendMessage", contentOf(message));
    const receipt = timed.outcome === "ok" ? answer?.output : undefined;
    this.#recordSend(message, [message.uid], timed, receipt);
    return receipt === undefined ? [message] : [];
  }

  async #sendBatch(messages: readonly Sent[]): Promise<Sent[]> {
    const Entries = messages.map((message) => ({ Id: message.uid, ...contentOf(message) }));
    const { answer, ...timed } = await this.#attempt("SendMessageBatch", { Entries });
    const batch = messages.map(({ uid }) => uid);
    return messages.filter((message) => {
      const entry = this.#entryOf(message.uid, timed.outcome, answer);
      this.#recordSend(message, batch, { ...timed, ...entry.verdict }, entry.receipt);
      return entry.receipt === undefined;
    });
  }

  #recordSend(
    { uid, delaySeconds, fifo }: Sent,
    batch: readonly string[],
    timed: Omit<Attempt, "answer">,
    receipt: JsonObject | undefined,
  ): void {
    const place = fifo === undefined ? {} : { fifo: { ...fifo, batch, ...sequenceIn(receipt) } };
    const identity = receipt === undefined ? {} : { messageId: stringOf(receipt, "MessageId") };
    const bodyDigest = digestOf(bodyOf(uid));
    this.#record({ kind: "send", ...timed, uid, bodyDigest, delaySeconds, ...identity, ...place });
  }

  /** What became of one entry of a batch that was answered as a whole. */
  #entryOf(id: string, whole: Outcome, answer: SqsAnswer | undefined): Entry {
    if (whole !== "ok" || answer === undefined) return { verdict: { outcome: whole } };
    const receipt = objectsOf(answer.output, "Successful").find((entry) => entry.Id === id);
    if (receipt !== undefined) return { verdict: { outcome: "ok" }, receipt };
    const failed = objectsOf(answer.output, "Failed").find((entry) => entry.Id === id);
    const refusal = JSON.stringify(failed ?? "not mentioned");
    if (!this.#mayRefuse(refusal)) this.#queue.surprises.push(`batch entry: ${refusal}`);
    return { verdict: { outcome: failed?.SenderFault === true ? "fail" : "info", refusal } };
  }

  /** FIFO queues take a handle only while the message is in flight under it. */
  #mayRefuse(refusal: string): boolean {
    return this.#isFifo && refusal.includes("The receipt handle has expired");
  }

  async #attempt(action: Action, input: object): Promise<Attempt> {
    const caller = await this.#connected();
    const startedAtMs = performance.now();
    if (caller === undefined) return { startedAtMs, endedAtMs: startedAtMs, outcome: "fail" };
    try {
      const answer = await caller.call(action, { QueueUrl: this.#queue.queueUrl, ...input });
      const endedAtMs = performance.now();
      const outcome = outcomeOf(answer.status);
      if (outcome === "ok") return { startedAtMs, endedAtMs, outcome, answer };
      const refusal = `${action}: ${answer.status} ${JSON.stringify(answer.output)}`;
      if (!isExpected(action, answer.status) && !this.#mayRefuse(refusal)) {
        this.#queue.surprises.push(refusal);
      }
      return { startedAtMs, endedAtMs, outcome, refusal, answer };
    } catch {
      caller.close();
      this.#caller = undefined;
      return { startedAtMs, endedAtMs: performance.now(), outcome: "info" };
    }
  }

  async #connected(): Promise<SqsCaller | undefined> {
    if (this.#caller !== undefined && !this.#caller.http.isLost) return this.#caller;
    this.#caller?.close();
    this.#caller = undefined;
    try {
      this.#caller = await SqsCaller.connect({ port: this.#queue.port, silenceMs: SILENCE_MS });
    } catch (error) {
      if (!(error instanceof ConnectionRefused)) throw error;
    }
    return this.#caller;
  }

  #record(operation: Operation): void {
    this.#queue.operations.push(operation);
  }
}

/** Another consumer may have deleted the message whose visibility this one changes: 400. */
function isExpected(action: Action, status: number): boolean {
  return action === "ChangeMessageVisibility" && status === 400;
}

/** The members of a request to send one message. */
function contentOf({ uid, delaySeconds, fifo }: Sent): object {
  const MessageBody = bodyOf(uid);
  if (fifo === undefined) return { MessageBody, DelaySeconds: delaySeconds };
  const { messageGroupId, deduplicationId } = fifo;
  return {
    MessageBody,
    MessageGroupId: messageGroupId,
    MessageDeduplicationId: deduplicationId,
  };
}

function sequenceIn(receipt: JsonObject | undefined): { sequenceNumber?: string } {
  return receipt === undefined ? {} : { sequenceNumber: stringOf(receipt, "SequenceNumber") };
}

function outcomeOf(status: number): Outcome {
  if (status === 200) return "ok";
  return status >= 400 && status < 500 ? "fail" : "info";
}

function deliveryOf(message: ReceivedMessage): Delivery {
  return {
    uid: uidOf(message.body) ?? `unstamped-${message.messageId}`,
    bodyDigest: digestOf(message.body),
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    receiveCount: message.receiveCount,
    sentTimestampMs: message.sentAtMs,
    firstReceiveTimestampMs: message.firstReceivedAtMs,
    ...(message.fifo === undefined ? {} : { fifo: message.fifo }),
    ...(message.deadLetterSource === undefined
      ? {}
      : { deadLetterSource: message.deadLetterSource }),
  };
}
