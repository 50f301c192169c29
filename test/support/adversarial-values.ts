/**
 * AdversarialValues: what a request to SQS might hold, from plausible to absurd, the same for the same
 * seed. Most values are plausible, because an absurd one ends the reading of a request and what lies
 * behind would never be reached.
 *
 * What would make a server wait, or grow without end, is left out: waits are 0, and names of queues and
 * groups come from a small world.
 */
import type { Shape } from "../../src/protocol/shape.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What plausible requests are about. */
export type FuzzWorld = {
  readonly names: readonly [string, ...string[]];
  readonly urls: readonly [string, ...string[]];
  readonly arns: readonly [string, ...string[]];
  /** One that was given out lately. */
  readonly receiptHandle: () => string;
};

const ODD_TEXTS = [
  "",
  " ",
  "a",
  "0",
  "-1",
  "true",
  "null",
  "\u0000",
  "\u0001<&>\"'\r\n]]>",
  "\ud800",
  "\udfff\ud800",
  "\ufffe\uffff",
  "中\u{1F600}é",
  "\u202e\u0300\u200b",
  "__proto__",
  "constructor",
  "toString",
  "../../etc/passwd",
  "%00%ff%",
  "a=b&c=d+e",
  "Action=DeleteQueue",
  "{}",
  "[]",
  '{"Statement":[{}]}',
  '{"deadLetterTargetArn":1,"maxReceiveCount":{}}',
  `${"[".repeat(2_000)}`,
  "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///'>]><a>&b;</a>",
  "arn:aws:sqs:us-east-1:000000000000:",
  "arn:aws:sqs:us-east-1:000000000000:no-such-queue",
  "http://169.254.169.254/000000000000/q",
  "1e400",
  "99999999999999999999",
  "x".repeat(81),
  "x".repeat(257),
  "x".repeat(3_000),
  "A".repeat(96),
] as const;

/** The only one that a policy made of these can hold; its Sid is a label to remove. */
const STATEMENT = { Sid: "a", Effect: "Deny", Principal: "*", Action: "sqs:*", Resource: "*" };
const NUMBERS = [0, 1, 2, 5, 10, 11, 30, 900, 901, 1_000, 43_200, 43_201, -1, 2 ** 31 - 1] as const;
const ODD_NUMBERS = [-0, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 63), 1e-320] as const;

const QUEUE_ATTRIBUTES = [
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "DelaySeconds",
  "FifoQueue",
  "FifoThroughputLimit",
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "MaximumMessageSize",
  "MessageRetentionPeriod",
  "Policy",
  "ReceiveMessageWaitTimeSeconds",
  "RedriveAllowPolicy",
  "RedrivePolicy",
  "SqsManagedSseEnabled",
  "VisibilityTimeout",
] as const;
const SHOWN_NAMES = [
  ...QUEUE_ATTRIBUTES,
  "All",
  "AWSTraceHeader",
  "ApproximateNumberOfMessages",
  "ApproximateReceiveCount",
  "DeadLetterQueueSourceArn",
  "QueueArn",
  "SenderId",
  "SequenceNumber",
  "SentTimestamp",
] as const;
const DATA_TYPES = ["String", "Number", "Binary", "Number.int", "String.x", "Binary.png"] as const;
const ACTION_NAMES = ["*", "SendMessage", "ReceiveMessage", "PurgeQueue", "CreateQueue"] as const;
const LIST_LENGTHS = [0, 1, 1, 1, 2, 3, 10, 11] as const;
const MAP_SIZES = [0, 1, 1, 2, 3, 10, 11] as const;

export class AdversarialValues {
  readonly #random: SeededRandom;
  readonly #world: FuzzWorld;
  /** Of a value that is of another kind than it should be. */
  readonly #oddness: number;

  constructor(random: SeededRandom, world: FuzzWorld) {
    this.#random = random;
    this.#world = world;
    this.#oddness = random.pick([0, 0, 0, 0.02, 0.2]);
  }

  /** A value for a member of a request; of any kind, now and then. */
  of(shape: Shape, member: string): unknown {
    if (this.#random.isLikely(this.#oddness)) return this.#odd(3);
    switch (shape.kind) {
      case "string":
        return this.#text(member);
      case "integer":
        return this.#integer(member);
      case "blob":
        return this.#random.pick(["AQID", "AP+A/g==", "AQID", "AP+A/g==", "", "AQI"]);
      case "list":
        return Array.from({ length: this.#random.pick(LIST_LENGTHS) }, () =>
          this.of(shape.element, member),
        );
      case "map":
        return this.#map(shape.value, member);
      case "structure":
        return this.#structure(shape.members);
    }
  }

  #structure(members: Readonly<Record<string, Shape>>): Record<string, unknown> {
    if ("DataType" in members && this.#random.isLikely(0.8)) {
      return { DataType: this.#random.pick(["String", "String.x", "Number"]), StringValue: "1" };
    }
    const structure: Record<string, unknown> = {};
    for (const [member, shape] of Object.entries(members)) {
      const isLikely = USUAL.includes(member) ? 0.9 : 0.25;
      if (this.#random.isLikely(isLikely)) structure[member] = this.of(shape, member);
    }
    return structure;
  }

  #map(shape: Shape, member: string): Record<string, unknown> {
    const entries = Array.from({ length: this.#random.pick(MAP_SIZES) }, () => {
      const isAttribute = member === "Attributes" && this.#random.isLikely(0.9);
      const key = isAttribute ? this.#random.pick(QUEUE_ATTRIBUTES) : this.#key(member);
      return [key, isAttribute ? this.#attribute(key) : this.of(shape, "Value")] as const;
    });
    return Object.fromEntries(entries);
  }

  #key(member: string): string {
    if (member === "MessageSystemAttributes" && this.#random.isLikely(0.8)) return "AWSTraceHeader";
    return this.#random.isLikely(0.7)
      ? this.#random.pick(["a", "b", "key", "x.y"])
      : this.#oddText();
  }

  /** A wait would be one for every receive to come. */
  #attribute(name: string): string {
    const { pick, arns } = { pick: this.#random, arns: this.#world.arns };
    const target = pick.pick(arns);
    if (name === "ReceiveMessageWaitTimeSeconds") return pick.pick(["0", "-1", "21", "x"]);
    if (pick.isLikely(0.15)) return this.#oddText();
    if (name === "RedrivePolicy") {
      return JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: pick.between(0, 3) });
    }
    if (name === "RedriveAllowPolicy") {
      const redrivePermission = pick.pick(["allowAll", "denyAll", "byQueue", "some"]);
      return JSON.stringify({ redrivePermission, sourceQueueArns: [target] });
    }
    if (name === "Policy") return JSON.stringify({ Version: "2012-10-17", Statement: [STATEMENT] });
    const texts = [
      "true",
      "false",
      "messageGroup",
      "queue",
      "perQueue",
      "perMessageGroupId",
    ] as const;
    return pick.isLikely(0.5) ? pick.pick(texts) : String(pick.pick(NUMBERS));
  }

  #integer(member: string): unknown {
    // Never one that makes the caller wait.
    if (member === "WaitTimeSeconds") return this.#random.pick([0, 0, 0, 0, 0, -1, 21]);
    return this.#random.isLikely(0.85) ? this.#random.between(1, 10) : this.#random.pick(NUMBERS);
  }

  #text(member: string): string {
    if (this.#random.isLikely(0.04)) return this.#oddText();
    const pick = this.#random;
    switch (member) {
      case "QueueUrl":
        return pick.pick(this.#world.urls);
      case "QueueName":
        return pick.pick(this.#world.names);
      case "SourceArn":
      case "DestinationArn":
        return pick.pick(this.#world.arns);
      case "ReceiptHandle":
        return this.#world.receiptHandle();
      case "DataType":
        return pick.pick(DATA_TYPES);
      case "Id":
        return `id${pick.between(0, 30)}`;
      case "MessageGroupId":
        return pick.pick(["g1", "g2", "g3"]);
      case "MessageDeduplicationId":
      case "ReceiveRequestAttemptId":
        return `d${pick.between(0, 50)}`;
      case "AttributeNames":
      case "MessageSystemAttributeNames":
        return pick.pick(SHOWN_NAMES);
      case "MessageAttributeNames":
        return pick.pick(["All", ".*", "a", "a.*", "*"]);
      case "AWSAccountIds":
      case "QueueOwnerAWSAccountId":
        return pick.pick(["000000000000", "210000000001"]);
      case "Actions":
        return pick.pick(ACTION_NAMES);
      default:
        return pick.pick(["a", "body", "1", "label", "x y", "<é>"]);
    }
  }

  #oddText(): string {
    if (this.#random.isLikely(0.7)) return this.#random.pick(ODD_TEXTS);
    const length = this.#random.between(0, 40);
    const codes = Array.from({ length }, () => this.#random.between(0, 0xffff));
    return String.fromCharCode(...codes);
  }

  #odd(depth: number): unknown {
    const random = this.#random;
    switch (random.between(0, depth > 0 ? 6 : 3)) {
      case 0:
        return null;
      case 1:
        return random.isLikely(0.5);
      case 2:
        return random.isLikely(0.5) ? random.pick(ODD_NUMBERS) : random.pick(NUMBERS);
      case 3:
        return this.#oddText();
      case 4:
        return Array.from({ length: random.between(0, 3) }, () => this.#odd(depth - 1));
      default:
        return Object.fromEntries(
          Array.from({ length: random.between(0, 3) }, () => [
            this.#oddText(),
            this.#odd(depth - 1),
          ]),
        );
    }
  }
}

/** Members without which most actions do nothing. */
const USUAL = [
  "QueueUrl",
  "QueueName",
  "Entries",
  "Id",
  "MessageBody",
  "ReceiptHandle",
  "Attributes",
  "SourceArn",
  "DataType",
  "StringValue",
  "WaitTimeSeconds",
  "Label",
  "Actions",
  "AWSAccountIds",
  "TagKeys",
  "Tags",
  "TaskHandle",
  "VisibilityTimeout",
];
