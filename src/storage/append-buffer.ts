/**
 * AppendBuffer: the messages that were accepted since the last commit, grouped by their delay, and by
 * when they were sent if that was before. At the commit each group becomes one segment, or a few where a cap of size or number is reached.
 */
import { SEGMENT_BYTES_MAX, SEGMENT_MESSAGES_MAX } from "../domain/limits.ts";
import { type NewMessage, packedBytes } from "./segment-codec.ts";

export type SegmentDraft = {
  readonly delayMs: number;
  readonly messages: readonly NewMessage[];
  /** The latest of its messages'; absent: the moment of the commit. */
  readonly sentAtMs: number | undefined;
};

type Group = { readonly delayMs: number; readonly messages: NewMessage[] };

/** Messages from another queue expire up to so much late. */
const EXPIRE_TOGETHER_MS = 1_000;
/** In an ordered log the times of one segment's messages differ by this much at most. */
const SENT_TOGETHER_MS = 20;

export class AppendBuffer {
  readonly #isOrdered: boolean;
  #groups = new Map<string, Group>();

  /** In an ordered log all messages are in the order of their sending already. */
  constructor(isOrdered: boolean) {
    this.#isOrdered = isOrdered;
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  add(message: NewMessage, delayMs: number): void {
    const key = this.#keyOf(message, delayMs);
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { delayMs, messages: [message] });
    else group.messages.push(message);
  }

  /** Empties the buffer into drafts that each fit a row. */
  takeDrafts(): SegmentDraft[] {
    const drafts: SegmentDraft[] = [];
    for (const group of this.#groups.values()) {
      for (const messages of cut(group.messages, this.#apartMs))
        drafts.push(draftOf(messages, group.delayMs));
    }
    this.clear();
    return drafts;
  }

  clear(): void {
    this.#groups = new Map();
  }

  get #apartMs(): number {
    return this.#isOrdered ? SENT_TOGETHER_MS : EXPIRE_TOGETHER_MS;
  }

  /** Messages that were sent at about the same time expire at about the same time. */
  #keyOf({ sentAtMs }: NewMessage, delayMs: number): string {
    if (this.#isOrdered || sentAtMs === undefined) return String(delayMs);
    return `${delayMs} ${Math.floor(sentAtMs / EXPIRE_TOGETHER_MS)}`;
  }
}

/** A segment expires with the message of it that was sent last. */
function draftOf(messages: readonly NewMessage[], delayMs: number): SegmentDraft {
  const sentAtMs = messages.reduce((latest, message) => Math.max(latest, message.sentAtMs ?? 0), 0);
  return { delayMs, messages, sentAtMs: sentAtMs === 0 ? undefined : sentAtMs };
}

function* cut(group: readonly NewMessage[], apartMs: number): Generator<readonly NewMessage[]> {
  let from = 0;
  let draftBytes = 0;
  for (const [index, message] of group.entries()) {
    const bytes = packedBytes(message);
    const isFull = draftBytes + bytes > SEGMENT_BYTES_MAX || index - from === SEGMENT_MESSAGES_MAX;
    if ((isFull || isApart(group[from], message, apartMs)) && index > from) {
      yield group.slice(from, index);
      from = index;
      draftBytes = 0;
    }
    draftBytes += bytes;
  }
  yield group.slice(from);
}

function isApart(
  first: NewMessage | undefined,
  { sentAtMs = 0 }: NewMessage,
  apartMs: number,
): boolean {
  return sentAtMs - (first?.sentAtMs ?? sentAtMs) > apartMs;
}
