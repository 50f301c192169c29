/**
 * StartMessageMoveTask, CancelMessageMoveTask and ListMessageMoveTasks: which queues a request names,
 * and what is wrong with it, in SQS's order. A task belongs to the object of its source, the
 * dead-letter queue. Queues of other accounts and regions are, to these actions, queues that do not
 * exist.
 */
import type { MoveTask } from "../domain/move-task.ts";
import {
  isSameQueue,
  parseQueueArn,
  type QueueIdentity,
  queueArn,
  queueKind,
} from "../domain/queue-name.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import type { Caller } from "./caller.ts";
import { type Demand, sendableArns } from "./demands.ts";
import type { Exchange } from "./exchange.ts";
import { accountStub, type Objects, queueStub } from "./object-directory.ts";
import type { Range } from "./range.ts";
import { printTaskHandle, readTaskHandle } from "./task-handle.ts";

const RESULTS = { min: 1, max: 10 };
const MESSAGES_PER_SECOND = { min: 1, max: 500 };

export async function startMessageMoveTask(
  input: ActionInput<"StartMessageMoveTask">,
  { caller, objects, access }: Exchange,
  granted: readonly Demand[],
): Promise<Result<ActionOutput<"StartMessageMoveTask">>> {
  const source = checkedSource(input.SourceArn, caller);
  if (!source.ok) return source;
  const flaw = await sourceFlaw(source.value, input.DestinationArn, objects);
  if (flaw !== undefined) return refused(flaw);
  const destination = await checkedDestination(input.DestinationArn, source.value, objects);
  if (!destination.ok) return destination;
  const { MaxNumberOfMessagesPerSecond: maxMessagesPerSecond } = input;
  const rateFlaw = numberFlaw(
    "MaxNumberOfMessagesPerSecond",
    maxMessagesPerSecond,
    MESSAGES_PER_SECOND,
  );
  if (rateFlaw !== undefined) return refused(rateFlaw);
  const taskId = crypto.randomUUID();
  const isFree = access === undefined || destination.value !== undefined;
  const returnsTo = isFree ? undefined : sendableArns(granted);
  const order = { taskId, destination: destination.value, maxMessagesPerSecond, returnsTo };
  const started = await queueStub(objects, source.value).startMoveTask(order);
  if (!started.ok) return refused(ofSource(started.refusal));
  return accepted({ TaskHandle: printTaskHandle({ taskId, sourceArn: queueArn(source.value) }) });
}

export async function cancelMessageMoveTask(
  { TaskHandle }: ActionInput<"CancelMessageMoveTask">,
  { caller, objects }: Exchange,
): Promise<Result<ActionOutput<"CancelMessageMoveTask">>> {
  if (TaskHandle === undefined) return missing("TaskHandle");
  const task = readTaskHandle(TaskHandle);
  if (task === undefined) return invalid("Value for parameter TaskHandle is invalid.");
  const source = namedQueue("SourceArn", task.sourceArn, caller);
  if (!source.ok) return source;
  const cancelled = await queueStub(objects, source.value).cancelMoveTask(task.taskId);
  return cancelled.ok
    ? accepted({ ApproximateNumberOfMessagesMoved: cancelled.value })
    : refused(ofSource(cancelled.refusal));
}

export async function listMessageMoveTasks(
  { SourceArn, MaxResults }: ActionInput<"ListMessageMoveTasks">,
  { caller, objects }: Exchange,
): Promise<Result<ActionOutput<"ListMessageMoveTasks">>> {
  const source = checkedSource(SourceArn, caller);
  if (!source.ok) return source;
  const queue = queueStub(objects, source.value);
  const flaw = numberFlaw("MaxResults", MaxResults, RESULTS);
  if (flaw !== undefined) return refused((await queue.hasQueue()) ? flaw : NO_SOURCE);
  const tasks = await queue.listMoveTasks(MaxResults ?? 1);
  return tasks.ok
    ? accepted({ Results: tasks.value.map((task) => shownTask(task, queueArn(source.value))) })
    : refused(ofSource(tasks.refusal));
}

const NO_SOURCE: Refusal = { kind: "resource-does-not-exist", parameterName: "SourceArn" };

function checkedSource(sourceArn: string | undefined, caller: Caller): Result<QueueIdentity> {
  return sourceArn === undefined
    ? missing("SourceArn")
    : namedQueue("SourceArn", sourceArn, caller);
}

/**
 * A dead-letter queue is what some queue's RedrivePolicy names. If that is the queue itself and no other, its
 * messages have nowhere to go back to.
 */
async function sourceFlaw(
  source: QueueIdentity,
  destinationArn: string | undefined,
  objects: Objects,
): Promise<Refusal | undefined> {
  const query = { targetName: source.queueName, afterName: "", limit: 2 };
  const [exists, sources] = await Promise.all([
    queueStub(objects, source).hasQueue(),
    accountStub(objects, source).listDeadLetterSources(query),
  ]);
  if (!exists) return NO_SOURCE;
  if (sources.queueNames.length === 0) {
    return requestFlaw("Source queue must be configured as a Dead Letter Queue.");
  }
  const isItsOwn = sources.queueNames.every((name) => name === source.queueName);
  return isItsOwn && destinationArn === undefined ? SAME_QUEUE : undefined;
}

/** Undefined without an ARN: then each message goes back to where it came from. */
async function checkedDestination(
  destinationArn: string | undefined,
  source: QueueIdentity,
  objects: Objects,
): Promise<Result<QueueIdentity | undefined>> {
  if (destinationArn === undefined) return accepted(undefined);
  const destination = namedQueue("DestinationArn", destinationArn, source);
  if (!destination.ok) return destination;
  if (isSameQueue(source, destination.value)) {
    return refused(SAME_QUEUE);
  }
  if (!(await queueStub(objects, destination.value).hasQueue())) {
    return refused({ kind: "resource-does-not-exist", parameterName: "DestinationArn" });
  }
  return queueKind(source.queueName) === queueKind(destination.value.queueName)
    ? destination
    : invalid("The source queue and destination queue must be of the same queue type.");
}

const SAME_QUEUE = requestFlaw("Source queue arn and destination queue arn cannot be the same.");

/** Any service's ARN has the form that is asked for; most name no queue. */
const ARN_FORM = /^arn(:[^:]+){4}:./;

function namedQueue(parameterName: string, arn: string, owner: Caller): Result<QueueIdentity> {
  if (!ARN_FORM.test(arn)) {
    return invalid(
      `You must use this format to specify the ${parameterName}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
    );
  }
  const queue = parseQueueArn(arn);
  const isOwn = queue?.accountId === owner.accountId && queue.region === owner.region;
  return isOwn ? accepted(queue) : refused({ kind: "resource-does-not-exist", parameterName });
}

/** The object knows its queue as the one that is addressed, the request as its source. */
function ofSource(refusal: Refusal): Refusal {
  return refusal.kind === "queue-does-not-exist" ? NO_SOURCE : refusal;
}

/** As it is listed. */
export function shownTask(task: MoveTask, SourceArn: string) {
  const { taskId, status, destination, maxMessagesPerSecond, failure } = task;
  return {
    // A handle is for cancelling, and only a running task can be cancelled.
    ...(status === "RUNNING"
      ? { TaskHandle: printTaskHandle({ taskId, sourceArn: SourceArn }) }
      : {}),
    Status: status,
    SourceArn,
    ...(destination === undefined ? {} : { DestinationArn: queueArn(destination) }),
    ...(maxMessagesPerSecond === undefined
      ? {}
      : { MaxNumberOfMessagesPerSecond: maxMessagesPerSecond }),
    ApproximateNumberOfMessagesMoved: task.movedCount,
    ApproximateNumberOfMessagesToMove: task.toMoveCount,
    ...(status === "FAILED" && failure !== undefined ? { FailureReason: failure } : {}),
    StartedTimestamp: task.startedAtMs,
  };
}

function numberFlaw(
  parameterName: string,
  value: number | undefined,
  { min, max }: Range,
): Refusal | undefined {
  if (value === undefined || (value >= min && value <= max)) return undefined;
  return requestFlaw(
    `Value for parameter ${parameterName} is invalid. Reason: You must enter a number that's between ${min} and ${max}.`,
  );
}

function missing(parameterName: string): Result<never> {
  return refused({ kind: "parameter-missing", parameterName });
}

function invalid(message: string): Result<never> {
  return refused(requestFlaw(message));
}

function requestFlaw(message: string): Refusal {
  return { kind: "request-invalid", message };
}
