/**
 * Adversarial requests to the paths beside SQS's: a look at messages, which answers as SQS does, and
 * `/_millrace`. A reset is aimed at a region that nobody uses: it would take the queues of all others.
 */
import { Buffer } from "node:buffer";
import type { FuzzWorld } from "./adversarial-values.ts";
import type { FuzzRequest } from "./fuzz-request.ts";
import type { SeededRandom } from "./seeded-random.ts";

export const PEEK_PATH = "/_aws/sqs/messages";

const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
const NOWHERE = "AWS4-HMAC-SHA256 Credential=AKID/20260101/xx-nowhere-1/sqs/aws4_request";
const REGIONS = ["us-east-1", "us-east-1", "us-east-1", "eu-west-1", "-", "a%20b", "%F0"] as const;
const FLAGS = ["true", "1", "TRUE", "false", "", "%", "x".repeat(300)] as const;
const ODD_QUEUES = ["", "no-such-queue", "..", "%00", "%ff", "a b", "__proto__", "{}"] as const;
const GROUPS = ["g1", "g2", "", "%00", "x".repeat(200), "%F0%9F%98%80"] as const;
const ACTIONS = ["ReceiveMessage", "ReceiveMessage", "DeleteQueue", "", "toString"] as const;
const ACCEPTS = ["*/*", "application/json", "text/xml", ""] as const;

export function sidePathRequest(random: SeededRandom, world: FuzzWorld): FuzzRequest {
  switch (random.between(0, 7)) {
    case 0:
      return resetRequest();
    case 1:
      return metricsRequest(random, world);
    default:
      return peekRequest(random, world);
  }
}

/** Of nobody's queues. */
function resetRequest(): FuzzRequest {
  const headers = { authorization: NOWHERE };
  return {
    method: "POST",
    path: "/_millrace/reset",
    headers,
    body: Buffer.from("{"),
    form: "own",
  };
}

function metricsRequest(random: SeededRandom, world: FuzzWorld): FuzzRequest {
  const queue = random.isLikely(0.9) ? queueName(random, world) : random.pick(GROUPS);
  const group = random.isLikely(0.5) ? `&group=${random.pick(GROUPS)}` : "";
  const path = `/_millrace/metrics?queue=${escaped(queue)}${group}`;
  return { method: "GET", path, headers: {}, body: Buffer.alloc(0), form: "own" };
}

function peekRequest(random: SeededRandom, world: FuzzWorld): FuzzRequest {
  const inPath = random.isLikely(0.5) ? pathToQueue(random, world) : "";
  const text = parametersOf(random, world).join("&");
  const headers = random.isLikely(0.5) ? { accept: random.pick(ACCEPTS) } : {};
  const path = PEEK_PATH + inPath;
  if (random.isLikely(0.6)) {
    return { method: "GET", path: `${path}?${text}`, headers, body: Buffer.alloc(0), form: "sqs" };
  }
  const body = Buffer.from(text);
  return { method: "POST", path, headers: { ...headers, ...FORM_TYPE }, body, form: "sqs" };
}

function pathToQueue(random: SeededRandom, world: FuzzWorld): string {
  const queuePath = new URL(random.pick(world.urls)).pathname;
  const odd = random.pick(["", "/", "//", "/x", queuePath]);
  return random.isLikely(0.8) ? `/${random.pick(REGIONS)}${queuePath}` : odd;
}

function parametersOf(random: SeededRandom, world: FuzzWorld): string[] {
  const parameters = [
    `QueueUrl=${escaped(queueName(random, world))}`,
    `ShowInvisible=${random.pick(FLAGS)}`,
    `ShowDelayed=${random.pick(FLAGS)}`,
    `Action=${random.pick(ACTIONS)}`,
    "MaxNumberOfMessages=%00",
  ];
  return parameters.filter(() => random.isLikely(0.6));
}

function queueName(random: SeededRandom, world: FuzzWorld): string {
  return random.isLikely(0.7) ? random.pick(world.urls) : random.pick(ODD_QUEUES);
}

/** What is escaped already, or badly, stays. */
function escaped(text: string): string {
  return text.includes("%") ? text : encodeURIComponent(text);
}
