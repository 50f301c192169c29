/**
 * SqsCaller: the actions that tests need from outside, over one raw connection. It returns what the
 * server said, refusals included, and retries nothing: whoever proves that nothing is lost must see
 * every answer and every broken connection.
 */
import { type CallerOptions, HttpCaller } from "./http-caller.ts";
import {
  type JsonObject,
  numberOf,
  objectOf,
  objectsOf,
  parseObject,
  stringOf,
} from "./json-value.ts";
import { type Action, requestHead, sqsRequest } from "./sqs-request.ts";

export type SqsAnswer = { readonly status: number; readonly output: JsonObject };

export type ReceivedMessage = {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly md5OfBody: string;
  readonly receiveCount: number;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
  /** Only of a message that came from a FIFO queue. */
  readonly fifo?: {
    readonly messageGroupId: string;
    readonly deduplicationId: string;
    readonly sequenceNumber: string;
  };
  /** Only of a dead letter: the ARN of the queue that it came from. */
  readonly deadLetterSource?: string;
};

export type QueueCounts = {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
};

export class SqsCaller {
  readonly #http: HttpCaller;
  readonly #host: string;
  readonly #heads = new Map<Action, string>();

  private constructor(http: HttpCaller, host: string) {
    this.#http = http;
    this.#host = host;
  }

  static async connect(options: CallerOptions): Promise<SqsCaller> {
    const { host = "127.0.0.1", port } = options;
    return new SqsCaller(await HttpCaller.connect(options), `${host}:${port}`);
  }

  get http(): HttpCaller {
    return this.#http;
  }

  async call(action: Action, input: object): Promise<SqsAnswer> {
    const head = this.#heads.get(action) ?? requestHead(action, this.#host);
    this.#heads.set(action, head);
    const { status, body } = await this.#http.call(sqsRequest(head, input));
    return { status, output: parseObject(body.toString("utf8")) };
  }

  /** Calls and insists on a 200. */
  async must(action: Action, input: object): Promise<JsonObject> {
    const { status, output } = await this.call(action, input);
    if (status !== 200) throw new Error(`${action}: ${status} ${JSON.stringify(output)}`);
    return output;
  }

  /** Creates a queue and returns its URL. */
  async createQueue(queueName: string, attributes: Record<string, string> = {}): Promise<string> {
    const output = await this.must("CreateQueue", { QueueName: queueName, Attributes: attributes });
    return stringOf(output, "QueueUrl");
  }

  async counts(queueUrl: string): Promise<QueueCounts> {
    const output = await this.must("GetQueueAttributes", {
      QueueUrl: queueUrl,
      AttributeNames: ["All"],
    });
    const attributes = objectOf(output, "Attributes");
    return {
      visible: numberOf(attributes, "ApproximateNumberOfMessages"),
      inFlight: numberOf(attributes, "ApproximateNumberOfMessagesNotVisible"),
      delayed: numberOf(attributes, "ApproximateNumberOfMessagesDelayed"),
    };
  }

  close(): void {
    this.#http.close();
  }
}

/** What asks for everything that `readMessages` reads. */
export const ALL_SYSTEM_ATTRIBUTES = { MessageSystemAttributeNames: ["All"] } as const;

export function readMessages(output: JsonObject): ReceivedMessage[] {
  return objectsOf(output, "Messages").map((message) => {
    const attributes = objectOf(message, "Attributes");
    return {
      messageId: stringOf(message, "MessageId"),
      receiptHandle: stringOf(message, "ReceiptHandle"),
      body: stringOf(message, "Body"),
      md5OfBody: stringOf(message, "MD5OfBody"),
      receiveCount: numberOf(attributes, "ApproximateReceiveCount"),
      sentAtMs: numberOf(attributes, "SentTimestamp"),
      firstReceivedAtMs: numberOf(attributes, "ApproximateFirstReceiveTimestamp"),
      ...(attributes.SequenceNumber === undefined ? {} : { fifo: readFifo(attributes) }),
      ...(attributes.DeadLetterQueueSourceArn === undefined
        ? {}
        : { deadLetterSource: stringOf(attributes, "DeadLetterQueueSourceArn") }),
    };
  });
}

function readFifo(attributes: JsonObject): NonNullable<ReceivedMessage["fifo"]> {
  return {
    messageGroupId: stringOf(attributes, "MessageGroupId"),
    deduplicationId: stringOf(attributes, "MessageDeduplicationId"),
    sequenceNumber: stringOf(attributes, "SequenceNumber"),
  };
}
