/**
 * Short words for FIFO queues. A message's body begins with its group, so that an expectation reads as
 * the order it is about: `g1-m2` is sent to the group `g1`.
 */
import { evictAllDurableObjects } from "cloudflare:test";
import { expect } from "vitest";
import { type JsonObject, objectsOf, stringOf } from "../support/json-value.ts";
import { accepted } from "./sqs-client.ts";
import type { SqsAnswer } from "./sqs-protocol.ts";
import { type Counts, TestQueue } from "./test-queue.ts";

export const FIFO = { FifoQueue: "true" };
/** A queue whose senders need not name deduplication ids. */
export const BY_CONTENT = { ...FIFO, ContentBasedDeduplication: "true" };
export const PER_GROUP = { ...BY_CONTENT, DeduplicationScope: "messageGroup" };
export const HIGH_THROUGHPUT = { ...PER_GROUP, FifoThroughputLimit: "perMessageGroupId" };

/** Who deduplicates decides which way messages take; what receivers see must not depend on it. */
export const KINDS = [
  { kind: "a FIFO queue", attributes: BY_CONTENT },
  { kind: "a FIFO queue of high throughput", attributes: HIGH_THROUGHPUT },
];

export const SEQUENCE_NUMBER = /^\d{20}$/;

/** Each message in a request of its own, one after the other. */
export async function sendEach(queue: TestQueue, ...bodies: string[]): Promise<JsonObject[]> {
  const answers: JsonObject[] = [];
  for (const body of bodies) {
    answers.push(await queue.send(body, { MessageGroupId: groupOf(body) }));
  }
  return answers;
}

/** All in one batch, in this order. */
export async function sendTogether(queue: TestQueue, ...bodies: string[]): Promise<JsonObject[]> {
  const Entries = bodies.map((MessageBody, index) => {
    return { Id: String(index), MessageBody, MessageGroupId: groupOf(MessageBody) };
  });
  const answer = await accepted(queue.call("SendMessageBatch", { Entries }));
  expect(answer).not.toHaveProperty("Failed");
  return objectsOf(answer, "Successful");
}

export async function queueWith(
  attributes: Record<string, string>,
  ...bodies: string[]
): Promise<TestQueue> {
  const queue = await TestQueue.create(attributes);
  await sendEach(queue, ...bodies);
  return queue;
}

export function groupOf(body: string): string {
  return body.split("-", 1)[0] ?? "";
}

export function bodiesOf(messages: readonly JsonObject[]): string[] {
  return messages.map((message) => stringOf(message, "Body"));
}

/** A short poll, looked at for nothing but its bodies. */
export async function receiveBodies(queue: TestQueue, input: object = {}): Promise<string[]> {
  return bodiesOf(await queue.receive(input));
}

/** The handle under which a message with this body was received. */
export function handleOf(messages: readonly JsonObject[], body: string): string {
  const message = messages.find(({ Body }) => Body === body);
  if (message === undefined) throw new Error(`${body} was not received`);
  return stringOf(message, "ReceiptHandle");
}

export function handlesOf(messages: readonly JsonObject[]): string[] {
  return messages.map((message) => stringOf(message, "ReceiptHandle"));
}

export function deleteMessage(queue: TestQueue, ReceiptHandle: string): Promise<SqsAnswer> {
  return queue.call("DeleteMessage", { ReceiptHandle });
}

export async function deleteAll(queue: TestQueue, messages: readonly JsonObject[]): Promise<void> {
  for (const handle of handlesOf(messages)) await accepted(deleteMessage(queue, handle));
}

export function changeVisibility(
  queue: TestQueue,
  ReceiptHandle: string,
  VisibilityTimeout: number,
): Promise<SqsAnswer> {
  return queue.call("ChangeMessageVisibility", { ReceiptHandle, VisibilityTimeout });
}

/** Receives and deletes until nothing is left; the bodies in the order in which they came. */
export async function drain(queue: TestQueue, MaxNumberOfMessages = 10): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const messages = await queue.receive({ MaxNumberOfMessages });
    if (messages.length === 0) return bodies;
    bodies.push(...bodiesOf(messages));
    await deleteAll(queue, messages);
  }
}

/** Those of one group, in the order in which they are listed. */
export function ofGroup(group: string, bodies: readonly string[]): string[] {
  return bodies.filter((body) => groupOf(body) === group);
}

/** SQS's counters are approximate: they follow what happened, if only by a moment. */
export async function expectCounts(queue: TestQueue, counts: Counts): Promise<void> {
  await expect.poll(() => queue.counts()).toEqual(counts);
}

export function expiredText(handle: string): string {
  return `Value ${handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`;
}

/** The memory of every object goes, the disks stay: no client may notice. */
export function evictAll(): Promise<void> {
  return evictAllDurableObjects();
}
