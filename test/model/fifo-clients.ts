/**
 * FifoClients: clients of a simulated FIFO queue whose calls may fail. Each operation begins at once
 * and is written into the history when it ends, while others go on.
 */
import { sequenceOf } from "../../src/domain/ordered-shipment.ts";
import { isRefusal } from "../../src/domain/sent-message.ts";
import { readUuid } from "../../src/domain/uuid.ts";
import type { FifoDeployment, FifoMessage, Received } from "./fifo-deployment.ts";
import type { FifoHistory, ReceiveRecord } from "./fifo-history.ts";
import { isCallFailure } from "./fifo-object.ts";

export type Held = { readonly handle: string; readonly messageId: string };

const NEVER = Number.POSITIVE_INFINITY;

export class FifoClients {
  readonly #deployment: FifoDeployment;
  readonly #history: FifoHistory;
  readonly #scope: "queue" | "messageGroup";
  /** What was received, the latest last. */
  readonly held: Held[] = [];
  readonly broken: string[] = [];
  underWay = 0;
  #nextNumber = 1;

  constructor(deployment: FifoDeployment, history: FifoHistory, scope: "queue" | "messageGroup") {
    this.#deployment = deployment;
    this.#history = history;
    this.#scope = scope;
  }

  /** One message per deduplication id, in one call. */
  send(group: string, deduplicationIds: readonly string[]): Promise<void> {
    const startMs = this.#nowMs;
    const messages = deduplicationIds.map((deduplicationId): FifoMessage => {
      const number = this.#nextNumber++;
      return {
        messageId: `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`,
        messageGroupId: group,
        deduplicationId,
        body: `body ${number}`,
      };
    });
    const { sends } = this.#history;
    const place = sends.length;
    for (const { messageId, deduplicationId } of messages) {
      const key = this.#scope === "queue" ? deduplicationId : `${group} ${deduplicationId}`;
      sends.push({ messageId, group, key, startMs, endMs: NEVER, answer: undefined });
    }
    return this.#begin(this.#deployment.send(messages), (outcomes) => {
      for (const [index, { messageId }] of messages.entries()) {
        const sent = outcomes === undefined || "kind" in outcomes ? undefined : outcomes[index];
        const record = sends[place + index];
        if (record === undefined || sent === undefined || isRefusal(sent)) continue;
        const originalId = sent.originalId ? readUuid(sent.originalId, 0) : messageId;
        const answer = { messageId: originalId, sequence: sent.sequence };
        sends[place + index] = { ...record, endMs: this.#nowMs, answer };
      }
    });
  }

  receive(maxCount: number, timeoutSeconds: number, attemptId?: string): Promise<Received> {
    const startMs = this.#nowMs;
    const received = this.#deployment.receive({
      maxCount,
      visibilityTimeoutSeconds: timeoutSeconds,
      attemptId,
      waitTimeSeconds: 0,
    });
    const kind = attemptId === undefined ? "receive" : "attempt";
    return this.#received(received, { startMs, timeoutMs: timeoutSeconds * 1000, kind });
  }

  poll(
    maxCount: number,
    timeoutSeconds: number,
    waitTimeSeconds: number,
    isClientThere: () => boolean = () => true,
  ): Promise<Received> {
    const startMs = this.#nowMs;
    const received = this.#deployment.poll(
      { maxCount, visibilityTimeoutSeconds: timeoutSeconds, attemptId: undefined, waitTimeSeconds },
      isClientThere,
    );
    return this.#received(received, { startMs, timeoutMs: timeoutSeconds * 1000, kind: "poll" });
  }

  delete(held: Held): Promise<void> {
    return this.#useHandle("delete", held, () => this.#deployment.delete(held.handle));
  }

  change(held: Held, timeoutSeconds: number): Promise<void> {
    return this.#useHandle("change", held, () => {
      return this.#deployment.changeVisibility(held.handle, timeoutSeconds);
    });
  }

  purge(): Promise<void> {
    const startMs = this.#nowMs;
    const place = this.#history.purges.length;
    this.#history.purges.push({ startMs, endMs: NEVER, isKnown: false });
    return this.#begin(this.#deployment.purge(), (answer) => {
      const isKnown = answer !== undefined;
      this.#history.purges[place] = { startMs, endMs: this.#nowMs, isKnown };
    });
  }

  async other(call: Promise<unknown>): Promise<void> {
    await this.#begin(call, () => {});
  }

  get #nowMs(): number {
    return this.#deployment.platform.scheduler.nowMs;
  }

  async #received(
    asked: Promise<Received>,
    record: Pick<ReceiveRecord, "startMs" | "timeoutMs" | "kind">,
  ): Promise<Received> {
    let answer: Received = { ok: true, value: [] };
    await this.#begin(asked, (received) => {
      if (received?.ok !== true) return;
      answer = received;
      const messages = received.value.map(({ messageId, receiptHandle, payload }) => {
        return { messageId, handle: receiptHandle, sequence: sequenceOf(payload) };
      });
      this.#history.receives.push({ ...record, endMs: this.#nowMs, messages });
      this.held.push(...messages.map(({ messageId, handle }) => ({ messageId, handle })));
    });
    return answer;
  }

  async #useHandle(
    kind: "delete" | "change",
    { messageId }: Held,
    run: () => Promise<string>,
  ): Promise<void> {
    const startMs = this.#nowMs;
    const { handles } = this.#history;
    const place = handles.length;
    const record = { kind, messageId, startMs };
    handles.push({ ...record, endMs: NEVER, outcome: "unknown" });
    await this.#begin(run(), (outcome = "unknown") => {
      handles[place] = { ...record, endMs: this.#nowMs, outcome };
    });
  }

  /** `ended` gets nothing if the call failed. */
  async #begin<T>(call: Promise<T>, ended: (answer: T | undefined) => void): Promise<void> {
    this.underWay++;
    try {
      ended(await call);
    } catch (error) {
      if (!isCallFailure(error)) this.broken.push(String(error));
      ended(undefined);
    }
    this.underWay--;
  }
}
