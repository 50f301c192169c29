/**
 * The Query protocol against AWS JSON: the same work on queues of their own.
 */
import type { HttpCaller } from "../support/http-caller.ts";
import type { Bench } from "./bench.ts";
import { CALLER_COUNT, measureInTurns } from "./in-turns.ts";
import { QueueLoad } from "./queue-load.ts";
import { queryRequests } from "./queue-requests.ts";
import type { Report } from "./report.ts";

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

export async function measureQueryProtocol(bench: Bench, report: Report): Promise<void> {
  for (const { name, unit } of WORKS) {
    const queues = [await bench.newQueue(), await bench.newQueue()] as const;
    const json = queues[0].load;
    const query = new QueueLoad(queryRequests(bench.host, queues[1].queueUrl), bench.failures);
    const { port } = bench;
    await measureInTurns(bench, report, {
      base: { name: `${name}, JSON`, port, unit: (caller) => unit(json, caller) },
      other: { name: `${name}, Query`, port, unit: (caller) => unit(query, caller) },
      ratioName: "requests/s in Query over JSON",
      wanted: 0.8,
    });
    for (const queue of queues) await bench.deleteQueue(queue);
  }
}
