/**
 * GroupCommit: many commands, one commit. A command changes memory, joins, and is answered when the
 * commit it joined was written; the output gate then holds the answer until the disk confirms it.
 *
 * With nobody else waiting a commit is written at once. While one is being confirmed the next one
 * gathers; and when callers are known to come back at the same time, it waits for as many as were
 * there a moment ago, but not longer than the window.
 */

/** Long enough for callers to come back over a local network, short against a commit to disk. */
const GATHER_WINDOW_MS = 2;

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

  async #gather(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATHER_WINDOW_MS);
      this.#endGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#endGathering = undefined;
  }
}
