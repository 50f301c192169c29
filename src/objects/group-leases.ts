/**
 * GroupLeases: receives from the message groups of a queue as much as one receiver asked for: from as
 * many ready groups side by side as it takes, each drained before the next. What a group said last
 * decides how much is asked of it; groups of which that is not known are asked in growing numbers.
 */
import { isEmptyDelivery, joinDeliveries } from "../domain/delivery.ts";
import type { GroupTerms } from "../domain/fifo-terms.ts";
import { RECEIVE_COUNT_MAX } from "../domain/limits.ts";
import type { FifoQueue } from "../storage/fifo-queue.ts";
import type { GroupLease } from "../storage/receive-attempts.ts";
import { limited } from "./call-limit.ts";
import type { Lease, LeaseRequest } from "./fifo-contract.ts";
import type { GroupLookup } from "./hand-over.ts";
import { randomNonces } from "./nonces.ts";
import type { ReceiveTerms } from "./receive-exchange.ts";

/** What one receive brought. */
export type Leased = {
  readonly packed: Uint8Array;
  readonly leases: readonly GroupLease[];
};

type LeasedPart = { readonly lease: Lease; readonly messageGroupId: string };
type Share = { readonly messageGroupId: string; readonly count: number };

/** Groups asked at once that may turn out to have nothing. */
const PROBES_MAX = 32;
/** Groups asked by one receive: who finds nothing in so many may find it with the next. */
const ASKED_MAX = 128;
/** A group that could not be asked is asked again after this. */
const ASK_AGAIN_MS = 1_000;
const CLOCKS_APART_MS = 50;

export class GroupLeases {
  readonly #queue: FifoQueue;
  readonly #group: GroupLookup;
  readonly #nowMs: () => number;

  constructor(queue: FifoQueue, group: GroupLookup, nowMs: () => number) {
    this.#queue = queue;
    this.#group = group;
    this.#nowMs = nowMs;
  }

  async lease({ maxCount, visibilityTimeoutSeconds }: ReceiveTerms): Promise<Leased> {
    const timeoutSeconds = visibilityTimeoutSeconds ?? this.#ownTimeoutSeconds;
    const parts: LeasedPart[] = [];
    const asked: string[] = [];
    let remaining = Math.min(maxCount, RECEIVE_COUNT_MAX);
    for (let probes = 1; remaining > 0; probes = Math.min(probes * 2, PROBES_MAX)) {
      const shares = this.#shares(remaining, probes);
      if (shares.length === 0) break;
      for (const { messageGroupId } of shares) asked.push(messageGroupId);
      const answers = await Promise.all(shares.map((share) => this.#ask(share, timeoutSeconds)));
      const found = answers.filter((answer) => answer !== undefined);
      parts.push(...found);
      remaining -= found.reduce((sum, { lease }) => sum + lease.receipts.length, 0);
      if (asked.length >= ASKED_MAX) break;
    }
    // Not before: with a timeout of 0 the same messages would be there again at once.
    for (const messageGroupId of asked) this.#queue.groups.giveBack(messageGroupId);
    return joined(parts);
  }

  /** Takes back what did not reach its receiver. */
  async undo(leases: readonly GroupLease[]): Promise<void> {
    await Promise.all(
      leases.map(async ({ messageGroupId, receipts }) => {
        try {
          const group = this.#group(messageGroupId);
          const standing = await limited(group.undoReceive(this.#terms(messageGroupId), receipts));
          this.#queue.learn(messageGroupId, standing);
        } catch (error) {
          console.warn("a receive could not be taken back; its messages wait", error);
          this.#queue.groups.postpone(messageGroupId, this.#nowMs() + ASK_AGAIN_MS);
        }
      }),
    );
  }

  /** Receives once more what an earlier receive brought; undefined if that is over. */
  async replay(
    leases: readonly GroupLease[],
    visibilityTimeoutSeconds: number | undefined,
  ): Promise<Leased | undefined> {
    const timeoutSeconds = visibilityTimeoutSeconds ?? this.#ownTimeoutSeconds;
    const answers = await Promise.all(
      leases.map(async ({ messageGroupId, receipts, visibleAtMs }) => {
        const request = { receipts, visibleAtMs, visibilityTimeoutSeconds: timeoutSeconds };
        const group = this.#group(messageGroupId);
        const lease = await limited(group.replay(this.#terms(messageGroupId), request));
        if (lease !== undefined) this.#queue.learn(messageGroupId, lease.standing);
        return lease === undefined ? undefined : { lease, messageGroupId };
      }),
    );
    const again = answers.filter((answer) => answer !== undefined);
    if (again.length < leases.length) return undefined;
    return joined(again);
  }

  /** Which groups to ask for how many, so that all together have what is wanted. */
  #shares(wanted: number, probes: number): Share[] {
    const shares: Share[] = [];
    let expected = 0;
    while (expected < wanted) {
      const group = this.#queue.groups.take(this.#nowMs());
      if (group === undefined) {
        if (this.#queue.readMoreGroups()) continue;
        break;
      }
      const left = wanted - expected;
      const { messageGroupId } = group;
      // What Workers send to a group past the queue is not in what the queue knows of it.
      const readyCount = this.#queue.terms.scope === "queue" ? group.readyCount : undefined;
      const share = Math.ceil(left / Math.max(1, probes - shares.length));
      const count = Math.min(readyCount ?? share, left);
      shares.push({ messageGroupId, count });
      expected += count;
      if (shares.length === PROBES_MAX) break;
    }
    return shares;
  }

  async #ask(
    { messageGroupId, count }: Share,
    visibilityTimeoutSeconds: number,
  ): Promise<LeasedPart | undefined> {
    const request = { receiptNonces: randomNonces(count), visibilityTimeoutSeconds };
    const terms = this.#terms(messageGroupId);
    try {
      const lease = await this.#askTwice(terms, request);
      this.#queue.learn(messageGroupId, lease.standing, terms);
      if (!isEmptyDelivery(lease.packed)) return { lease, messageGroupId };
      this.#mindClock(messageGroupId);
      return undefined;
    } catch (error) {
      console.warn("a message group could not be asked and is asked again", error);
      this.#queue.groups.postpone(messageGroupId, this.#nowMs() + ASK_AGAIN_MS);
      return undefined;
    }
  }

  /**
   * A group that gave nothing and still counts as ready has a clock that is behind ours, or behind that
   * of its earlier life: it is not asked again at once, or calls would go round in circles.
   */
  #mindClock(messageGroupId: string): void {
    const nowMs = this.#nowMs();
    if (!this.#queue.groups.isReady(messageGroupId, nowMs)) return;
    this.#queue.groups.postpone(messageGroupId, nowMs + CLOCKS_APART_MS);
  }

  /** The same nonces bring the same messages: an answer that was lost is not lost for ever. */
  async #askTwice(terms: GroupTerms, request: LeaseRequest): Promise<Lease> {
    try {
      return await limited(this.#group(terms.messageGroupId).lease(terms, request));
    } catch {
      return limited(this.#group(terms.messageGroupId).lease(terms, request));
    }
  }

  get #ownTimeoutSeconds(): number {
    return this.#queue.record.attributes.visibilityTimeoutSeconds;
  }

  #terms(messageGroupId: string): GroupTerms {
    return { ...this.#queue.terms, messageGroupId };
  }
}

function joined(parts: readonly LeasedPart[]): Leased {
  return {
    packed: joinDeliveries(parts.map(({ lease }) => lease.packed)),
    leases: parts.map(({ lease: { receipts, visibleAtMs }, messageGroupId }) => {
      return { messageGroupId, receipts, visibleAtMs };
    }),
  };
}
