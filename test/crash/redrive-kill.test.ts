/**
 * SIGKILL of the server while move tasks bring dead letters back to the queues that they came from: a
 * task goes on where it was, and in the end every dead letter is back exactly once and was counted once.
 * Each queue is redriven twice: as fast as it goes, and at a pace that leaves time for many crashes.
 *
 * MILLRACE_SEED repeats a run's draws, MILLRACE_MESSAGES sets the number of messages of each queue.
 */
import { describe, expect, test } from "vitest";
import { SeededRandom, seedOfRun } from "../support/seeded-random.ts";
import { freePort } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import {
  countsOf,
  failAll,
  type MoveTaskView,
  moveTaskOf,
  newQueuePair,
  type QueuePair,
  startMoveTask,
} from "./dead-letter-workload.ts";
import type { Delivery } from "./history.ts";
import { KilledServer } from "./killed-server.ts";
import { Recorder, type Sent } from "./recorder.ts";
import { checkRedrive } from "./redrive-checker.ts";
import { drain } from "./workload.ts";

const MESSAGE_COUNT = Number(process.env.MILLRACE_MESSAGES ?? 1_500);
const GROUP_COUNT = 50;
const BATCH_SIZE = 10;
const MAX_RECEIVE_COUNT = 1;
const CLIENT_COUNT = 4;
const PACED_KILLS_MIN = 3;
/** Leaves several seconds of moving between the crashes. */
const PACE = { perSecond: 400, killAfterMsMax: 900 };
/** Within the first rounds. */
const FAST = { perSecond: undefined, killAfterMsMax: 120 };
const KILLS_MAX = 8;
const OVER_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;
const TEST_TIMEOUT_MS = 300_000;
const NOTHING = { visible: 0, inFlight: 0, delayed: 0 };
const HIGH_THROUGHPUT = {
  DeduplicationScope: "messageGroup",
  FifoThroughputLimit: "perMessageGroupId",
};
const KINDS: readonly { kind: string; attributes: Record<string, string> }[] = [
  { kind: "a standard queue", attributes: {} },
  { kind: "a FIFO queue", attributes: { FifoQueue: "true" } },
  {
    kind: "a FIFO queue of high throughput",
    attributes: { FifoQueue: "true", ...HIGH_THROUGHPUT },
  },
];

type Pace = { readonly perSecond: number | undefined; readonly killAfterMsMax: number };

describe.each(KINDS)("to $kind", ({ attributes }) => {
  test(
    `${MESSAGE_COUNT} dead letters are back exactly once after a redrive through SIGKILLs`,
    async () => {
      const seed = seedOfRun();
      console.log(`MILLRACE_SEED=${seed}`);
      const data = new TemporaryDirectory();
      const port = await freePort();
      const server = new KilledServer({ dataDir: data.path, port });
      try {
        await server.start();
        const pair = await newQueuePair(port, "redriven", MAX_RECEIVE_COUNT, attributes);
        const trial = new Trial(server, pair, new SeededRandom(seed));
        await trial.send(messages(attributes.FifoQueue !== undefined));
        const first = await trial.failAll();
        const fastTask = await trial.redrive(FAST);
        const second = await trial.failAll();
        trial.judge(first, second, fastTask);
        const pacedTask = await trial.redrive(PACE);
        expect(pacedTask.kills).toBeGreaterThanOrEqual(PACED_KILLS_MIN);
        trial.judge(second, await trial.drain(), pacedTask);
        expect(await countsOf(pair.source)).toEqual(NOTHING);
      } catch (error) {
        console.log(server.output);
        throw error;
      } finally {
        server.end();
        data.remove();
      }
    },
    TEST_TIMEOUT_MS,
  );
});

type CrashedTask = MoveTaskView & { readonly kills: number };

/** One queue with its dead-letter queue; each step returns what the source delivered in it. */
class Trial {
  readonly #server: KilledServer;
  readonly #pair: QueuePair;
  readonly #random: SeededRandom;
  #sent: readonly Sent[] = [];

  constructor(server: KilledServer, pair: QueuePair, random: SeededRandom) {
    this.#server = server;
    this.#pair = pair;
    this.#random = random;
  }

  async send(sent: readonly Sent[]): Promise<void> {
    this.#sent = sent;
    const recorder = new Recorder(this.#pair.source);
    for (let at = 0; at < sent.length; at += BATCH_SIZE) {
      const [first, ...others] = sent.slice(at, at + BATCH_SIZE);
      if (first === undefined) break;
      expect(await recorder.send([first, ...others])).toEqual([]);
    }
    recorder.close();
  }

  /** Makes a dead letter of every message of the source. */
  async failAll(): Promise<Delivery[]> {
    const { source, deadLetters } = this.#pair;
    const delivered = await this.#deliveredBy(() => failAll(source));
    expect(await countsOf(source)).toEqual(NOTHING);
    expect(await countsOf(deadLetters)).toEqual({ ...NOTHING, visible: this.#sent.length });
    return delivered;
  }

  drain(): Promise<Delivery[]> {
    return this.#deliveredBy(() => drain(this.#pair.source));
  }

  /** Kills the server while the task runs, and looks at it only in between; then lets it end. */
  async redrive({ perSecond, killAfterMsMax }: Pace): Promise<CrashedTask> {
    await startMoveTask(this.#pair, perSecond);
    const moved: number[] = [];
    while (moved.length < KILLS_MAX) {
      await pause(this.#random.between(0, killAfterMsMax));
      const { status, movedCount } = await moveTaskOf(this.#pair);
      expect(movedCount, "what was said to have moved").toBeGreaterThanOrEqual(moved.at(-1) ?? 0);
      if (status !== "RUNNING") break;
      moved.push(movedCount);
      await this.#server.crash();
    }
    const task = await this.#overTask();
    const kills = moved.length;
    console.log(`${task.status} after ${kills} kills, at ${moved.join(", ")} messages moved`);
    return { ...task, kills };
  }

  async #overTask(): Promise<MoveTaskView> {
    const deadlineMs = performance.now() + OVER_WITHIN_MS;
    for (;;) {
      const task = await moveTaskOf(this.#pair);
      if (task.status !== "RUNNING") return task;
      if (performance.now() > deadlineMs) throw new Error("the move task never ends");
      await pause(LOOK_EVERY_MS);
    }
  }

  judge(dead: readonly Delivery[], deliveries: readonly Delivery[], task: CrashedTask): void {
    const deadLetters = new Map(dead.map(({ uid, messageId }) => [uid, messageId]));
    const sent = this.#sent.flatMap(({ uid, fifo }) => {
      return fifo === undefined ? [] : [{ uid, messageGroupId: fifo.messageGroupId }];
    });
    const violations = checkRedrive({ deadLetters, deliveries, task, sent });
    expect(violations.slice(0, 20), `${violations.length} violations`).toEqual([]);
    expect(deadLetters.size).toBe(this.#sent.length);
    expect(this.#pair.source.surprises.slice(0, 20)).toEqual([]);
  }

  async #deliveredBy(work: () => Promise<void>): Promise<Delivery[]> {
    const { operations } = this.#pair.source;
    const mark = operations.length;
    await Promise.all(Array.from({ length: CLIENT_COUNT }, work));
    return operations
      .slice(mark)
      .flatMap((operation) => (operation.kind === "receive" ? operation.deliveries : []));
  }
}

/** Neighbours are of different groups, as in a busy queue. */
function messages(isFifo: boolean): Sent[] {
  return Array.from({ length: MESSAGE_COUNT }, (_, index) => {
    const uid = `m-${index}`;
    const fifo = { messageGroupId: `g${index % GROUP_COUNT}`, deduplicationId: uid };
    return { uid, delaySeconds: 0, ...(isFifo ? { fifo } : {}) };
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
