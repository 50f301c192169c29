/**
 * Queue attributes: the typed values, their defaults and ranges (SQS API reference,
 * SetQueueAttributes), how text becomes values and values become text again. Every queue has all of
 * them; those of `fifo-attributes.ts` are read and printed for a FIFO queue only.
 *
 * A change holds only what a request named; null takes an optional attribute away, which is what SQS
 * does with an empty string. Counters and timestamps are not attributes here: they belong to a
 * queue's description, and setting them is refused as unknown.
 */
import { parseBooleanText } from "./boolean-text.ts";
import type { EncryptionAttributes } from "./encryption-terms.ts";
import {
  DEFAULT_FIFO_ATTRIBUTES,
  FIFO_SETTABLE,
  type FifoAttributes,
  fifoConflict,
  printFifoAttributes,
} from "./fifo-attributes.ts";
import { RETENTION_SECONDS_MAX } from "./limits.ts";
import type { QueueKind } from "./queue-name.ts";
import { isSamePolicy, parseQueuePolicy } from "./queue-policy.ts";
import { parseRedriveAllowPolicy, parseRedrivePolicy } from "./redrive-policy.ts";
import type { Refusal } from "./refusal.ts";
import { accepted, type Result, refused } from "./result.ts";

export type QueueAttributes = FifoAttributes &
  EncryptionAttributes & {
    readonly delaySeconds: number;
    readonly maximumMessageBytes: number;
    readonly retentionSeconds: number;
    readonly receiveWaitTimeSeconds: number;
    readonly visibilityTimeoutSeconds: number;
    /** JSON text as it was set. */
    readonly policy: string | null;
    /** Canonical JSON text. */
    readonly redrivePolicy: string | null;
    readonly redriveAllowPolicy: string | null;
  };

export type AttributeChange = Partial<QueueAttributes>;
type Field = keyof QueueAttributes;

export const DEFAULT_ATTRIBUTES: QueueAttributes = {
  delaySeconds: 0,
  maximumMessageBytes: 1_048_576,
  retentionSeconds: 345_600,
  receiveWaitTimeSeconds: 0,
  visibilityTimeoutSeconds: 30,
  kmsDataKeyReuseSeconds: 300,
  isSqsManagedSse: true,
  kmsMasterKeyId: null,
  policy: null,
  redrivePolicy: null,
  redriveAllowPolicy: null,
  ...DEFAULT_FIFO_ATTRIBUTES,
};

/** 2,048 is the limit of a key's name in KMS. */
const KMS_KEY = /^[\x21-\x7e]{1,2048}$/;

type Parse = (text: string) => Result<AttributeChange>;

/** Every attribute that can be set on a queue of any kind, by SQS's name. */
const SETTABLE = new Map<string, Parse>([
  integer("DelaySeconds", { min: 0, max: 900 }, (delaySeconds) => ({ delaySeconds })),
  integer("MaximumMessageSize", { min: 1024, max: 1_048_576 }, (maximumMessageBytes) => ({
    maximumMessageBytes,
  })),
  integer(
    "MessageRetentionPeriod",
    { min: 60, max: RETENTION_SECONDS_MAX },
    (retentionSeconds) => ({
      retentionSeconds,
    }),
  ),
  integer("ReceiveMessageWaitTimeSeconds", { min: 0, max: 20 }, (receiveWaitTimeSeconds) => ({
    receiveWaitTimeSeconds,
  })),
  integer("VisibilityTimeout", { min: 0, max: 43_200 }, (visibilityTimeoutSeconds) => ({
    visibilityTimeoutSeconds,
  })),
  integer("KmsDataKeyReusePeriodSeconds", { min: 60, max: 86_400 }, (kmsDataKeyReuseSeconds) => ({
    kmsDataKeyReuseSeconds,
  })),
  ["SqsManagedSseEnabled", parseSqsManagedSse],
  ["KmsMasterKeyId", parseKmsMasterKeyId],
  ["Policy", unsettable(parseQueuePolicy, (policy) => ({ policy }))],
  ["RedrivePolicy", unsettable(parseRedrivePolicy, (redrivePolicy) => ({ redrivePolicy }))],
  [
    "RedriveAllowPolicy",
    unsettable(parseRedriveAllowPolicy, (redriveAllowPolicy) => ({ redriveAllowPolicy })),
  ],
]);

const READ_ONLY = [
  "All",
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "QueueArn",
];
/** SQS words its refusal of these two on a standard queue differently. */
const FIFO_ONLY_EXPLAINED = ["DeduplicationScope", "FifoThroughputLimit"];

/** Whether GetQueueAttributes may be asked for it, on any kind of queue. */
export function isAttributeName(name: string): boolean {
  return SETTABLE.has(name) || READ_ONLY.includes(name) || FIFO_SETTABLE.has(name);
}

/** Reads the attributes of CreateQueue or SetQueueAttributes. */
export function parseAttributeChange(
  texts: Iterable<readonly [string, string]>,
  kind: QueueKind,
): Result<AttributeChange> {
  let change: AttributeChange = {};
  let namesKmsKey = false;
  let namesManagedSse = false;
  for (const [name, text] of texts) {
    const parse = parserOf(name, kind);
    if (parse === undefined) return refused(unknownAttribute(name));
    const parsed = parse(text);
    if (!parsed.ok) return parsed;
    namesKmsKey ||= typeof parsed.value.kmsMasterKeyId === "string";
    namesManagedSse ||= parsed.value.isSqsManagedSse === true;
    change = { ...change, ...parsed.value };
  }
  if (namesKmsKey && namesManagedSse) return refused({ kind: "encryption-kinds-conflict" });
  return accepted(change);
}

/** A change over what there was, refused where the outcome contradicts itself. */
export function mergedAttributes(
  attributes: QueueAttributes,
  change: AttributeChange,
): Result<QueueAttributes> {
  const merged = { ...attributes, ...change };
  const conflict = fifoConflict(merged);
  return conflict === undefined ? accepted(merged) : refused(conflict);
}

/** The first attribute, by SQS's name, in which a change would differ from what the queue has. */
export function firstDifference(
  current: QueueAttributes,
  texts: Iterable<readonly [string, string]>,
  kind: QueueKind,
): string | undefined {
  for (const [name, text] of texts) {
    const parsed = parserOf(name, kind)?.(text);
    if (parsed?.ok && !isWithin(parsed.value, current)) return name;
  }
  return undefined;
}

/** The attributes as SQS prints them; those that are unset are left out. */
export function printAttributes(attributes: QueueAttributes, kind: QueueKind): Map<string, string> {
  const printed = new Map<string, string>([
    ["DelaySeconds", String(attributes.delaySeconds)],
    ["MaximumMessageSize", String(attributes.maximumMessageBytes)],
    ["MessageRetentionPeriod", String(attributes.retentionSeconds)],
    ["ReceiveMessageWaitTimeSeconds", String(attributes.receiveWaitTimeSeconds)],
    ["VisibilityTimeout", String(attributes.visibilityTimeoutSeconds)],
    ["SqsManagedSseEnabled", String(attributes.isSqsManagedSse)],
    ...(kind === "fifo" ? printFifoAttributes(attributes) : []),
  ]);
  const { kmsMasterKeyId, kmsDataKeyReuseSeconds } = attributes;
  if (kmsMasterKeyId !== null) printed.set("KmsMasterKeyId", kmsMasterKeyId);
  if (
    kmsMasterKeyId !== null ||
    kmsDataKeyReuseSeconds !== DEFAULT_ATTRIBUTES.kmsDataKeyReuseSeconds
  ) {
    printed.set("KmsDataKeyReusePeriodSeconds", String(kmsDataKeyReuseSeconds));
  }
  if (attributes.policy !== null) printed.set("Policy", attributes.policy);
  if (attributes.redrivePolicy !== null) printed.set("RedrivePolicy", attributes.redrivePolicy);
  if (attributes.redriveAllowPolicy !== null) {
    printed.set("RedriveAllowPolicy", attributes.redriveAllowPolicy);
  }
  return printed;
}

function parserOf(name: string, kind: QueueKind): Parse | undefined {
  return SETTABLE.get(name) ?? (kind === "fifo" ? FIFO_SETTABLE.get(name) : undefined);
}

function unknownAttribute(attributeName: string): Refusal {
  return FIFO_ONLY_EXPLAINED.includes(attributeName)
    ? { kind: "attribute-needs-fifo", attributeName }
    : { kind: "attribute-unknown", attributeName };
}

function integer(
  attributeName: string,
  range: { min: number; max: number },
  change: (value: number) => AttributeChange,
): [string, Parse] {
  return [
    attributeName,
    (text) => {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= range.min && value <= range.max
        ? accepted(change(value))
        : refused({ kind: "attribute-value-invalid", attributeName });
    },
  ];
}

function parseSqsManagedSse(text: string): Result<AttributeChange> {
  const isSqsManagedSse = parseBooleanText(text);
  if (isSqsManagedSse === undefined) {
    return refused({ kind: "attribute-value-invalid", attributeName: "SqsManagedSseEnabled" });
  }
  return accepted(
    isSqsManagedSse ? { isSqsManagedSse, kmsMasterKeyId: null } : { isSqsManagedSse },
  );
}

/**
 * A KMS key turns the other kind of encryption off; taking the key away does not turn it on. Whether
 * the key exists is not asked when it is set, only whether its id, alias or ARN could be one.
 */
function parseKmsMasterKeyId(text: string): Result<AttributeChange> {
  if (text === "") return accepted({ kmsMasterKeyId: null });
  return KMS_KEY.test(text)
    ? accepted({ kmsMasterKeyId: text, isSqsManagedSse: false })
    : refused({ kind: "attribute-value-invalid", attributeName: "KmsMasterKeyId" });
}

/** An empty string takes the attribute away. */
function unsettable(
  parse: (text: string) => Result<string>,
  change: (text: string | null) => AttributeChange,
): Parse {
  return (text) => {
    if (text === "") return accepted(change(null));
    const parsed = parse(text);
    return parsed.ok ? accepted(change(parsed.value)) : parsed;
  };
}

function isWithin(change: AttributeChange, current: QueueAttributes): boolean {
  const fields = Object.keys(change).filter((field): field is Field => field in current);
  return fields.every((field) => {
    const { policy = null } = change;
    return field === "policy"
      ? isSamePolicy(policy, current.policy)
      : change[field] === current[field];
  });
}
