/**
 * The errors of SQS by the shape of the published model: namespace in JSON, code of the Query
 * protocol, HTTP status. Written out a second time on purpose: `src/protocol/errors.ts` is what is
 * tested, so it cannot be the measure.
 */
type Entry = { readonly type: string; readonly queryCode: string; readonly status: number };

function sqs(shape: string, queryCode: string, status = 400): [string, Entry] {
  return [shape, { type: `com.amazonaws.sqs#${shape}`, queryCode, status }];
}

function coral(shape: string, queryCode: string, status = 400): [string, Entry] {
  return [shape, { type: `com.amazon.coral.service#${shape}`, queryCode, status }];
}

export const ERROR_TABLE: ReadonlyMap<string, Entry> = new Map([
  sqs("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
  sqs("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"),
  sqs("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
  sqs("InvalidAddress", "InvalidAddress", 404),
  sqs("InvalidAttributeName", "InvalidAttributeName"),
  sqs("InvalidAttributeValue", "InvalidAttributeValue"),
  sqs("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"),
  sqs("InvalidIdFormat", "InvalidIdFormat"),
  sqs("InvalidMessageContents", "InvalidMessageContents"),
  sqs("InvalidSecurity", "InvalidSecurity", 403),
  sqs("KmsAccessDenied", "KMS.AccessDeniedException"),
  sqs("KmsDisabled", "KMS.DisabledException"),
  sqs("KmsInvalidKeyUsage", "KMS.InvalidKeyUsageException"),
  sqs("KmsInvalidState", "KMS.InvalidStateException"),
  sqs("KmsNotFound", "KMS.NotFoundException"),
  sqs("KmsOptInRequired", "KMS.OptInRequired", 403),
  sqs("KmsThrottled", "KMS.ThrottlingException"),
  sqs("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
  sqs("OverLimit", "OverLimit", 403),
  sqs("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403),
  sqs("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"),
  sqs("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
  sqs("QueueNameExists", "QueueAlreadyExists"),
  sqs("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404),
  sqs("RequestThrottled", "RequestThrottled", 403),
  sqs("ResourceNotFoundException", "ResourceNotFoundException", 404),
  sqs("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
  sqs("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"),
  coral("AccessDeniedException", "AccessDenied", 403),
  coral("IncompleteSignatureException", "IncompleteSignature"),
  coral("InvalidParameterValueException", "InvalidParameterValue"),
  coral("InvalidSignatureException", "SignatureDoesNotMatch", 403),
  coral("MissingRequiredParameterException", "MissingParameter"),
  coral("SerializationException", "MalformedInput"),
  coral("UnknownOperationException", "InvalidAction"),
  coral("UnrecognizedClientException", "InvalidClientTokenId", 403),
]);
