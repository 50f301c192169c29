/**
 * What the measurements of moving messages share: a queue and its dead-letter queue under one bill, and
 * ways to bring messages to where they are about to move.
 */
import { objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import type { Bench, BenchQueue } from "./bench.ts";

const CALLER_COUNT = 16;
const BATCH_SIZE = 10;
const LOOK_AGAIN_MS = 20;

export class DeadLetterPair {
  readonly source: BenchQueue;
  readonly deadLetters: BenchQueue;
  readonly #bench: Bench;
  readonly #sqs: SqsCaller;

  private constructor(parts: {
    bench: Bench;
    sqs: SqsCaller;
    source: BenchQueue;
    deadLetters: BenchQueue;
  }) {
    this.#bench = parts.bench;
    this.#sqs = parts.sqs;
    this.source = parts.source;
    this.deadLetters = parts.deadLetters;
  }

  static async create(bench: Bench): Promise<DeadLetterPair> {
    const sqs = await SqsCaller.connect({ port: bench.port });
    const source = await bench.newQueue();
    const deadLetters = await bench.newQueue();
    return new DeadLetterPair({ bench, sqs, source, deadLetters });
  }

  /** Lets the source dead-letter what was received once. */
  async link(): Promise<void> {
    const deadLetterTargetArn = await this.arn(this.deadLetters);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 });
    const input = { QueueUrl: this.source.queueUrl, Attributes: { RedrivePolicy } };
    await this.#sqs.must("SetQueueAttributes", input);
  }

  async arn({ queueUrl }: BenchQueue): Promise<string> {
    const input = { QueueUrl: queueUrl, AttributeNames: ["QueueArn"] };
    const output = await this.#sqs.must("GetQueueAttributes", input);
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
      await this.#sqs.must("ChangeMessageVisibilityBatch", { QueueUrl: queueUrl, Entries });
    }
  }

  /** Receives until every message is in the dead-letter queue; how many receives that took. */
  async deadLetterAll(messageCount: number): Promise<number> {
    const input = { QueueUrl: this.source.queueUrl, MaxNumberOfMessages: BATCH_SIZE };
    for (let receiveCount = 1; ; receiveCount++) {
      const output = await this.#sqs.must("ReceiveMessage", input);
      if (objectsOf(output, "Messages").length > 0) {
        this.#bench.failures.add("a message that should have moved was received");
      }
      const { visible } = await this.#sqs.counts(this.deadLetters.queueUrl);
      if (visible >= messageCount) return receiveCount;
    }
  }

  /** Starts a task and waits for its end; a destination makes it independent of where messages are from. */
  async redriveAll(destination: BenchQueue | undefined): Promise<void> {
    const SourceArn = await this.arn(this.deadLetters);
    const DestinationArn = destination === undefined ? undefined : await this.arn(destination);
    const input = DestinationArn === undefined ? { SourceArn } : { SourceArn, DestinationArn };
    await this.#sqs.must("StartMessageMoveTask", input);
    for (;;) {
      const [task] = objectsOf(
        await this.#sqs.must("ListMessageMoveTasks", { SourceArn }),
        "Results",
      );
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
    return this.#sqs.counts(queueUrl).then(({ visible }) => visible);
  }

  async remove(): Promise<void> {
    this.#sqs.close();
    await this.#bench.deleteQueue(this.source);
    await this.#bench.deleteQueue(this.deadLetters);
  }
}
