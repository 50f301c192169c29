/**
 * Stage: the queues of one scenario of messages that move between queues, what is done with them, and
 * what can be said of where everything has come to. A scenario sets the stage, acts, and judges; what
 * intervenes may do so after any event. Knows no scenario.
 */
import type { MoveTaskOrder } from "../../src/domain/move-task.ts";
import type { AttributeChange } from "../../src/domain/queue-attributes.ts";
import type { Mutation } from "./fifo-platform.ts";
import { identityOf } from "./transfer-deployment.ts";
import { GROUPS, TASK, TransferTrial } from "./transfer-trial.ts";

export const KINDS = ["standard", "queue", "messageGroup"] as const;
/** Standard queues, or FIFO queues of that deduplication scope. */
export type Kind = (typeof KINDS)[number];

export type Scenario = {
  readonly name: string;
  /** Undefined: all. */
  readonly kinds?: readonly Kind[];
  readonly setUp: (stage: Stage) => Promise<void>;
  readonly act: (stage: Stage) => Promise<void>;
  /** While the rest goes on: it does not let time pass. */
  readonly intervene?: (stage: Stage) => Promise<void>;
  readonly judge: (stage: Stage) => string[];
};

/** Of a queue that is not there. */
export const GONE = "AWS.SimpleQueueService.NonExistentQueue";

const BETWEEN_RECEIVES_MS = 250;
const TASK_MS_MAX = 120_000;
export const AFTERWARDS_MS = 2_500;
const CREATED_AGAIN_AFTER_MS = 3;

/** The queues of a scenario, by letters: "a" is the first source and "d" its dead-letter queue. */
export class Stage {
  readonly trial: TransferTrial;
  readonly #kind: Kind;
  /** Of the receives. */
  readonly #mayFail: number;

  constructor(kind: Kind, mishapCount: number, mutation?: Mutation) {
    this.#kind = kind;
    this.#mayFail = Math.max(1, mishapCount);
    this.trial = new TransferTrial(mutation);
  }

  queue(letter: string): string {
    return this.#kind === "standard" ? letter : `${letter}.fifo`;
  }

  get #scope(): AttributeChange {
    return this.#kind === "standard" ? {} : { deduplicationScope: this.#kind };
  }

  async open(letter: string, deadLetterQueue?: string): Promise<void> {
    const terms =
      deadLetterQueue === undefined ? {} : { deadLetterQueue: this.queue(deadLetterQueue) };
    await this.trial.open(this.queue(letter), { ...this.#scope, ...terms });
  }

  async openPair(): Promise<void> {
    await this.open("d");
    await this.open("a", "d");
  }

  /** Two messages of "a" that were received as often as they may be. */
  async twoReceivedOnce(): Promise<void> {
    await this.openPair();
    await this.trial.send(this.queue("a"));
    await this.trial.send(this.queue("a"));
    await this.trial.receivedOnce(this.queue("a"));
  }

  /** Two messages of "a" in "d", and whatever other queue is named. */
  async twoDeadLetters(...others: readonly string[]): Promise<void> {
    await this.openPair();
    for (const letter of others) await this.open(letter);
    await this.trial.deadLetters(this.queue("a"), [GROUPS[0], GROUPS[0]]);
  }

  async receiveRepeatedly(letter: string): Promise<void> {
    for (let failed = 0; failed <= this.#mayFail; failed++) {
      await this.trial.receive(this.queue(letter));
      await this.trial.pass(BETWEEN_RECEIVES_MS);
    }
    await this.trial.pass(AFTERWARDS_MS);
  }

  /** Until the task has ended. */
  async moveFromDeadLetters(
    destination?: string,
    { taskId = TASK, maxMessagesPerSecond }: Partial<MoveTaskOrder> = {},
  ): Promise<void> {
    const to = destination === undefined ? undefined : identityOf(this.queue(destination));
    await this.trial.startTask(this.queue("d"), { taskId, destination: to, maxMessagesPerSecond });
    const hasEnded = () => this.trial.hasEnded(this.queue("d"), taskId);
    await this.trial.platform.scheduler.runUntilSo(hasEnded, this.trial.nowMs + TASK_MS_MAX);
  }

  redrivenTo(...letters: readonly string[]): void {
    for (const letter of letters) this.trial.outcome.redrivenTo.add(this.queue(letter));
  }

  async createAgain(letter: string): Promise<void> {
    const { deployment } = this.trial;
    await this.trial.later(CREATED_AGAIN_AFTER_MS);
    await this.trial.repeated(() => deployment.create(this.queue(letter), this.#scope));
  }

  async purge(letter: string): Promise<void> {
    const { deployment, outcome, sent } = this.trial;
    for (const { body } of sent) outcome.mayBeGone.add(body);
    await this.trial.repeated(() => deployment.purge(this.queue(letter)));
  }

  isIn(letter: string, numbers: readonly number[]): string[] {
    const { outcome, sent } = this.trial;
    const expected = numbers.map((number) => sent[number - 1]?.body);
    const found = outcome.foundIn(this.queue(letter));
    const isSame = [...expected].sort().join() === [...found].sort().join();
    return isSame ? [] : [`${letter} has ${found.join()} instead of ${expected.join()}`];
  }

  /** The task has ended in one of these ways, and has counted what came by it. */
  endedAs(
    statuses: readonly string[],
    { isCountKnown = true, id = TASK, to = [...this.trial.outcome.redrivenTo] } = {},
  ): string[] {
    const { outcome } = this.trial;
    const task = outcome.tasks.find(({ taskId }) => taskId === id);
    if (task === undefined) return ["the task is forgotten"];
    const { status, failure, movedCount } = task;
    const flaws = statuses.includes(failure ?? status) ? [] : [`the task is ${status}: ${failure}`];
    const arrived = to.flatMap((name) => outcome.foundIn(name));
    if (isCountKnown && movedCount !== arrived.length) {
      flaws.push(`the task counts ${movedCount}, and ${arrived.length} have arrived`);
    }
    return flaws;
  }
}
