/**
 * What the measurements of moving messages share: a queue and its dead-letter queue under one bill, and
 * ways to bring messages to where they are about to move.
 */
import { type JsonObject, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import type { Action } from "../support/sqs-request.ts";
import type { Bench, BenchQueue } from "./bench.ts";

const CALLER_COUNT = 16;
const BATCH_SIZE = 10;
const LOOK_AGAIN_MS = 20;

export class DeadLetterPair {
  readonly source: BenchQueue;
  readonly deadLetters: BenchQueue;
  readonly #bench: Bench;

  private constructor(parts: { bench: Bench; source: BenchQueue; deadLetters: BenchQueue }) {
    this.#bench = parts.bench;
    this.source = parts.source;
    this.deadLetters = parts.deadLetters;
  }

  static async create(bench: Bench): Promise<DeadLetterPair> {
    const source = await bench.newQueue();
    const deadLetters = await bench.newQueue();
    return new DeadLetterPair({ bench, source, deadLetters });
  }

  /** Lets the source dead-letter what was received once. */
  async link(): Promise<void> {
    const deadLetterTargetArn = await this.arn(this.deadLetters);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    const input = { QueueUrl: this.source.queueUrl, Attributes: { RedrivePolicy } };
    await this.#must("SetQueueAttributes", input);
  }

  async arn({ queueUrl }: BenchQueue): Promise<string> {
    const input = { QueueUrl: queueUrl, AttributeNames: ["QueueArn"] };
    const output = await this.#must("GetQueueAttributes", input);
    return stringOf(objectOf(output, "Attributes"), "QueueArn");
  }

  /** Receives every message of the source once and makes all of them visible again. */
  async fail(messageCount: number): Promise<void> {
    const { load, queueUrl } = this.source;
    const batches: string[][] = [];
    let receivedCount = 0;
    await this.#bench.load(CALLER_COUNT, async (caller) => {
      if (receivedCount >= messageCount) return undefined;
      const handles = await load.receiveBatch(caller);
      receivedCount += handles.length;
      if (handles.length > 0) batches.push(handles);
      return handles.length;
    });
    for (const handles of batches) {
      const Entries = handles.map((ReceiptHandle, index) => {
        return { Id: String(index), ReceiptHandle, VisibilityTimeout: 0 };
      });
      await this.#must("ChangeMessageVisibilityBatch", { QueueUrl: queueUrl, Entries });
    }
  }

  /** Receives until every message is in the dead-letter queue; how many receives that took. */
  async deadLetterAll(messageCount: number): Promise<number> {
    const input = { QueueUrl: this.source.queueUrl, MaxNumberOfMessages: BATCH_SIZE };
    for (let receiveCount = 1; ; receiveCount++) {
      const output = await this.#must("ReceiveMessage", input);
      if (objectsOf(output, "Messages").length > 0) {
        this.#bench.failures.add("a message that should have moved was received");
      }
      if ((await this.visibleCount(this.deadLetters)) >= messageCount) return receiveCount;
    }
  }

  /** Starts a task and waits for its end; a destination makes it independent of where messages are from. */
  async redriveAll(destination: BenchQueue | undefined): Promise<void> {
    const SourceArn = await this.arn(this.deadLetters);
    const DestinationArn = destination === undefined ? undefined : await this.arn(destination);
    const input = DestinationArn === undefined ? { SourceArn } : { SourceArn, DestinationArn };
    await this.#must("StartMessageMoveTask", input);
    for (;;) {
      const [task] = objectsOf(await this.#must("ListMessageMoveTasks", { SourceArn }), "Results");
      const status = task === undefined ? "" : stringOf(task, "Status");
      if (status === "COMPLETED") return;
      if (status !== "RUNNING") throw new Error(`the task ended as ${status}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** Rows that the objects of these queues wrote. */
  async rowsWritten(queues: readonly BenchQueue[]): Promise<number> {
    const rows = await Promise.all(queues.map((queue) => this.#bench.rowsWritten(queue)));
    return rows.reduce((sum, count) => sum + count, 0);
  }

  visibleCount({ queueUrl }: BenchQueue): Promise<number> {
    return this.#withSqs(async (sqs) => (await sqs.counts(queueUrl)).visible);
  }

  async remove(): Promise<void> {
    await this.#bench.deleteQueue(this.source);
    await this.#bench.deleteQueue(this.deadLetters);
  }

  #must(action: Action, input: object): Promise<JsonObject> {
    return this.#withSqs((sqs) => sqs.must(action, input));
  }

  /** On a connection of its own: workerd closes what is idle for 5 seconds. */
  async #withSqs<Value>(use: (sqs: SqsCaller) => Promise<Value>): Promise<Value> {
    const sqs = await SqsCaller.connect({ port: this.#bench.port });
    try {
      return await use(sqs);
    } finally {
      sqs.close();
    }
  }
}
