/**
 * Canary: queues that no fuzzed request names, with messages, attributes and tags. Whatever happens
 * to the server and to its other queues, they stay as they are.
 */
import { deepStrictEqual } from "node:assert";
import { type JsonObject, objectsOf, stringOf } from "../support/json-value.ts";
import { SqsCaller } from "../support/sqs-caller.ts";

const BODIES = ["first", "中 & \u{1F600} <\r\n>", "x".repeat(100_000)];
const KINDS = [
  { name: "canary", attributes: { DelaySeconds: "1", VisibilityTimeout: "600" } },
  { name: "canary.fifo", attributes: { FifoQueue: "true", VisibilityTimeout: "600" } },
] as const;
const TAGS = { owner: "canary + co", place: "中" };
const VALUE = { DataType: "Binary.seed", BinaryValue: "AP+A/g==" };

type Nest = { readonly url: string; readonly isFifo: boolean; readonly attributes: JsonObject };

export class Canary {
  readonly #caller: SqsCaller;
  readonly #port: number;
  readonly #nests: readonly Nest[];

  private constructor(port: number, caller: SqsCaller, nests: readonly Nest[]) {
    this.#port = port;
    this.#caller = caller;
    this.#nests = nests;
  }

  static async hatched(port: number): Promise<Canary> {
    const caller = await SqsCaller.connect({ port });
    const nests: Nest[] = [];
    for (const { name, attributes } of KINDS) {
      const url = await caller.createQueue(name, attributes);
      const isFifo = "FifoQueue" in attributes;
      await caller.must("TagQueue", { QueueUrl: url, Tags: TAGS });
      await sendAll(caller, url, isFifo);
      nests.push({ url, isFifo, attributes });
    }
    return new Canary(port, caller, nests);
  }

  /** Throws if anything changed. */
  async mustBeIntact(): Promise<void> {
    this.#caller.close();
    const caller = await SqsCaller.connect({ port: this.#port });
    for (const { url, isFifo, attributes } of this.#nests) {
      deepStrictEqual(await caller.counts(url), { visible: 3, inFlight: 0, delayed: 0 });
      const asked = { QueueUrl: url, AttributeNames: Object.keys(attributes) };
      const { Attributes } = await caller.must("GetQueueAttributes", asked);
      deepStrictEqual(Attributes, attributes);
      deepStrictEqual(await caller.must("ListQueueTags", { QueueUrl: url }), { Tags: TAGS });
      const received = await receiveAll(caller, url);
      const bodies = received.map((message) => stringOf(message, "Body"));
      deepStrictEqual(isFifo ? bodies : bodies.sort(), isFifo ? BODIES : [...BODIES].sort());
      for (const { MessageAttributes } of received) deepStrictEqual(MessageAttributes, { VALUE });
    }
    caller.close();
  }
}

async function sendAll(caller: SqsCaller, QueueUrl: string, isFifo: boolean): Promise<void> {
  for (const MessageBody of BODIES) {
    const fifo = { MessageGroupId: "g", MessageDeduplicationId: String(MessageBody.length) };
    const message = { QueueUrl, MessageBody, MessageAttributes: { VALUE } };
    await caller.must("SendMessage", isFifo ? { ...message, ...fifo } : message);
  }
}

async function receiveAll(caller: SqsCaller, QueueUrl: string): Promise<JsonObject[]> {
  const received: JsonObject[] = [];
  for (let attempt = 0; attempt < 10 && received.length < BODIES.length; attempt++) {
    const order = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ["All"] };
    received.push(...objectsOf(await caller.must("ReceiveMessage", order), "Messages"));
  }
  return received;
}
