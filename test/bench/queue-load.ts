/**
 * QueueLoad: the units of work on one queue of the product: sends, drains, whole lives. It checks
 * what it is told: a failure anywhere is noted, a batch entry that failed too.
 */
import type { HttpCaller } from "../support/http-caller.ts";
import { objectsOf, parseObject, stringOf } from "../support/json-value.ts";
import type { HttpAnswer } from "../support/response-reader.ts";
import type { Failures } from "./load.ts";
import {
  BATCH_SIZE,
  DeleteRequests,
  receiveRequest,
  sendBatchRequest,
  sendRequest,
} from "./message.ts";

export class QueueLoad {
  readonly #failures: Failures;
  readonly #send: Buffer;
  readonly #sendBatch: Buffer;
  readonly #receiveOne: Buffer;
  readonly #receiveTen: Buffer;
  readonly #deletes: DeleteRequests;
  /** Sent and not deleted yet, by the lives of this object. */
  #outstandingCount = 0;

  constructor(host: string, queueUrl: string, failures: Failures) {
    this.#failures = failures;
    this.#send = sendRequest(host, queueUrl);
    this.#sendBatch = sendBatchRequest(host, queueUrl);
    this.#receiveOne = receiveRequest(host, queueUrl, { maxCount: 1 });
    this.#receiveTen = receiveRequest(host, queueUrl, { maxCount: BATCH_SIZE });
    this.#deletes = new DeleteRequests(host, queueUrl);
  }

  async send(caller: HttpCaller): Promise<number> {
    this.#failures.note(await caller.call(this.#send));
    return 1;
  }

  async sendBatch(caller: HttpCaller): Promise<number> {
    this.#noteBatch(await caller.call(this.#sendBatch));
    return BATCH_SIZE;
  }

  /** Returns the handles of up to ten messages. */
  async receiveBatch(caller: HttpCaller): Promise<string[]> {
    return handlesOf(this.#failures.note(await caller.call(this.#receiveTen)));
  }

  async deleteBatch(caller: HttpCaller, receiptHandles: readonly string[]): Promise<void> {
    this.#noteBatch(await caller.call(this.#deletes.batch(receiptHandles)));
  }

  /** Receives up to ten and deletes them; undefined once the queue is empty. */
  async drainBatch(caller: HttpCaller): Promise<number | undefined> {
    const receiptHandles = await this.receiveBatch(caller);
    if (receiptHandles.length === 0) return undefined;
    await this.deleteBatch(caller, receiptHandles);
    return receiptHandles.length;
  }

  /** SendMessage, ReceiveMessage, DeleteMessage: one message, though not always the one sent. */
  async life(caller: HttpCaller): Promise<number> {
    await this.send(caller);
    const answer = this.#failures.note(await caller.call(this.#receiveOne));
    const [receiptHandle] = handlesOf(answer);
    if (receiptHandle === undefined) {
      this.#failures.add("a receive found nothing although more was sent than received");
      return 0;
    }
    this.#failures.note(await caller.call(this.#deletes.one(receiptHandle)));
    return 1;
  }

  /**
   * SendMessageBatch, ReceiveMessage of ten, DeleteMessageBatch. A receive may bring fewer than ten;
   * whoever finds that too much is left over receives once more.
   */
  async lifeBatch(caller: HttpCaller, callerCount: number): Promise<number> {
    this.#outstandingCount += await this.sendBatch(caller);
    let finishedCount = 0;
    do {
      const drainedCount = await this.drainBatch(caller);
      if (drainedCount === undefined) break;
      this.#outstandingCount -= drainedCount;
      finishedCount += drainedCount;
    } while (this.#outstandingCount > callerCount * BATCH_SIZE);
    return finishedCount;
  }

  #noteBatch(answer: HttpAnswer): void {
    this.#failures.note(answer);
    if (answer.body.includes('"Failed":')) this.#failures.add(answer.body.toString("utf8"));
  }
}

/** The receipt handles in the answer to a receive. */
export function handlesOf(answer: HttpAnswer): string[] {
  if (answer.status !== 200) return [];
  const messages = objectsOf(parseObject(answer.body.toString("utf8")), "Messages");
  return messages.map((message) => stringOf(message, "ReceiptHandle"));
}
