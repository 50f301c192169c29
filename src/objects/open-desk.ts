/**
 * Which desk serves a queue's messages, by the queue's kind; and who looks after the message groups
 * of a FIFO queue that is no more. Groups are addressed by queue and group, so that those of a deleted
 * queue can be reached as well.
 */
import type { GroupName } from "../storage/group-entries.ts";
import type { GroupCommands } from "./fifo-contract.ts";
import { FifoDesk } from "./fifo-desk.ts";
import { GroupSweep } from "./group-sweep.ts";
import type { DeskTools } from "./message-desk.ts";
import { MoveTaskDesk } from "./move-task-desk.ts";
import type { LiveQueue, QueueStore } from "./queue-store.ts";
import { StandardDesk } from "./standard-desk.ts";

export type AnyGroup = (name: GroupName) => GroupCommands;

/** Undefined while there is no queue. */
export function openDesk(
  { live }: QueueStore,
  group: AnyGroup,
  tools: DeskTools,
): StandardDesk | FifoDesk | undefined {
  if (live === undefined) return undefined;
  const desk = deskOf(live, group, tools);
  desk.begin();
  return desk;
}

function deskOf(live: LiveQueue, group: AnyGroup, tools: DeskTools): StandardDesk | FifoDesk {
  if (live.kind === "standard") return new StandardDesk(live, tools);
  const queueUid = live.uid;
  return new FifoDesk(live, (messageGroupId) => group({ queueUid, messageGroupId }), tools);
}

/** The queue's move tasks; undefined while there is no queue. */
export function openTasks(
  source: StandardDesk | FifoDesk | undefined,
  { commit, nowMs, armAlarm }: Pick<DeskTools, "commit" | "nowMs" | "armAlarm">,
): MoveTaskDesk | undefined {
  if (source === undefined) return undefined;
  const tasks = new MoveTaskDesk({ source, nowMs, written: () => commit.join(), armAlarm });
  tasks.run();
  return tasks;
}

/** Undefined for a queue that never had groups. */
export function openSweep(store: QueueStore, group: AnyGroup): GroupSweep | undefined {
  const entries = store.groupEntries;
  if (entries === undefined) return undefined;
  const live = () => (store.live?.kind === "fifo" ? store.live : undefined);
  return new GroupSweep({ entries, group, live });
}
