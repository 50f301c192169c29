/**
 * The workload of the crash test: writers and consumers that never stop while the server dies and
 * comes back. What they do is drawn from a seed; what becomes of it is up to the server.
 *
 * Consumers are careless on purpose: they let visibility timeouts lapse, change them, and delete
 * with handles of an earlier receive.
 */
import type { SeededRandom } from "../support/seeded-random.ts";
import type { Delivery } from "./history.ts";
import { type QueueUnderTest, Recorder, type Sent } from "./recorder.ts";

export type Switch = { isOn: boolean };

/** The longest that a message of this workload can stay hidden. */
export const HIDDEN_SECONDS_MAX = 3;
const RECONNECT_PAUSE_MS = 20;
/** How many handles a consumer lets lapse before it tries the oldest of them again. */
const LAPSED_HANDLES_KEPT = 50;

export async function runWriter(
  name: string,
  queue: QueueUnderTest,
  random: SeededRandom,
  power: Switch,
  pauseMs = 0,
): Promise<void> {
  const recorder = new Recorder(queue);
  for (let count = 0; power.isOn; ) {
    const batchSize = random.isLikely(0.3) ? random.between(2, 10) : 1;
    const draw = (): Sent => ({
      uid: `${name}-${count++}`,
      delaySeconds: random.isLikely(0.2) ? random.between(1, HIDDEN_SECONDS_MAX) : 0,
    });
    const unanswered = await recorder.send([
      draw(),
      ...Array.from({ length: batchSize - 1 }, draw),
    ]);
    if (unanswered.length > 0) await pause(RECONNECT_PAUSE_MS);
    if (pauseMs > 0) await pause(random.between(0, 2 * pauseMs));
  }
  recorder.close();
}

export async function runConsumer(
  queue: QueueUnderTest,
  random: SeededRandom,
  power: Switch,
  lapsedHandlesKept = LAPSED_HANDLES_KEPT,
): Promise<void> {
  const recorder = new Recorder(queue);
  const lapsed: string[] = [];
  while (power.isOn) {
    const deliveries = await recorder.receive({
      maxCount: random.between(1, 10),
      visibilityTimeoutSeconds: random.between(1, HIDDEN_SECONDS_MAX),
      waitTimeSeconds: random.between(0, 2),
    });
    if (deliveries === undefined) await pause(RECONNECT_PAUSE_MS);
    else await treat(deliveries, recorder, random, lapsed);
    if (lapsed.length > lapsedHandlesKept) {
      const [oldest] = lapsed.splice(0, 1);
      if (oldest !== undefined && random.isLikely(0.5)) await recorder.delete([oldest]);
    }
  }
  recorder.close();
}

/** Receives and deletes until the queue says three times, over long polls, that nothing is left. */
export async function drain(queue: QueueUnderTest): Promise<void> {
  const recorder = new Recorder(queue);
  for (let emptyCount = 0; emptyCount < 3; ) {
    const deliveries = await recorder.receive({
      maxCount: 10,
      visibilityTimeoutSeconds: 60,
      waitTimeSeconds: 2,
    });
    if (deliveries === undefined)
      throw new Error("the drain lost its server; the run says nothing");
    const [first, ...others] = deliveries.map((delivery) => delivery.receiptHandle);
    if (first === undefined) emptyCount++;
    else {
      emptyCount = 0;
      await recorder.delete([first, ...others]);
    }
  }
  recorder.close();
}

async function treat(
  deliveries: readonly Delivery[],
  recorder: Recorder,
  random: SeededRandom,
  lapsed: string[],
): Promise<void> {
  const deleted: string[] = [];
  for (const { receiptHandle } of deliveries) {
    const fate = random.next();
    if (fate < 0.7) deleted.push(receiptHandle);
    else if (fate < 0.8) {
      await recorder.changeVisibility(receiptHandle, random.between(0, HIDDEN_SECONDS_MAX));
    } else lapsed.push(receiptHandle);
  }
  const [first, ...others] = deleted;
  if (first === undefined) return;
  if (random.isLikely(0.5)) await recorder.delete([first, ...others]);
  else for (const receiptHandle of deleted) await recorder.delete([receiptHandle]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
