/**
 * EncryptionCheck: whether a Worker acts under the terms of encryption that its queue has. Labels are those
 * of `domain/encryption-terms.ts`; a Worker of a deployment without keys brings none and is not asked. The
 * check knows no key, and whether one is usable the Worker alone can say.
 */
import {
  type EncryptionTerms,
  encryptionLabel,
  encryptionTermsOf,
} from "../domain/encryption-terms.ts";
import type { EncryptionRefusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { QueueStore } from "./queue-store.ts";

type TermsDiffer = Extract<EncryptionRefusal, { kind: "encryption-differs" }>;

/** How messages to the queue are to be sealed. */
export function encryptionOf({ live }: QueueStore): Result<EncryptionTerms> {
  return live === undefined
    ? refused({ kind: "queue-does-not-exist" })
    : accepted(encryptionTermsOf(live.record.attributes));
}

/** `sealedFor`: the terms that payloads on their way to the queue were sealed under. */
export function sealingFlaw(
  store: QueueStore,
  sealedFor: string | undefined,
): TermsDiffer | undefined {
  const own = encryptionOf(store);
  if (!own.ok || sealedFor === undefined || sealedFor === encryptionLabel(own.value)) {
    return undefined;
  }
  return { kind: "encryption-differs", terms: own.value };
}

/**
 * `openableFor`: the terms whose key the Worker has found usable. Messages of a queue with a KMS key are not
 * given to a Worker that may turn out not to have it: they would be in flight for nothing, and soon be dead
 * letters.
 */
export function openingFlaw(
  store: QueueStore,
  openableFor: string | undefined,
): Result<never> | undefined {
  const flaw = sealingFlaw(store, openableFor);
  return flaw?.terms.kind === "kms" ? refused(flaw) : undefined;
}
