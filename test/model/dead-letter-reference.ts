/**
 * A naive standard queue with its dead-letter queue: one list and loops. It shares no code with `src` and
 * decides nothing that SQS leaves open: which visible messages a receive takes, and in which order, is
 * taken over from the engine and only judged.
 */
export type Side = "source" | "dead";

type Copy = {
  messageId: string;
  readonly body: string;
  /** "moving": to the dead-letter queue, or back. */
  place: Side | "moving";
  /** The queue that it leaves, or left last. */
  movedFrom: Side | undefined;
  /** Deleted while it moved: it may arrive, and does not come back. */
  isDeleted: boolean;
  sentAtMs: number;
  visibleAtMs: number;
  /** In the queue that it is in. */
  ownCount: number;
  /** In queues before. */
  countBefore: number;
  /** 0: never. */
  firstReceivedAtMs: number;
  handle: string;
  isDeadLetter: boolean;
};

export type Judged = {
  readonly messageId: string;
  readonly body: string;
  readonly handle: string;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: number;
  readonly sentAtMs: number;
  readonly isDeadLetter: boolean;
};

const REFUSED_MS = 5_000;

export class DeadLetterReference {
  readonly #retentionMs: number;
  #copies: Copy[] = [];
  /** Undefined: no dead-letter queue. */
  maxReceiveCount: number | undefined;
  #refusedUntilMs = 0;

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  send(messageId: string, body: string, nowMs: number): void {
    const counts = { ownCount: 0, countBefore: 0, firstReceivedAtMs: 0 };
    const place = { place: "source", isDeadLetter: false, handle: "" } as const;
    const move = { movedFrom: undefined, isDeleted: false };
    this.#copies.push({
      messageId,
      body,
      sentAtMs: nowMs,
      visibleAtMs: nowMs,
      ...counts,
      ...place,
      ...move,
    });
  }

  /** What a receive returned, and which messages left instead; says what is wrong with that. */
  received(
    side: Side,
    asked: { readonly maxCount: number; readonly timeoutMs: number; readonly nowMs: number },
    messages: readonly Judged[],
    leftIds: readonly string[],
  ): string[] {
    const { maxCount, timeoutMs, nowMs } = asked;
    const visible = this.#visible(side, nowMs);
    const leaving = visible.filter((copy) => this.#mustLeave(copy, nowMs));
    const staying = visible.filter((copy) => !leaving.includes(copy));
    const wrong: string[] = [];
    const returned = messages.map(({ messageId }) => messageId);
    if (messages.length !== Math.min(maxCount, staying.length)) {
      wrong.push(`received ${messages.length} of ${staying.length}, asked for ${maxCount}`);
    }
    if (new Set(returned).size !== returned.length) wrong.push("a message came twice at once");
    const mayLeave = leaving.map(({ messageId }) => messageId);
    for (const id of leftIds) if (!mayLeave.includes(id)) wrong.push(`${id} left too early`);
    // The receive went on until there was nothing else to receive.
    if (messages.length < maxCount && leftIds.length < leaving.length) wrong.push("not all left");
    for (const message of messages) {
      const copy = staying.find(({ messageId }) => messageId === message.messageId);
      if (copy === undefined) wrong.push(`received ${message.messageId}, which is not to be had`);
      else wrong.push(...receivedOne(copy, message, nowMs, nowMs + timeoutMs));
    }
    this.#move(leftIds, side);
    return wrong;
  }

  /** A move task took these, the dead-letter queue's own; says what is wrong with that. */
  redriven(maxCount: number, leftIds: readonly string[], nowMs: number): string[] {
    const visible = this.#visible("dead", nowMs).map(({ messageId }) => messageId);
    const wrong = leftIds.filter((id) => !visible.includes(id)).map((id) => `${id} left`);
    if (leftIds.length !== Math.min(maxCount, visible.length)) wrong.push("not as many left");
    this.#move(leftIds, "dead");
    return wrong;
  }

  /** What was moving is a dead letter now. */
  buried(messageIds: readonly string[], nowMs: number): void {
    for (const copy of this.#moving(messageIds)) {
      const countBefore = copy.countBefore + copy.ownCount;
      const there = { place: "dead", visibleAtMs: nowMs, ownCount: 0, handle: "" } as const;
      Object.assign(copy, { ...there, countBefore, isDeadLetter: true, isDeleted: false });
    }
    this.#refusedUntilMs = 0;
  }

  /** What was moving is a fresh message of the source now, by another id. */
  revived(messageId: string, freshId: string, nowMs: number): void {
    for (const copy of this.#moving([messageId])) {
      const fresh = { messageId: freshId, sentAtMs: nowMs, visibleAtMs: nowMs, handle: "" };
      const counts = { ownCount: 0, countBefore: 0, firstReceivedAtMs: 0, isDeadLetter: false };
      Object.assign(copy, { place: "source", isDeleted: false, ...fresh, ...counts });
    }
  }

  /** The dead-letter queue is gone: what was moving there is visible again, unless it was deleted. */
  refused(messageIds: readonly string[], nowMs: number): void {
    this.#copies = this.#copies.filter(({ place, isDeleted, messageId }) => {
      return place !== "moving" || !isDeleted || !messageIds.includes(messageId);
    });
    for (const copy of this.#moving(messageIds)) {
      Object.assign(copy, { place: "source", visibleAtMs: nowMs, handle: "" });
    }
    this.#refusedUntilMs = nowMs + REFUSED_MS;
  }

  /** A restart, or another policy: the dead-letter queue is tried again. */
  forgetRefusals(): void {
    this.#refusedUntilMs = 0;
  }

  delete(side: Side, messageId: string): void {
    for (const copy of this.#moving([messageId])) copy.isDeleted ||= copy.movedFrom === side;
    this.#copies = this.#copies.filter((copy) => {
      return copy.messageId !== messageId || copy.place !== side;
    });
  }

  /** False if the message is not there. */
  changeVisibility(side: Side, messageId: string, visibleAtMs: number): boolean {
    const copy = this.#copies.find((one) => one.messageId === messageId && one.place === side);
    if (copy === undefined) return false;
    copy.visibleAtMs = visibleAtMs;
    return true;
  }

  /** Only the latest receipt can be taken back. */
  undoReceive(side: Side, handle: string, nowMs: number): void {
    const copy = this.#copies.find((one) => one.handle === handle && one.place === side);
    if (copy === undefined) return;
    copy.ownCount--;
    if (copy.ownCount + copy.countBefore === 0) copy.firstReceivedAtMs = 0;
    Object.assign(copy, { visibleAtMs: nowMs, handle: "" });
  }

  purge(side: Side, movingIds: readonly string[]): void {
    this.#copies = this.#copies.filter(({ place, messageId }) => {
      return place !== side && !(place === "moving" && movingIds.includes(messageId));
    });
  }

  expire(nowMs: number): void {
    this.#copies = this.#copies.filter((copy) => copy.sentAtMs + this.#retentionMs > nowMs);
  }

  /** What is moving is in flight in the queue that it leaves. */
  counts(side: Side, movingIds: readonly string[], nowMs: number) {
    const there = this.#copies.filter(({ place }) => place === side);
    const visible = this.#visible(side, nowMs).length;
    const moving = this.#moving(movingIds).length;
    return { visible, inFlight: there.length - visible + moving, delayed: 0 };
  }

  #visible(side: Side, nowMs: number): Copy[] {
    return this.#copies.filter(({ place, visibleAtMs }) => place === side && visibleAtMs <= nowMs);
  }

  #moving(messageIds: readonly string[]): Copy[] {
    return this.#copies.filter(({ place, messageId }) => {
      return place === "moving" && messageIds.includes(messageId);
    });
  }

  #mustLeave({ place, ownCount }: Copy, nowMs: number): boolean {
    const { maxReceiveCount } = this;
    if (place === "dead" || maxReceiveCount === undefined) return false;
    return ownCount >= maxReceiveCount && nowMs >= this.#refusedUntilMs;
  }

  #move(messageIds: readonly string[], movedFrom: Side): void {
    for (const copy of this.#copies) {
      if (messageIds.includes(copy.messageId)) Object.assign(copy, { place: "moving", movedFrom });
    }
  }
}

function receivedOne(copy: Copy, message: Judged, nowMs: number, visibleAtMs: number): string[] {
  copy.ownCount++;
  copy.visibleAtMs = visibleAtMs;
  copy.handle = message.handle;
  if (copy.firstReceivedAtMs === 0) copy.firstReceivedAtMs = nowMs;
  const { body, sentAtMs, firstReceivedAtMs, isDeadLetter } = copy;
  const receiveCount = copy.countBefore + copy.ownCount;
  const expected = { body, sentAtMs, firstReceivedAtMs, isDeadLetter, receiveCount };
  return Object.entries(expected).flatMap(([name, value]) => {
    const shown = Reflect.get(message, name);
    return shown === value ? [] : [`${name} of ${copy.messageId} is ${shown}, not ${value}`];
  });
}
