/**
 * Queue names, what they say about a queue's kind, and ARNs. A name is 1 to 80 of letters, digits,
 * hyphens and underscores; a FIFO queue's ends with `.fifo`, which counts (SQS API reference,
 * CreateQueue). No queue's kind can differ from what its name says.
 */
import { QUEUE_NAME_LENGTH_MAX } from "./limits.ts";

const STANDARD_NAME = /^[A-Za-z0-9_-]+$/;
const FIFO_SUFFIX = ".fifo";

export type QueueKind = "standard" | "fifo";

/** Where a queue lives; together it is the queue's identity. */
export type QueueIdentity = {
  readonly accountId: string;
  readonly region: string;
  readonly queueName: string;
};

/** By which what is known of queues is kept; no part of it can hold a slash. */
export function queueKey({ accountId, region, queueName }: QueueIdentity): string {
  return `${accountId}/${region}/${queueName}`;
}

export function isStandardQueueName(name: string): boolean {
  return name.length <= QUEUE_NAME_LENGTH_MAX && STANDARD_NAME.test(name);
}

export function isFifoQueueName(name: string): boolean {
  return (
    name.length <= QUEUE_NAME_LENGTH_MAX &&
    hasFifoSuffix(name) &&
    STANDARD_NAME.test(name.slice(0, -FIFO_SUFFIX.length))
  );
}

/** Whether a queue of any kind can have the name. */
export function isQueueName(name: string): boolean {
  return isStandardQueueName(name) || isFifoQueueName(name);
}

export function queueKind(queueName: string): QueueKind {
  return hasFifoSuffix(queueName) ? "fifo" : "standard";
}

export function hasFifoSuffix(name: string): boolean {
  return name.endsWith(FIFO_SUFFIX);
}

const ARN = /^arn:aws[a-z-]{0,20}:sqs:([A-Za-z0-9-]{1,64}):(\d{12}):([A-Za-z0-9_.-]{1,80})$/;

/** Undefined when the text is not the ARN of a queue. */
export function parseQueueArn(text: string): QueueIdentity | undefined {
  const [, region, accountId, queueName] = ARN.exec(text) ?? [];
  if (region === undefined || accountId === undefined || queueName === undefined) return undefined;
  return isQueueName(queueName) ? { accountId, region, queueName } : undefined;
}

export function isSameQueue(a: QueueIdentity, b: QueueIdentity): boolean {
  return a.accountId === b.accountId && a.region === b.region && a.queueName === b.queueName;
}

export function queueArn({ accountId, region, queueName }: QueueIdentity): string {
  return `arn:aws:sqs:${region}:${accountId}:${queueName}`;
}
