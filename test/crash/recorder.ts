/**
 * Recorder: one client of one queue that writes down everything it does. It reconnects when the
 * server comes back, and retries nothing: a repeated send would hide a lost one.
 *
 * Invariants:
 * - Whatever may have reached the server is in the history, with the outcome that is certain of it.
 * - The start is taken before the first byte is written, the end after the last one is read.
 */
import { ConnectionRefused } from "../support/http-caller.ts";
import { objectsOf, stringOf } from "../support/json-value.ts";
import {
  ALL_SYSTEM_ATTRIBUTES,
  type ReceivedMessage,
  readMessages,
  type SqsAnswer,
  SqsCaller,
} from "../support/sqs-caller.ts";
import type { Action } from "../support/sqs-request.ts";
import type { Delivery, Operation, Outcome } from "./history.ts";
import { bodyOf, digestOf, uidOf } from "./stamped-body.ts";

export type QueueUnderTest = {
  readonly port: number;
  readonly queueUrl: string;
  /** Where every client of this queue writes to. */
  readonly operations: Operation[];
  /** Answers that no valid request should get. */
  readonly surprises: string[];
};

export type Sent = { readonly uid: string; readonly delaySeconds: number };

type Attempt = {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly outcome: Outcome;
  /** Absent when no answer came. */
  readonly answer?: SqsAnswer;
};

/** Longer than any poll; a server that is silent for so long counts as broken. */
const SILENCE_MS = 30_000;

export class Recorder {
  readonly #queue: QueueUnderTest;
  #caller: SqsCaller | undefined;

  constructor(queue: QueueUnderTest) {
    this.#queue = queue;
  }

  /** Returns whether the server acknowledged all of it. */
  async send(messages: readonly [Sent, ...Sent[]]): Promise<boolean> {
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
      const outcome = this.#entryOutcome(`${index}`, timed.outcome, answer);
      this.#record({ kind: "delete", ...timed, outcome, receiptHandle });
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

  async #sendOne(message: Sent): Promise<boolean> {
    const { uid, delaySeconds } = message;
    const body = bodyOf(uid);
    const { answer, ...timed } = await this.#attempt("SendMessage", {
      MessageBody: body,
      DelaySeconds: delaySeconds,
    });
    const isAcknowledged = timed.outcome === "ok" && answer !== undefined;
    const identity = isAcknowledged ? { messageId: stringOf(answer.output, "MessageId") } : {};
    this.#record({
      kind: "send",
      ...timed,
      uid,
      bodyDigest: digestOf(body),
      delaySeconds,
      ...identity,
    });
    return isAcknowledged;
  }

  async #sendBatch(messages: readonly Sent[]): Promise<boolean> {
    const entries = messages.map(({ uid, delaySeconds }) => ({
      Id: uid,
      MessageBody: bodyOf(uid),
      DelaySeconds: delaySeconds,
    }));
    const { answer, ...timed } = await this.#attempt("SendMessageBatch", { Entries: entries });
    const successful = answer === undefined ? [] : objectsOf(answer.output, "Successful");
    const messageIds = new Map(
      successful.map((entry) => [stringOf(entry, "Id"), stringOf(entry, "MessageId")]),
    );
    for (const { uid, delaySeconds } of messages) {
      const outcome = this.#entryOutcome(uid, timed.outcome, answer);
      const messageId = messageIds.get(uid);
      const identity = outcome === "ok" && messageId !== undefined ? { messageId } : {};
      const bodyDigest = digestOf(bodyOf(uid));
      this.#record({ kind: "send", ...timed, outcome, uid, bodyDigest, delaySeconds, ...identity });
    }
    return messageIds.size === messages.length;
  }

  /** What became of one entry of a batch that was answered as a whole. */
  #entryOutcome(id: string, whole: Outcome, answer: SqsAnswer | undefined): Outcome {
    if (whole !== "ok" || answer === undefined) return whole;
    if (objectsOf(answer.output, "Successful").some((entry) => entry.Id === id)) return "ok";
    const failed = objectsOf(answer.output, "Failed").find((entry) => entry.Id === id);
    this.#queue.surprises.push(`batch entry: ${JSON.stringify(failed ?? "not mentioned")}`);
    return failed?.SenderFault === true ? "fail" : "info";
  }

  async #attempt(action: Action, input: object): Promise<Attempt> {
    const caller = await this.#connected();
    const startedAtMs = performance.now();
    if (caller === undefined) return { startedAtMs, endedAtMs: startedAtMs, outcome: "fail" };
    try {
      const answer = await caller.call(action, { QueueUrl: this.#queue.queueUrl, ...input });
      const endedAtMs = performance.now();
      if (!isExpected(action, answer.status)) this.#surprise(action, answer);
      return { startedAtMs, endedAtMs, outcome: outcomeOf(answer.status), answer };
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

  #surprise(action: Action, answer: SqsAnswer): void {
    this.#queue.surprises.push(`${action}: ${answer.status} ${JSON.stringify(answer.output)}`);
  }

  #record(operation: Operation): void {
    this.#queue.operations.push(operation);
  }
}

/** Another consumer may have deleted the message whose visibility this one changes: 400. */
function isExpected(action: Action, status: number): boolean {
  return status === 200 || (action === "ChangeMessageVisibility" && status === 400);
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
  };
}
