/**
 * Requests of no client, in both protocols, the same in each run: each is answered in one of SQS's forms,
 * and none is answered with a 5xx. `npm run fuzz` sends a million of them to a server.
 */
import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { adversarialRequest } from "../support/adversarial-requests.ts";
import type { FuzzWorld } from "../support/adversarial-values.ts";
import { answerFlaw } from "../support/answer-flaw.ts";
import type { FuzzRequest } from "../support/fuzz-request.ts";
import { accepted, newName } from "./sqs-client.ts";
import { ENDPOINT } from "./sqs-protocol.ts";
import { EMPTY, TestQueue } from "./test-queue.ts";

const SEED = 20_261_125;
const REQUEST_COUNT = 3_000;

function worldOf(standard: TestQueue, fifo: TestQueue, receiptHandle: () => string): FuzzWorld {
  const newUrl = `${ENDPOINT}/000000000000/${newName()}`;
  return {
    names: [standard.name, fifo.name],
    urls: [standard.url, fifo.url, newUrl],
    arns: [standard.arn, fifo.arn],
    receiptHandle,
  };
}

async function textOf({ method, path, headers, body, form }: FuzzRequest) {
  const withBody = method === "GET" ? {} : { body };
  const response = await exports.default.fetch(ENDPOINT + path, { method, headers, ...withBody });
  const contentType = response.headers.get("content-type") ?? undefined;
  const requestId = response.headers.get("x-amzn-requestid") ?? undefined;
  return { form, status: response.status, contentType, requestId, text: await response.text() };
}

test("no adversarial request is answered with a 5xx or in no form of SQS's", async () => {
  const canary = await TestQueue.create();
  await canary.send("canary");
  const standard = await TestQueue.create();
  const fifo = await TestQueue.create({ FifoQueue: "true", ContentBasedDeduplication: "true" });
  let handle = await standard.send("a").then(() => standard.handleOfOne());
  const world = worldOf(standard, fifo, () => handle);
  const statuses = new Map<number, number>();
  for (let number = 0; number < REQUEST_COUNT; number++) {
    const request = adversarialRequest(SEED, number, world);
    const answer = await textOf(request);
    const flaw = answerFlaw(answer);
    if (flaw !== undefined) expect.fail(`request ${number}: ${flaw}: ${answer.text.slice(0, 500)}`);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    handle = /"ReceiptHandle":"([^"]+)"/.exec(answer.text)?.[1] ?? handle;
  }
  // Enough of them get past the first check to reach what is behind it.
  expect(statuses.get(200)).toBeGreaterThan(REQUEST_COUNT / 10);
  expect(await canary.bodies()).toEqual(["canary"]);
  const after = await TestQueue.create();
  await accepted(after.call("PurgeQueue"));
  expect(await after.counts()).toEqual(EMPTY);
}, 60_000);
