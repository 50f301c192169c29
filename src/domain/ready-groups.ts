/**
 * ReadyGroups: what a FIFO queue knows of its groups: which have something to receive, which will
 * have and when, and how much there is. All of it is hints: the groups themselves are the authority,
 * and a wrong hint costs a call. A group that has nothing is not here at all.
 *
 * Invariants:
 * - A group is handed out to one caller at a time, who says afterwards what became of it.
 * - A standing that is older than the known one changes nothing.
 * - Finding a ready group costs the same among ten groups and ten thousand.
 */
import { DueHeap } from "./due-heap.ts";
import { type GroupStanding, isEmptyStanding } from "./group-standing.ts";

type Known = {
  /** Undefined until the group was asked, after a restart. */
  readonly standing: GroupStanding | undefined;
  readonly readyAtMs: number;
};

type Timer = { readonly messageGroupId: string; readonly known: Known; readonly dueAtMs: number };

export type ReadyGroup = {
  readonly messageGroupId: string;
  /** How many messages it is thought to give, at least 1; undefined when nobody knows. */
  readonly readyCount: number | undefined;
};

export type TotalCounts = { visible: number; inFlight: number; delayed: number };

/** Outdated timers that may gather before the heap is rebuilt. */
const OUTDATED_MAX = 1024;

export class ReadyGroups {
  readonly #known = new Map<string, Known>();
  /** In the order in which they became ready. */
  readonly #ready = new Set<string>();
  /**
   * Whose time has come: most of these have been emptied meanwhile, which nobody tells. They take turns
   * with the ready ones, so that neither waits behind the other.
   */
  readonly #lapsed = new Set<string>();
  #takesLapsed = false;
  readonly #timers = new DueHeap<Timer>();
  readonly #handedOut = new Set<string>();

  get size(): number {
    return this.#known.size;
  }

  has(messageGroupId: string): boolean {
    return this.#known.has(messageGroupId);
  }

  /** A group of which only the name is known: it may have something. */
  suspect(messageGroupId: string): void {
    if (this.#known.has(messageGroupId)) return;
    this.#put(messageGroupId, { standing: undefined, readyAtMs: 0 });
  }

  /** What the groups said of the time when they are ready does not hold any more. */
  suspectAll(): void {
    for (const messageGroupId of this.#known.keys()) {
      this.#put(messageGroupId, { standing: undefined, readyAtMs: 0 });
    }
  }

  /** Learns what a group said; false if it said something newer before. */
  learn(messageGroupId: string, standing: GroupStanding): boolean {
    const known = this.#known.get(messageGroupId)?.standing;
    if (known !== undefined && known.generation >= standing.generation) return false;
    if (isEmptyStanding(standing)) this.forget(messageGroupId);
    else {
      // What is ready by the group's own clock is ready, and keeps its place.
      const readyAtMs = standing.readyCount > 0 ? 0 : (standing.readyAtMs ?? 0);
      this.#put(messageGroupId, { standing, readyAtMs });
    }
    return true;
  }

  /** A group that could not be asked is asked again at `atMs`. */
  postpone(messageGroupId: string, atMs: number): void {
    const known = this.#known.get(messageGroupId);
    if (known === undefined) return;
    const { standing } = known;
    this.#put(messageGroupId, { standing, readyAtMs: atMs });
  }

  forget(messageGroupId: string): void {
    this.#known.delete(messageGroupId);
    this.#ready.delete(messageGroupId);
    this.#lapsed.delete(messageGroupId);
  }

  /** The group that has been ready for longest; it is the caller's until `giveBack`. */
  take(nowMs: number): ReadyGroup | undefined {
    this.#advance(nowMs);
    const [first, second] = this.#takesLapsed
      ? [this.#lapsed, this.#ready]
      : [this.#ready, this.#lapsed];
    const messageGroupId = this.#firstFree(first) ?? this.#firstFree(second);
    if (messageGroupId === undefined) return undefined;
    this.#takesLapsed = !this.#lapsed.delete(messageGroupId);
    this.#ready.delete(messageGroupId);
    this.#handedOut.add(messageGroupId);
    const standing = this.#known.get(messageGroupId)?.standing;
    return { messageGroupId, readyCount: standing && expectedCount(standing) };
  }

  /** The caller is done with a group, and has told what it learnt. */
  giveBack(messageGroupId: string): void {
    this.#handedOut.delete(messageGroupId);
    const known = this.#known.get(messageGroupId);
    if (known !== undefined) this.#schedule(messageGroupId, known);
  }

  /** Whether some group is in somebody's hands: what it has is not known until it is given back. */
  get isAnyHandedOut(): boolean {
    return this.#handedOut.size > 0;
  }

  /** Whether the group is thought to have something now, whoever has it in hand. */
  isReady(messageGroupId: string, nowMs: number): boolean {
    const known = this.#known.get(messageGroupId);
    return known !== undefined && known.readyAtMs <= nowMs;
  }

  hasReady(nowMs: number): boolean {
    this.#advance(nowMs);
    return (this.#firstFree(this.#ready) ?? this.#firstFree(this.#lapsed)) !== undefined;
  }

  /** When the next group becomes ready by itself; `nowMs` when one is. */
  nextReadyAtMs(nowMs: number): number | undefined {
    if (this.hasReady(nowMs)) return nowMs;
    for (;;) {
      const timer = this.#timers.peek();
      if (timer === undefined || this.#isCurrent(timer)) return timer?.dueAtMs;
      this.#timers.popDue(timer.dueAtMs);
    }
  }

  /** How all groups stand that have something; undefined while one has yet to say, or is asked. */
  standings(): { messageGroupId: string; standing: GroupStanding }[] | undefined {
    if (this.#handedOut.size > 0) return undefined;
    const standings: { messageGroupId: string; standing: GroupStanding }[] = [];
    for (const [messageGroupId, { standing }] of this.#known) {
      if (standing === undefined) return undefined;
      standings.push({ messageGroupId, standing });
    }
    return standings;
  }

  /** The groups that have something, or may have. */
  names(): string[] {
    return [...this.#known.keys()];
  }

  /** As far as the groups have said. */
  counts(): TotalCounts {
    const total: TotalCounts = { visible: 0, inFlight: 0, delayed: 0 };
    for (const { standing } of this.#known.values()) {
      total.visible += standing?.visible ?? 0;
      total.inFlight += standing?.inFlight ?? 0;
      total.delayed += standing?.delayed ?? 0;
    }
    return total;
  }

  /** What is handed out stays so: its callers give it back. */
  clear(): void {
    this.#known.clear();
    this.#ready.clear();
    this.#lapsed.clear();
    this.#timers.clear();
  }

  #put(messageGroupId: string, known: Known): void {
    this.#known.set(messageGroupId, known);
    this.#schedule(messageGroupId, known);
  }

  #schedule(messageGroupId: string, known: Known): void {
    const { readyAtMs } = known;
    this.#lapsed.delete(messageGroupId);
    if (readyAtMs <= this.#advancedMs) {
      this.#ready.add(messageGroupId);
      return;
    }
    this.#ready.delete(messageGroupId);
    this.#timers.push({ messageGroupId, known, dueAtMs: readyAtMs });
    if (this.#timers.size > 2 * this.#known.size + OUTDATED_MAX) {
      this.#timers.retain((timer) => this.#isCurrent(timer));
    }
  }

  #advancedMs = 0;

  #advance(nowMs: number): void {
    this.#advancedMs = Math.max(nowMs, this.#advancedMs);
    for (;;) {
      const timer = this.#timers.popDue(nowMs);
      if (timer === undefined) return;
      if (!this.#isCurrent(timer)) continue;
      const isLapse = (timer.known.standing?.inFlight ?? 0) > 0;
      (isLapse ? this.#lapsed : this.#ready).add(timer.messageGroupId);
    }
  }

  #firstFree(messageGroupIds: Iterable<string>): string | undefined {
    for (const messageGroupId of messageGroupIds) {
      if (!this.#handedOut.has(messageGroupId)) return messageGroupId;
    }
    return undefined;
  }

  #isCurrent({ messageGroupId, known }: Timer): boolean {
    return this.#known.get(messageGroupId) === known;
  }
}

/** What became ready since the group spoke is not in its count: all of it may have. */
function expectedCount({ readyCount, visible, inFlight, delayed }: GroupStanding): number {
  return Math.max(1, readyCount > 0 ? readyCount : visible + inFlight + delayed);
}
