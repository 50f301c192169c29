/**
 * Encrypted queues against queues that are not, on one server that has root keys, in turns, so that what
 * the machine does meanwhile meets both. The queue without encryption is measured before and after every
 * measurement of the encrypted one.
 */
import { freePort, ServerProcess } from "../support/server-process.ts";
import { SqsCaller } from "../support/sqs-caller.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import type { Bench } from "./bench.ts";
import { type Figures, figuresOf } from "./comparison.ts";
import { type LoadSample, median, runLoad, type Unit } from "./load.ts";
import { QueueLoad } from "./queue-load.ts";
import { jsonRequests } from "./queue-requests.ts";
import type { Report } from "./report.ts";

const CALLER_COUNT = 64;
const RATIO_WANTED = 0.75;
/** For this server alone: it is gone when the bench is over. */
const MILLRACE_ROOT_KEYS = `bench:${Buffer.alloc(32, 1).toString("base64")}`;

type Work = {
  readonly name: string;
  readonly unit: (load: QueueLoad) => Unit;
};

const WORKS: readonly Work[] = [
  { name: "SendMessage", unit: (load) => (caller) => load.send(caller) },
  { name: "SendMessageBatch of 10", unit: (load) => (caller) => load.sendBatch(caller) },
  { name: "whole lives, unbatched", unit: (load) => (caller) => load.life(caller) },
];

export async function measureEncryption(bench: Bench, report: Report): Promise<void> {
  const data = new TemporaryDirectory();
  const server = await ServerProcess.started({
    dataDir: data.path,
    port: await freePort(),
    environment: { MILLRACE_ROOT_KEYS },
  });
  try {
    for (const work of WORKS) await measureWork(bench, report, server.port, work);
  } finally {
    await server.stop();
    data.remove();
  }
}

async function measureWork(
  bench: Bench,
  report: Report,
  port: number,
  { name, unit }: Work,
): Promise<void> {
  const sqs = await SqsCaller.connect({ port });
  const loadOf = async (isOn: boolean): Promise<QueueLoad> => {
    const queueName = `${name.replaceAll(/\W/g, "-")}-${isOn}`;
    const queueUrl = await sqs.createQueue(queueName, { SqsManagedSseEnabled: String(isOn) });
    return new QueueLoad(jsonRequests(`127.0.0.1:${port}`, queueUrl), bench.failures);
  };
  const [plainLoad, sealedLoad] = [await loadOf(false), await loadOf(true)];
  const measure = async (load: QueueLoad): Promise<Figures> => {
    const durationMs = bench.pace.productMs;
    const sample: LoadSample = await runLoad({
      port,
      callerCount: CALLER_COUNT,
      unit: unit(load),
      durationMs,
    });
    return figuresOf(sample);
  };
  const plain = [await measure(plainLoad)];
  const sealed: Figures[] = [];
  for (let round = 0; round < bench.pace.roundCount; round++) {
    sealed.push(await measure(sealedLoad));
    plain.push(await measure(plainLoad));
  }
  sqs.close();
  const ratio = median(
    sealed.map(({ requestsPerSecond }, round) => {
      const beside = plain.slice(round, round + 2).map((figures) => figures.requestsPerSecond);
      return requestsPerSecond / median(beside);
    }),
  );
  const note = `${ratio.toFixed(2)} of not encrypted`;
  report.rows.push(row(`${name}, not encrypted`, plain), { ...row(`${name}, SSE`, sealed), note });
  report.targets.push({
    name: `${name} at 64 callers: requests/s encrypted over not encrypted`,
    measured: ratio,
    bound: "at least",
    target: RATIO_WANTED,
    unit: "",
  });
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
