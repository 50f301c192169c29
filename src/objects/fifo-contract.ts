/**
 * What the object of a FIFO queue and those of its message groups ask of each other. Either side may
 * be evicted, aborted or late at any call: every one of these may fail before it took effect, after
 * it, or take effect twice, and is safe to repeat.
 */
import type { GroupTerms } from "../domain/fifo-terms.ts";
import type { GroupStanding } from "../domain/group-standing.ts";
import type { MoveTaskFailure } from "../domain/move-task.ts";
import type { BoundedPeek } from "../domain/peek.ts";
import type { QueueIdentity } from "../domain/queue-name.ts";
import type { Receipt } from "../domain/receipt-handle.ts";
import type { LeaseReplay } from "../storage/group-lease.ts";
import type { GroupTransferTarget, TransferTarget } from "./transfer-contract.ts";

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

/** What a queue's move task asks of a group: the same round asks the same again, an earlier one nothing. */
export type RedriveRequest = {
  readonly round: number;
  /** The dead-letter queue's own. */
  readonly sourceArn: string;
  /** Undefined: where each message came from. */
  readonly destination: QueueIdentity | undefined;
  /** ARNs of the queues that messages may go back to; undefined: to any. */
  readonly returnsTo: readonly string[] | undefined;
  readonly maxCount: number;
};

export type RedriveAnswer = {
  /** Nothing is on its way any more; else it is to be asked again. */
  readonly isDone: boolean;
  /** Messages that have left the group for good. */
  readonly movedCount: number;
  readonly failure: MoveTaskFailure | undefined;
  readonly standing: GroupStanding;
};

/** What a queue asks of a group. What was changed is on disk when it is answered. */
export interface GroupCommands {
  /** Takes packed messages in their order; those that it had before are passed over. */
  append(terms: GroupTerms, packed: Uint8Array): Promise<GroupStanding>;
  lease(terms: GroupTerms, request: LeaseRequest): Promise<Lease>;
  /** Undefined when one of the messages moved on. */
  replay(terms: GroupTerms, request: ReplayRequest): Promise<Lease | undefined>;
  undoReceive(terms: GroupTerms, receipts: readonly Receipt[]): Promise<GroupStanding>;
  redrive(terms: GroupTerms, request: RedriveRequest): Promise<RedriveAnswer>;
  /** Messages as they are, as a delivery; nothing changes by it. */
  peek(terms: GroupTerms, order: BoundedPeek): Promise<Uint8Array>;
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

export type GroupNamespace = DurableObjectNamespace<
  GroupCommands & GroupTransferTarget & Rpc.DurableObjectBranded
>;
export type QueueNamespace = DurableObjectNamespace<
  GroupNewsReceiver & TransferTarget & Rpc.DurableObjectBranded
>;
