/**
 * FifoTerms: what a FIFO queue's Worker and message groups need to know of the queue to act without
 * asking it. They travel with every command to a group, so a group never has to keep up with the
 * queue's attributes; terms that are a few seconds old do no harm, because SQS itself allows a minute
 * for a change of attributes.
 */
import type { DeadLetterTerms } from "./dead-letter-terms.ts";
import type { EncryptionTerms } from "./encryption-terms.ts";
import type { DeduplicationScope } from "./fifo-attributes.ts";
import type { ReceiptIssuer } from "./receipt-handle.ts";

export type FifoTerms = {
  /** The name of the queue's own object. */
  readonly queueObjectName: string;
  readonly issuer: ReceiptIssuer;
  /** As it was at the queue's creation: it decides who deduplicates, for ever. */
  readonly scope: DeduplicationScope;
  /** A group drops what it holds when this grows. */
  readonly purgedSequence: number;
  readonly isContentBasedDeduplication: boolean;
  readonly maximumMessageBytes: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly encryption: EncryptionTerms;
  /** Absent: the queue has no dead-letter queue. */
  readonly deadLetter?: DeadLetterTerms;
};

/** The terms of one group's queue, and which of its groups it is. */
export type GroupTerms = FifoTerms & { readonly messageGroupId: string };
