/**
 * Admission: whether a FIFO message is let in, and the sequence number that it gets. One of these
 * stands before each queue, or before each message group, by the deduplication scope. It knows
 * neither where messages go nor when what it remembers is written.
 *
 * Invariants:
 * - Within five minutes a deduplication id is let in once.
 * - Sequence numbers strictly increase, also over restarts.
 */
import { deduplicationKey } from "../domain/deduplication-key.ts";
import type { FifoTerms } from "../domain/fifo-terms.ts";
import { type OrderedMessage, setSequence } from "../domain/ordered-shipment.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { SentMessage } from "../domain/sent-message.ts";
import { nextSequence } from "../domain/sequence-number.ts";
import {
  type DeduplicationEntry,
  DeduplicationWindow,
  packEntries,
} from "./deduplication-window.ts";

export type Admitted =
  | { readonly kind: "new"; readonly sent: SentMessage }
  | { readonly kind: "duplicate"; readonly sent: SentMessage }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** SQS refuses a request as a whole if one of its messages has no deduplication id. */
export function deduplicationFlaw(
  messages: readonly OrderedMessage[],
  { isContentBasedDeduplication }: FifoTerms,
): Refusal | undefined {
  if (isContentBasedDeduplication) return undefined;
  const lacksId = messages.some(({ isContentBased }) => isContentBased);
  return lacksId ? { kind: "deduplication-id-missing" } : undefined;
}

export class Admission {
  readonly #window = new DeduplicationWindow();
  #unwritten: DeduplicationEntry[] = [];
  #lastSequence = 0;

  /** Of all that was let in, as far as this knows. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Learns of a number that was given out in an earlier life. */
  reached(sequence: number): void {
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
  }

  /** Learns entries from disk. */
  load(packed: Uint8Array, nowMs: number): void {
    this.#window.load(packed, nowMs);
    this.reached(this.#window.greatestSequence);
  }

  /** Lets a message in and writes its number into its payload, unless it is refused or a duplicate. */
  admit(message: OrderedMessage, terms: FifoTerms, nowMs: number): Admitted {
    if (message.sizeBytes > terms.maximumMessageBytes) {
      const refusal = {
        kind: "message-too-long",
        maximumBytes: terms.maximumMessageBytes,
      } as const;
      return { kind: "refused", refusal };
    }
    const key = deduplicationKey(message.deduplicationId, terms.issuer.key);
    const original = this.#window.find(key, nowMs);
    if (original !== undefined) {
      const { sequence, messageId: originalId } = original;
      return { kind: "duplicate", sent: { sequence, originalId } };
    }
    const sequence = this.number(message.payload, nowMs);
    const entry = { key, messageId: message.id, sequence };
    this.#window.add(entry);
    this.#unwritten.push(entry);
    return { kind: "new", sent: { sequence } };
  }

  /** Gives the next number to a message that is let in. */
  number(payload: Uint8Array, nowMs: number): number {
    this.#lastSequence = nextSequence(this.#lastSequence, nowMs);
    setSequence(payload, this.#lastSequence);
    return this.#lastSequence;
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.length > 0;
  }

  /** The entries since the last call, packed, for the commit; undefined if there are none. */
  takeEntries(nowMs: number): Uint8Array | undefined {
    this.#window.forgetExpired(nowMs);
    if (this.#unwritten.length === 0) return undefined;
    const packed = packEntries(this.#unwritten);
    this.#unwritten = [];
    return packed;
  }

  /** A purge: ids may be used again at once; numbers go on. */
  clear(): void {
    this.#window.clear();
    this.#unwritten = [];
  }
}
