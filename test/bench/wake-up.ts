/**
 * The wake-up of a long poll: how long after the send's answer the waiting receive is answered. It
 * can be negative, where the receive was answered first.
 */
import type { HttpCaller } from "../support/http-caller.ts";
import { objectsOf, parseObject, stringOf } from "../support/json-value.ts";
import type { Bench } from "./bench.ts";
import { figuresOf } from "./comparison.ts";
import { median, quantile } from "./load.ts";
import { DeleteRequests, receiveRequest } from "./message.ts";
import type { Report } from "./report.ts";

const WAIT_TIME_SECONDS = 20;
/** The poll hangs by then. */
const POLL_HANGS_AFTER_MS = 8;
const WAKE_UPS_PER_ROUND = 60;

/** The queue whose receivers are woken. */
export type Woken = {
  readonly name: string;
  readonly queueUrl: string;
  readonly send: (caller: HttpCaller) => Promise<number>;
  readonly rowsWritten: () => Promise<number>;
};

export async function measureWakeUps(bench: Bench, report: Report): Promise<void> {
  const queue = await bench.newQueue();
  const measured = await measureWakeUpsOf(bench, report, {
    name: "long-poll wake-up",
    queueUrl: queue.queueUrl,
    send: (caller) => queue.load.send(caller),
    rowsWritten: () => bench.rowsWritten(queue),
  });
  report.targets.push({
    name: "long-poll wake-up: p50 over the floor's p50",
    measured,
    bound: "at most",
    target: 6,
    unit: "",
  });
  await bench.deleteQueue(queue);
}

/** Returns the ratio to the floor. */
export async function measureWakeUpsOf(
  bench: Bench,
  report: Report,
  woken: Woken,
): Promise<number> {
  const floors: number[] = [await floorP50Ms(bench)];
  const delaysMs: number[] = [];
  while (delaysMs.length < bench.pace.wakeUpCount) {
    delaysMs.push(...(await wakeUps(bench, woken)));
    floors.push(await floorP50Ms(bench));
  }
  delaysMs.sort((a, b) => a - b);
  const floorP50 = median(floors);
  const ratioToFloor = quantile(delaysMs, 0.5) / floorP50;
  report.rows.push({
    name: woken.name,
    callers: 1,
    p50Ms: quantile(delaysMs, 0.5),
    p99Ms: quantile(delaysMs, 0.99),
    floorP50Ms: floorP50,
    ratioKind: "p50ToP50",
    ratioToFloor,
    rowsPerMessage: (await woken.rowsWritten()) / delaysMs.length,
    note: "from the send's answer to the receive's",
  });
  return ratioToFloor;
}

/** As many as fit between two measurements of the floor. */
function wakeUps(bench: Bench, { queueUrl, send }: Woken): Promise<number[]> {
  const terms = { maxCount: 1, waitTimeSeconds: WAIT_TIME_SECONDS };
  const receive = receiveRequest(bench.host, queueUrl, terms);
  const deletes = new DeleteRequests(bench.host, queueUrl);
  return bench.withCaller((sender) =>
    bench.withCaller(async (receiver) => {
      const delaysMs: number[] = [];
      for (let count = 0; count < WAKE_UPS_PER_ROUND; count++) {
        const woken = timeOf(receiver, receive);
        await new Promise((resolve) => setTimeout(resolve, POLL_HANGS_AFTER_MS));
        await send(sender);
        const sentAtMs = performance.now();
        const { atMs, body } = await woken;
        delaysMs.push(atMs - sentAtMs);
        const [message] = objectsOf(parseObject(body), "Messages");
        if (message === undefined) bench.failures.add(`a poll brought no message: ${body}`);
        else {
          const request = deletes.one(stringOf(message, "ReceiptHandle"));
          bench.failures.note(await receiver.call(request));
        }
      }
      return delaysMs;
    }),
  );
}

async function timeOf(
  caller: HttpCaller,
  request: Buffer,
): Promise<{ atMs: number; body: string }> {
  const { body } = await caller.call(request);
  const atMs = performance.now();
  return { atMs, body: body.toString("utf8") };
}

async function floorP50Ms(bench: Bench): Promise<number> {
  return figuresOf(await bench.floor.measure("direct", 1, bench.pace.floorMs)).p50Ms;
}
