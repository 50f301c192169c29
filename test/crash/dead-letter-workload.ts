/**
 * The consumers of the dead-letter crash tests, and the pairs of queues that they work on. A third of
 * the messages are poison, which a message's uid decides: nobody ever deletes one in its source. A
 * consumer lets their visibility timeout lapse, or shortens it, as those do that want a quick retry.
 */
import { createHash } from "node:crypto";
import { numberOf, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import type { Delivery, Operation } from "./history.ts";
import { type QueueUnderTest, Recorder } from "./recorder.ts";
import type { Switch } from "./workload.ts";

const RECONNECT_PAUSE_MS = 20;
const VISIBILITY_TIMEOUT_SECONDS = 1;
/** Over polls of two seconds: longer than anything of this workload is hidden, three times. */
const EMPTY_POLLS = 3;

/** A queue and its dead-letter queue. */
export type QueuePair = {
  readonly source: QueueUnderTest;
  readonly sourceArn: string;
  readonly deadLetters: QueueUnderTest;
  readonly deadLettersArn: string;
  readonly maxReceiveCount: number;
};

export async function newQueuePair(
  port: number,
  name: string,
  maxReceiveCount: number,
  attributes: Record<string, string> = {},
): Promise<QueuePair> {
  const caller = await SqsCaller.connect({ port });
  const suffix = attributes.FifoQueue === undefined ? "" : ".fifo";
  const deadLetters = await newQueue(caller, port, `${name}-dead${suffix}`, attributes);
  const deadLettersArn = await arnOf(caller, deadLetters);
  const redrive = { deadLetterTargetArn: deadLettersArn, maxReceiveCount };
  const source = await newQueue(caller, port, `${name}${suffix}`, {
    ...attributes,
    RedrivePolicy: JSON.stringify(redrive),
  });
  const sourceArn = await arnOf(caller, source);
  caller.close();
  return { source, sourceArn, deadLetters, deadLettersArn, maxReceiveCount };
}

/** About a third of all, and always the same ones. */
export function isPoison(uid: string): boolean {
  return createHash("sha256").update(uid).digest().readUInt16BE(0) % 3 === 0;
}

export async function runFailingConsumer(
  queue: QueueUnderTest,
  random: SeededRandom,
  power: Switch,
): Promise<void> {
  const recorder = new Recorder(queue);
  while (power.isOn) {
    const deliveries = await receive(recorder, random.between(1, 10), random.between(0, 2));
    if (deliveries === undefined) await pause(RECONNECT_PAUSE_MS);
    else await treat(deliveries, recorder, random);
  }
  recorder.close();
}

/** Goes on in the same way until nothing is left: what is poison has left by then. */
export async function finish(queue: QueueUnderTest, random: SeededRandom): Promise<void> {
  const recorder = new Recorder(queue);
  for (let emptyCount = 0; emptyCount < EMPTY_POLLS; ) {
    const deliveries = await receive(recorder, 10, 2);
    if (deliveries === undefined)
      throw new Error("the drain lost its server; the run says nothing");
    emptyCount = deliveries.length === 0 ? emptyCount + 1 : 0;
    await treat(deliveries, recorder, random);
  }
  recorder.close();
}

/** Receives everything, and never deletes anything, until all of it has left for good. */
export async function failAll(queue: QueueUnderTest): Promise<void> {
  const recorder = new Recorder(queue);
  const terms = { maxCount: 10, visibilityTimeoutSeconds: 0, waitTimeSeconds: 1 };
  for (let emptyCount = 0; emptyCount < EMPTY_POLLS; ) {
    const deliveries = await recorder.receive(terms);
    if (deliveries === undefined) throw new Error("the server was lost; the run says nothing");
    emptyCount = deliveries.length === 0 ? emptyCount + 1 : 0;
  }
  recorder.close();
}

export type MoveTaskView = { readonly status: string; readonly movedCount: number };

export async function startMoveTask(
  { deadLetters, deadLettersArn }: QueuePair,
  maxMessagesPerSecond: number | undefined,
): Promise<void> {
  const caller = await SqsCaller.connect({ port: deadLetters.port });
  await caller.must("StartMessageMoveTask", {
    SourceArn: deadLettersArn,
    ...(maxMessagesPerSecond === undefined
      ? {}
      : { MaxNumberOfMessagesPerSecond: maxMessagesPerSecond }),
  });
  caller.close();
}

/** The latest task of the dead-letter queue. */
export async function moveTaskOf({
  deadLetters,
  deadLettersArn,
}: QueuePair): Promise<MoveTaskView> {
  const caller = await SqsCaller.connect({ port: deadLetters.port });
  const output = await caller.must("ListMessageMoveTasks", { SourceArn: deadLettersArn });
  caller.close();
  const [task = {}] = objectsOf(output, "Results");
  return {
    status: stringOf(task, "Status"),
    movedCount: numberOf(task, "ApproximateNumberOfMessagesMoved"),
  };
}

export async function countsOf({ port, queueUrl }: QueueUnderTest) {
  const caller = await SqsCaller.connect({ port });
  const counts = await caller.counts(queueUrl);
  caller.close();
  return counts;
}

async function newQueue(
  caller: SqsCaller,
  port: number,
  queueName: string,
  attributes: Record<string, string>,
): Promise<QueueUnderTest> {
  const queueUrl = await caller.createQueue(queueName, attributes);
  const operations: Operation[] = [];
  return { port, queueUrl, operations, surprises: [] };
}

async function arnOf(caller: SqsCaller, { queueUrl }: QueueUnderTest): Promise<string> {
  const input = { QueueUrl: queueUrl, AttributeNames: ["QueueArn"] };
  return stringOf(
    objectOf(await caller.must("GetQueueAttributes", input), "Attributes"),
    "QueueArn",
  );
}

function receive(
  recorder: Recorder,
  maxCount: number,
  waitTimeSeconds: number,
): Promise<Delivery[] | undefined> {
  const visibilityTimeoutSeconds = VISIBILITY_TIMEOUT_SECONDS;
  return recorder.receive({ maxCount, visibilityTimeoutSeconds, waitTimeSeconds });
}

/** Deletes what is good; of the rest, some come again at once. */
async function treat(
  deliveries: readonly Delivery[],
  recorder: Recorder,
  random: SeededRandom,
): Promise<void> {
  const handles = (poison: boolean): string[] =>
    deliveries.filter(({ uid }) => isPoison(uid) === poison).map((one) => one.receiptHandle);
  const [first, ...others] = handles(false);
  if (first !== undefined) await recorder.delete([first, ...others]);
  if (random.isLikely(0.5)) return;
  for (const handle of handles(true)) await recorder.changeVisibility(handle, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
