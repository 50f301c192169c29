/**
 * AppendBuffer: the messages that were accepted since the last commit, grouped by their delay. At
 * the commit each group becomes one segment, or a few where a cap of size or number is reached.
 */
import { SEGMENT_BYTES_MAX, SEGMENT_MESSAGES_MAX } from "../domain/limits.ts";
import { type NewMessage, packedBytes } from "./segment-codec.ts";

export type SegmentDraft = {
  readonly delayMs: number;
  readonly messages: readonly NewMessage[];
  /** Absent: the moment of the commit. */
  readonly sentAtMs: number | undefined;
};

/** A segment has one time of sending, the latest of its messages': they may differ by this much. */
const SENT_TOGETHER_MS = 20;

export class AppendBuffer {
  #byDelayMs = new Map<number, NewMessage[]>();

  get isEmpty(): boolean {
    return this.#byDelayMs.size === 0;
  }

  add(message: NewMessage, delayMs: number): void {
    const group = this.#byDelayMs.get(delayMs);
    if (group === undefined) this.#byDelayMs.set(delayMs, [message]);
    else group.push(message);
  }

  /** Empties the buffer into drafts that each fit a row. */
  takeDrafts(): SegmentDraft[] {
    const drafts: SegmentDraft[] = [];
    for (const [delayMs, group] of this.#byDelayMs) {
      for (const messages of cut(group)) {
        drafts.push({ delayMs, messages, sentAtMs: messages.at(-1)?.sentAtMs });
      }
    }
    this.clear();
    return drafts;
  }

  clear(): void {
    this.#byDelayMs = new Map();
  }
}

function* cut(group: readonly NewMessage[]): Generator<readonly NewMessage[]> {
  let from = 0;
  let draftBytes = 0;
  for (const [index, message] of group.entries()) {
    const bytes = packedBytes(message);
    const isFull = draftBytes + bytes > SEGMENT_BYTES_MAX || index - from === SEGMENT_MESSAGES_MAX;
    if ((isFull || isApart(group[from], message)) && index > from) {
      yield group.slice(from, index);
      from = index;
      draftBytes = 0;
    }
    draftBytes += bytes;
  }
  yield group.slice(from);
}

function isApart(first: NewMessage | undefined, { sentAtMs = 0 }: NewMessage): boolean {
  return sentAtMs - (first?.sentAtMs ?? sentAtMs) > SENT_TOGETHER_MS;
}
