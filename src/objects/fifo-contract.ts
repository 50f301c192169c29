/**
 * What the object of a FIFO queue and those of its message groups ask of each other. Either side may
 * be evicted, aborted or late at any call: every one of these may fail before it took effect, after
 * it, or take effect twice, and is safe to repeat.
 */
import type { GroupTerms } from "../domain/fifo-terms.ts";
import type { GroupStanding } from "../domain/group-standing.ts";
import type { Receipt } from "../domain/receipt-handle.ts";
import type { LeaseReplay } from "../storage/fifo-group.ts";

/** A receive of one group, as its queue asks for it. */
export type LeaseRequest = {
  /** As many as may be received; the same ones again bring the same messages. */
  readonly receiptNonces: readonly number[];
  readonly visibilityTimeoutSeconds: number;
};

export type Lease = {
  /** A packed delivery, perhaps an empty one. */
  readonly packed: Uint8Array;
  readonly receipts: readonly Receipt[];
  readonly visibleAtMs: number;
  readonly standing: GroupStanding;
};

export type ReplayRequest = Omit<LeaseReplay, "nowMs">;

/** What a queue asks of a group. What was changed is on disk when it is answered. */
export interface GroupCommands {
  /** Takes packed messages in their order; those that it had before are passed over. */
  append(terms: GroupTerms, packed: Uint8Array): Promise<GroupStanding>;
  lease(terms: GroupTerms, request: LeaseRequest): Promise<Lease>;
  /** Undefined when one of the messages moved on. */
  replay(terms: GroupTerms, request: ReplayRequest): Promise<Lease | undefined>;
  undoReceive(terms: GroupTerms, receipts: readonly Receipt[]): Promise<GroupStanding>;
  /** How the group stands; it also hears of a purge by this. */
  stand(terms: GroupTerms): Promise<GroupStanding>;
  /** Drops everything that it holds of this queue. */
  destroy(queueUid: string): Promise<void>;
}

/** What a group tells its queue, unasked. */
export type GroupNews = {
  readonly queueUid: string;
  readonly messageGroupId: string;
  readonly standing: GroupStanding;
};

export type GroupRelease = {
  readonly queueUid: string;
  readonly messageGroupId: string;
  readonly lastSequence: number;
};

/** "unknown": there is no such queue any more, and the group drops everything. */
export type NewsAnswer = "noted" | "unknown";
/** "kept": messages are on their way to the group. */
export type ReleaseAnswer = "released" | "kept" | "unknown";

export interface GroupNewsReceiver {
  /** Answered when the queue's object cannot forget it any more. */
  groupAnnounced(news: GroupNews): Promise<NewsAnswer>;
  /** A group that is empty and past its deduplication window asks whether it may forget all. */
  releaseGroup(release: GroupRelease): Promise<ReleaseAnswer>;
}

export type GroupNamespace = DurableObjectNamespace<GroupCommands & Rpc.DurableObjectBranded>;
export type NewsNamespace = DurableObjectNamespace<GroupNewsReceiver & Rpc.DurableObjectBranded>;
