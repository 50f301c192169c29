/**
 * The bench's requests, as complete bytes: built once where they never change. Every message has a
 * body of 256 bytes.
 */
import { requestHead, sqsRequest } from "../support/sqs-request.ts";

export const BATCH_SIZE = 10;

export const BODY_BYTES = 256;
/** In flight for longer than any measurement: what is received is not received again in it. */
export const VISIBILITY_TIMEOUT_SECONDS = 600;

export function sendRequest(host: string, queueUrl: string): Buffer {
  const input = { QueueUrl: queueUrl, MessageBody: "m".repeat(BODY_BYTES) };
  return Buffer.from(sqsRequest(requestHead("SendMessage", host), input));
}

export function sendBatchRequest(host: string, queueUrl: string): Buffer {
  const entries = Array.from({ length: BATCH_SIZE }, (_, index) => ({
    Id: `${index}`,
    MessageBody: "m".repeat(BODY_BYTES),
  }));
  const input = { QueueUrl: queueUrl, Entries: entries };
  return Buffer.from(sqsRequest(requestHead("SendMessageBatch", host), input));
}

export function receiveRequest(
  host: string,
  queueUrl: string,
  terms: { readonly maxCount: number; readonly waitTimeSeconds?: number },
): Buffer {
  const input = {
    QueueUrl: queueUrl,
    MaxNumberOfMessages: terms.maxCount,
    WaitTimeSeconds: terms.waitTimeSeconds ?? 0,
    VisibilityTimeout: VISIBILITY_TIMEOUT_SECONDS,
  };
  return Buffer.from(sqsRequest(requestHead("ReceiveMessage", host), input));
}

/** Builds DeleteMessage for one handle, DeleteMessageBatch for several. */
export class DeleteRequests {
  readonly #queueUrl: string;
  readonly #deleteHead: string;
  readonly #batchHead: string;

  constructor(host: string, queueUrl: string) {
    this.#queueUrl = queueUrl;
    this.#deleteHead = requestHead("DeleteMessage", host);
    this.#batchHead = requestHead("DeleteMessageBatch", host);
  }

  one(receiptHandle: string): string {
    const input = { QueueUrl: this.#queueUrl, ReceiptHandle: receiptHandle };
    return sqsRequest(this.#deleteHead, input);
  }

  batch(receiptHandles: readonly string[]): string {
    const entries = receiptHandles.map((ReceiptHandle, index) => ({
      Id: `${index}`,
      ReceiptHandle,
    }));
    return sqsRequest(this.#batchHead, { QueueUrl: this.#queueUrl, Entries: entries });
  }
}
