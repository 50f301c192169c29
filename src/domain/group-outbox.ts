/**
 * GroupOutbox: the messages that a FIFO queue let in and has yet to hand to their groups. A group gets
 * its messages in order, one call at a time; what comes meanwhile goes with the next call. They are on
 * the queue's disk already (`storage/acceptance-journal.ts`), so whatever happens to a call, it can be
 * repeated: the group knows by their numbers what it has.
 */
import { type OrderedMessage, sequenceOf } from "./ordered-shipment.ts";

type Line = {
  waiting: OrderedMessage[];
  /** The first of them, while a call is under way. */
  sending?: readonly OrderedMessage[] | undefined;
};

/** Messages of one call: more wait for the next. */
const CALL_MESSAGES_MAX = 512;
const CALL_BYTES_MAX = 4 * 1024 * 1024;

export class GroupOutbox {
  readonly #lines = new Map<string, Line>();
  /** The groups with messages that nobody is sending. */
  readonly #idle = new Set<string>();
  /** All that are not handed over, in order; the handed over ones are dropped from the front. */
  #sequences: number[] = [];
  #from = 0;
  readonly #handedOver = new Set<number>();
  #bytes = 0;

  /** What is in here. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#sequences.length - this.#from - this.#handedOver.size;
  }

  /** The smallest number that was not handed over; undefined when all were. */
  get firstSequence(): number | undefined {
    return this.#sequences[this.#from];
  }

  /** Whether the message of this number is in here. */
  holds(sequence: number): boolean {
    let low = this.#from;
    let high = this.#sequences.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sequences[middle] ?? 0) < sequence) low = middle + 1;
      else high = middle;
    }
    return this.#sequences[low] === sequence && !this.#handedOver.has(sequence);
  }

  has(messageGroupId: string): boolean {
    return this.#lines.has(messageGroupId);
  }

  /** Numbers only grow from call to call. */
  add(message: OrderedMessage): void {
    const { messageGroupId } = message;
    const line = this.#lines.get(messageGroupId) ?? { waiting: [] };
    this.#lines.set(messageGroupId, line);
    line.waiting.push(message);
    if (line.sending === undefined) this.#idle.add(messageGroupId);
    this.#sequences.push(sequenceOf(message.payload));
    this.#bytes += message.payload.byteLength;
  }

  /** The groups with messages that nobody is sending, longest first. */
  get idleGroups(): Iterable<string> {
    return this.#idle;
  }

  /** The next messages for a group; they stay here until `handedOver`. */
  beginCall(messageGroupId: string): readonly OrderedMessage[] {
    const line = this.#lines.get(messageGroupId);
    if (line === undefined) return [];
    let bytes = 0;
    let count = 0;
    for (const { payload } of line.waiting) {
      bytes += payload.byteLength;
      if (count > 0 && (bytes > CALL_BYTES_MAX || count === CALL_MESSAGES_MAX)) break;
      count++;
    }
    line.sending = line.waiting.slice(0, count);
    this.#idle.delete(messageGroupId);
    return line.sending;
  }

  /** The group has them. What a purge took out of here meanwhile is of no interest any more. */
  handedOver(messageGroupId: string, messages: readonly OrderedMessage[]): void {
    const line = this.#lines.get(messageGroupId);
    if (line === undefined || line.sending !== messages) return;
    line.sending = undefined;
    line.waiting.splice(0, messages.length);
    if (line.waiting.length === 0) this.#lines.delete(messageGroupId);
    else this.#idle.add(messageGroupId);
    for (const { payload } of messages) {
      this.#bytes -= payload.byteLength;
      this.#handedOver.add(sequenceOf(payload));
    }
    this.#dropHandedOver();
  }

  /** The call failed, or its answer was lost: the same messages go with the next. */
  failed(messageGroupId: string, messages: readonly OrderedMessage[]): void {
    const line = this.#lines.get(messageGroupId);
    if (line?.sending !== messages) return;
    line.sending = undefined;
    this.#idle.add(messageGroupId);
  }

  clear(): void {
    this.#lines.clear();
    this.#idle.clear();
    this.#sequences = [];
    this.#from = 0;
    this.#handedOver.clear();
    this.#bytes = 0;
  }

  #dropHandedOver(): void {
    for (;;) {
      const first = this.#sequences[this.#from];
      if (first === undefined || !this.#handedOver.delete(first)) break;
      this.#from++;
    }
    if (this.#from * 2 <= this.#sequences.length) return;
    this.#sequences = this.#sequences.slice(this.#from);
    this.#from = 0;
  }
}
