/**
 * QueueRequests: what a QueueLoad asks of one queue, in one of the two protocols: the same messages and
 * terms, spelled differently, and how to read the answers.
 */
import { objectsOf, parseObject, stringOf } from "../support/json-value.ts";
import type { HttpAnswer } from "../support/response-reader.ts";
import { queryRequest, queryRequestHead } from "../support/sqs-request.ts";
import {
  BATCH_SIZE,
  BODY_BYTES,
  DeleteRequests,
  receiveRequest,
  sendBatchRequest,
  sendRequest,
  VISIBILITY_TIMEOUT_SECONDS,
} from "./message.ts";

export type QueueRequests = {
  readonly send: Buffer;
  readonly sendBatch: Buffer;
  readonly receiveOne: Buffer;
  readonly receiveTen: Buffer;
  readonly deleteOne: (receiptHandle: string) => string;
  readonly deleteBatch: (receiptHandles: readonly string[]) => string;
  /** The receipt handles in the answer to a receive. */
  readonly handlesOf: (answer: HttpAnswer) => string[];
  /** In the answer to a batch of which an entry failed. */
  readonly failedEntry: string;
};

export function jsonRequests(host: string, queueUrl: string): QueueRequests {
  const deletes = new DeleteRequests(host, queueUrl);
  return {
    send: sendRequest(host, queueUrl),
    sendBatch: sendBatchRequest(host, queueUrl),
    receiveOne: receiveRequest(host, queueUrl, { maxCount: 1 }),
    receiveTen: receiveRequest(host, queueUrl, { maxCount: BATCH_SIZE }),
    deleteOne: (receiptHandle) => deletes.one(receiptHandle),
    deleteBatch: (receiptHandles) => deletes.batch(receiptHandles),
    handlesOf: jsonHandlesOf,
    failedEntry: '"Failed":',
  };
}

export function queryRequests(host: string, queueUrl: string): QueueRequests {
  const head = queryRequestHead(host, new URL(queueUrl).pathname);
  const request = (parameters: Record<string, string>) => queryRequest(head, parameters);
  const batch = (Action: string, entries: readonly Record<string, string>[]) => {
    return request({ Action, ...flattened(`${Action}RequestEntry`, entries) });
  };
  const receive = (maxCount: number) => {
    const terms = { WaitTimeSeconds: "0", VisibilityTimeout: `${VISIBILITY_TIMEOUT_SECONDS}` };
    const MaxNumberOfMessages = `${maxCount}`;
    return Buffer.from(request({ Action: "ReceiveMessage", MaxNumberOfMessages, ...terms }));
  };
  const MessageBody = "m".repeat(BODY_BYTES);
  const entries = Array.from({ length: BATCH_SIZE }, () => ({ MessageBody }));
  return {
    send: Buffer.from(request({ Action: "SendMessage", MessageBody })),
    sendBatch: Buffer.from(batch("SendMessageBatch", entries)),
    receiveOne: receive(1),
    receiveTen: receive(BATCH_SIZE),
    deleteOne: (ReceiptHandle) => request({ Action: "DeleteMessage", ReceiptHandle }),
    deleteBatch: (receiptHandles) => {
      const deletions = receiptHandles.map((ReceiptHandle) => ({ ReceiptHandle }));
      return batch("DeleteMessageBatch", deletions);
    },
    handlesOf: xmlHandlesOf,
    failedEntry: "<BatchResultErrorEntry>",
  };
}

export function jsonHandlesOf(answer: HttpAnswer): string[] {
  if (answer.status !== 200) return [];
  const messages = objectsOf(parseObject(answer.body.toString("utf8")), "Messages");
  return messages.map((message) => stringOf(message, "ReceiptHandle"));
}

const RECEIPT_HANDLE = /<ReceiptHandle>([^<]+)<\/ReceiptHandle>/g;

/** Handles are base64, in which XML escapes nothing. */
function xmlHandlesOf(answer: HttpAnswer): string[] {
  const found = answer.body.toString("utf8").matchAll(RECEIPT_HANDLE);
  return [...found].flatMap(([, handle]) => (handle === undefined ? [] : [handle]));
}

/** `SendMessageBatchRequestEntry.1.MessageBody` and so on, each with its number for an Id. */
function flattened(
  list: string,
  entries: readonly Record<string, string>[],
): Record<string, string> {
  const parameters = entries.flatMap((entry, index) =>
    Object.entries({ Id: `${index}`, ...entry }).map(([member, value]) => {
      return [`${list}.${index + 1}.${member}`, value] as const;
    }),
  );
  return Object.fromEntries(parameters);
}
