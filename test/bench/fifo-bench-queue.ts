/**
 * FifoBenchQueue: a FIFO queue of the product under measurement, and the bill of its objects: that of
 * the queue and those of its message groups.
 */
import type { Bench, ObjectMetrics } from "./bench.ts";
import { FifoLoad } from "./fifo-load.ts";

/** Who deduplicates: the queue, or (high throughput) each message group. */
export type Scope = "queue" | "messageGroup";

export const SCOPE_NAMES: Record<Scope, string> = {
  queue: "default",
  messageGroup: "high throughput",
};

export type Bill = {
  readonly rowsWritten: number;
  readonly alarmsSet: number;
  /** Of the queue's object: calls and alarms. */
  readonly queueRequests: number;
  readonly groupRequests: number;
};

const ATTRIBUTES: Record<Scope, Record<string, string>> = {
  queue: { FifoQueue: "true" },
  messageGroup: {
    FifoQueue: "true",
    DeduplicationScope: "messageGroup",
    FifoThroughputLimit: "perMessageGroupId",
  },
};

export class FifoBenchQueue {
  readonly queueUrl: string;
  readonly load: FifoLoad;
  readonly #bench: Bench;

  private constructor(bench: Bench, queueUrl: string) {
    this.#bench = bench;
    this.queueUrl = queueUrl;
    this.load = new FifoLoad(bench.host, queueUrl, bench.failures);
  }

  static async create(bench: Bench, scope: Scope): Promise<FifoBenchQueue> {
    return new FifoBenchQueue(bench, await bench.createQueue(ATTRIBUTES[scope]));
  }

  metrics(): Promise<ObjectMetrics> {
    return this.#bench.metrics(this.queueUrl);
  }

  /**
   * What the objects of the queue and of these groups cost so far. An object that is not used for ten
   * seconds is evicted and counts from zero again.
   */
  async bill(messageGroupIds: readonly string[]): Promise<Bill> {
    const queue = await this.metrics();
    const groups = await this.#bench.groupMetrics(this.queueUrl, messageGroupIds);
    const sum = (read: (metrics: ObjectMetrics) => number): number =>
      [queue, ...groups].reduce((total, metrics) => total + read(metrics), 0);
    const queueRequests = requestsOf(queue);
    return {
      rowsWritten: sum(({ rowsWritten }) => rowsWritten),
      alarmsSet: sum(({ alarmsSet }) => alarmsSet),
      queueRequests,
      groupRequests: sum(requestsOf) - queueRequests,
    };
  }

  remove(): Promise<void> {
    return this.#bench.deleteQueue(this);
  }
}

export function billBetween(before: Bill, after: Bill): Bill {
  return {
    rowsWritten: after.rowsWritten - before.rowsWritten,
    alarmsSet: after.alarmsSet - before.alarmsSet,
    queueRequests: after.queueRequests - before.queueRequests,
    groupRequests: after.groupRequests - before.groupRequests,
  };
}

export function billOfBoth(one: Bill, other: Bill): Bill {
  return {
    rowsWritten: one.rowsWritten + other.rowsWritten,
    alarmsSet: one.alarmsSet + other.alarmsSet,
    queueRequests: one.queueRequests + other.queueRequests,
    groupRequests: one.groupRequests + other.groupRequests,
  };
}

function requestsOf({ calls }: ObjectMetrics): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}
