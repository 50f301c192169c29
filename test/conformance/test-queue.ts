/**
 * TestQueue: a queue that belongs to one test, with short words for what tests do all the time. What
 * a test is about, it says with `call`.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import { queueObjectName } from "../../src/domain/object-name.ts";
import { type JsonObject, numberOf, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { accepted, call, newName } from "./sqs-client.ts";
import type { CallOptions, SqsAnswer } from "./sqs-protocol.ts";

export type Counts = {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
};

export class TestQueue {
  readonly name: string;
  readonly url: string;

  private constructor(name: string, url: string) {
    this.name = name;
    this.url = url;
  }

  /** A FIFO queue, if the attributes say so. */
  static async create(attributes: Record<string, string> = {}): Promise<TestQueue> {
    const name = attributes.FifoQueue === undefined ? newName() : `${newName()}.fifo`;
    const input = { QueueName: name, Attributes: attributes };
    const { QueueUrl } = await accepted(call("CreateQueue", input));
    return new TestQueue(name, String(QueueUrl));
  }

  get arn(): string {
    return `arn:aws:sqs:us-east-1:000000000000:${this.name}`;
  }

  call(action: string, input: object = {}): Promise<SqsAnswer> {
    return this.callWith(action, input, {});
  }

  callWith(action: string, input: object, options: CallOptions): Promise<SqsAnswer> {
    return call(action, { QueueUrl: this.url, ...input }, options);
  }

  send(body: string, input: object = {}): Promise<JsonObject> {
    return accepted(this.call("SendMessage", { MessageBody: body, ...input }));
  }

  /** A short poll. */
  async receive(input: object = {}): Promise<JsonObject[]> {
    const order = { WaitTimeSeconds: 0, MaxNumberOfMessages: 10, ...input };
    return objectsOf(await accepted(this.call("ReceiveMessage", order)), "Messages");
  }

  /** The one message that is there, with everything that can be asked of it. */
  async receiveOne(input: object = {}): Promise<JsonObject> {
    const everything = { MessageSystemAttributeNames: ["All"], MessageAttributeNames: ["All"] };
    const messages = await this.receive({ ...everything, ...input });
    expect(messages).toHaveLength(1);
    return messages[0] ?? {};
  }

  async bodies(): Promise<string[]> {
    return (await this.receive()).map((message) => stringOf(message, "Body"));
  }

  async handleOfOne(input: object = {}): Promise<string> {
    return stringOf(await this.receiveOne(input), "ReceiptHandle");
  }

  async attributes(...names: string[]): Promise<JsonObject> {
    const AttributeNames = names.length === 0 ? ["All"] : names;
    const answer = await accepted(this.call("GetQueueAttributes", { AttributeNames }));
    return answer.Attributes === undefined ? {} : objectOf(answer, "Attributes");
  }

  async counts(): Promise<Counts> {
    const attributes = await this.attributes();
    return {
      visible: numberOf(attributes, "ApproximateNumberOfMessages"),
      inFlight: numberOf(attributes, "ApproximateNumberOfMessagesNotVisible"),
      delayed: numberOf(attributes, "ApproximateNumberOfMessagesDelayed"),
    };
  }

  async tags(): Promise<JsonObject> {
    const answer = await accepted(this.call("ListQueueTags"));
    return answer.Tags === undefined ? {} : objectOf(answer, "Tags");
  }

  /** The queue's memory goes, its disk stays: no client may notice. */
  async evict(): Promise<void> {
    await evictDurableObject(this.object);
  }

  get object() {
    return env.QUEUE.getByName(queueObjectName("000000000000", "us-east-1", this.name));
  }
}

/** Nothing in the queue: what a refused send leaves behind. */
export const EMPTY: Counts = { visible: 0, inFlight: 0, delayed: 0 };
