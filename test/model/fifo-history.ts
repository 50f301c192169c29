/**
 * FifoHistory: what the clients of a FIFO queue saw while things failed, and what of it cannot be.
 * A call whose answer was lost may have taken effect, or may yet: nothing is concluded from it. Times
 * are the simulation's own; an object's clock may have been some seconds off.
 */
export type SentRecord = {
  readonly messageId: string;
  readonly group: string;
  /** Of messages with the same one, one is stored in five minutes. */
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Undefined: nobody knows whether it was stored. */
  readonly answer: { readonly messageId: string; readonly sequence: number } | undefined;
};

export type DeliveredRecord = {
  readonly messageId: string;
  readonly sequence: number;
  readonly handle: string;
};

export type ReceiveRecord = {
  readonly startMs: number;
  readonly endMs: number;
  readonly timeoutMs: number;
  /** What a poll brings may have been taken back, what an attempt brings comes again. */
  readonly kind: "receive" | "poll" | "attempt";
  readonly messages: readonly DeliveredRecord[];
};

/** Of a delete or a change of visibility: "unknown" if its answer was lost. */
export type HandleRecord = {
  readonly kind: "delete" | "change";
  readonly messageId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: string;
};

export type PurgeRecord = {
  readonly startMs: number;
  readonly endMs: number;
  /** It took effect. */
  readonly isKnown: boolean;
};

type Known = { readonly messageId: string; readonly sequence: number; readonly sent: SentRecord };

const DEDUPLICATION_MS = 300_000;
/** A Worker may send by old terms, and a call may be late: until then a purge may still reach it. */
const PURGE_REACHES_MS = 75_000;
/** A call that is executed twice may be so this long after its answer. */
const LATE_COPY_MS = 35_000;
/** Between two lives of an object. */
const CLOCKS_APART_MS = 4_500;

export class FifoHistory {
  readonly #scope: "queue" | "messageGroup";
  /** No call is executed twice, and nobody sends by old terms: what was sent before a purge does not come after it. */
  arePurgesStrict = false;
  readonly sends: SentRecord[] = [];
  readonly receives: ReceiveRecord[] = [];
  readonly handles: HandleRecord[] = [];
  readonly purges: PurgeRecord[] = [];

  constructor(scope: "queue" | "messageGroup") {
    this.#scope = scope;
  }

  /** Messages that must be there: accepted, and neither deleted nor within reach of a purge. */
  surelyPresent(): string[] {
    return [...this.#known().values()]
      .filter(({ sent }) => sent.answer !== undefined && !this.#isMaybePurged(sent))
      .map(({ messageId }) => messageId)
      .filter((messageId) => !this.#isMaybeDeleted(messageId, Number.POSITIVE_INFINITY));
  }

  flaws(): string[] {
    const known = this.#known();
    return [
      ...this.#numberFlaws(known),
      ...this.#duplicateFlaws(known),
      ...this.receives.flatMap((receive) => this.#orderFlaws(receive, known)),
      ...this.receives.flatMap((receive) => this.#deletionFlaws(receive)),
      ...this.receives.flatMap((receive) => this.#purgeFlaws(receive, known)),
      ...this.#leaseFlaws(),
    ];
  }

  /** Every message that certainly was stored, by its id. */
  #known(): Map<string, Known> {
    const sends = new Map(this.sends.map((sent) => [sent.messageId, sent]));
    const known = new Map<string, Known>();
    const answers = this.sends.flatMap(({ answer }) => answer ?? []);
    const delivered = this.receives.flatMap(({ messages }) => messages);
    for (const { messageId, sequence } of [...answers, ...delivered]) {
      const sent = sends.get(messageId);
      if (sent !== undefined) known.set(messageId, { messageId, sequence, sent });
    }
    return known;
  }

  #numberFlaws(known: Map<string, Known>): string[] {
    return [...this.#claimFlaws(known), ...ownerFlaws(this.#lines(known)), ...this.#growthFlaws()];
  }

  /** What was said of a message is the same each time. */
  #claimFlaws(known: Map<string, Known>): string[] {
    const flaws: string[] = [];
    const claims = [
      ...this.sends.flatMap(({ answer }) => answer ?? []),
      ...this.receives.flatMap(({ messages }) => messages),
    ];
    for (const { messageId, sequence } of claims) {
      const message = known.get(messageId);
      if (message === undefined) flaws.push(`nobody sent ${messageId}`);
      else if (message.sequence !== sequence && !this.#isMaybePurged(message.sent)) {
        flaws.push(`${messageId} has two numbers`);
      }
    }
    return flaws;
  }

  /** What was stored after another was answered for has the greater number. */
  #growthFlaws(): string[] {
    return this.sends
      .filter(({ answer, messageId }) => answer?.messageId === messageId)
      .filter(({ startMs }) => !this.#isDeletedBy(startMs))
      .flatMap((later) =>
        this.sends
          .filter((earlier) => earlier.endMs < later.startMs && this.#isOneLine(earlier, later))
          .filter(({ answer }) => (answer?.sequence ?? 0) >= (later.answer?.sequence ?? 0))
          .map(({ messageId }) => `${later.messageId} has a number below that of ${messageId}`),
      );
  }

  #duplicateFlaws(known: Map<string, Known>): string[] {
    const flaws: string[] = [];
    const originals = [...known.values()].sort((a, b) => a.sequence - b.sequence);
    for (const [index, later] of originals.entries()) {
      const earlier = originals.slice(0, index).findLast(({ sent }) => sent.key === later.sent.key);
      if (earlier === undefined) continue;
      const apartMs = (later.sequence - earlier.sequence) / 1024;
      if (apartMs > DEDUPLICATION_MS - 1) continue;
      if (this.#isMaybePurged(earlier.sent) || this.#isMaybePurged(later.sent)) continue;
      flaws.push(`${earlier.messageId} and ${later.messageId} are one, and both stored`);
    }
    for (const { answer, key, messageId } of this.sends) {
      const original = answer && known.get(answer.messageId);
      if (original !== undefined && original.sent.key !== key) {
        flaws.push(`${messageId} was answered with ${original.messageId}`);
      }
    }
    return flaws;
  }

  /** The prefix rule: whatever is there and comes before is delivered before, or hides the rest. */
  #orderFlaws(receive: ReceiveRecord, known: Map<string, Known>): string[] {
    const flaws: string[] = [];
    const before = new Set<string>();
    for (const { messageId } of receive.messages) {
      const message = known.get(messageId);
      if (before.has(messageId)) flaws.push(`${messageId} came twice at once`);
      const passed = [...known.values()].filter(
        ({ sent, sequence }) => sent.group === message?.sent.group && sequence < message.sequence,
      );
      for (const { messageId: passedId, sent } of passed) {
        if (before.has(passedId) || this.#isMaybePurged(sent)) continue;
        if (this.#isMaybeDeleted(passedId, receive.endMs)) continue;
        flaws.push(`${messageId} came although ${passedId} is before it`);
      }
      before.add(messageId);
    }
    return flaws;
  }

  #deletionFlaws({ startMs, messages }: ReceiveRecord): string[] {
    return messages
      .filter(({ messageId }) =>
        this.handles.some(
          (record) =>
            record.messageId === messageId &&
            record.outcome === "deleted" &&
            record.endMs < startMs,
        ),
      )
      .map(({ messageId }) => `${messageId} came after it was deleted`);
  }

  #purgeFlaws({ startMs, messages }: ReceiveRecord, known: Map<string, Known>): string[] {
    return messages
      .filter(({ messageId }) => {
        const sent = known.get(messageId)?.sent;
        return this.purges.some(
          (purge) =>
            purge.isKnown &&
            sent !== undefined &&
            sent.answer !== undefined &&
            sent.endMs + (this.arePurgesStrict ? 0 : LATE_COPY_MS) < purge.startMs &&
            startMs > purge.endMs + (this.arePurgesStrict ? 0 : PURGE_REACHES_MS),
        );
      })
      .map(({ messageId }) => `${messageId} came after it was purged`);
  }

  /** Nobody is given what another holds. */
  #leaseFlaws(): string[] {
    const flaws: string[] = [];
    const plain = this.receives.filter(({ kind }) => kind === "receive");
    for (const [index, one] of plain.entries()) {
      for (const other of plain.slice(0, index)) {
        const apartMs = Math.max(one.endMs, other.endMs) - Math.min(one.startMs, other.startMs);
        if (apartMs + CLOCKS_APART_MS > Math.min(one.timeoutMs, other.timeoutMs)) continue;
        flaws.push(...this.#givenToBoth(one, other));
      }
    }
    return flaws;
  }

  #givenToBoth(one: ReceiveRecord, other: ReceiveRecord): string[] {
    return one.messages
      .filter(({ messageId }) => other.messages.some((twin) => twin.messageId === messageId))
      .filter(({ messageId }) => !this.handles.some((record) => record.messageId === messageId))
      .map(({ messageId }) => `${messageId} was given to two at once`);
  }

  #isMaybeDeleted(messageId: string, beforeMs: number): boolean {
    return this.handles.some(
      (record) =>
        record.kind === "delete" &&
        record.messageId === messageId &&
        record.startMs <= beforeMs &&
        (record.outcome === "deleted" || record.outcome === "unknown"),
    );
  }

  #isMaybePurged({ startMs }: SentRecord): boolean {
    return this.purges.some((purge) => startMs < purge.endMs + PURGE_REACHES_MS);
  }

  /** A purge without an end is the queue's deletion, after which groups may begin anew. */
  #isDeletedBy(atMs: number): boolean {
    return this.purges.some(({ startMs, endMs }) => startMs <= atMs && !Number.isFinite(endMs));
  }

  #isOneLine(one: SentRecord, other: SentRecord): boolean {
    return this.#scope === "queue" || one.group === other.group;
  }

  /** Of each message its number, among those that it must differ from. */
  #lines(known: Map<string, Known>): [string, string][] {
    return [...known.values()].map(({ messageId, sequence, sent }) => {
      const line = this.#scope === "queue" ? "" : sent.group;
      return [`${line} ${sequence}`, messageId];
    });
  }
}

function ownerFlaws(numbers: readonly (readonly [string, string])[]): string[] {
  const owners = new Map<string, string>();
  const flaws: string[] = [];
  for (const [number, messageId] of numbers) {
    const owner = owners.get(number);
    if (owner !== undefined) flaws.push(`${owner} and ${messageId} have the same number`);
    owners.set(number, messageId);
  }
  return flaws;
}
