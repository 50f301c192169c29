/**
 * ObjectCore: what every Durable Object that commits has: its database, its clock, one alarm and the
 * group commit. An object that writes says what a commit writes and what is due when the alarm goes off.
 *
 * Invariants:
 * - The alarm's handler never throws: one that does is retried six times and then dropped, silently.
 * - A commit that throws ends the object, which is rebuilt from disk.
 */
import { AlarmClock } from "./alarm-clock.ts";
import { Clock } from "./clock.ts";
import { DurableSql } from "./durable-sql.ts";
import { GroupCommit } from "./group-commit.ts";
import type { ObjectMetrics } from "./object-metrics.ts";

export type Duties = {
  /** What the object is, for the log. */
  readonly noun: string;
  /** The body of every commit: one turn, so one transaction. */
  readonly write: () => void;
  /** After a commit was confirmed on disk. */
  readonly confirmed: () => void;
  readonly doWhatIsDue: () => Promise<void>;
};

const TRY_AGAIN_MS = 1_000;

export class ObjectCore {
  readonly sql: DurableSql;
  readonly alarmClock: AlarmClock;
  readonly commit: GroupCommit;
  readonly #state: DurableObjectState;
  readonly #duties: Duties;
  readonly #clock = new Clock();
  #alarmCount = 0;

  constructor(state: DurableObjectState, duties: Duties) {
    this.#state = state;
    this.#duties = duties;
    this.sql = new DurableSql(state.storage.sql);
    this.alarmClock = new AlarmClock(state.storage);
    this.commit = new GroupCommit({
      write: duties.write,
      confirmed: async () => {
        await state.storage.sync();
        duties.confirmed();
      },
      abort: (reason) => this.#abort(reason),
    });
  }

  /** Never goes backwards. */
  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Learns, at the object's start, what alarm is set, and sets the one that is needed. */
  wake(armAlarm: () => void): void {
    void this.#state.blockConcurrencyWhile(async () => {
      await this.alarmClock.load(() => this.nowMs());
      armAlarm();
    });
  }

  async alarm(): Promise<void> {
    this.#alarmCount++;
    this.alarmClock.wentOff();
    try {
      await this.#duties.doWhatIsDue();
    } catch (error) {
      console.error(`the alarm of the ${this.#duties.noun} failed and is tried again`, error);
      const nowMs = this.nowMs();
      this.alarmClock.arm(nowMs + TRY_AGAIN_MS, nowMs);
    }
  }

  metrics(calls: Readonly<Record<string, number>>): ObjectMetrics {
    return {
      rowsWritten: this.sql.rowsWritten,
      commits: this.commit.commitCount,
      alarmsSet: this.alarmClock.setCount,
      calls: { ...calls, alarm: this.#alarmCount },
    };
  }

  #abort(reason: unknown): void {
    console.error(`the commit failed; the ${this.#duties.noun} is rebuilt from disk`, reason);
    this.#state.abort(String(reason));
  }
}
