/**
 * The table of errors: for each shape of the model, and the general ones of AWS's front end, its
 * namespace in JSON, its code in the old Query protocol (also in the header `x-amzn-query-error`)
 * and its HTTP status. A table and not string building, because the two protocols disagree
 * irregularly. Clients pick their exception by either name.
 */
type ErrorEntry = {
  readonly namespace: typeof SQS | typeof CORAL;
  readonly queryCode: string;
  readonly httpStatus: number;
  readonly fault: "Sender" | "Receiver";
};

const SQS = "com.amazonaws.sqs";
const CORAL = "com.amazon.coral.service";

function sqs(queryCode: string, httpStatus = 400): ErrorEntry {
  return { namespace: SQS, queryCode, httpStatus, fault: "Sender" };
}

/** Most of SQS's own codes carry the service's name. */
function named(shape: string, httpStatus = 400): ErrorEntry {
  return sqs(`AWS.SimpleQueueService.${shape}`, httpStatus);
}

function coral(queryCode: string, httpStatus = 400): ErrorEntry {
  const fault = httpStatus < 500 ? "Sender" : "Receiver";
  return { namespace: CORAL, queryCode, httpStatus, fault };
}

const TABLE = {
  BatchEntryIdsNotDistinct: named("BatchEntryIdsNotDistinct"),
  BatchRequestTooLong: named("BatchRequestTooLong"),
  EmptyBatchRequest: named("EmptyBatchRequest"),
  InvalidAddress: sqs("InvalidAddress", 404),
  InvalidAttributeName: sqs("InvalidAttributeName"),
  InvalidAttributeValue: sqs("InvalidAttributeValue"),
  InvalidBatchEntryId: named("InvalidBatchEntryId"),
  InvalidIdFormat: sqs("InvalidIdFormat"),
  InvalidMessageContents: sqs("InvalidMessageContents"),
  InvalidSecurity: sqs("InvalidSecurity", 403),
  KmsAccessDenied: sqs("KMS.AccessDeniedException"),
  KmsDisabled: sqs("KMS.DisabledException"),
  KmsInvalidKeyUsage: sqs("KMS.InvalidKeyUsageException"),
  KmsInvalidState: sqs("KMS.InvalidStateException"),
  KmsNotFound: sqs("KMS.NotFoundException"),
  KmsOptInRequired: sqs("KMS.OptInRequired", 403),
  KmsThrottled: sqs("KMS.ThrottlingException"),
  MessageNotInflight: named("MessageNotInflight"),
  OverLimit: sqs("OverLimit", 403),
  PurgeQueueInProgress: named("PurgeQueueInProgress", 403),
  QueueDeletedRecently: named("QueueDeletedRecently"),
  QueueDoesNotExist: named("NonExistentQueue"),
  QueueNameExists: sqs("QueueAlreadyExists"),
  ReceiptHandleIsInvalid: sqs("ReceiptHandleIsInvalid", 404),
  RequestThrottled: sqs("RequestThrottled", 403),
  ResourceNotFoundException: sqs("ResourceNotFoundException", 404),
  TooManyEntriesInBatchRequest: named("TooManyEntriesInBatchRequest"),
  UnsupportedOperation: named("UnsupportedOperation"),

  AccessDeniedException: coral("AccessDenied", 403),
  ExpiredTokenException: coral("ExpiredToken", 403),
  IncompleteSignatureException: coral("IncompleteSignature"),
  InternalFailure: coral("InternalFailure", 500),
  InvalidParameterValueException: coral("InvalidParameterValue"),
  InvalidSignatureException: coral("SignatureDoesNotMatch", 403),
  MissingRequiredParameterException: coral("MissingParameter"),
  RequestEntityTooLargeException: coral("RequestEntityTooLarge", 413),
  SerializationException: coral("MalformedInput"),
  ServiceUnavailable: coral("ServiceUnavailable", 503),
  UnknownOperationException: coral("InvalidAction"),
  UnrecognizedClientException: coral("InvalidClientTokenId", 403),
};

export type ErrorShape = keyof typeof TABLE;
export const ERRORS: { readonly [S in ErrorShape]: ErrorEntry } = TABLE;
