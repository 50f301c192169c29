/**
 * The bench's requests to FIFO queues, as complete bytes. No two messages have the same deduplication
 * id unless the caller says so, and every body has as many bytes as in the other figures.
 */
import { requestHead, sqsRequest } from "../support/sqs-request.ts";
import { BODY_BYTES } from "./message.ts";

const BODY = "m".repeat(BODY_BYTES);

export class FifoRequests {
  readonly #queueUrl: string;
  readonly #sendHead: string;
  readonly #batchHead: string;
  #idCount = 0;

  constructor(host: string, queueUrl: string) {
    this.#queueUrl = queueUrl;
    this.#sendHead = requestHead("SendMessage", host);
    this.#batchHead = requestHead("SendMessageBatch", host);
  }

  send(messageGroupId: string, deduplicationId: string = this.#newId()): string {
    return sqsRequest(this.#sendHead, {
      QueueUrl: this.#queueUrl,
      MessageBody: BODY,
      MessageGroupId: messageGroupId,
      MessageDeduplicationId: deduplicationId,
    });
  }

  /** One message for each of these; the same group may be there several times. */
  sendBatch(messageGroupIds: readonly string[]): string {
    const entries = messageGroupIds.map((MessageGroupId, index) => ({
      Id: `${index}`,
      MessageBody: BODY,
      MessageGroupId,
      MessageDeduplicationId: this.#newId(),
    }));
    return sqsRequest(this.#batchHead, { QueueUrl: this.#queueUrl, Entries: entries });
  }

  #newId(): string {
    return `deduplication-${this.#idCount++}`;
  }
}
