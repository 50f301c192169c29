/**
 * CreateQueue, DeleteQueue, GetQueueUrl and PurgeQueue: the life of a queue. A name is checked here
 * and nowhere else; whether the queue exists only its object knows.
 */
import { parseBooleanText } from "../domain/boolean-text.ts";
import { parseAttributeChange } from "../domain/queue-attributes.ts";
import {
  isFifoQueueName,
  isQueueName,
  isStandardQueueName,
  type QueueIdentity,
  queueKind,
} from "../domain/queue-name.ts";
import { tagsFlaw, tooManyTags } from "../domain/queue-tags.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput, ActionOutput } from "../protocol/actions.ts";
import { isAccountId } from "./caller.ts";
import { changeQueue, type Exchange } from "./exchange.ts";
import { queueStub } from "./object-directory.ts";
import { queueUrl } from "./queue-address.ts";
import { forgetQueue } from "./queue-memory.ts";
import { redriveTargetFlaw } from "./redrive-target.ts";

const STANDARD_NAME_RULE =
  "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
const FIFO_NAME_RULE =
  "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.";

export async function createQueue(
  input: ActionInput<"CreateQueue">,
  { caller, objects, endpoint }: Exchange,
): Promise<Result<ActionOutput<"CreateQueue">>> {
  const { Attributes } = input;
  const attributeTexts = [...(Attributes ?? [])];
  const queueName = checkedNewName(input.QueueName, Attributes?.get("FifoQueue"));
  if (!queueName.ok) return queueName;
  const change = parseAttributeChange(attributeTexts, queueKind(queueName.value));
  if (!change.ok) return change;
  const tags = new Map(input.tags ?? []);
  const identity = { ...caller, queueName: queueName.value };
  const redriving = { source: identity, change: change.value, attributeTexts: Attributes };
  const flaw =
    tagsFlaw(tags) ??
    tooManyTags(tags, identity.queueName) ??
    (await redriveTargetFlaw(redriving, objects));
  if (flaw !== undefined) return refused(flaw);
  const creation = { identity, attributeTexts, change: change.value, tags };
  const created = await queueStub(objects, identity).createQueue(creation);
  forgetQueue(identity);
  return created.ok ? accepted({ QueueUrl: queueUrl(endpoint, identity) }) : created;
}

export function deleteQueue(
  input: ActionInput<"DeleteQueue">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return changeQueue(input, exchange, nothingToCheck, (queue) => queue.deleteQueue());
}

export async function getQueueUrl(
  input: ActionInput<"GetQueueUrl">,
  { caller, objects, endpoint }: Exchange,
): Promise<Result<ActionOutput<"GetQueueUrl">>> {
  const { QueueName, QueueOwnerAWSAccountId } = input;
  const named = checkedName(QueueName);
  if (!named.ok) return named;
  const accountId = QueueOwnerAWSAccountId ?? caller.accountId;
  if (!isAccountId(accountId) || !isQueueName(named.value)) {
    return refused({ kind: "queue-does-not-exist" });
  }
  const identity: QueueIdentity = { ...caller, accountId, queueName: named.value };
  const exists = await queueStub(objects, identity).hasQueue();
  return exists
    ? accepted({ QueueUrl: queueUrl(endpoint, identity) })
    : refused({ kind: "queue-does-not-exist" });
}

export function purgeQueue(
  input: ActionInput<"PurgeQueue">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return changeQueue(input, exchange, nothingToCheck, (queue) => queue.purgeQueue());
}

export function nothingToCheck(): Result<undefined> {
  return accepted(undefined);
}

/** A missing name is an invalid value, not a missing parameter, to SQS. */
function checkedName(queueName: string | undefined): Result<string> {
  if (queueName === undefined) {
    return refused({
      kind: "request-invalid",
      message: "Value for parameter QueueName is invalid. Reason: Must specify a queue name.",
    });
  }
  return queueName === ""
    ? refused({ kind: "request-invalid", message: "Queue name cannot be empty" })
    : accepted(queueName);
}

/**
 * Without FifoQueue=true a name that ends in `.fifo` is, to SQS, a standard queue's with a dot in it.
 * A FifoQueue that is neither true nor false is the flaw to speak of, if the name suits any queue.
 */
function checkedNewName(
  queueName: string | undefined,
  fifoQueue: string | undefined,
): Result<string> {
  const named = checkedName(queueName);
  if (!named.ok) return named;
  const isFifo = fifoQueue === undefined ? false : parseBooleanText(fifoQueue);
  if (isFifo === true) {
    return isFifoQueueName(named.value)
      ? named
      : refused({ kind: "request-invalid", message: FIFO_NAME_RULE });
  }
  const isNameOfIts = isFifo === false ? isStandardQueueName : isQueueName;
  return isNameOfIts(named.value)
    ? named
    : refused({ kind: "request-invalid", message: STANDARD_NAME_RULE });
}
