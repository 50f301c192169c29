/**
 * MessageDesk: what a queue's object does with messages, for one kind of queue. The object itself owns
 * the queue's life; the desk owns receives, waiters' turns and what time makes happen to messages.
 */
import type { PeekOrder } from "../domain/peek.ts";
import type { QueueAttributes } from "../domain/queue-attributes.ts";
import type { Result } from "../domain/result.ts";
import type { MessageCounts } from "../storage/logged-message.ts";
import type { AlarmClock } from "./alarm-clock.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { MoveSource } from "./move-task-desk.ts";
import type { ReceiveAnswer, ReceiveRequest } from "./receive-exchange.ts";
import type { TransferAnswer } from "./transfer-contract.ts";
import type { TransferRoutes } from "./transfer-routes.ts";
import type { Waiters } from "./waiters.ts";

/** The object's own parts that a desk works with. */
export type DeskTools = {
  readonly waiters: Waiters;
  readonly commit: GroupCommit;
  readonly alarmClock: AlarmClock;
  readonly nowMs: () => number;
  /** Sees to it that the alarm goes off for whatever is due now. */
  readonly armAlarm: () => void;
  /** To the objects of other queues. */
  readonly routes: TransferRoutes;
};

export interface MessageDesk extends MoveSource {
  /** Takes what another queue moves to this one; on disk when this answers. */
  acceptTransfer(
    channel: string,
    packed: Uint8Array,
    messageGroupId: string | undefined,
  ): Promise<TransferAnswer>;
  /** Receives what is there, on disk when this answers; or says for how long to wait. */
  receive(asked: ReceiveRequest): Promise<Result<ReceiveAnswer>>;
  /** A waiter was let in since the last receive found nothing. */
  waiterCame(): void;
  /** Messages as they are, as a delivery; nothing changes by it. */
  peek(order: PeekOrder): Promise<Result<Uint8Array>>;
  /** What it counts is on disk when this answers. */
  counts(): Promise<MessageCounts>;
  /** The queue's attributes are others than these were. */
  attributesChanged(before: QueueAttributes): void;
  /** Drops all messages. */
  purge(): void;
  /** The desk's part of a commit: one turn, so one transaction. */
  write(): void;
  /** When time makes something happen; undefined if it does not. */
  nextDueAtMs(): number | undefined;
  doWhatIsDue(): Promise<void>;
  /** The queue is deleted: nothing of it goes anywhere any more. */
  close(): void;
}
