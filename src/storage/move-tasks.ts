/**
 * MoveTasks: the message move tasks of a queue, the latest ones of them. One of them at most is active.
 *
 * `move_task`: `started_number` (their order) and `task`, as JSON. A FIFO queue's active task also has
 * `asked`: the message groups that were asked to move messages and whose answers are not counted yet, so
 * that each is asked for the same once more after a restart, and counted once; and `rounds`, by whose
 * number a group tells what is asked now from what was asked before and comes late.
 */
import { assert } from "../domain/assert.ts";
import { isJsonObject, type JsonObject } from "../domain/json-object.ts";
import {
  isActive,
  isMoveTaskFailure,
  isMoveTaskStatus,
  type MoveTask,
} from "../domain/move-task.ts";
import { MoveReturns } from "./move-returns.ts";
import { existingTables, integerColumn, type Sql, textColumn } from "./sql.ts";
import { readIdentity } from "./stored-identity.ts";

/** What a group was asked; the same round asks the same again. */
export type AskedGroup = {
  readonly messageGroupId: string;
  /** Greater than that of whatever was asked before. */
  readonly round: number;
  readonly maxCount: number;
};

type Kept = {
  readonly startedNumber: number;
  readonly task: MoveTask;
  readonly asked: readonly AskedGroup[];
  /** Of the queue's tasks so far. */
  readonly rounds: number;
};

/** SQS lists ten. */
const KEPT_MAX = 10;
const NOTHING_STARTED = { startedNumber: 0, rounds: 0 };

export class MoveTasks {
  readonly #sql: Sql;
  readonly #returns: MoveReturns;
  /** The latest last. */
  #kept: Kept[] = [];
  /** Where the first is that is not written as it is: one may begin in the commit in which another ends. */
  #unwrittenFrom = Number.POSITIVE_INFINITY;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#kept = readAll(sql);
    this.#returns = new MoveReturns(sql, this.#kept.at(-1)?.startedNumber ?? 0);
  }

  /** The latest first. */
  list(limit: number): MoveTask[] {
    const latest = this.#kept.slice(-limit).map(({ task }) => task);
    return latest.reverse();
  }

  find(taskId: string): MoveTask | undefined {
    return this.#kept.find(({ task }) => task.taskId === taskId)?.task;
  }

  get active(): MoveTask | undefined {
    const latest = this.#kept.at(-1)?.task;
    return latest !== undefined && isActive(latest) ? latest : undefined;
  }

  get asked(): readonly AskedGroup[] {
    return this.#kept.at(-1)?.asked ?? [];
  }

  /** ARNs of the queues that the latest task may take messages back to; undefined: to any. */
  get returnsTo(): readonly string[] | undefined {
    return this.#returns.queueArns;
  }

  start(task: MoveTask, returnsTo: readonly string[] | undefined): void {
    assert(this.active === undefined, "a queue has one active task");
    const { startedNumber: before, rounds } = this.#kept.at(-1) ?? NOTHING_STARTED;
    const startedNumber = before + 1;
    this.#kept = [...this.#kept, { startedNumber, task, asked: [], rounds }].slice(-KEPT_MAX);
    this.#unwrittenFrom = Math.min(this.#unwrittenFrom, startedNumber);
    this.#returns.begin({ startedNumber, queueArns: returnsTo });
  }

  /** Changes the latest task; on disk with the next `write`. */
  change(change: Partial<MoveTask>): void {
    this.#changeLatest((kept) => ({ ...kept, task: { ...kept.task, ...change } }));
  }

  /** The next round's number; on disk with what is asked under it. */
  get nextRound(): number {
    return (this.#kept.at(-1)?.rounds ?? 0) + 1;
  }

  ask(asked: readonly AskedGroup[]): void {
    const rounds = asked.map(({ round }) => round);
    this.#changeLatest((kept) => ({ ...kept, asked, rounds: Math.max(kept.rounds, ...rounds) }));
  }

  /** So many messages have left the queue for good. */
  moved(count: number): void {
    const latest = this.#kept.at(-1)?.task;
    if (latest !== undefined && count > 0) this.change({ movedCount: latest.movedCount + count });
  }

  get hasUnwritten(): boolean {
    return Number.isFinite(this.#unwrittenFrom);
  }

  write(): void {
    if (!this.hasUnwritten) return;
    this.#sql.rows(
      "CREATE TABLE IF NOT EXISTS move_task(started_number INTEGER PRIMARY KEY, task TEXT NOT NULL)",
    );
    for (const { startedNumber, task, asked, rounds } of this.#kept) {
      if (startedNumber < this.#unwrittenFrom) continue;
      this.#sql.rows(
        "INSERT OR REPLACE INTO move_task VALUES (?, ?)",
        startedNumber,
        JSON.stringify({ task, asked, rounds }),
      );
    }
    this.#unwrittenFrom = Number.POSITIVE_INFINITY;
    this.#returns.write();
    const forgotten = (this.#kept[0]?.startedNumber ?? 0) - 1;
    this.#sql.rows("DELETE FROM move_task WHERE started_number <= ?", forgotten);
  }

  #changeLatest(change: (kept: Kept) => Kept): void {
    const latest = this.#kept.at(-1);
    assert(latest !== undefined, "there is a task");
    this.#kept = [...this.#kept.slice(0, -1), change(latest)];
    this.#unwrittenFrom = Math.min(this.#unwrittenFrom, latest.startedNumber);
  }
}

function readAll(sql: Sql): Kept[] {
  if (existingTables(sql, ["move_task"]).length === 0) return [];
  const rows = sql.rows("SELECT * FROM move_task ORDER BY started_number");
  return rows.map((row) => {
    return readKept(integerColumn(row, "started_number"), textColumn(row, "task"));
  });
}

function readKept(startedNumber: number, text: string): Kept {
  const value: unknown = JSON.parse(text);
  assert(isJsonObject(value) && isJsonObject(value.task), "a stored task is an object");
  const { asked, rounds } = value;
  assert(Array.isArray(asked) && typeof rounds === "number", "a stored task has what it asked");
  return { startedNumber, task: readTask(value.task), asked: asked.map(readAsked), rounds };
}

function readTask(task: JsonObject): MoveTask {
  const { taskId, status, startedAtMs, movedCount, toMoveCount } = task;
  const { destination, maxMessagesPerSecond, failure } = task;
  assert(typeof taskId === "string" && isMoveTaskStatus(status), "a stored task has a status");
  assert(
    typeof startedAtMs === "number" &&
      typeof movedCount === "number" &&
      typeof toMoveCount === "number",
    "a stored task has its numbers",
  );
  return {
    taskId,
    status,
    startedAtMs,
    movedCount,
    toMoveCount,
    destination: destination === undefined ? undefined : readIdentity(destination),
    maxMessagesPerSecond:
      typeof maxMessagesPerSecond === "number" ? maxMessagesPerSecond : undefined,
    failure: isMoveTaskFailure(failure) ? failure : undefined,
  };
}

function readAsked(value: unknown): AskedGroup {
  assert(isJsonObject(value), "a group that was asked is an object");
  const { messageGroupId, round, maxCount } = value;
  assert(
    typeof messageGroupId === "string" && typeof round === "number" && typeof maxCount === "number",
    "a group that was asked is whole",
  );
  return { messageGroupId, round, maxCount };
}
