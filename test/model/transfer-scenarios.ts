/**
 * Small scenarios of messages that move between queues, each with what must have come of it when
 * everything is over. What intervenes may do so after any event.
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

const BETWEEN_RECEIVES_MS = 250;
const TASK_MS_MAX = 120_000;
const AFTERWARDS_MS = 2_500;
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

const NEXT_TASK = "next task";
const GONE = "AWS.SimpleQueueService.NonExistentQueue";

async function twoReceivedOnce(stage: Stage): Promise<void> {
  await stage.openPair();
  await stage.trial.send(stage.queue("a"));
  await stage.trial.send(stage.queue("a"));
  await stage.trial.receivedOnce(stage.queue("a"));
}

/** Sends, receives and counts at the same time, while what was written before is being confirmed. */
async function amongOtherCalls(stage: Stage): Promise<void> {
  const { trial } = stage;
  const queueName = stage.queue("a");
  for (let round = 0; round < 2; round++) {
    const calls: Promise<unknown>[] = [
      trial.sendOnce(queueName),
      trial.deployment.receive(queueName, 1, 1),
      trial.deployment.counts(queueName),
      trial.deployment.receive(queueName, 1, 1),
      trial.deployment.counts(stage.queue("d")),
    ];
    await trial.ended(Promise.all(calls.map((call) => call.catch(() => undefined))));
  }
  await trial.pass(AFTERWARDS_MS);
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "a message becomes a dead letter",
    setUp: async (stage) => {
      await stage.openPair();
      await stage.trial.send(stage.queue("a"));
      await stage.trial.receivedOnce(stage.queue("a"));
    },
    act: (stage) => stage.receiveRepeatedly("a"),
    judge: (stage) => stage.isIn("d", [1]),
  },
  {
    name: "two messages become dead letters",
    setUp: twoReceivedOnce,
    act: (stage) => stage.receiveRepeatedly("a"),
    judge: (stage) => stage.isIn("d", [1, 2]),
  },
  {
    name: "messages become dead letters while others send, receive and count",
    setUp: twoReceivedOnce,
    act: amongOtherCalls,
    judge: () => [],
  },
  {
    name: "a dead letter becomes one of the next queue, another of the first",
    setUp: async (stage) => {
      await stage.open("e");
      await stage.open("d", "e");
      await stage.open("a", "d");
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.receivedOnce(stage.queue("d"));
      await stage.trial.send(stage.queue("a"));
      await stage.trial.receivedOnce(stage.queue("a"));
    },
    act: async (stage) => {
      await stage.receiveRepeatedly("d");
      await stage.receiveRepeatedly("a");
    },
    judge: (stage) => [...stage.isIn("e", [1]), ...stage.isIn("d", [2])],
  },
  {
    name: "a queue is its own dead-letter queue",
    setUp: async (stage) => {
      await stage.open("a", "a");
      await stage.trial.send(stage.queue("a"));
      await stage.trial.send(stage.queue("a"));
      await stage.trial.receivedOnce(stage.queue("a"));
    },
    act: async (stage) => {
      await stage.trial.receive(stage.queue("a"));
      await stage.trial.pass(AFTERWARDS_MS);
    },
    judge: (stage) => stage.isIn("a", [1, 2]),
  },
  {
    name: "dead letters go back to their source",
    setUp: async (stage) => {
      await stage.twoDeadLetters();
      stage.redrivenTo("a");
    },
    act: (stage) => stage.moveFromDeadLetters(),
    judge: (stage) => [...stage.isIn("a", [1, 2]), ...stage.endedAs(["COMPLETED"])],
  },
  {
    name: "dead letters of two groups go to another queue",
    kinds: ["queue", "messageGroup"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("c");
      await stage.trial.deadLetters(stage.queue("a"), [...GROUPS, GROUPS[0]]);
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    judge: (stage) => [...stage.isIn("c", [1, 2, 3]), ...stage.endedAs(["COMPLETED"])],
  },
  {
    name: "dead letters go back to two sources",
    kinds: ["standard", "messageGroup"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("b", "d");
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.deadLetters(stage.queue("b"), [GROUPS[0]]);
      stage.redrivenTo("a", "b");
    },
    act: (stage) => stage.moveFromDeadLetters(),
    judge: (stage) => [
      ...stage.isIn("a", [1]),
      ...stage.isIn("b", [2]),
      ...stage.endedAs(["COMPLETED"]),
    ],
  },
  {
    name: "dead letters go back, but for one that came from nowhere",
    kinds: ["standard", "queue"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.send(stage.queue("d"), GROUPS[1]);
      stage.redrivenTo("a");
    },
    act: (stage) => stage.moveFromDeadLetters(),
    judge: (stage) => [...stage.endedAs(["CouldNotDetermineMessageSource"])],
  },
  {
    name: "dead letters go to another queue slowly",
    kinds: ["queue"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("c");
      await stage.trial.deadLetters(stage.queue("a"), new Array<string>(3).fill(GROUPS[0]));
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c", { maxMessagesPerSecond: 1 }),
    judge: (stage) => [...stage.isIn("c", [1, 2, 3]), ...stage.endedAs(["COMPLETED"])],
  },
  {
    name: "a move task begins as soon as another has failed",
    kinds: ["standard"],
    setUp: async (stage) => {
      await stage.openPair();
      await stage.open("b", "d");
      await stage.open("c");
      await stage.trial.deadLetters(stage.queue("a"), [GROUPS[0]]);
      await stage.trial.deadLetters(stage.queue("b"), [GROUPS[1]]);
      await stage.trial.ended(stage.trial.deletion(stage.queue("b")));
      stage.redrivenTo("a", "c");
    },
    act: async (stage) => {
      await stage.moveFromDeadLetters();
      await stage.moveFromDeadLetters("c", { taskId: NEXT_TASK });
    },
    judge: (stage) => [
      ...stage.endedAs([GONE], { to: [stage.queue("a")] }),
      ...stage.endedAs(["COMPLETED"], { id: NEXT_TASK, to: [stage.queue("c")] }),
    ],
  },
  {
    name: "a move task is cancelled",
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: async (stage) => {
      const { trial } = stage;
      await trial.repeated(() => trial.deployment.cancelTask(stage.queue("d"), TASK));
    },
    judge: (stage) => stage.endedAs(["CANCELLED", "COMPLETED"]),
  },
  {
    name: "the dead-letter queue is deleted",
    setUp: twoReceivedOnce,
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: (stage) => stage.trial.deletion(stage.queue("d")),
    judge: () => [],
  },
  {
    name: "the dead-letter queue is deleted and created again",
    setUp: twoReceivedOnce,
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: async (stage) => {
      await stage.trial.deletion(stage.queue("d"));
      await stage.createAgain("d");
    },
    judge: () => [],
  },
  {
    name: "the dead-letter queue denies its source",
    setUp: twoReceivedOnce,
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: async (stage) => {
      const change = { redriveAllowPolicy: JSON.stringify({ redrivePermission: "denyAll" }) };
      const { deployment } = stage.trial;
      await stage.trial.repeated(() => deployment.set(stage.queue("d"), change));
    },
    judge: () => [],
  },
  {
    name: "the source is purged",
    setUp: twoReceivedOnce,
    act: (stage) => stage.receiveRepeatedly("a"),
    intervene: (stage) => stage.purge("a"),
    judge: (stage) => stage.isIn("a", []),
  },
  {
    name: "the destination of a move task is deleted and created again",
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: async (stage) => {
      await stage.trial.deletion(stage.queue("c"));
      await stage.createAgain("c");
    },
    judge: (stage) => stage.endedAs(["COMPLETED", GONE], { isCountKnown: false }),
  },
  {
    name: "the dead-letter queue is purged during its move task",
    setUp: async (stage) => {
      await stage.twoDeadLetters("c");
      stage.redrivenTo("c");
    },
    act: (stage) => stage.moveFromDeadLetters("c"),
    intervene: (stage) => stage.purge("d"),
    judge: (stage) => [
      ...stage.isIn("d", []),
      ...stage.endedAs(["COMPLETED"], { isCountKnown: false }),
    ],
  },
];

/** For whoever needs one of them. */
export function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario: ${name}`);
  return found;
}
