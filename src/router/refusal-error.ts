/**
 * The one place where a refusal becomes SQS's error shape and text. Texts are those of recorded
 * answers of AWS where there is a recording.
 */
import { unreachable } from "../domain/assert.ts";
import type {
  AccessRefusal,
  AttributeRefusal,
  BatchRefusal,
  EncryptionRefusal,
  MoveTaskRefusal,
  ParameterRefusal,
  QueueRefusal,
  ReceiptRefusal,
  Refusal,
} from "../domain/refusal.ts";
import { ERRORS, type ErrorShape } from "../protocol/errors.ts";
import type { BatchResultErrorEntry } from "../protocol/message-actions.ts";
import type { WireError } from "../protocol/wire-error.ts";
import { LEGAL_CHARACTERS } from "./message-content.ts";

export function wireError(refusal: Refusal): WireError {
  switch (refusal.kind) {
    case "queue-does-not-exist":
    case "queue-name-exists":
    case "queue-deleted-recently":
    case "purge-in-progress":
    case "too-many-in-flight":
    case "queue-busy":
      return queueError(refusal);
    case "attribute-unknown":
    case "attribute-needs-fifo":
    case "attribute-value-invalid":
    case "encryption-kinds-conflict":
    case "policy-over-limit":
      return attributeError(refusal);
    case "parameter-missing":
    case "parameter-invalid":
    case "request-invalid":
    case "message-too-long":
    case "message-characters-invalid":
    case "message-empty":
    case "deduplication-id-missing":
    case "message-group-id-missing":
    case "receive-attempt-over":
    case "operation-unsupported":
      return parameterError(refusal);
    case "receipt-handle-garbage":
    case "receipt-handle-foreign":
    case "receipt-handle-expired":
    case "message-not-available":
    case "visibility-beyond-limit":
      return receiptError(refusal);
    case "batch-empty":
    case "batch-too-many-entries":
    case "batch-entry-id-invalid":
    case "batch-entry-id-repeated":
    case "batch-too-long":
      return batchError(refusal);
    default:
      // All that is left: a kind that belongs nowhere does not compile there.
      return rarerError(refusal);
  }
}

function rarerError(refusal: MoveTaskRefusal | EncryptionRefusal | AccessRefusal): WireError {
  switch (refusal.kind) {
    case "access-denied":
      return error("AccessDeniedException", refusal.reason);
    case "too-many-polls":
      return error("RequestThrottled", "Too many requests of this access key wait for messages.");
    case "encryption-differs":
    case "kms-key-missing":
    case "kms-key-disabled":
      return encryptionError(refusal);
    default:
      return moveTaskError(refusal);
  }
}

function queueError(refusal: QueueRefusal): WireError {
  switch (refusal.kind) {
    case "queue-does-not-exist":
      return error("QueueDoesNotExist", "The specified queue does not exist.");
    case "queue-name-exists":
      return error(
        "QueueNameExists",
        `A queue already exists with the same name and a different value for ${
          refusal.differingAttribute === "tags" ? "tags" : `attribute ${refusal.differingAttribute}`
        }`,
      );
    case "queue-deleted-recently":
      return error(
        "QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
      );
    case "purge-in-progress":
      return error(
        "PurgeQueueInProgress",
        `Only one PurgeQueue operation on ${refusal.queueName} is allowed every 60 seconds.`,
      );
    case "queue-busy":
      return error("ServiceUnavailable", "The queue takes no more messages now; try again.");
    case "too-many-in-flight":
      return error(
        "OverLimit",
        "Too many messages have been received without being deleted.\nPlease delete your received messages or let them timeout before receiving more.",
      );
    default:
      return unreachable(refusal);
  }
}

function attributeError(refusal: AttributeRefusal): WireError {
  switch (refusal.kind) {
    case "attribute-unknown":
      return error("InvalidAttributeName", `Unknown Attribute ${refusal.attributeName}.`);
    case "attribute-needs-fifo":
      return error(
        "InvalidAttributeName",
        `You can specify the ${refusal.attributeName} only when FifoQueue is set to true.`,
      );
    case "attribute-value-invalid":
      return error("InvalidAttributeValue", attributeValueText(refusal));
    case "encryption-kinds-conflict":
      return error(
        "InvalidAttributeName",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.",
      );
    case "policy-over-limit":
      return error("OverLimit", refusal.reason);
    default:
      return unreachable(refusal);
  }
}

function parameterError(refusal: ParameterRefusal): WireError {
  switch (refusal.kind) {
    case "parameter-missing":
      return missingParameter(refusal.parameterName);
    case "parameter-invalid":
      return invalidParameter(
        `Value ${refusal.value} for parameter ${refusal.parameterName} is invalid. Reason: ${refusal.reason}.`,
      );
    case "request-invalid":
      return invalidParameter(refusal.message);
    case "message-too-long":
      return invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${refusal.maximumBytes} bytes.`,
      );
    case "message-characters-invalid":
      return error("InvalidMessageContents", `Invalid characters found. ${LEGAL_CHARACTERS}`);
    case "message-empty":
      return missingParameter("MessageBody");
    case "deduplication-id-missing":
      return invalidParameter(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
      );
    case "message-group-id-missing":
      return missingParameter("MessageGroupId");
    case "receive-attempt-over":
      return invalidParameter(
        `Value ${refusal.attemptId} for parameter ReceiveRequestAttemptId is invalid. Reason: The receiveRequestAttemptId is not valid anymore since the receive call is not retryable.`,
      );
    case "operation-unsupported":
      return error("UnsupportedOperation", refusal.message);
    default:
      return unreachable(refusal);
  }
}

function receiptError(refusal: ReceiptRefusal): WireError {
  switch (refusal.kind) {
    case "receipt-handle-garbage":
      return error(
        "ReceiptHandleIsInvalid",
        `The input receipt handle "${refusal.receiptHandle}" is not a valid receipt handle.`,
      );
    case "receipt-handle-foreign":
      return error(
        "ReceiptHandleIsInvalid",
        `The receipt handle "${refusal.receiptHandle}" is not valid for this queue.`,
      );
    case "receipt-handle-expired":
      return invalidParameter(
        `Value ${refusal.receiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
      );
    case "message-not-available":
      return invalidParameter(
        `Value ${refusal.receiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
      );
    case "visibility-beyond-limit":
      return invalidParameter(
        `Value ${refusal.visibilityTimeoutSeconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]`,
      );
    default:
      return unreachable(refusal);
  }
}

function batchError(refusal: BatchRefusal): WireError {
  switch (refusal.kind) {
    case "batch-empty":
      return error(
        "EmptyBatchRequest",
        `There should be at least one ${refusal.entryType} in the request.`,
      );
    case "batch-too-many-entries":
      return error(
        "TooManyEntriesInBatchRequest",
        `Maximum number of entries per request are 10. You have sent ${refusal.entryCount}.`,
      );
    case "batch-entry-id-invalid":
      return error(
        "InvalidBatchEntryId",
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
      );
    case "batch-entry-id-repeated":
      return error("BatchEntryIdsNotDistinct", `Id ${refusal.entryId} repeated.`);
    case "batch-too-long":
      return error(
        "BatchRequestTooLong",
        `Batch requests cannot be longer than 1048576 bytes. You have sent ${refusal.batchBytes} bytes.`,
      );
    default:
      return unreachable(refusal);
  }
}

function moveTaskError(refusal: MoveTaskRefusal): WireError {
  switch (refusal.kind) {
    case "resource-does-not-exist":
      return error(
        "ResourceNotFoundException",
        `The resource that you specified for the ${refusal.parameterName} parameter doesn't exist.`,
      );
    case "move-task-running":
      return invalidParameter(
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
      );
    case "move-task-does-not-exist":
      return error("ResourceNotFoundException", "Task does not exist.");
    case "move-task-not-active":
      return invalidParameter("Only active tasks can be cancelled.");
    default:
      return unreachable(refusal);
  }
}

/** In the words of KMS, whose errors SQS passes on. */
function encryptionError(refusal: EncryptionRefusal): WireError {
  switch (refusal.kind) {
    case "encryption-differs":
      return error("ServiceUnavailable", "The queue's encryption is being changed; try again.");
    case "kms-key-missing": {
      const { keyId } = refusal;
      const isAlias = /(^|:)alias\//.test(keyId);
      return error(
        "KmsNotFound",
        isAlias ? `Alias ${keyId} is not found.` : `Key '${keyId}' does not exist`,
      );
    }
    case "kms-key-disabled":
      return error("KmsDisabled", `${refusal.keyId} is disabled.`);
    default:
      return unreachable(refusal);
  }
}

/** A refused entry of a batch; SQS words two of them differently than for a single message. */
export function batchFailure(id: string, refusal: Refusal): BatchResultErrorEntry {
  const { shape, message } = wireError(refusal);
  const failure = { Id: id, SenderFault: refusal.kind !== "queue-busy" };
  if (refusal.kind === "message-empty") {
    return { ...failure, Code: "EmptyValue", Message: "The message body must not be empty." };
  }
  if (refusal.kind === "message-too-long") {
    const text = message.replace("are invalid", "cannot be validated");
    return { ...failure, Code: ERRORS[shape].queryCode, Message: text };
  }
  return { ...failure, Code: ERRORS[shape].queryCode, Message: message };
}

function attributeValueText({
  attributeName,
  reason,
}: {
  attributeName: string;
  reason?: string;
}): string {
  const text = `Invalid value for the parameter ${attributeName}.`;
  return reason === undefined ? text : `${text} Reason: ${reason}`;
}

function missingParameter(parameterName: string): WireError {
  return error(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${parameterName}.`,
  );
}

function invalidParameter(message: string): WireError {
  return error("InvalidParameterValueException", message);
}

/** Errors echo input, but not without a bound. */
function error(shape: ErrorShape, message: string): WireError {
  const isLong = message.length > MESSAGE_LENGTH_MAX;
  return { shape, message: isLong ? `${message.slice(0, MESSAGE_LENGTH_MAX)}…` : message };
}

const MESSAGE_LENGTH_MAX = 2048;
