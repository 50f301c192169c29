/**
 * Refusal: everything a caller may be told no for, as one tagged union that carries its evidence.
 *
 * Refusals are returned, never thrown, also across Durable Object RPC. They know neither SQS's
 * error shapes nor its texts: `router/refusal-error.ts` turns each kind into wire words, in one
 * exhaustive switch. What cannot happen unless Millrace is wrong is an assertion instead.
 */
import type { EncryptionTerms } from "./encryption-terms.ts";

export type Refusal =
  | AccessRefusal
  | QueueRefusal
  | AttributeRefusal
  | ParameterRefusal
  | BatchRefusal
  | ReceiptRefusal
  | MoveTaskRefusal
  | EncryptionRefusal;

/** Whoever calls may not, or not as often. */
export type AccessRefusal =
  /** In the words of `policy/denial-text.ts`. */
  { readonly kind: "access-denied"; readonly reason: string } | { readonly kind: "too-many-polls" };

/** The queue, or the account's directory of queues, says no. */
export type QueueRefusal =
  | { readonly kind: "queue-does-not-exist" }
  | { readonly kind: "queue-name-exists"; readonly differingAttribute: string }
  | { readonly kind: "queue-deleted-recently" }
  | { readonly kind: "purge-in-progress"; readonly queueName: string }
  | { readonly kind: "too-many-in-flight" }
  /** More is on its way to the message groups than the queue's object may hold. */
  | { readonly kind: "queue-busy" };

/** A queue attribute, or the set of them, is not acceptable. */
export type AttributeRefusal =
  | { readonly kind: "attribute-unknown"; readonly attributeName: string }
  | { readonly kind: "attribute-needs-fifo"; readonly attributeName: string }
  | {
      readonly kind: "attribute-value-invalid";
      readonly attributeName: string;
      readonly reason?: string;
    }
  | { readonly kind: "encryption-kinds-conflict" }
  | { readonly kind: "policy-over-limit"; readonly reason: string };

/** One parameter of a request is missing, out of range or malformed. */
export type ParameterRefusal =
  | { readonly kind: "parameter-missing"; readonly parameterName: string }
  | {
      readonly kind: "parameter-invalid";
      readonly parameterName: string;
      readonly value: string;
      readonly reason: string;
    }
  | { readonly kind: "request-invalid"; readonly message: string }
  | { readonly kind: "message-too-long"; readonly maximumBytes: number }
  | { readonly kind: "message-characters-invalid" }
  | { readonly kind: "message-empty" }
  | { readonly kind: "deduplication-id-missing" }
  | { readonly kind: "message-group-id-missing" }
  | { readonly kind: "receive-attempt-over"; readonly attemptId: string }
  | { readonly kind: "operation-unsupported"; readonly message: string };

/** A batch as a whole is not acceptable. */
export type BatchRefusal =
  | { readonly kind: "batch-empty"; readonly entryType: string }
  | { readonly kind: "batch-too-many-entries"; readonly entryCount: number }
  | { readonly kind: "batch-entry-id-invalid" }
  | { readonly kind: "batch-entry-id-repeated"; readonly entryId: string }
  | { readonly kind: "batch-too-long"; readonly batchBytes: number };

/** A receipt handle does not lead to a message that the command may touch. */
export type ReceiptRefusal =
  | { readonly kind: "receipt-handle-garbage"; readonly receiptHandle: string }
  | { readonly kind: "receipt-handle-foreign"; readonly receiptHandle: string }
  | { readonly kind: "receipt-handle-expired"; readonly receiptHandle: string }
  | { readonly kind: "message-not-available"; readonly receiptHandle: string }
  | { readonly kind: "visibility-beyond-limit"; readonly visibilityTimeoutSeconds: number };

/** A message move task cannot be started, or not be cancelled. */
export type MoveTaskRefusal =
  /** No queue has the ARN that is given under this name. */
  | { readonly kind: "resource-does-not-exist"; readonly parameterName: string }
  | { readonly kind: "move-task-running" }
  | { readonly kind: "move-task-does-not-exist" }
  | { readonly kind: "move-task-not-active" };

/** Messages cannot be sealed or opened as the queue wants it. */
export type EncryptionRefusal =
  /** Done under other terms than the queue's: the Worker does it again, under these. */
  | { readonly kind: "encryption-differs"; readonly terms: EncryptionTerms }
  | { readonly kind: "kms-key-missing"; readonly keyId: string }
  | { readonly kind: "kms-key-disabled"; readonly keyId: string };
