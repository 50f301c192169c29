/**
 * A naive standard queue: an array and loops. It is the specification that the engine is compared
 * with, so it is written to be read, shares no code with `src`, and decides nothing that SQS leaves
 * open: which of several visible messages a receive returns is taken over from the engine and only
 * judged.
 */
type Copy = {
  readonly messageId: string;
  readonly sentAtMs: number;
  readonly delayEndsAtMs: number;
  visibleAtMs: number;
  receiveCount: number;
  /** The latest receipt; undefined before the first receive. */
  handle: string | undefined;
};

export type Judgement = {
  readonly messageId: string;
  readonly receiveCount: number;
  readonly handle: string;
};

export class ReferenceQueue {
  readonly #retentionMs: number;
  #copies: Copy[] = [];
  readonly #handles = new Map<string, { messageId: string; receivedAtMs: number }>();
  sentCount = 0;
  deletedCount = 0;
  expiredCount = 0;
  purgedCount = 0;

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  send(messageId: string, nowMs: number, delayMs: number): void {
    this.sentCount++;
    this.#copies.push({
      messageId,
      sentAtMs: nowMs,
      delayEndsAtMs: nowMs + delayMs,
      visibleAtMs: nowMs + delayMs,
      receiveCount: 0,
      handle: undefined,
    });
  }

  /** Takes over what the engine received; returns what is wrong with it. */
  received(
    nowMs: number,
    timeoutMs: number,
    maxCount: number,
    messages: readonly Judgement[],
  ): string[] {
    this.#expire(nowMs);
    const wrong: string[] = [];
    const visibleCount = this.#copies.filter((copy) => copy.visibleAtMs <= nowMs).length;
    if (messages.length !== Math.min(visibleCount, maxCount)) {
      wrong.push(`received ${messages.length} of ${visibleCount} visible, asked for ${maxCount}`);
    }
    const distinctCount = new Set(messages.map(({ messageId }) => messageId)).size;
    if (distinctCount !== messages.length) wrong.push("received a message twice at once");
    for (const message of messages) wrong.push(...this.#receivedOne(nowMs, timeoutMs, message));
    return wrong;
  }

  #receivedOne(nowMs: number, timeoutMs: number, message: Judgement): string[] {
    const copy = this.#copies.find(({ messageId }) => messageId === message.messageId);
    if (copy === undefined) return [`received ${message.messageId}, which is not there`];
    const wrong: string[] = [];
    if (copy.visibleAtMs > nowMs) wrong.push(`received ${copy.messageId} before it was visible`);
    if (this.#handles.has(message.handle)) wrong.push("a receipt handle was issued twice");
    copy.receiveCount++;
    copy.visibleAtMs = nowMs + timeoutMs;
    copy.handle = message.handle;
    this.#handles.set(message.handle, { messageId: copy.messageId, receivedAtMs: nowMs });
    if (message.receiveCount !== copy.receiveCount) {
      wrong.push(`receive count ${message.receiveCount} instead of ${copy.receiveCount}`);
    }
    return wrong;
  }

  /** Any receipt of the message deletes it. */
  delete(handle: string, nowMs: number): void {
    this.#expire(nowMs);
    const messageId = this.#handles.get(handle)?.messageId;
    const before = this.#copies.length;
    this.#copies = this.#copies.filter((copy) => copy.messageId !== messageId);
    this.deletedCount += before - this.#copies.length;
  }

  /** "gone", "beyond" 12 hours after the receive, or "changed". */
  changeVisibility(
    handle: string,
    nowMs: number,
    timeoutMs: number,
  ): "gone" | "beyond" | "changed" {
    this.#expire(nowMs);
    const receipt = this.#handles.get(handle);
    const copy = this.#copies.find(({ messageId }) => messageId === receipt?.messageId);
    if (copy === undefined || receipt === undefined) return "gone";
    if (nowMs + timeoutMs > receipt.receivedAtMs + 12 * 3_600_000) return "beyond";
    copy.visibleAtMs = nowMs + timeoutMs;
    return "changed";
  }

  /** Only the latest receipt can be taken back. */
  undoReceive(handle: string, nowMs: number): void {
    this.#expire(nowMs);
    const copy = this.#copies.find((candidate) => candidate.handle === handle);
    if (copy === undefined) return;
    copy.receiveCount--;
    copy.visibleAtMs = nowMs;
    copy.handle = undefined;
  }

  purge(): void {
    this.purgedCount += this.#copies.length;
    this.#copies = [];
  }

  counts(nowMs: number): { visible: number; inFlight: number; delayed: number } {
    this.#expire(nowMs);
    const hidden = this.#copies.filter((copy) => copy.visibleAtMs > nowMs);
    const delayed = hidden.filter((copy) => copy.delayEndsAtMs > nowMs).length;
    return {
      visible: this.#copies.length - hidden.length,
      inFlight: hidden.length - delayed,
      delayed,
    };
  }

  looks(nowMs: number): { messageId: string; status: string; receiveCount: number }[] {
    this.#expire(nowMs);
    return this.#copies.map(({ messageId, visibleAtMs, delayEndsAtMs, receiveCount }) => {
      const hidden = delayEndsAtMs > nowMs ? "delayed" : "in-flight";
      return { messageId, status: visibleAtMs > nowMs ? hidden : "visible", receiveCount };
    });
  }

  get presentCount(): number {
    return this.#copies.length;
  }

  #expire(nowMs: number): void {
    const before = this.#copies.length;
    this.#copies = this.#copies.filter((copy) => copy.sentAtMs + this.#retentionMs > nowMs);
    this.expiredCount += before - this.#copies.length;
  }
}
