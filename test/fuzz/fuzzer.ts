/**
 * Fuzzer: sends adversarial requests over several connections at once and judges every answer. Which request
 * has which number does not depend on the speed of anything, so a seed repeats the requests; what the server
 * makes of them together may still differ, for they overlap.
 */
import { Buffer } from "node:buffer";
import { adversarialRequest } from "../support/adversarial-requests.ts";
import type { FuzzWorld } from "../support/adversarial-values.ts";
import { answerFlaw } from "../support/answer-flaw.ts";
import type { FuzzRequest } from "../support/fuzz-request.ts";
import { HttpCaller } from "../support/http-caller.ts";
import { type HttpAnswer, headerOf } from "../support/response-reader.ts";
import { SqsCaller } from "../support/sqs-caller.ts";

const STANDARD = ["fuzz-a", "fuzz-b", "fuzz-c", "fuzz-d"] as const;
const FIFO = ["fuzz-a.fifo", "fuzz-b.fifo", "fuzz-c.fifo"] as const;
const QUEUE_NAMES = [...STANDARD, ...FIFO] as const;
/** Longer than any wait that a request can ask for. */
const ANSWER_WITHIN_MS = 30_000;
const PROGRESS_EVERY_MS = 15_000;
const SHOWN_BYTES = 4_000;
const NO_HANDLE = "AcRWgeDqHaXoBog";

export class Fuzzer {
  readonly #port: number;
  readonly #seed: number;
  readonly #world: FuzzWorld;
  readonly #statuses = new Map<string, number>();
  readonly #startedAtMs = performance.now();
  #handle = NO_HANDLE;
  #next = 0;
  #shownAtMs = performance.now();

  private constructor(port: number, seed: number) {
    this.#port = port;
    this.#seed = seed;
    const url = (name: string) => `http://127.0.0.1:${port}/000000000000/${name}`;
    const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
    const [first, ...others] = QUEUE_NAMES;
    this.#world = {
      names: [first, ...others],
      urls: [url(first), ...others.map(url)],
      arns: [arn(first), ...others.map(arn)],
      receiptHandle: () => this.#handle,
    };
  }

  static async prepared({ port, seed }: { port: number; seed: number }): Promise<Fuzzer> {
    const caller = await SqsCaller.connect({ port });
    for (const name of STANDARD) await caller.createQueue(name);
    const fifo = { FifoQueue: "true", ContentBasedDeduplication: "true" };
    for (const name of FIFO) await caller.createQueue(name, fifo);
    caller.close();
    return new Fuzzer(port, seed);
  }

  /** Throws at the first flawed answer, or if there is none in time. */
  async run({ requests, callers }: { requests: number; callers: number }): Promise<void> {
    await Promise.all(Array.from({ length: callers }, () => this.#callInTurn(requests)));
  }

  /** How many answers had which status, by protocol. */
  summary(): string {
    const rows = [...this.#statuses].sort(([a], [b]) => a.localeCompare(b));
    const seconds = ((performance.now() - this.#startedAtMs) / 1000).toFixed(0);
    const table = rows.map(([name, count]) => `  ${name}: ${count}`).join("\n");
    return `${this.#next} requests in ${seconds} s\n${table}`;
  }

  async #callInTurn(requests: number): Promise<void> {
    let http = await HttpCaller.connect({ port: this.#port, silenceMs: ANSWER_WITHIN_MS });
    while (this.#next < requests) {
      const number = this.#next++;
      const request = adversarialRequest(this.#seed, number, this.#world);
      const answer = await http.call(bytesOf(request, this.#port)).catch((error: Error) => {
        throw new Error(`no answer: ${error.message}\n${shown(number, request)}`);
      });
      this.#judge(number, request, answer);
      this.#showProgress(requests);
      if (headerOf(answer.head, "connection") !== "close") continue;
      http.close();
      http = await HttpCaller.connect({ port: this.#port, silenceMs: ANSWER_WITHIN_MS });
    }
    http.close();
  }

  #judge(number: number, request: FuzzRequest, { status, head, body }: HttpAnswer): void {
    const contentType = headerOf(head, "content-type");
    const requestId = headerOf(head, "x-amzn-requestid");
    const text = body.toString("utf8");
    const flaw = answerFlaw({ form: request.form, status, contentType, requestId, text });
    if (flaw !== undefined) {
      const answer = `${head}\r\n\r\n${text.slice(0, SHOWN_BYTES)}`;
      throw new Error(`${flaw}\n${shown(number, request)}\nanswer:\n${answer}`);
    }
    const name = `${contentType} ${status}`;
    this.#statuses.set(name, (this.#statuses.get(name) ?? 0) + 1);
    this.#handle = /"ReceiptHandle":"([^"]+)"/.exec(text)?.[1] ?? this.#handle;
  }

  #showProgress(requests: number): void {
    const nowMs = performance.now();
    if (nowMs < this.#shownAtMs + PROGRESS_EVERY_MS) return;
    this.#shownAtMs = nowMs;
    console.log(`${this.#next} of ${requests}`);
  }
}

function bytesOf({ method, path, headers, body }: FuzzRequest, port: number): Buffer {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  const head = [`${method} ${path} HTTP/1.1`, ...lines, `content-length: ${body.byteLength}`];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
}

function shown(number: number, request: FuzzRequest): string {
  const bytes = bytesOf(request, 0).toString("latin1");
  return `request ${number}:\n${bytes.slice(0, SHOWN_BYTES)}`;
}
