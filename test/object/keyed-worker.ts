/**
 * KeyedWorker: the Worker with keys of a test's own, before the same objects. So a test can take a key away,
 * put a new one first, or have no keys at all, while the messages stay where they are.
 */
import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { app } from "../../src/app.ts";
import type { KeyringSecrets } from "../../src/router/keyring.ts";
import { type JsonObject, objectsOf, stringOf } from "../support/json-value.ts";
import type { PolledQueue } from "./polled-queue.ts";

export type SqsOutcome = { readonly status: number; readonly output: JsonObject };

export class KeyedWorker {
  readonly #secrets: KeyringSecrets;

  constructor(secrets: KeyringSecrets) {
    this.#secrets = secrets;
  }

  call(queue: { url: string }, action: string, input: object = {}): Promise<SqsOutcome> {
    return this.#request("/", queue, action, input);
  }

  /** Sees messages without receiving them. */
  look(queue: { url: string }): Promise<SqsOutcome> {
    return this.#request("/_aws/sqs/messages", queue, "ReceiveMessage", {});
  }

  async #request(
    path: string,
    { url }: { url: string },
    action: string,
    input: object,
  ): Promise<SqsOutcome> {
    const { MILLRACE_ROOT_KEYS: _, MILLRACE_KMS_KEYS: __, ...bindings } = env;
    const request = {
      method: "POST",
      headers: { "x-amz-target": `AmazonSQS.${action}` },
      body: JSON.stringify({ QueueUrl: url, ...input }),
    };
    const context = createExecutionContext();
    const keyed = { ...bindings, ...this.#secrets };
    const response = await app.request(`http://localhost${path}`, request, keyed, context);
    const text = await response.text();
    const output: JsonObject = text === "" ? {} : JSON.parse(text);
    return { status: response.status, output };
  }

  async must(queue: { url: string }, action: string, input: object = {}): Promise<JsonObject> {
    const { status, output } = await this.call(queue, action, input);
    if (status !== 200) throw new Error(`${action}: ${JSON.stringify(output)}`);
    return output;
  }

  send(queue: { url: string }, MessageBody: string, input: object = {}): Promise<JsonObject> {
    return this.must(queue, "SendMessage", { MessageBody, ...input });
  }

  /** The messages of a short poll, which stay in flight unless told otherwise. */
  async receive(queue: { url: string }, input: object = {}): Promise<JsonObject[]> {
    const order = { MaxNumberOfMessages: 10, WaitTimeSeconds: 0, ...input };
    return objectsOf(await this.must(queue, "ReceiveMessage", order), "Messages");
  }

  async bodies(queue: { url: string }, input: object = {}): Promise<string[]> {
    return (await this.receive(queue, input)).map((message) => stringOf(message, "Body"));
  }
}

/** Whether the disk of the queue's own object has the text in it anywhere, in UTF-8. */
export function hasOnDisk(queue: PolledQueue, marker: string): Promise<boolean> {
  return runInDurableObject(queue.object, (_, { storage: { sql } }) => {
    const tables = sql
      .exec(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray();
    return tables.some(({ name }) =>
      sql
        .exec(`SELECT * FROM "${String(name)}"`)
        .toArray()
        .some((row) => Object.values(row).some((value) => holds(value, marker))),
    );
  });
}

function holds(value: SqlStorageValue, marker: string): boolean {
  return value instanceof ArrayBuffer
    ? Buffer.from(value).includes(marker)
    : String(value).includes(marker);
}
