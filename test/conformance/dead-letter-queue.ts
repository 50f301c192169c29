/**
 * Short words for dead letters: a queue and its dead-letter queue, and messages that fail. What is
 * received with a timeout of 0 has failed at once, in order and without holding up its group.
 */
import { expect } from "vitest";
import { eventually } from "./controlled-time.ts";
import { bodiesOf, drain, KINDS, receiveBodies } from "./fifo-queue.ts";
import { accepted, acceptedSilently, call } from "./sqs-client.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

export type Pair = { readonly source: TestQueue; readonly dead: TestQueue };

/** Messages take different ways in each of them; where they end must not depend on it. */
export const ALL_KINDS = [{ kind: "a standard queue", attributes: {} }, ...KINDS];

/** The attribute of a queue that dead-letters to the target. */
export function redriveTo({ arn }: TestQueue, maxReceiveCount = 1): { RedrivePolicy: string } {
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount }) };
}

/** A queue and its dead-letter queue, both with these attributes. */
export async function pairWith(
  attributes: Record<string, string> = {},
  maxReceiveCount = 1,
): Promise<Pair> {
  const dead = await TestQueue.create(attributes);
  const policy = redriveTo(dead, maxReceiveCount);
  return { dead, source: await TestQueue.create({ ...attributes, ...policy }) };
}

export function set(queue: TestQueue, Attributes: object): Promise<void> {
  return acceptedSilently(queue.call("SetQueueAttributes", { Attributes }));
}

export function remove(queue: TestQueue): Promise<void> {
  return acceptedSilently(queue.call("DeleteQueue"));
}

/** Another queue of the same name, once SQS allows it. */
export async function createAgain(queue: TestQueue, Attributes: object): Promise<void> {
  await accepted(call("CreateQueue", { QueueName: queue.name, Attributes }));
}

/** Receives up to ten messages, all of which fail at once; their bodies. */
export function fail(queue: TestQueue): Promise<string[]> {
  return receiveBodies(queue, { VisibilityTimeout: 0 });
}

/** Lets what is in a queue that gives each message one chance fail, and leave. */
export async function bury({ source }: Pick<Pair, "source">): Promise<void> {
  await fail(source);
  expect(await fail(source)).toEqual([]);
}

/** A pair with these messages, in one group each, in the dead-letter queue. */
export async function buriedWith(
  attributes: Record<string, string>,
  ...bodies: string[]
): Promise<Pair> {
  const pair = await pairWith(attributes);
  for (const body of bodies) {
    await pair.source.send(body, { MessageGroupId: body.split("-", 1)[0] });
  }
  await bury(pair);
  return pair;
}

/** The bodies that are there, each left where it is. */
export async function look(queue: TestQueue): Promise<string[]> {
  return bodiesOf(await queue.receive({ VisibilityTimeout: 0 })).toSorted();
}

/** A receive that brings others does not wait for what it moves: that arrives a moment later. */
export async function expectArrived(dead: TestQueue, ...bodies: string[]): Promise<void> {
  await expectVisible(dead, bodies.length);
  expect(await look(dead)).toEqual(bodies.toSorted());
}

/** All of a FIFO queue, in the order in which it comes once its queue knows of all groups. */
export async function drained(queue: TestQueue, count: number): Promise<string[]> {
  await expectVisible(queue, count);
  return drain(queue);
}

/** SQS's counters are approximate: they follow what happened, if only by a moment. */
export async function expectVisible(queue: TestQueue, visible: number): Promise<void> {
  const counts = await eventually(
    () => queue.counts(),
    (seen) => seen.visible === visible && seen.inFlight === 0,
  );
  expect(counts).toEqual({ ...EMPTY, visible });
}
