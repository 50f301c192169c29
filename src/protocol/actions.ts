/**
 * The 23 actions of SQS (API version 2012-11-05): a name, the shape of its request, the type of its
 * answer. An answer of `undefined` has no body at all on the wire.
 */
import { MESSAGE_INPUTS, type MessageOutputs } from "./message-actions.ts";
import { MOVE_TASK_INPUTS, type MoveTaskOutputs } from "./move-task-actions.ts";
import { QUEUE_INPUTS, type QueueOutputs } from "./queue-actions.ts";
import type { ValueOf } from "./shape.ts";

export const INPUTS = { ...MESSAGE_INPUTS, ...MOVE_TASK_INPUTS, ...QUEUE_INPUTS };

type Outputs = MessageOutputs & MoveTaskOutputs & QueueOutputs;

export type Action = keyof typeof INPUTS;
export type ActionInput<A extends Action> = ValueOf<(typeof INPUTS)[A]>;
export type ActionOutput<A extends Action> = Outputs[A];

export function isAction(name: string): name is Action {
  return Object.hasOwn(INPUTS, name);
}
