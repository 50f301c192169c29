/**
 * Demands: what each action needs permission for, and on which queue or account. A batch is authorised as
 * the single action (SQS developer guide, API permissions); a move task needs what it does to each of
 * its queues. A request that names no queue demands nothing: its handler finds the flaw.
 */
import { isQueueName, parseQueueArn, type QueueIdentity, queueArn } from "../domain/queue-name.ts";
import type { Action, ActionInput } from "../protocol/actions.ts";
import { isAccountId } from "./caller.ts";
import { type Exchange, namedQueue } from "./exchange.ts";
import { accountStub, type Objects } from "./object-directory.ts";
import { readTaskHandle } from "./task-handle.ts";

export type Demand = {
  /** As policies name it: `sqs:SendMessage`. */
  readonly permission: string;
  readonly resource: string;
  readonly ownerId: string;
  /** The queue whose own policy has a say. */
  readonly queue?: QueueIdentity;
  readonly requestTags?: ReadonlyMap<string, string>;
  readonly tagKeys?: readonly string[];
};

type DemandsOf<A extends Action> = (
  input: ActionInput<A>,
  exchange: Exchange,
) => readonly Demand[] | Promise<readonly Demand[]>;

/** What a receive, a deletion and the rest on the dead-letter queue of a move task are for. */
const MOVING = ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
const SENDING = "SendMessage";
const SOURCES_IN_PAGE = 1_000;

const DEMANDS: { readonly [A in Action]: DemandsOf<A> } = {
  AddPermission: onNamedQueue("AddPermission"),
  CancelMessageMoveTask: ({ TaskHandle }) => {
    const task = TaskHandle === undefined ? undefined : readTaskHandle(TaskHandle);
    return onArn(task?.sourceArn, "CancelMessageMoveTask");
  },
  ChangeMessageVisibility: onNamedQueue("ChangeMessageVisibility"),
  ChangeMessageVisibilityBatch: onNamedQueue("ChangeMessageVisibility"),
  CreateQueue: createQueueDemands,
  DeleteMessage: onNamedQueue("DeleteMessage"),
  DeleteMessageBatch: onNamedQueue("DeleteMessage"),
  DeleteQueue: onNamedQueue("DeleteQueue"),
  GetQueueAttributes: onNamedQueue("GetQueueAttributes"),
  GetQueueUrl: getQueueUrlDemands,
  ListDeadLetterSourceQueues: onNamedQueue("ListDeadLetterSourceQueues"),
  ListMessageMoveTasks: ({ SourceArn }) => onArn(SourceArn, "ListMessageMoveTasks"),
  ListQueueTags: onNamedQueue("ListQueueTags"),
  ListQueues: listQueuesDemands,
  PurgeQueue: onNamedQueue("PurgeQueue"),
  ReceiveMessage: onNamedQueue("ReceiveMessage"),
  RemovePermission: onNamedQueue("RemovePermission"),
  SendMessage: onNamedQueue("SendMessage"),
  SendMessageBatch: onNamedQueue("SendMessage"),
  SetQueueAttributes: onNamedQueue("SetQueueAttributes"),
  StartMessageMoveTask: startMoveTaskDemands,
  TagQueue: (input, exchange) => {
    const tags = new Map(input.Tags ?? []);
    return onQueueOf(input, exchange, "TagQueue", { requestTags: tags, tagKeys: [...tags.keys()] });
  },
  UntagQueue: (input, exchange) => {
    return onQueueOf(input, exchange, "UntagQueue", { tagKeys: input.TagKeys ?? [] });
  },
};

export function demandsOf<A extends Action>(
  action: A,
  input: ActionInput<A>,
  exchange: Exchange,
): readonly Demand[] | Promise<readonly Demand[]> {
  return DEMANDS[action](input, exchange);
}

function onNamedQueue(name: string) {
  return (input: { readonly QueueUrl?: string }, exchange: Exchange): readonly Demand[] =>
    onQueueOf(input, exchange, name);
}

function onQueueOf(
  input: { readonly QueueUrl?: string },
  exchange: Exchange,
  name: string,
  tags: Pick<Demand, "requestTags" | "tagKeys"> = {},
): readonly Demand[] {
  const queue = namedQueue(input, exchange);
  return queue === undefined ? [] : [{ ...demandOn(queue, name), ...tags }];
}

function onArn(arn: string | undefined, ...names: readonly string[]): readonly Demand[] {
  const queue = arn === undefined ? undefined : parseQueueArn(arn);
  return queue === undefined ? [] : names.map((name) => demandOn(queue, name));
}

/** Of an action by SQS's name. */
export function demandOn(queue: QueueIdentity, name: string): Demand {
  return {
    permission: `sqs:${name}`,
    resource: queueArn(queue),
    ownerId: queue.accountId,
    queue,
  };
}

/** The queue may not be there yet, so that its own policy has no say. */
function createQueueDemands(
  { QueueName = "", tags }: ActionInput<"CreateQueue">,
  { caller }: Exchange,
): readonly Demand[] {
  const requestTags = new Map(tags ?? []);
  const { queue: _, ...demand } = demandOn({ ...caller, queueName: QueueName }, "CreateQueue");
  const create = { ...demand, requestTags, tagKeys: [...requestTags.keys()] };
  return requestTags.size === 0 ? [create] : [create, { ...create, permission: "sqs:TagQueue" }];
}

function getQueueUrlDemands(
  { QueueName, QueueOwnerAWSAccountId }: ActionInput<"GetQueueUrl">,
  { caller }: Exchange,
): readonly Demand[] {
  const accountId = QueueOwnerAWSAccountId ?? caller.accountId;
  if (QueueName === undefined || !isQueueName(QueueName) || !isAccountId(accountId)) return [];
  return [demandOn({ ...caller, accountId, queueName: QueueName }, "GetQueueUrl")];
}

function listQueuesDemands(
  _: ActionInput<"ListQueues">,
  { caller: { region, accountId } }: Exchange,
): readonly Demand[] {
  // As SQS names it: all queues and none.
  const resource = `arn:aws:sqs:${region}:${accountId}:`;
  return [{ permission: "sqs:ListQueues", resource, ownerId: accountId }];
}

/**
 * Without a destination the messages go back to the queue's sources, which may be many. Those that were
 * sources once are not known here: the task is told to which of them it may go (`sendableArns`).
 */
async function startMoveTaskDemands(
  { SourceArn, DestinationArn }: ActionInput<"StartMessageMoveTask">,
  { access, caller, objects }: Exchange,
): Promise<readonly Demand[]> {
  const moving = onArn(SourceArn, ...MOVING);
  if (DestinationArn !== undefined) return [...moving, ...onArn(DestinationArn, SENDING)];
  const source = moving[0]?.queue;
  // Another account's directory is not read for somebody who may not know it.
  if (source === undefined || source.accountId !== caller.accountId) return moving;
  // Nobody asks.
  if (access === undefined) return moving;
  const queueNames = await sourceNames(objects, source);
  return [
    ...moving,
    ...queueNames.map((name) => demandOn({ ...source, queueName: name }, SENDING)),
  ];
}

/** All of them: whichever were left out would be closed to the task. */
async function sourceNames(objects: Objects, target: QueueIdentity): Promise<string[]> {
  const directory = accountStub(objects, target);
  const query = { targetName: target.queueName, limit: SOURCES_IN_PAGE };
  const names: string[] = [];
  for (let hasMore = true; hasMore; ) {
    const page = await directory.listDeadLetterSources({ ...query, afterName: names.at(-1) ?? "" });
    names.push(...page.queueNames);
    hasMore = page.hasMore;
  }
  return names;
}

/** The queues that a granted move task may send to. */
export function sendableArns(granted: readonly Demand[]): string[] {
  const sends = granted.filter(({ permission }) => permission === `sqs:${SENDING}`);
  return sends.map(({ resource }) => resource);
}
