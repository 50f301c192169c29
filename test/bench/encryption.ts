/**
 * Encrypted queues against queues that are not, on one server that has root keys.
 */
import { SqsCaller } from "../support/sqs-caller.ts";
import type { Bench } from "./bench.ts";
import { measureInTurns } from "./in-turns.ts";
import type { Unit } from "./load.ts";
import { withOwnServer } from "./own-server.ts";
import { QueueLoad } from "./queue-load.ts";
import { jsonRequests } from "./queue-requests.ts";
import type { Report } from "./report.ts";

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
  await withOwnServer({ environment: { MILLRACE_ROOT_KEYS } }, async (port) => {
    for (const work of WORKS) await measureWork(bench, report, port, work);
  });
}

async function measureWork(
  bench: Bench,
  report: Report,
  port: number,
  { name, unit }: Work,
): Promise<void> {
  const sqs = await SqsCaller.connect({ port });
  const unitOf = async (isOn: boolean): Promise<Unit> => {
    const queueName = `${name.replaceAll(/\W/g, "-")}-${isOn}`;
    const queueUrl = await sqs.createQueue(queueName, { SqsManagedSseEnabled: String(isOn) });
    return unit(new QueueLoad(jsonRequests(`127.0.0.1:${port}`, queueUrl), bench.failures));
  };
  await measureInTurns(bench, report, {
    base: { name: `${name}, not encrypted`, port, unit: await unitOf(false) },
    other: { name: `${name}, SSE`, port, unit: await unitOf(true) },
    ratioName: "requests/s encrypted over not encrypted",
    wanted: 0.75,
  });
  sqs.close();
}
