/**
 * PolledQueue: a queue of one test and the polls that wait on it. Requests go through the Worker, as
 * a client's do; the object behind it is within reach, to be evicted and have its alarm run.
 *
 * Invariant: `startPoll` returns when the poll waits in the object, so that polls are in the order in
 * which a test starts them.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { queueObjectName } from "../../src/domain/object-name.ts";
import { type JsonObject, numberOf, objectOf, objectsOf, stringOf } from "../support/json-value.ts";

export type Received = {
  readonly body: string;
  readonly receiveCount: number;
  readonly receiptHandle: string;
};

export type Answer = {
  readonly status: number;
  readonly output: JsonObject;
  readonly messages: readonly Received[];
};

const ACCOUNT_ID = "000000000000";
const REGION = "us-east-1";
const LOOK_AGAIN_MS = 5;
const WITHIN_MS = 5_000;

export class PolledQueue {
  readonly name: string;
  readonly url: string;
  readonly #polls: Poll[] = [];

  private constructor(name: string) {
    this.name = name;
    this.url = `http://localhost/${ACCOUNT_ID}/${name}`;
  }

  static async create(attributes: Record<string, string> = {}): Promise<PolledQueue> {
    const suffix = attributes.FifoQueue === undefined ? "" : ".fifo";
    const queue = new PolledQueue(`q-${crypto.randomUUID()}${suffix}`);
    await queue.createAgain(attributes);
    return queue;
  }

  async createAgain(attributes: Record<string, string> = {}): Promise<void> {
    await this.must("CreateQueue", { QueueName: this.name, Attributes: attributes });
  }

  get object() {
    return env.QUEUE.getByName(queueObjectName(ACCOUNT_ID, REGION, this.name));
  }

  async call(action: string, input: object = {}): Promise<Answer> {
    const response = await exports.default.fetch("http://localhost/", {
      method: "POST",
      headers: { "x-amz-target": `AmazonSQS.${action}` },
      body: JSON.stringify({ QueueUrl: this.url, ...input }),
    });
    const text = await response.text();
    const output: JsonObject = text === "" ? {} : JSON.parse(text);
    return { status: response.status, output, messages: objectsOf(output, "Messages").map(read) };
  }

  async must(action: string, input: object = {}): Promise<Answer> {
    const answer = await this.call(action, input);
    if (answer.status !== 200) throw new Error(`${action}: ${JSON.stringify(answer.output)}`);
    return answer;
  }

  async send(...bodies: readonly string[]): Promise<void> {
    for (const MessageBody of bodies) await this.must("SendMessage", { MessageBody });
  }

  /** All in one request, so in one commit. */
  async sendTogether(...bodies: readonly string[]): Promise<void> {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await this.must("SendMessageBatch", { Entries });
  }

  /** One message with a short poll; undefined when nothing is there. */
  async receive(input: object = {}): Promise<Received | undefined> {
    const { messages } = await this.poll({ WaitTimeSeconds: 0, ...input });
    return messages[0];
  }

  /** A receive as it is asked for; with its messages come all their system attributes. */
  poll(input: object): Promise<Answer> {
    return this.call("ReceiveMessage", { MessageSystemAttributeNames: ["All"], ...input });
  }

  /** A poll that waits, unless told otherwise for longer than any test takes. */
  async startPoll(input: object = {}): Promise<Poll> {
    const waiting = await this.waiterCount();
    const poll = new Poll(this.poll({ WaitTimeSeconds: 20, ...input }));
    this.#polls.push(poll);
    await eventually(
      async () => poll.isAnswered || (await this.waiterCount()) > waiting,
      "a poll did not start to wait",
    );
    return poll;
  }

  async startPolls(count: number, input: object = {}): Promise<Poll[]> {
    const polls: Poll[] = [];
    while (polls.length < count) polls.push(await this.startPoll(input));
    return polls;
  }

  /** Sockets that the object holds; those that are closing may be among them for a moment. */
  waiterCount(): Promise<number> {
    return runInDurableObject(this.object, (_, state) => state.getWebSockets().length);
  }

  evict(): Promise<void> {
    return evictDurableObject(this.object);
  }

  /** Runs the alarm whatever it was set for; false if none was. */
  runAlarm(): Promise<boolean> {
    return runDurableObjectAlarm(this.object);
  }

  /** Runs the alarm if it is due by now, as the platform does; false if it is not. */
  async runDueAlarm(): Promise<boolean> {
    const atMs = await runInDurableObject(this.object, (_, state) => state.storage.getAlarm());
    return atMs !== null && atMs <= Date.now() && (await this.runAlarm());
  }

  /** Loses the alarm behind the object's back. */
  loseAlarm(): Promise<void> {
    return runInDurableObject(this.object, (_, state) => state.storage.deleteAlarm());
  }

  /** Leaves no poll waiting. */
  async end(): Promise<void> {
    await this.call("DeleteQueue");
    await Promise.all(this.#polls.map((poll) => poll.answer));
  }
}

/** A poll on its way. */
export class Poll {
  readonly answer: Promise<Answer>;
  #isAnswered = false;

  constructor(answer: Promise<Answer>) {
    this.answer = answer.finally(() => {
      this.#isAnswered = true;
    });
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** What the poll brings; an error that ends it is an error here. */
  async bodies(): Promise<string[]> {
    const { status, output, messages } = await this.answer;
    if (status !== 200) throw new Error(JSON.stringify(output));
    return messages.map(({ body }) => body);
  }
}

export async function eventually(
  isTrue: () => boolean | Promise<boolean>,
  otherwise: string,
): Promise<void> {
  const deadlineMs = performance.now() + WITHIN_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(otherwise);
    await pause(LOOK_AGAIN_MS);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function read(message: JsonObject): Received {
  return {
    body: stringOf(message, "Body"),
    receiveCount: numberOf(objectOf(message, "Attributes"), "ApproximateReceiveCount"),
    receiptHandle: stringOf(message, "ReceiptHandle"),
  };
}
