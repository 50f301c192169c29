/**
 * Bench: one run, with the product's server and the floor beside it. Scenarios get queues, callers
 * and counters from it. The server can be restarted on its data.
 */
import { HttpCaller } from "../support/http-caller.ts";
import { type JsonObject, numberOf, objectOf, parseObject } from "../support/json-value.ts";
import { memoryOf } from "../support/process-tree.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { type Comparison, compare } from "./comparison.ts";
import { Floor } from "./floor.ts";
import { Failures, type LoadSample, runLoad, type Unit } from "./load.ts";
import { BATCH_SIZE } from "./message.ts";
import { QueueLoad } from "./queue-load.ts";
import { jsonRequests } from "./queue-requests.ts";

/** How long and how often things are measured. */
export type Pace = {
  readonly roundCount: number;
  readonly productMs: number;
  readonly floorMs: number;
  readonly drainedCount: number;
  readonly wakeUpCount: number;
  readonly backlogs: readonly number[];
  readonly backlogPassCount: number;
  readonly coldStartCount: number;
  /** Message groups of a queue that has many. */
  readonly groupCount: number;
  readonly liveIdCount: number;
  /** Whether to wait until deduplication ids expire, after five minutes. */
  readonly isPatient: boolean;
};

export const FULL_PACE: Pace = {
  roundCount: 7,
  productMs: 2_000,
  floorMs: 700,
  drainedCount: 20_000,
  wakeUpCount: 300,
  backlogs: [1_000, 100_000, 1_000_000],
  backlogPassCount: 21,
  coldStartCount: 7,
  groupCount: 10_000,
  liveIdCount: 900_000,
  isPatient: true,
};

export const QUICK_PACE: Pace = {
  roundCount: 1,
  productMs: 500,
  floorMs: 300,
  drainedCount: 4_000,
  wakeUpCount: 60,
  backlogs: [1_000, 20_000],
  backlogPassCount: 7,
  coldStartCount: 3,
  groupCount: 1_000,
  liveIdCount: 20_000,
  isPatient: false,
};

export type ObjectMetrics = {
  readonly rowsWritten: number;
  readonly commits: number;
  readonly alarmsSet: number;
  /** Calls and alarms that the object got, by their names. */
  readonly calls: Readonly<Record<string, number>>;
};

export type BenchQueue = {
  readonly queueUrl: string;
  readonly load: QueueLoad;
  readonly rowsOfCreation: number;
};

export type ServerMemory = { readonly workerdBytes: number; readonly nodeBytes: number };

export class Bench {
  readonly pace: Pace;
  readonly failures: Failures;
  readonly floor: Floor;
  readonly #data: TemporaryDirectory;
  readonly #port: number;
  #server: ServerProcess;
  #queueCount = 0;

  private constructor(parts: {
    pace: Pace;
    floor: Floor;
    data: TemporaryDirectory;
    server: ServerProcess;
    failures: Failures;
  }) {
    this.pace = parts.pace;
    this.failures = parts.failures;
    this.floor = parts.floor;
    this.#data = parts.data;
    this.#server = parts.server;
    this.#port = parts.server.port;
  }

  static async start(pace: Pace): Promise<Bench> {
    const data = new TemporaryDirectory();
    const server = await startServer(data, await freePort());
    const failures = new Failures();
    const floor = await Floor.start(failures);
    return new Bench({ pace, floor, data, server, failures });
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Connects, hands the connection over, and closes it. */
  async withCaller<Value>(use: (caller: HttpCaller) => Promise<Value>): Promise<Value> {
    const caller = await HttpCaller.connect({ port: this.#port });
    try {
      return await use(caller);
    } finally {
      caller.close();
    }
  }

  /** Load on the product; without a duration it ends when the unit has no more work. */
  load(callerCount: number, unit: Unit, durationMs?: number): Promise<LoadSample> {
    const duration = durationMs === undefined ? {} : { durationMs };
    return runLoad({ port: this.#port, callerCount, unit, ...duration });
  }

  /** As many sends in batches of ten as make `messageCount` messages. */
  fill(queue: BenchQueue, callerCount: number, messageCount: number): Promise<LoadSample> {
    let leftCount = messageCount;
    return this.load(callerCount, async (caller) => {
      if (leftCount <= 0) return undefined;
      leftCount -= BATCH_SIZE;
      return queue.load.sendBatch(caller);
    });
  }

  async newQueue(): Promise<BenchQueue> {
    const queueUrl = await this.createQueue();
    const load = new QueueLoad(jsonRequests(this.host, queueUrl), this.failures);
    const { rowsWritten } = await this.metrics(queueUrl);
    return { queueUrl, load, rowsOfCreation: rowsWritten };
  }

  async createQueue(attributes: Record<string, string> = {}): Promise<string> {
    const sqs = await SqsCaller.connect({ port: this.#port });
    const suffix = "FifoQueue" in attributes ? ".fifo" : "";
    const queueUrl = await sqs.createQueue(`bench-${this.#queueCount++}${suffix}`, attributes);
    sqs.close();
    return queueUrl;
  }

  async deleteQueue({ queueUrl }: { readonly queueUrl: string }): Promise<void> {
    const sqs = await SqsCaller.connect({ port: this.#port });
    await sqs.must("DeleteQueue", { QueueUrl: queueUrl });
    sqs.close();
  }

  /** Rows that the queue's messages wrote so far: what creating the queue wrote is left out. */
  async rowsWritten(queue: BenchQueue): Promise<number> {
    return (await this.metrics(queue.queueUrl)).rowsWritten - queue.rowsOfCreation;
  }

  metrics(queueUrl: string): Promise<ObjectMetrics> {
    return this.withCaller((caller) => this.#readMetrics(caller, { queueUrl }));
  }

  groupMetrics(queueUrl: string, messageGroupIds: readonly string[]): Promise<ObjectMetrics[]> {
    return this.withCaller((caller) =>
      Promise.all(messageGroupIds.map((group) => this.#readMetrics(caller, { queueUrl, group }))),
    );
  }

  compare(callerCount: number, product: () => Promise<LoadSample>): Promise<Comparison> {
    const { floor } = this;
    const { roundCount, floorMs } = this.pace;
    return compare({ floor, callerCount, roundCount, floorMs, product });
  }

  memory(): ServerMemory {
    return {
      workerdBytes: memoryOf(this.#server.workerd.pid).residentBytes,
      nodeBytes: memoryOf(this.#server.parent.pid).residentBytes,
    };
  }

  async #readMetrics(
    caller: HttpCaller,
    { queueUrl, group }: { readonly queueUrl: string; readonly group?: string },
  ): Promise<ObjectMetrics> {
    const asked = new URLSearchParams({ queue: new URL(queueUrl).pathname });
    if (group !== undefined) asked.set("group", group);
    const path = `/_millrace/metrics?${asked}`;
    const answer = await caller.call(`GET ${path} HTTP/1.1\r\nhost: ${this.host}\r\n\r\n`);
    return metricsOf(parseObject(this.failures.note(answer).body.toString("utf8")));
  }

  /** A new process on the same data: every object is cold. */
  async restartServer(): Promise<void> {
    await this.#server.stop();
    this.#server = await startServer(this.#data, this.#port);
  }

  async stop(): Promise<void> {
    await this.floor.stop();
    await this.#server.stop();
    this.#data.remove();
  }
}

function metricsOf(object: JsonObject): ObjectMetrics {
  const calls = objectOf(object, "calls");
  return {
    rowsWritten: numberOf(object, "rowsWritten"),
    commits: numberOf(object, "commits"),
    alarmsSet: numberOf(object, "alarmsSet"),
    calls: Object.fromEntries(Object.keys(calls).map((name) => [name, numberOf(calls, name)])),
  };
}

function startServer(data: TemporaryDirectory, port: number): Promise<ServerProcess> {
  return ServerProcess.started({ dataDir: data.path, port });
}
