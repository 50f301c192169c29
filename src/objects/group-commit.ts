/**
 * GroupCommit: many commands, one commit. A command changes memory, joins, and is answered when the
 * commit it joined was written; the output gate then holds the answer until the disk confirms it.
 *
 * With nobody else waiting a commit is written at once. While one is being confirmed the next one
 * gathers; and when callers are known to come back at the same time, it waits for as many as were
 * there a moment ago, for as long as they keep coming.
 */

/** A pause in which no caller comes back ends the gathering. */
const GATHER_PAUSE_MS = 2;
/** Callers that keep coming one by one may not hold up those who are there for longer than this. */
const GATHER_PAUSES_MAX = 5;

export type Commit = {
  /** Writes everything that changed, in this turn. A throw is a bug and ends the object. */
  readonly write: () => void;
  /** Settles when all that was written is confirmed. */
  readonly confirmed: () => Promise<void>;
  /** Ends the object: memory is ahead of the disk and must be rebuilt. */
  readonly abort: (reason: unknown) => void;
};

export class GroupCommit {
  readonly #commit: Commit;
  #joined: (() => void)[] = [];
  #isRunning = false;
  #expectedCount = 1;
  #endGathering: (() => void) | undefined;
  #commitCount = 0;

  constructor(commit: Commit) {
    this.#commit = commit;
  }

  get commitCount(): number {
    return this.#commitCount;
  }

  /** Resolves once what the caller changed has been written. */
  join(): Promise<void> {
    return new Promise((resolve) => {
      this.#joined.push(resolve);
      if (!this.#isRunning) void this.#run();
      else if (this.#joined.length >= this.#expectedCount) this.#endGathering?.();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#joined.length > 0) {
        if (this.#joined.length < this.#expectedCount) await this.#gather();
        const answered = this.#joined;
        this.#joined = [];
        this.#commitCount++;
        this.#commit.write();
        for (const resolve of answered) resolve();
        await this.#commit.confirmed();
        this.#expectedCount = answered.length + this.#joined.length;
      }
    } catch (error) {
      this.#commit.abort(error);
    }
    this.#isRunning = false;
  }

  /** Ends when all are there whom the last commit answered, or when they stop coming. */
  #gather(): Promise<void> {
    return new Promise((resolve) => {
      let pauses = 0;
      let joinedCount = this.#joined.length;
      const end = () => {
        clearInterval(timer);
        this.#endGathering = undefined;
        resolve();
      };
      const timer = setInterval(() => {
        const hasGrown = this.#joined.length > joinedCount;
        joinedCount = this.#joined.length;
        if (!hasGrown || ++pauses === GATHER_PAUSES_MAX) end();
      }, GATHER_PAUSE_MS);
      this.#endGathering = end;
    });
  }
}
