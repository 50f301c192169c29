/**
 * The actions on messages: the shapes of their requests and the types of their answers, by the names
 * of the published model. What a value must be beyond its form is not said here.
 */
import { BLOB, INTEGER, list, map, STRING, structure, type ValueOf } from "./shape.ts";

const MESSAGE_ATTRIBUTE_VALUE = structure({
  StringValue: STRING,
  BinaryValue: BLOB,
  StringListValues: list(STRING, "StringListValue"),
  BinaryListValues: list(BLOB, "BinaryListValue"),
  DataType: STRING,
});

export type MessageAttributeValue = ValueOf<typeof MESSAGE_ATTRIBUTE_VALUE>;

const SENDABLE = {
  MessageBody: STRING,
  DelaySeconds: INTEGER,
  MessageAttributes: map(MESSAGE_ATTRIBUTE_VALUE, "MessageAttribute"),
  MessageSystemAttributes: map(MESSAGE_ATTRIBUTE_VALUE, "MessageSystemAttribute"),
  MessageDeduplicationId: STRING,
  MessageGroupId: STRING,
} as const;

export const MESSAGE_INPUTS = {
  ChangeMessageVisibility: structure({
    QueueUrl: STRING,
    ReceiptHandle: STRING,
    VisibilityTimeout: INTEGER,
  }),
  ChangeMessageVisibilityBatch: structure({
    QueueUrl: STRING,
    Entries: list(
      structure({ Id: STRING, ReceiptHandle: STRING, VisibilityTimeout: INTEGER }),
      "ChangeMessageVisibilityBatchRequestEntry",
    ),
  }),
  DeleteMessage: structure({ QueueUrl: STRING, ReceiptHandle: STRING }),
  DeleteMessageBatch: structure({
    QueueUrl: STRING,
    Entries: list(
      structure({ Id: STRING, ReceiptHandle: STRING }),
      "DeleteMessageBatchRequestEntry",
    ),
  }),
  ReceiveMessage: structure({
    QueueUrl: STRING,
    AttributeNames: list(STRING, "AttributeName"),
    MessageSystemAttributeNames: list(STRING, "MessageSystemAttributeName"),
    MessageAttributeNames: list(STRING, "MessageAttributeName"),
    MaxNumberOfMessages: INTEGER,
    VisibilityTimeout: INTEGER,
    WaitTimeSeconds: INTEGER,
    ReceiveRequestAttemptId: STRING,
  }),
  SendMessage: structure({ QueueUrl: STRING, ...SENDABLE }),
  SendMessageBatch: structure({
    QueueUrl: STRING,
    Entries: list(structure({ Id: STRING, ...SENDABLE }), "SendMessageBatchRequestEntry"),
  }),
} as const;

export type BatchResultErrorEntry = {
  readonly Id: string;
  readonly SenderFault: boolean;
  readonly Code: string;
  readonly Message?: string;
};

/** Either list is left out when it is empty: clients rely on it. */
type BatchOutput<Success> = {
  readonly Successful?: readonly Success[];
  readonly Failed?: readonly BatchResultErrorEntry[];
};

type SendResult = {
  readonly MessageId: string;
  readonly MD5OfMessageBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly MD5OfMessageSystemAttributes?: string;
  readonly SequenceNumber?: string;
};

export type Message = {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly MD5OfBody: string;
  readonly Body: string;
  readonly Attributes?: ReadonlyMap<string, string>;
  readonly MD5OfMessageAttributes?: string;
  readonly MessageAttributes?: ReadonlyMap<string, MessageAttributeValue>;
};

export type MessageOutputs = {
  ChangeMessageVisibility: undefined;
  ChangeMessageVisibilityBatch: BatchOutput<{ readonly Id: string }>;
  DeleteMessage: undefined;
  DeleteMessageBatch: BatchOutput<{ readonly Id: string }>;
  ReceiveMessage: { readonly Messages?: readonly Message[] };
  SendMessage: SendResult;
  SendMessageBatch: BatchOutput<SendResult & { readonly Id: string }>;
};
