/**
 * GroupSweep: reaches all message groups of a queue, however many, a batch at a time: those of a
 * deleted queue, to drop what they hold, and those of a purged one, to hear of the purge. How far it
 * has come is on disk, so it goes on where it was after any interruption; asking a group twice does no
 * harm.
 */
import type { FifoQueue } from "../storage/fifo-queue.ts";
import type { GroupEntries, GroupName } from "../storage/group-entries.ts";
import { limited } from "./call-limit.ts";
import type { GroupCommands } from "./fifo-contract.ts";

/** Groups asked side by side. */
const BATCH = 50;

export type SweepContext = {
  readonly entries: GroupEntries;
  readonly group: (name: GroupName) => GroupCommands;
  /** The queue that has the name now, if it is alive. */
  readonly live: () => FifoQueue | undefined;
};

export class GroupSweep {
  readonly #context: SweepContext;

  constructor(context: SweepContext) {
    this.#context = context;
  }

  get isDone(): boolean {
    const { entries } = this.#context;
    return !entries.isPurging && !entries.mayHaveOrphans;
  }

  /** One batch of each kind. A group that cannot be reached is asked again, and stops no other. */
  async step(): Promise<void> {
    await this.#destroyOrphans();
    await this.#tellOfPurge();
  }

  async #destroyOrphans(): Promise<void> {
    const { entries, group, live } = this.#context;
    const orphans = entries.orphans(live()?.uid, BATCH);
    const destroyed = await Promise.allSettled(
      orphans.map(async (name) => {
        await limited(group(name).destroy(name.queueUid));
        entries.remove(name);
      }),
    );
    throwFirst(destroyed);
  }

  async #tellOfPurge(): Promise<void> {
    const { entries, group, live } = this.#context;
    const queue = live();
    if (queue === undefined || !entries.isPurging) return;
    const { purgedSequence } = queue.terms;
    const names = entries.unpurged(queue.uid, BATCH);
    await Promise.all(
      names.map(async (messageGroupId) => {
        const terms = { ...queue.terms, messageGroupId };
        const member = group({ queueUid: queue.uid, messageGroupId });
        const standing = await limited(member.stand(terms));
        if (live() === queue) queue.learn(messageGroupId, standing);
      }),
    );
    // Another purge, or a deletion, begins anew.
    if (live() !== queue || queue.terms.purgedSequence !== purgedSequence) return;
    const last = names.at(-1);
    if (last === undefined || names.length < BATCH) entries.endPurge();
    else entries.purgedUpTo(last);
  }
}

/** For the alarm, which logs it and tries again. */
function throwFirst(results: readonly PromiseSettledResult<unknown>[]): void {
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
