/**
 * QueueLoad: the units of work on one queue of the product: sends, drains, whole lives. It checks
 * what it is told: a failure anywhere is noted, a batch entry that failed too.
 */
import type { HttpCaller } from "../support/http-caller.ts";
import type { HttpAnswer } from "../support/response-reader.ts";
import type { Failures } from "./load.ts";
import { BATCH_SIZE } from "./message.ts";
import type { QueueRequests } from "./queue-requests.ts";

export class QueueLoad {
  readonly #requests: QueueRequests;
  readonly #failures: Failures;
  /** Sent and not deleted yet, by the lives of this object. */
  #outstandingCount = 0;

  constructor(requests: QueueRequests, failures: Failures) {
    this.#requests = requests;
    this.#failures = failures;
  }

  async send(caller: HttpCaller): Promise<number> {
    this.#failures.note(await caller.call(this.#requests.send));
    return 1;
  }

  async sendBatch(caller: HttpCaller): Promise<number> {
    this.#noteBatch(await caller.call(this.#requests.sendBatch));
    return BATCH_SIZE;
  }

  /** Returns the handles of up to ten messages. */
  async receiveBatch(caller: HttpCaller): Promise<string[]> {
    const answer = this.#failures.note(await caller.call(this.#requests.receiveTen));
    return this.#requests.handlesOf(answer);
  }

  async deleteBatch(caller: HttpCaller, receiptHandles: readonly string[]): Promise<void> {
    this.#noteBatch(await caller.call(this.#requests.deleteBatch(receiptHandles)));
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
    const answer = this.#failures.note(await caller.call(this.#requests.receiveOne));
    const [receiptHandle] = this.#requests.handlesOf(answer);
    if (receiptHandle === undefined) {
      this.#failures.add("a receive found nothing although more was sent than received");
      return 0;
    }
    this.#failures.note(await caller.call(this.#requests.deleteOne(receiptHandle)));
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
    const hasFailed = answer.body.includes(this.#requests.failedEntry);
    if (hasFailed) this.#failures.add(answer.body.toString("utf8"));
  }
}
