/**
 * A naive FIFO queue: an array and loops. It is the specification that the engine is compared with,
 * so it is written to be read, shares no code with `src`, and decides nothing that SQS leaves open:
 * which groups a receive takes from, and how large sequence numbers are, is taken over from the engine
 * and only judged.
 */
type Copy = {
  readonly messageId: string;
  readonly group: string;
  readonly sequence: number;
  readonly sentAtMs: number;
  receiveCount: number;
  /** As the latest receive or change left it; undefined before the first receive. */
  held: { readonly handle: string; readonly visibleAtMs: number } | undefined;
};

export type FifoJudgement = {
  readonly messageId: string;
  readonly receiveCount: number;
  readonly handle: string;
  readonly sequence: number;
};

/** A message as somebody sees it who only looks. */
export type FifoLook = Omit<FifoJudgement, "handle"> & { readonly status: string };

type Attempt = {
  readonly madeAtMs: number;
  readonly handles: readonly string[];
  readonly visibleAtMs: number;
};

const DEDUPLICATION_MS = 300_000;
const ATTEMPT_MS = 300_000;
const TIMEOUT_MAX_MS = 12 * 3_600_000;

export class FifoReference {
  readonly #scope: "queue" | "messageGroup";
  readonly #retentionMs: number;
  delayMs = 0;
  /** In the order of their sending. */
  #copies: Copy[] = [];
  readonly #receipts = new Map<
    string,
    { messageId: string; group: string; receivedAtMs: number }
  >();
  readonly #originals = new Map<string, { messageId: string; sequence: number; atMs: number }>();
  readonly #attempts = new Map<string, Attempt>();
  #greatestSequence = 0;

  constructor(scope: "queue" | "messageGroup", retentionMs: number) {
    this.#scope = scope;
    this.#retentionMs = retentionMs;
  }

  /** Takes over the number that a send got, and returns what is wrong with the answer. */
  sent(
    message: { messageId: string; messageGroupId: string; deduplicationId: string },
    nowMs: number,
    answer: { sequence: number; originalId: string | undefined },
  ): string[] {
    const { messageId, messageGroupId: group, deduplicationId } = message;
    const key = this.#scope === "queue" ? deduplicationId : `${group} ${deduplicationId}`;
    const original = this.#originals.get(key);
    if (original !== undefined && nowMs < original.atMs + DEDUPLICATION_MS) {
      const isSame =
        answer.originalId === original.messageId && answer.sequence === original.sequence;
      return isSame ? [] : [`${messageId} is a duplicate of ${original.messageId}`];
    }
    const wrong: string[] = [];
    if (answer.originalId !== undefined) wrong.push(`${messageId} is no duplicate`);
    const previous = this.#copies.findLast((copy) => copy.group === group)?.sequence ?? 0;
    const atLeast = this.#scope === "queue" ? this.#greatestSequence : previous;
    if (answer.sequence <= atLeast) wrong.push(`${messageId}: its number did not grow`);
    this.#greatestSequence = Math.max(this.#greatestSequence, answer.sequence);
    const { sequence } = answer;
    this.#originals.set(key, { messageId, sequence, atMs: nowMs });
    this.#copies.push({
      messageId,
      group,
      sequence,
      sentAtMs: nowMs,
      receiveCount: 0,
      held: undefined,
    });
    return wrong;
  }

  /** Takes over what the engine received; returns what is wrong with it. */
  received(
    nowMs: number,
    timeoutMs: number,
    maxCount: number,
    messages: readonly FifoJudgement[],
  ): string[] {
    const wrong: string[] = [];
    const receivable = this.receivable(nowMs);
    if (messages.length > maxCount) wrong.push(`received ${messages.length} of ${maxCount}`);
    if (messages.length === 0 && receivable.length > 0) wrong.push("received nothing");
    const delivered = messages.map(({ messageId }) => this.#copyOf(messageId));
    const groups = new Set(delivered.map((copy) => copy?.group));
    for (const group of groups) {
      // Of each group the first ones that can be received, in order, without another's in between.
      const expected = receivable.filter((copy) => copy.group === group);
      const from = delivered.findIndex((copy) => copy?.group === group);
      const count = delivered.filter((copy) => copy?.group === group).length;
      const isRight = expected
        .slice(0, count)
        .every((copy, index) => copy === delivered[from + index]);
      if (count > expected.length || !isRight) wrong.push(`group ${group} is out of order`);
    }
    for (const message of messages) {
      wrong.push(...this.#receivedOne(nowMs, timeoutMs, message));
    }
    return wrong;
  }

  /** What a receive with an attempt id must be: the same again, refused, or a receive like others. */
  attempted(attemptId: string, nowMs: number): "again" | "over" | "new" {
    const attempt = this.#attempts.get(attemptId);
    if (attempt === undefined || attempt.madeAtMs + ATTEMPT_MS <= nowMs) return "new";
    const isUnchanged = attempt.handles.every((handle) =>
      this.#isUnchanged(handle, attempt, nowMs),
    );
    return isUnchanged ? "again" : "over";
  }

  /** An attempt was refused. Groups of which nothing moved on have hidden their messages anew. */
  attemptOver(attemptId: string, nowMs: number, timeoutMs: number): void {
    const attempt = this.#attempts.get(attemptId);
    if (attempt === undefined) return;
    const movedOn = new Set(
      attempt.handles
        .filter((handle) => !this.#isUnchanged(handle, attempt, nowMs))
        .map((handle) => this.#receipts.get(handle)?.group),
    );
    for (const handle of attempt.handles) {
      const copy = this.#copyHeldBy(handle, nowMs);
      if (copy === undefined || movedOn.has(copy.group)) continue;
      copy.held = { handle, visibleAtMs: nowMs + timeoutMs };
    }
  }

  /** Remembers what an attempt brought, unless it was nothing. */
  remember(attemptId: string, nowMs: number, timeoutMs: number, handles: readonly string[]): void {
    const earlier = this.#attempts.get(attemptId);
    const isOver = earlier === undefined || earlier.madeAtMs + ATTEMPT_MS <= nowMs;
    const madeAtMs = isOver ? nowMs : earlier.madeAtMs;
    if (handles.length === 0) return;
    this.#attempts.set(attemptId, { madeAtMs, handles, visibleAtMs: nowMs + timeoutMs });
  }

  /** The same messages under the same handles, hidden anew; returns what is wrong. */
  receivedAgain(
    attemptId: string,
    nowMs: number,
    timeoutMs: number,
    messages: readonly FifoJudgement[],
  ): string[] {
    const handles = messages.map(({ handle }) => handle);
    const expected = this.#attempts.get(attemptId)?.handles ?? [];
    for (const handle of handles) {
      const copy = this.#copyHeldBy(handle, nowMs);
      if (copy !== undefined) copy.held = { handle, visibleAtMs: nowMs + timeoutMs };
    }
    this.remember(attemptId, nowMs, timeoutMs, handles);
    const isSame = handles.join() === expected.join();
    return isSame ? [] : [`attempt ${attemptId} brought other messages`];
  }

  delete(handle: string, nowMs: number): "deleted" | "receipt-handle-expired" {
    const copy = this.#copyHeldBy(handle, nowMs);
    if (copy === undefined) return "deleted";
    if (!isHeld(copy, handle, nowMs)) return "receipt-handle-expired";
    this.#copies = this.#copies.filter((other) => other !== copy);
    return "deleted";
  }

  changeVisibility(handle: string, nowMs: number, timeoutMs: number): string {
    const copy = this.#copyHeldBy(handle, nowMs);
    const receivedAtMs = this.#receipts.get(handle)?.receivedAtMs ?? 0;
    if (copy === undefined) return "message-not-available";
    if (!isHeld(copy, handle, nowMs)) return "receipt-handle-expired";
    if (nowMs + timeoutMs > receivedAtMs + TIMEOUT_MAX_MS) return "visibility-beyond-limit";
    copy.held = { handle, visibleAtMs: nowMs + timeoutMs };
    return "changed";
  }

  purge(): void {
    this.#copies = [];
    this.#originals.clear();
    this.#attempts.clear();
  }

  /** Of each group the messages before the first that is in flight or delayed. */
  receivable(nowMs: number): Copy[] {
    this.#expire(nowMs);
    const blocked = new Set<string>();
    return this.#copies.filter((copy) => {
      if (this.#visibleAtMs(copy) > nowMs) blocked.add(copy.group);
      return !blocked.has(copy.group);
    });
  }

  /** Group by group, each in its order. */
  looks(nowMs: number): FifoLook[] {
    this.#expire(nowMs);
    const ordered = this.#copies.toSorted((a, b) => {
      return a.group === b.group ? a.sequence - b.sequence : a.group < b.group ? -1 : 1;
    });
    return ordered.map((copy) => {
      const hidden = copy.held === undefined ? "delayed" : "in-flight";
      const status = this.#visibleAtMs(copy) > nowMs ? hidden : "visible";
      const { messageId, sequence, receiveCount } = copy;
      return { messageId, sequence, receiveCount, status };
    });
  }

  /** What is blocked by others of its group counts as visible. */
  counts(nowMs: number): { visible: number; inFlight: number; delayed: number } {
    this.#expire(nowMs);
    const hidden = this.#copies.filter((copy) => this.#visibleAtMs(copy) > nowMs);
    const delayed = hidden.filter(({ held }) => held === undefined).length;
    return {
      visible: this.#copies.length - hidden.length,
      inFlight: hidden.length - delayed,
      delayed,
    };
  }

  #receivedOne(nowMs: number, timeoutMs: number, message: FifoJudgement): string[] {
    const copy = this.#copyOf(message.messageId);
    if (copy === undefined) return [`received ${message.messageId}, which is not there`];
    const wrong: string[] = [];
    if (this.#receipts.has(message.handle)) wrong.push("a receipt handle was issued twice");
    copy.receiveCount++;
    copy.held = { handle: message.handle, visibleAtMs: nowMs + timeoutMs };
    const { messageId, group } = copy;
    this.#receipts.set(message.handle, { messageId, group, receivedAtMs: nowMs });
    if (message.receiveCount !== copy.receiveCount) {
      wrong.push(`receive count ${message.receiveCount} instead of ${copy.receiveCount}`);
    }
    if (message.sequence !== copy.sequence) wrong.push(`${copy.messageId} has another number`);
    return wrong;
  }

  #isUnchanged(handle: string, { visibleAtMs }: Attempt, nowMs: number): boolean {
    const held = this.#copyHeldBy(handle, nowMs)?.held;
    return held?.handle === handle && held.visibleAtMs === visibleAtMs && visibleAtMs > nowMs;
  }

  #copyOf(messageId: string | undefined): Copy | undefined {
    return this.#copies.find((copy) => copy.messageId === messageId);
  }

  #copyHeldBy(handle: string, nowMs: number): Copy | undefined {
    this.#expire(nowMs);
    return this.#copyOf(this.#receipts.get(handle)?.messageId);
  }

  /** The queue's delay holds for what is in it already. */
  #visibleAtMs({ held, sentAtMs }: Copy): number {
    return held?.visibleAtMs ?? sentAtMs + this.delayMs;
  }

  #expire(nowMs: number): void {
    this.#copies = this.#copies.filter((copy) => copy.sentAtMs + this.#retentionMs > nowMs);
  }
}

/** Only the latest receipt holds a message, and only until its timeout lapses. */
function isHeld({ held }: Copy, handle: string, nowMs: number): boolean {
  return held?.handle === handle && held.visibleAtMs > nowMs;
}
