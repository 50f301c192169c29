/**
 * Stage: the queues of one scenario of messages that move between queues, what is done with them, and
 * what can be said of where everything has come to. A scenario sets the stage, acts, and judges; what
 * intervenes may do so after any event. Knows no scenario.
 */
import type { MoveTaskOrder } from "../../src/domain/move-task.ts";
import type { AttributeChange } from "../../src/domain/queue-attributes.ts";
import type { Mutation } from "./fifo-platform.ts";
import { identityOf, type Shown } from "./transfer-deployment.ts";
import { GROUPS, redrivePolicyTo, TASK, TransferTrial } from "./transfer-trial.ts";

export const KINDS = ["standard", "queue", "messageGroup"] as const;
/** Standard queues, or FIFO queues of that deduplication scope. */
export type Kind = (typeof KINDS)[number];
export const FIFO_KINDS: readonly Kind[] = ["queue", "messageGroup"];

export type Scenario = {
  readonly name: string;
  /** Undefined: all. */
  readonly kinds?: readonly Kind[];
  /** Of these kinds a share of the mishaps and moments is tried, unless all of everything is. */
  readonly shared?: readonly Kind[];
  readonly setUp: (stage: Stage) => Promise<void>;
  readonly act: (stage: Stage) => Promise<void>;
  /** While the rest goes on: it does not let time pass. */
  readonly intervene?: (stage: Stage) => Promise<void>;
  /** What is done when that is over; nothing is planned to fail in it. */
  readonly afterwards?: (stage: Stage) => Promise<void>;
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
  /** What a client has received and may still delete. */
  #held: Shown | undefined;
  /** It was deleted before it can have begun to move. */
  #isHeldNowhere = false;
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
    const change = { ...this.#scope, ...this.#redriveTo(deadLetterQueue) };
    await this.trial.open(this.queue(letter), change);
  }

  #redriveTo(letter: string | undefined): AttributeChange {
    return letter === undefined ? {} : { redrivePolicy: redrivePolicyTo(this.queue(letter)) };
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
    { taskId = TASK, maxMessagesPerSecond, returnsTo }: Partial<MoveTaskOrder> = {},
  ): Promise<void> {
    const to = destination === undefined ? undefined : identityOf(this.queue(destination));
    const order = { taskId, destination: to, maxMessagesPerSecond, returnsTo };
    await this.trial.startTask(this.queue("d"), order);
    const hasEnded = () => this.trial.hasEnded(this.queue("d"), taskId);
    await this.trial.platform.scheduler.runUntilSo(hasEnded, this.trial.nowMs + TASK_MS_MAX);
  }

  redrivenTo(...letters: readonly string[]): void {
    for (const letter of letters) this.trial.outcome.redrivenTo.add(this.queue(letter));
  }

  async createAgain(letter: string, deadLetterQueue?: string): Promise<void> {
    await this.trial.later(CREATED_AGAIN_AFTER_MS);
    const change = { ...this.#scope, ...this.#redriveTo(deadLetterQueue) };
    await this.trial.repeated(() => this.trial.deployment.create(this.queue(letter), change));
  }

  /** The queue's first message is visible again, and a client has its handle. */
  async hold(letter: string): Promise<void> {
    [this.#held] = await this.trial.receivedOnce(this.queue(letter));
  }

  /** The client uses the handle, whose lease is over: that is too late in a FIFO queue. */
  async deleteHeld(letter: string, { target }: { readonly target: string }): Promise<void> {
    const { trial } = this;
    const held = this.#held;
    if (held === undefined) throw new Error("nobody holds anything");
    const { body } = held;
    const queueName = this.queue(letter);
    if (this.#kind !== "standard") {
      await trial.deleteMessage(queueName, held);
      return;
    }
    trial.outcome.mayBeGone.add(body);
    const isDeleted = await trial.deleteMessage(queueName, held);
    if (!isDeleted) throw new Error("a standard queue refuses a handle of its own");
    const places = [queueName, this.queue(target)].flatMap((name) => trial.bodiesIn(name));
    this.#isHeldNowhere = !places.includes(body);
  }

  async denyAll(letter: string): Promise<void> {
    const { trial } = this;
    const change = { redriveAllowPolicy: JSON.stringify({ redrivePermission: "denyAll" }) };
    await trial.repeated(() => trial.deployment.set(this.queue(letter), change));
  }

  async cancelTask(letter: string): Promise<void> {
    const { trial } = this;
    await trial.repeated(() => trial.deployment.cancelTask(this.queue(letter), TASK));
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
  /** A message is counted as moved by the task, or is still in the queue: not both, and not neither. */
  countsWhatLeft(letter: string, sentCount: number): string[] {
    const { outcome } = this.trial;
    const [task] = outcome.tasks;
    const stayedCount = outcome.foundIn(this.queue(letter)).length;
    if (task === undefined || task.movedCount + stayedCount === sentCount) return [];
    return [`the task counts ${task.movedCount}, and ${stayedCount} of ${sentCount} have stayed`];
  }

  /** A queue that was created again has what was sent to it, unless a task of its own has moved that. */
  hasNew(letter: string, number: number): string[] {
    const { outcome, sent, deletedAtMs } = this.trial;
    const isMovable = outcome.tasks.length > 0 || !deletedAtMs.has(this.queue(letter));
    const allowed = isMovable ? [] : [sent[number - 1]?.body];
    const found = outcome.foundIn(this.queue(letter));
    const flaws = found.filter((body) => body !== sent[number - 1]?.body);
    const elsewhere = outcome.found.filter(({ queueName }) => queueName !== this.queue(letter));
    const moved = elsewhere.filter(({ shown }) => allowed.includes(shown.body));
    return [
      ...flaws.map((body) => `${letter} has ${body} of the queue before it`),
      ...moved.map(({ shown }) => `a task of a queue that is gone has moved ${shown.body}`),
    ];
  }

  /** A deleted queue's tasks are none of the next one's; one that was begun there is. */
  forgetsTasks(letter: string): string[] {
    const deletedAtMs = this.trial.deletedAtMs.get(this.queue(letter));
    if (deletedAtMs === undefined) return this.endedAs(["COMPLETED"]);
    const older = this.trial.outcome.tasks.filter(({ startedAtMs }) => startedAtMs < deletedAtMs);
    return older.map(({ status }) => `the task of a queue that is gone is ${status}`);
  }

  /** What its client was told is deleted does not come back; where it had arrived before, it is. */
  isHeldDeletedFrom(letter: string, { target }: { readonly target: string }): string[] {
    if (this.#kind !== "standard") return [];
    const body = this.#held?.body ?? "";
    const { outcome } = this.trial;
    if (!outcome.mayBeGone.has(body)) return [];
    const flaws: string[] = [];
    if (outcome.foundIn(this.queue(letter)).includes(body)) flaws.push(`${body} is not deleted`);
    if (this.#isHeldNowhere && outcome.foundIn(this.queue(target)).includes(body)) {
      flaws.push(`${body} has moved though it was deleted`);
    }
    return flaws;
  }
}
