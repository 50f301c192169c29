/**
 * What two objects ask of each other when messages move from one queue to another. Either side may be
 * evicted, aborted or late at any call: every one of these may fail before it took effect, after it, or
 * take effect twice, and is safe to repeat.
 */
import type { FifoTerms, GroupTerms } from "../domain/fifo-terms.ts";

export type TransferPurpose = "dead-letter" | "redrive";

/** Whether a queue takes messages that another one moves to it, and how it is addressed. */
export type Clearance =
  | {
      readonly kind: "cleared";
      /** A queue that was deleted and created again is another one. */
      readonly queueUid: string;
      /** Of a FIFO queue: its terms, which say who lets its messages in. */
      readonly terms: FifoTerms | undefined;
    }
  | { readonly kind: "no-queue" }
  /** Its RedriveAllowPolicy does not let this source dead-letter to it. */
  | {
      readonly kind: "denied";
      readonly queueUid: string;
      readonly terms: FifoTerms | undefined;
    };

export type TransferAnswer =
  /** All messages up to this number are, or were, in the target. */
  | { readonly kind: "stored"; readonly upToNumber: number }
  /** The queue of this uid is no more. */
  | { readonly kind: "no-queue" }
  /** Not now. */
  | { readonly kind: "busy" };

/** What a source asks of a queue's object. */
export interface TransferTarget {
  clearance(purpose: TransferPurpose, sourceArn: string): Promise<Clearance> | Clearance;
  /**
   * Takes packed messages (`domain/transfer-batch.ts`) of a channel: those whose numbers are above the
   * greatest that came by it. On disk when it is answered. `messageGroupId`: theirs, in a FIFO queue.
   */
  acceptTransfer(
    queueUid: string,
    channel: string,
    packed: Uint8Array,
    messageGroupId: string | undefined,
  ): Promise<TransferAnswer>;
}

/** The same of a message group's object, where groups let messages in themselves. */
export interface GroupTransferTarget {
  acceptGroupTransfer(
    terms: GroupTerms,
    channel: string,
    packed: Uint8Array,
  ): Promise<TransferAnswer>;
}
