/**
 * SqsAction: under which name of IAM's an operation of SQS is authorised, and which ones only the account
 * that owns a queue may perform (SQS developer guide, "Amazon SQS API permissions").
 */

/** A batch is its single operation, as often as it likes. Lower-cased, as actions are compared. */
const BATCHES: ReadonlyMap<string, string> = new Map([
  ["sqs:sendmessagebatch", "sqs:SendMessage"],
  ["sqs:deletemessagebatch", "sqs:DeleteMessage"],
  ["sqs:changemessagevisibilitybatch", "sqs:ChangeMessageVisibility"],
]);

const OF_OWNER_ALONE: readonly string[] = [
  "AddPermission",
  "CancelMessageMoveTask",
  "CreateQueue",
  "DeleteQueue",
  "ListMessageMoveTasks",
  "ListQueueTags",
  "ListQueues",
  "RemovePermission",
  "SetQueueAttributes",
  "StartMessageMoveTask",
  "TagQueue",
  "UntagQueue",
];
const OWNER_ONLY_ACTIONS = new Set(OF_OWNER_ALONE.map((name) => `sqs:${name}`.toLowerCase()));

/** The action that a policy must allow for an operation such as `SendMessageBatch`. */
export function actionOf(operation: string): string {
  return singleAction(`sqs:${operation}`);
}

/** The same for an action that is prefixed already; what is no batch is its own. */
export function singleAction(action: string): string {
  return BATCHES.get(action.toLowerCase()) ?? action;
}

export function isBatchAction(action: string): boolean {
  return BATCHES.has(action.toLowerCase());
}

/** Whether no policy can give the operation to another account. */
export function isOwnersAlone(operation: string): boolean {
  return OF_OWNER_ALONE.includes(operation);
}

export function isOwnerOnlyAction(action: string): boolean {
  return OWNER_ONLY_ACTIONS.has(action.toLowerCase());
}
