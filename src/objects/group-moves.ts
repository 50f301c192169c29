/**
 * GroupMoves: how a FIFO queue's move task moves messages: it has them moved by the message groups that
 * have something, many side by side. What a group is asked is on disk before it is asked, and stays there
 * until its answer is counted; the same round makes a group move nothing a second time.
 */
import type { MoveTask, MoveTaskFailure } from "../domain/move-task.ts";
import { queueArn } from "../domain/queue-name.ts";
import type { FifoQueue } from "../storage/fifo-queue.ts";
import type { AskedGroup } from "../storage/move-tasks.ts";
import { limited } from "./call-limit.ts";
import type { RedriveAnswer } from "./fifo-contract.ts";
import type { GroupLookup } from "./hand-over.ts";
import type { MoveRound } from "./move-task-desk.ts";
import { pause } from "./pause.ts";

export type GroupMovesContext = {
  readonly queue: FifoQueue;
  readonly group: GroupLookup;
  readonly nowMs: () => number;
  readonly written: () => Promise<void>;
};

/** Groups asked side by side. */
const GROUPS_AT_ONCE = 32;
const ASK_AGAIN_MS = 200;
const CLOCKS_APART_MS = 50;

export class GroupMoves {
  readonly #context: GroupMovesContext;

  constructor(context: GroupMovesContext) {
    this.#context = context;
  }

  /** Asks again, until they have answered, those of whose answers nothing is known. */
  async finish(task: MoveTask): Promise<void> {
    const { moveTasks } = this.#context.queue;
    while (moveTasks.asked.length > 0) {
      await this.#ask(task, moveTasks.asked);
      await this.#context.written();
      if (moveTasks.asked.length > 0) await pause(ASK_AGAIN_MS);
    }
  }

  async moveSome(task: MoveTask, maxCount: number): Promise<MoveRound> {
    const { queue, written } = this.#context;
    const asked = this.#shares(maxCount);
    if (asked.length === 0) {
      return { departedCount: 0, isEmpty: !this.#isOneReadySoon(), failure: undefined };
    }
    queue.moveTasks.ask(asked);
    await written();
    try {
      return await this.#ask(task, asked);
    } finally {
      for (const { messageGroupId } of asked) queue.groups.giveBack(messageGroupId);
    }
  }

  /** The groups that are ready share what may leave now. */
  #shares(maxCount: number): AskedGroup[] {
    const names = this.#readyGroups(Math.min(maxCount, GROUPS_AT_ONCE));
    const share = Math.floor(maxCount / names.length);
    const round = this.#context.queue.moveTasks.nextRound;
    return names.map((messageGroupId) => ({ messageGroupId, round, maxCount: share }));
  }

  /**
   * One that a receive is asking now, or that is asked a little later because its clock is behind, may have
   * something.
   */
  #isOneReadySoon(): boolean {
    const { queue, nowMs } = this.#context;
    if (queue.groups.isAnyHandedOut) return true;
    const readyAtMs = queue.groups.nextReadyAtMs(nowMs()) ?? Number.POSITIVE_INFINITY;
    return readyAtMs <= nowMs() + CLOCKS_APART_MS;
  }

  #readyGroups(limit: number): string[] {
    const { queue, nowMs } = this.#context;
    const names: string[] = [];
    while (names.length < limit) {
      const ready = queue.groups.take(nowMs());
      if (ready !== undefined) names.push(ready.messageGroupId);
      else if (!queue.readMoreGroups()) break;
    }
    return names;
  }

  async #ask(task: MoveTask, asked: readonly AskedGroup[]): Promise<MoveRound> {
    const { moveTasks } = this.#context.queue;
    const answers = await Promise.all(asked.map((one) => this.#askOne(task, one)));
    const unanswered = asked.filter((_, position) => answers[position]?.isDone !== true);
    const done = answers.filter((answer) => answer?.isDone === true);
    const movedCount = done.reduce((sum, answer) => sum + (answer?.movedCount ?? 0), 0);
    const failures = done.map((answer) => answer?.failure);
    moveTasks.ask(unanswered);
    moveTasks.moved(movedCount);
    const failure: MoveTaskFailure | undefined = failures.find((one) => one !== undefined);
    // What is not answered may have left: the pace counts it, and the task when it is known.
    const openCount = unanswered.reduce((sum, { maxCount }) => sum + maxCount, 0);
    return { departedCount: movedCount + openCount, isEmpty: false, failure };
  }

  async #askOne(
    { destination }: MoveTask,
    { messageGroupId, round, maxCount }: AskedGroup,
  ): Promise<RedriveAnswer | undefined> {
    const { queue, group, nowMs } = this.#context;
    const terms = { ...queue.terms, messageGroupId };
    const sourceArn = queueArn(queue.record.identity);
    try {
      const { returnsTo } = queue.moveTasks;
      const request = { round, sourceArn, destination, returnsTo, maxCount };
      const answer = await limited(group(messageGroupId).redrive(terms, request));
      queue.learn(messageGroupId, answer.standing, terms);
      // Its clock is behind ours: not asked again at once.
      if (answer.movedCount === 0 && queue.groups.isReady(messageGroupId, nowMs())) {
        queue.groups.postpone(messageGroupId, nowMs() + CLOCKS_APART_MS);
      }
      return answer;
    } catch (error) {
      console.warn("a message group could not be asked to move messages and is asked again", error);
      return undefined;
    }
  }
}
