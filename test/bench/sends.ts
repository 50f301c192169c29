/**
 * Sends, and receive+delete in tens: the halves of a life by themselves.
 */
import type { Bench } from "./bench.ts";
import type { LoadSample } from "./load.ts";
import { comparisonRow, type Report } from "./report.ts";

const BATCH_CALLER_COUNT = 16;

/** SendMessage at 1, 8 and 64 callers. */
export async function measureSends(bench: Bench, report: Report): Promise<void> {
  for (const callerCount of [1, 8, 64]) {
    const queue = await bench.newQueue();
    const unit = queue.load.send.bind(queue.load);
    const comparison = await bench.compare(callerCount, () =>
      bench.load(callerCount, unit, bench.pace.productMs),
    );
    const rowsWritten = await bench.rowsWritten(queue);
    report.rows.push({
      ...comparisonRow("SendMessage", callerCount, "requestsToRequests", comparison),
      rowsPerMessage: rowsWritten / comparison.messageCount,
    });
    if (callerCount === 1) {
      const measured = comparison.ratios.direct.p50ToP50;
      const name = "SendMessage, one lone caller: p50 over the floor's p50";
      report.targets.push({ name, measured, bound: "at most", target: 4, unit: "" });
    }
    if (callerCount === 64) {
      const measured = comparison.ratios.direct.requestsToRequests;
      const name = "SendMessage at 64 callers: requests/s over the floor's";
      report.targets.push({ name, measured, bound: "at least", target: 0.6, unit: "" });
    }
    await bench.deleteQueue(queue);
  }
}

/** SendMessageBatch of ten at 16 callers. */
export async function measureSendBatches(bench: Bench, report: Report): Promise<void> {
  const queue = await bench.newQueue();
  const unit = queue.load.sendBatch.bind(queue.load);
  const comparison = await bench.compare(BATCH_CALLER_COUNT, () =>
    bench.load(BATCH_CALLER_COUNT, unit, bench.pace.productMs),
  );
  const rowsWritten = await bench.rowsWritten(queue);
  const name = "SendMessageBatch of 10";
  report.rows.push({
    ...comparisonRow(name, BATCH_CALLER_COUNT, "messagesToRequests", comparison),
    rowsPerMessage: rowsWritten / comparison.messageCount,
  });
  await bench.deleteQueue(queue);
}

/** ReceiveMessage of ten and DeleteMessageBatch at 16 callers, until the queue is empty. */
export async function measureDrains(bench: Bench, report: Report): Promise<void> {
  const queue = await bench.newQueue();
  let rowsWritten = 0;
  const fillAndDrain = async (): Promise<LoadSample> => {
    await bench.fill(queue, BATCH_CALLER_COUNT, bench.pace.drainedCount);
    const rowsBefore = await bench.rowsWritten(queue);
    const drain = queue.load.drainBatch.bind(queue.load);
    const sample = await bench.load(BATCH_CALLER_COUNT, drain);
    rowsWritten += (await bench.rowsWritten(queue)) - rowsBefore;
    if (sample.messageCount !== bench.pace.drainedCount) {
      bench.failures.add(`${sample.messageCount} of ${bench.pace.drainedCount} were drained`);
    }
    return sample;
  };
  const comparison = await bench.compare(BATCH_CALLER_COUNT, fillAndDrain);
  const name = "receive + delete in tens";
  report.rows.push({
    ...comparisonRow(name, BATCH_CALLER_COUNT, "messagesToRequests", comparison),
    rowsPerMessage: rowsWritten / comparison.messageCount,
  });
  await bench.deleteQueue(queue);
}
