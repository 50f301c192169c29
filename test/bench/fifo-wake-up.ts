/** The wake-up of a long poll on a FIFO queue, measured as `wake-up.ts` does it on a standard one. */
import type { Bench } from "./bench.ts";
import { FifoBenchQueue } from "./fifo-bench-queue.ts";
import { ONLY_GROUP } from "./fifo-load.ts";
import type { Report } from "./report.ts";
import { measureWakeUpsOf } from "./wake-up.ts";

export async function measureFifoWakeUps(bench: Bench, report: Report): Promise<void> {
  const queue = await FifoBenchQueue.create(bench, "queue");
  const rowsOf = async (): Promise<number> => (await queue.bill([ONLY_GROUP])).rowsWritten;
  const rowsBefore = await rowsOf();
  await measureWakeUpsOf(bench, report, {
    name: "long-poll wake-up, FIFO",
    queueUrl: queue.queueUrl,
    send: (caller) => queue.load.send(caller),
    rowsWritten: async () => (await rowsOf()) - rowsBefore,
  });
  await queue.remove();
}
