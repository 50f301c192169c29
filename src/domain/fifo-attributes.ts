/**
 * The attributes that only a FIFO queue has (SQS API reference, CreateQueue): their values and
 * defaults, how text becomes values and values become text again.
 *
 * `FifoQueue` is not stored: the name of a queue says what kind it is, for ever. What the attributes
 * mean for messages is not decided here.
 */
import { parseBooleanText } from "./boolean-text.ts";
import type { Refusal } from "./refusal.ts";
import { accepted, type Result, refused } from "./result.ts";

const DEDUPLICATION_SCOPES = ["queue", "messageGroup"] as const;
const FIFO_THROUGHPUT_LIMITS = ["perQueue", "perMessageGroupId"] as const;

export type DeduplicationScope = (typeof DEDUPLICATION_SCOPES)[number];
export type FifoThroughputLimit = (typeof FIFO_THROUGHPUT_LIMITS)[number];

export type FifoAttributes = {
  readonly isContentBasedDeduplication: boolean;
  readonly deduplicationScope: DeduplicationScope;
  readonly fifoThroughputLimit: FifoThroughputLimit;
};

export const DEFAULT_FIFO_ATTRIBUTES: FifoAttributes = {
  isContentBasedDeduplication: false,
  deduplicationScope: "queue",
  fifoThroughputLimit: "perQueue",
};

type Parse = (text: string) => Result<Partial<FifoAttributes>>;

/** Every attribute of FIFO queues alone by SQS's name. */
export const FIFO_SETTABLE: ReadonlyMap<string, Parse> = new Map([
  ["FifoQueue", parseFifoQueue],
  ["ContentBasedDeduplication", parseContentBasedDeduplication],
  oneOf("DeduplicationScope", DEDUPLICATION_SCOPES, (deduplicationScope) => ({
    deduplicationScope,
  })),
  oneOf("FifoThroughputLimit", FIFO_THROUGHPUT_LIMITS, (fifoThroughputLimit) => ({
    fifoThroughputLimit,
  })),
]);

/** The one pair of values that does not go together: a limit per group needs groups to be apart. */
export function fifoConflict(attributes: FifoAttributes): Refusal | undefined {
  const { deduplicationScope, fifoThroughputLimit } = attributes;
  return fifoThroughputLimit === "perMessageGroupId" && deduplicationScope !== "messageGroup"
    ? invalidValue(
        "FifoThroughputLimit",
        "To set FifoThroughputLimit to perMessageGroupId, the DeduplicationScope must be messageGroup.",
      )
    : undefined;
}

/** As SQS prints them; none is ever left out. */
export function printFifoAttributes(attributes: FifoAttributes): [string, string][] {
  return [
    ["FifoQueue", "true"],
    ["ContentBasedDeduplication", String(attributes.isContentBasedDeduplication)],
    ["DeduplicationScope", attributes.deduplicationScope],
    ["FifoThroughputLimit", attributes.fifoThroughputLimit],
  ];
}

export function isDeduplicationScope(text: string): text is DeduplicationScope {
  return DEDUPLICATION_SCOPES.some((scope) => scope === text);
}

/** On a queue whose name ends in `.fifo` it can only say what is so already. */
function parseFifoQueue(text: string): Result<Partial<FifoAttributes>> {
  const isFifo = parseBooleanText(text);
  if (isFifo === true) return accepted({});
  return refused(
    isFifo === false
      ? invalidValue("FifoQueue", "Modifying queue type is not supported.")
      : invalidValue("FifoQueue"),
  );
}

function parseContentBasedDeduplication(text: string): Result<Partial<FifoAttributes>> {
  const isContentBasedDeduplication = parseBooleanText(text);
  return isContentBasedDeduplication === undefined
    ? refused(invalidValue("ContentBasedDeduplication"))
    : accepted({ isContentBasedDeduplication });
}

function oneOf<Value extends string>(
  attributeName: string,
  values: readonly Value[],
  change: (value: Value) => Partial<FifoAttributes>,
): [string, Parse] {
  return [
    attributeName,
    (text) => {
      const value = values.find((candidate) => candidate === text);
      return value === undefined ? refused(invalidValue(attributeName)) : accepted(change(value));
    },
  ];
}

function invalidValue(attributeName: string, reason?: string): Refusal {
  return reason === undefined
    ? { kind: "attribute-value-invalid", attributeName }
    : { kind: "attribute-value-invalid", attributeName, reason };
}
