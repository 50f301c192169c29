/**
 * The table of actions: a missing one does not compile. Handlers know neither the protocol that
 * brought their input nor how their answer is written.
 */
import type { Result } from "../domain/result.ts";
import type { Action, ActionInput, ActionOutput } from "../protocol/actions.ts";
import { getQueueAttributes, setQueueAttributes } from "./attribute-actions.ts";
import type { Demand } from "./demands.ts";
import type { Exchange } from "./exchange.ts";
import { listDeadLetterSourceQueues, listQueues } from "./list-queues-action.ts";
import {
  cancelMessageMoveTask,
  listMessageMoveTasks,
  startMessageMoveTask,
} from "./move-task-actions.ts";
import { addPermission, removePermission } from "./permission-actions.ts";
import { createQueue, deleteQueue, getQueueUrl, purgeQueue } from "./queue-actions.ts";
import {
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  deleteMessage,
  deleteMessageBatch,
} from "./receipt-actions.ts";
import { receiveMessage } from "./receive-action.ts";
import { sendMessage, sendMessageBatch } from "./send-actions.ts";
import { listQueueTags, tagQueue, untagQueue } from "./tag-actions.ts";

type Handler<A extends Action> = (
  input: ActionInput<A>,
  exchange: Exchange,
  granted: readonly Demand[],
) => Promise<Result<ActionOutput<A> | undefined>>;

const HANDLERS: { readonly [A in Action]: Handler<A> } = {
  AddPermission: addPermission,
  CancelMessageMoveTask: cancelMessageMoveTask,
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  CreateQueue: createQueue,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  DeleteQueue: deleteQueue,
  GetQueueAttributes: getQueueAttributes,
  GetQueueUrl: getQueueUrl,
  ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
  ListMessageMoveTasks: listMessageMoveTasks,
  ListQueueTags: listQueueTags,
  ListQueues: listQueues,
  PurgeQueue: purgeQueue,
  ReceiveMessage: receiveMessage,
  RemovePermission: removePermission,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  SetQueueAttributes: setQueueAttributes,
  StartMessageMoveTask: startMessageMoveTask,
  TagQueue: tagQueue,
  UntagQueue: untagQueue,
};

/**
 * Runs one action; `undefined` is the answer of those that have none. `granted` is what the request demanded,
 * and the caller may.
 */
export function dispatch<A extends Action>(
  action: A,
  input: ActionInput<A>,
  exchange: Exchange,
  granted: readonly Demand[],
): Promise<Result<ActionOutput<A> | undefined>> {
  return HANDLERS[action](input, exchange, granted);
}
