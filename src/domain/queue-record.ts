/**
 * QueueRecord: what a queue is, apart from its messages, and the rules of its life: created, purged,
 * deleted. Pure; the caller stores the record that a rule returns.
 */
import type { DeduplicationScope } from "./fifo-attributes.ts";
import { PURGE_COOLDOWN_MS, QUEUE_DELETED_COOLDOWN_MS } from "./limits.ts";
import {
  type AttributeChange,
  DEFAULT_ATTRIBUTES,
  firstDifference,
  mergedAttributes,
  type QueueAttributes,
} from "./queue-attributes.ts";
import { type QueueIdentity, queueArn, queueKind } from "./queue-name.ts";
import { type Permission, withoutPermission, withPermission } from "./queue-permission.ts";
import { areSameTags, type QueueTags, tooManyTags } from "./queue-tags.ts";
import type { ReceiptIssuer } from "./receipt-handle.ts";
import { accepted, type Result, refused } from "./result.ts";
import { nextSequence } from "./sequence-number.ts";

export type QueueRecord = {
  readonly identity: QueueIdentity;
  /** Made anew at each creation, so that a re-created queue never takes an old handle. */
  readonly issuer: ReceiptIssuer;
  readonly attributes: QueueAttributes;
  /**
   * Where the queue deduplicates, for ever: it goes on as it was created after its attribute was
   * set to another scope, also for new ids (recorded on SQS).
   */
  readonly creationScope: DeduplicationScope;
  readonly tags: QueueTags;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly purgedAtMs: number | null;
  /** The latest purge reaches the messages up to this sequence number; 0 before the first. */
  readonly purgedSequence: number;
  readonly deletedAtMs: number | null;
};

export type QueueCreation = {
  readonly identity: QueueIdentity;
  /** The attributes as requested, by SQS's names; known to parse. */
  readonly attributeTexts: readonly (readonly [string, string])[];
  readonly change: AttributeChange;
  readonly tags: QueueTags;
};

type CreationContext = {
  readonly nowMs: number;
  readonly issuer: ReceiptIssuer;
  readonly hasCooldowns: boolean;
};

/**
 * CreateQueue. Only what the request names is compared with an existing queue (SQS API reference):
 * without attributes and tags it always answers with the queue that is there.
 */
export function createdQueue(
  existing: QueueRecord | undefined,
  creation: QueueCreation,
  { nowMs, issuer, hasCooldowns }: CreationContext,
): Result<QueueRecord> {
  const attributes = mergedAttributes(DEFAULT_ATTRIBUTES, creation.change);
  if (!attributes.ok) return attributes;
  if (existing !== undefined && existing.deletedAtMs === null) {
    const kind = queueKind(creation.identity.queueName);
    const differingAttribute = firstDifference(existing.attributes, creation.attributeTexts, kind);
    if (differingAttribute !== undefined) {
      return refused({ kind: "queue-name-exists", differingAttribute });
    }
    if (creation.tags.size > 0 && !areSameTags(existing.tags, creation.tags)) {
      return refused({ kind: "queue-name-exists", differingAttribute: "tags" });
    }
    return accepted(existing);
  }
  const deletedAtMs = existing?.deletedAtMs ?? null;
  if (hasCooldowns && deletedAtMs !== null && nowMs < deletedAtMs + QUEUE_DELETED_COOLDOWN_MS) {
    return refused({ kind: "queue-deleted-recently" });
  }
  return accepted({
    identity: creation.identity,
    issuer,
    attributes: attributes.value,
    creationScope: attributes.value.deduplicationScope,
    tags: creation.tags,
    createdAtMs: nowMs,
    modifiedAtMs: nowMs,
    purgedAtMs: null,
    purgedSequence: 0,
    deletedAtMs: null,
  });
}

/** SetQueueAttributes merges; only what results can be judged. */
export function withAttributes(
  record: QueueRecord,
  change: AttributeChange,
  nowMs: number,
): Result<QueueRecord> {
  const attributes = mergedAttributes(record.attributes, change);
  return attributes.ok
    ? accepted({ ...record, attributes: attributes.value, modifiedAtMs: nowMs })
    : attributes;
}

/** AddPermission, which changes the policy and nothing else. */
export function permissionAdded(
  record: QueueRecord,
  permission: Permission,
  nowMs: number,
): Result<QueueRecord> {
  const { policy: before } = record.attributes;
  const policy = withPermission(before, permission, queueArn(record.identity));
  return policy.ok ? withAttributes(record, { policy: policy.value }, nowMs) : policy;
}

export function permissionRemoved(
  record: QueueRecord,
  label: string,
  nowMs: number,
): Result<QueueRecord> {
  const policy = withoutPermission(record.attributes.policy, label);
  return policy.ok ? withAttributes(record, { policy: policy.value }, nowMs) : policy;
}

export function withTags(record: QueueRecord, added: QueueTags): Result<QueueRecord> {
  const tags = new Map([...record.tags, ...added]);
  const refusal = tooManyTags(tags, record.identity.queueName);
  return refusal === undefined ? accepted({ ...record, tags }) : refused(refusal);
}

export function withoutTags(record: QueueRecord, keys: readonly string[]): QueueRecord {
  const tags = new Map(record.tags);
  for (const key of keys) tags.delete(key);
  return { ...record, tags };
}

/** PurgeQueue, of which SQS allows one in 60 seconds. */
export function purgedQueue(
  record: QueueRecord,
  {
    nowMs,
    hasCooldowns,
    lastSequence = 0,
  }: { nowMs: number; hasCooldowns: boolean; lastSequence?: number },
): Result<QueueRecord> {
  const { purgedAtMs } = record;
  if (hasCooldowns && purgedAtMs !== null && nowMs < purgedAtMs + PURGE_COOLDOWN_MS) {
    return refused({ kind: "purge-in-progress", queueName: record.identity.queueName });
  }
  const purgedSequence = nextSequence(Math.max(record.purgedSequence, lastSequence), nowMs);
  return accepted({ ...record, purgedAtMs: nowMs, purgedSequence });
}

/** What decides who may use a queue, beside the policies of whoever wants to. */
export type AccessTerms = { readonly policy: string | null; readonly tags: QueueTags };

export function accessTermsOf({ attributes, tags }: QueueRecord): AccessTerms {
  return { policy: attributes.policy, tags };
}
