/**
 * The Query protocol against AWS JSON: the same work on queues of their own, in turns, so that what the
 * machine does meanwhile meets both. JSON is measured before and after every measurement of Query.
 */
import type { HttpCaller } from "../support/http-caller.ts";
import type { Bench } from "./bench.ts";
import { type Figures, figuresOf } from "./comparison.ts";
import { type LoadSample, median, type Unit } from "./load.ts";
import { QueueLoad } from "./queue-load.ts";
import { queryRequests } from "./queue-requests.ts";
import type { Report } from "./report.ts";

const CALLER_COUNT = 64;
const RATIO_WANTED = 0.8;

type Work = {
  readonly name: string;
  readonly unit: (load: QueueLoad, caller: HttpCaller) => Promise<number>;
};

const WORKS: readonly Work[] = [
  { name: "SendMessage", unit: (load, caller) => load.send(caller) },
  { name: "whole lives, unbatched", unit: (load, caller) => load.life(caller) },
  {
    name: "whole lives in batches of 10",
    unit: (load, caller) => load.lifeBatch(caller, CALLER_COUNT),
  },
];

/** Requests per second at 64 callers, Query over JSON. */
export async function measureQueryProtocol(bench: Bench, report: Report): Promise<void> {
  for (const work of WORKS) await measureWork(bench, report, work);
}

async function measureWork(bench: Bench, report: Report, { name, unit }: Work): Promise<void> {
  const queues = [await bench.newQueue(), await bench.newQueue()] as const;
  const json = queues[0].load;
  const query = new QueueLoad(queryRequests(bench.host, queues[1].queueUrl), bench.failures);
  const measure = (load: QueueLoad): Promise<LoadSample> => {
    const bound: Unit = (caller) => unit(load, caller);
    return bench.load(CALLER_COUNT, bound, bench.pace.productMs);
  };
  const inJson = [figuresOf(await measure(json))];
  const inQuery: Figures[] = [];
  for (let round = 0; round < bench.pace.roundCount; round++) {
    inQuery.push(figuresOf(await measure(query)));
    inJson.push(figuresOf(await measure(json)));
  }
  const ratios = inQuery.map(({ requestsPerSecond }, round) => {
    const beside = inJson.slice(round, round + 2).map((figures) => figures.requestsPerSecond);
    return requestsPerSecond / median(beside);
  });
  const ratio = median(ratios);
  report.rows.push(row(`${name}, JSON`, inJson), {
    ...row(`${name}, Query`, inQuery),
    note: `${ratio.toFixed(2)} of JSON`,
  });
  report.targets.push({
    name: `${name} at 64 callers: requests/s in Query over JSON`,
    measured: ratio,
    bound: "at least",
    target: RATIO_WANTED,
    unit: "",
  });
  for (const queue of queues) await bench.deleteQueue(queue);
}

function row(name: string, figures: readonly Figures[]) {
  return {
    name,
    callers: CALLER_COUNT,
    requestsPerSecond: median(figures.map((each) => each.requestsPerSecond)),
    messagesPerSecond: median(figures.map((each) => each.messagesPerSecond)),
    p50Ms: median(figures.map((each) => each.p50Ms)),
    p99Ms: median(figures.map((each) => each.p99Ms)),
  };
}
