/**
 * A server that authenticates and encrypts against one that does neither: what it costs that every request
 * is signed, judged by policies and sealed. Requests are signed beforehand and repeated, which a signature
 * allows for 15 minutes, so that signing them is not what is measured.
 */
import { AwsClient } from "aws4fetch";
import { SqsClient } from "../../src/local/sqs-client.ts";
import type { HttpCaller } from "../support/http-caller.ts";
import { parseObject, stringOf } from "../support/json-value.ts";
import type { Bench } from "./bench.ts";
import { measureInTurns } from "./in-turns.ts";
import { BATCH_SIZE, BODY_BYTES } from "./message.ts";
import { withOwnServer } from "./own-server.ts";
import type { Report } from "./report.ts";

const REGION = "us-east-1";
const HOME = { accountId: "000000000000", region: REGION };
/** For this server alone: it is gone when the bench is over. */
const CREDENTIAL = { accessKeyId: "MRKROOTBENCHBENCHBEN", secretAccessKey: "b".repeat(40) };

const MessageBody = "m".repeat(BODY_BYTES);
const WORKS = [
  { action: "SendMessage", count: 1, input: { MessageBody } },
  {
    action: "SendMessageBatch",
    count: BATCH_SIZE,
    input: {
      Entries: Array.from({ length: BATCH_SIZE }, (_, at) => ({ Id: `${at}`, MessageBody })),
    },
  },
];

export async function measureAuthentication(bench: Bench, report: Report): Promise<void> {
  const environment = {
    MILLRACE_ROOT_ACCESS_KEY_ID: CREDENTIAL.accessKeyId,
    MILLRACE_ROOT_SECRET_ACCESS_KEY: CREDENTIAL.secretAccessKey,
  };
  await withOwnServer({ flags: ["--auth"], environment }, async (port) => {
    const client = new SqsClient(`http://127.0.0.1:${port}`, CREDENTIAL);
    const created = await client.call(HOME, "CreateQueue", { QueueName: "bench" });
    const QueueUrl = stringOf(parseObject(created.text), "QueueUrl");
    for (const work of WORKS) await measureWork(bench, report, { port, QueueUrl }, work);
  });
}

async function measureWork(
  bench: Bench,
  report: Report,
  { port, QueueUrl }: { port: number; QueueUrl: string },
  { action, count, input }: (typeof WORKS)[number],
): Promise<void> {
  const open = await bench.newQueue();
  const openInput = { QueueUrl: open.queueUrl, ...input };
  const openRequest = await signedRequest(bench.port, action, openInput);
  const request = await signedRequest(port, action, { QueueUrl, ...input });
  const unitOf = (bytes: Buffer) => async (caller: HttpCaller) => {
    bench.failures.note(await caller.call(bytes));
    return count;
  };
  await measureInTurns(bench, report, {
    base: { name: `${action}, open and plain`, port: bench.port, unit: unitOf(openRequest) },
    other: { name: `${action}, --auth and SSE`, port, unit: unitOf(request) },
    ratioName: "requests/s with --auth and SSE over neither",
    wanted: 0.75,
  });
  await bench.deleteQueue(open);
}

/** The bytes of a request as they go over the wire. */
async function signedRequest(port: number, action: string, input: object): Promise<Buffer> {
  const client = new AwsClient({ ...CREDENTIAL, service: "sqs", region: REGION });
  const body = JSON.stringify(input);
  const request = await client.sign(`http://127.0.0.1:${port}/`, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
    },
    body,
    aws: { allHeaders: true },
  });
  const head = [
    "POST / HTTP/1.1",
    `host: 127.0.0.1:${port}`,
    ...[...request.headers].map(([name, value]) => `${name}: ${value}`),
    "connection: keep-alive",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}
