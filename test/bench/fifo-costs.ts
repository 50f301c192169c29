/**
 * What a message of a FIFO queue costs, at the platform's prices beyond what a plan includes. In it are
 * the rows that its objects write (setting an alarm is one), the requests that they get (an alarm is
 * one) and those that the Worker gets. CPU, duration, storage and rows read are not.
 */
import { type Bill, SCOPE_NAMES, type Scope } from "./fifo-bench-queue.ts";
import type { CostRow } from "./report.ts";

/** USD per million (`https://developers.cloudflare.com/workers/platform/pricing/`). */
const ROWS_WRITTEN_USD = 1;
const OBJECT_REQUESTS_USD = 0.15;
const WORKER_REQUESTS_USD = 0.3;

export type Costs = {
  readonly name: string;
  readonly scope: Scope;
  readonly callers: number;
  readonly bill: Bill;
  readonly workerRequests: number;
  readonly messageCount: number;
};

export function costRow({
  name,
  scope,
  callers,
  bill,
  workerRequests,
  messageCount,
}: Costs): CostRow {
  const per = (count: number): number => count / messageCount;
  const rows = per(bill.rowsWritten + bill.alarmsSet);
  const objectRequests = per(bill.queueRequests + bill.groupRequests);
  return {
    name: `${name}, ${SCOPE_NAMES[scope]}`,
    callers,
    messageCount,
    rowsPerMessage: per(bill.rowsWritten),
    alarmsPerMessage: per(bill.alarmsSet),
    queueRequestsPerMessage: per(bill.queueRequests),
    groupRequestsPerMessage: per(bill.groupRequests),
    workerRequestsPerMessage: per(workerRequests),
    usdPerMillion:
      rows * ROWS_WRITTEN_USD +
      objectRequests * OBJECT_REQUESTS_USD +
      per(workerRequests) * WORKER_REQUESTS_USD,
  };
}
