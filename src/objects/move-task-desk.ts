/**
 * MoveTaskDesk: performs a queue's message move task, round by round: lets as many messages leave as its
 * pace allows, waits until they have, and goes on until nothing visible is left. What a round has moved is
 * counted in the commits in which the messages leave, so a task goes on where it was after any
 * interruption; the alarm sees to it that it does.
 */

import { MovePace } from "../domain/move-pace.ts";
import {
  isActive,
  type MoveTask,
  type MoveTaskFailure,
  type MoveTaskOrder,
  startedTask,
} from "../domain/move-task.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { MoveTasks } from "../storage/move-tasks.ts";

/** What a round came to: everything that left has arrived, or is back. */
export type MoveRound = {
  readonly departedCount: number;
  /** Nothing is left that could leave. */
  readonly isEmpty: boolean;
  readonly failure: MoveTaskFailure | undefined;
};

/** The queue whose messages move. */
export interface MoveSource {
  readonly moveTasks: MoveTasks;
  /** Brings to an end what an earlier round, or an earlier life, has begun. */
  finishMoves(task: MoveTask): Promise<void>;
  moveSome(task: MoveTask, maxCount: number): Promise<MoveRound>;
  /** What has not left yet stays. */
  stopMoves(): void;
  visibleCount(): Promise<number>;
}

export type MoveTaskContext = {
  readonly source: MoveSource;
  readonly nowMs: () => number;
  readonly written: () => Promise<void>;
  readonly armAlarm: () => void;
};

const TRY_AGAIN_MS = 1_000;
/** After each round: a process that runs all objects looks at its sockets when none of them works. */
const BREATH_MS = 1;
const LOOK_AFTER_MS = 5_000;

export class MoveTaskDesk {
  readonly #context: MoveTaskContext;
  #isRunning = false;
  #isClosed = false;
  #wakeUp: (() => void) | undefined;

  constructor(context: MoveTaskContext) {
    this.#context = context;
  }

  get #tasks(): MoveTasks {
    return this.#context.source.moveTasks;
  }

  /** One task at a time (SQS API reference, StartMessageMoveTask). */
  async start(order: MoveTaskOrder): Promise<Result<undefined>> {
    if (this.#tasks.active !== undefined) return refused({ kind: "move-task-running" });
    const toMoveCount = await this.#context.source.visibleCount();
    if (this.#tasks.active !== undefined) return refused({ kind: "move-task-running" });
    this.#tasks.start(startedTask(order, this.#context.nowMs(), toMoveCount), order.returnsTo);
    await this.#context.written();
    this.run();
    return accepted(undefined);
  }

  /** What has moved stays moved. */
  async cancel(taskId: string): Promise<Result<number>> {
    const task = this.#tasks.find(taskId);
    if (task === undefined) return refused({ kind: "move-task-does-not-exist" });
    if (!isActive(task)) return refused({ kind: "move-task-not-active" });
    this.#tasks.change({ status: "CANCELLING" });
    this.#context.source.stopMoves();
    await this.#context.written();
    this.#wakeUp?.();
    this.run();
    return accepted(this.#tasks.find(taskId)?.movedCount ?? task.movedCount);
  }

  /** What it says is on disk: no count goes back, and no task that is over begins again. */
  async list(limit: number): Promise<MoveTask[]> {
    const tasks = this.#tasks.list(limit);
    if (this.#tasks.hasUnwritten) await this.#context.written();
    return tasks;
  }

  /** Goes on with the active task, if there is one and nobody does. */
  run(): void {
    if (this.#isRunning || this.#isClosed || this.#tasks.active === undefined) return;
    this.#isRunning = true;
    void this.#perform();
  }

  /** The queue is deleted. */
  close(): void {
    this.#isClosed = true;
    this.#wakeUp?.();
  }

  /** When somebody has to see whether the task goes on. */
  nextDueAtMs(): number | undefined {
    return this.#tasks.active === undefined ? undefined : this.#context.nowMs() + LOOK_AFTER_MS;
  }

  async #perform(): Promise<void> {
    for (let task = this.#open; task !== undefined; task = this.#open) await this.#toItsEnd(task);
    this.#isRunning = false;
    this.#context.armAlarm();
  }

  /** The next task may have begun when this one has ended, and has a pace of its own. */
  async #toItsEnd({ taskId, maxMessagesPerSecond }: MoveTask): Promise<void> {
    const pace = new MovePace(maxMessagesPerSecond, this.#context.nowMs());
    for (let task = this.#open; task?.taskId === taskId; task = this.#open) {
      try {
        await this.#context.source.finishMoves(task);
        await this.#round(task, pace);
      } catch (error) {
        console.error("a move task was interrupted and goes on", error);
        await this.#pause(TRY_AGAIN_MS);
      }
    }
  }

  get #open(): MoveTask | undefined {
    return this.#isClosed ? undefined : this.#tasks.active;
  }

  async #round(before: MoveTask, pace: MovePace): Promise<void> {
    if (this.#open?.taskId !== before.taskId) return;
    if (this.#open.status === "CANCELLING") return this.#end({ status: "CANCELLED" });
    if (this.#open.failure !== undefined) return this.#end({ status: "FAILED" });
    const dueCount = pace.due(this.#context.nowMs());
    if (dueCount === 0) return this.#pause(pace.waitMs(this.#context.nowMs()));
    const round = await this.#context.source.moveSome(before, dueCount);
    const { departedCount, isEmpty, failure } = round;
    pace.take(departedCount);
    // A target was found to be gone meanwhile.
    if (this.#open?.status !== "RUNNING" || this.#open.failure !== undefined) return;
    if (failure !== undefined) {
      await this.#context.source.finishMoves(before);
      return this.#end({ status: "FAILED", failure });
    }
    if (isEmpty) return this.#end({ status: "COMPLETED" });
    await this.#pause(departedCount === 0 ? TRY_AGAIN_MS : BREATH_MS);
  }

  async #end(change: Partial<MoveTask>): Promise<void> {
    this.#tasks.change(change);
    await this.#context.written();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wakeUp?.(), ms);
      this.#wakeUp = () => {
        this.#wakeUp = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
