/**
 * MessageSeal: how payloads are sealed before they reach an object and opened when they come back. Which key
 * seals is the queue's terms' to say; which one opens stands in the frame (`sealed-payload.ts`).
 *
 * A data key is derived per account, region and queue and per period of reuse, so nothing has to be stored
 * for it. A message opens in the account and region that it was sent in, in whatever queue it has been moved
 * to there: objects move messages and have no key, so a lawful move within an account cannot be told from
 * one by hand. What does not open is told as such, and never taken for an empty message.
 */
import { Buffer } from "node:buffer";
import type { EncryptionTerms } from "../domain/encryption-terms.ts";
import type { QueueIdentity } from "../domain/queue-name.ts";
import type { Refusal } from "../domain/refusal.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import {
  isSealed,
  packSealedHeader,
  readSealed,
  type SealedHeader,
} from "../domain/sealed-payload.ts";
import { type Keyring, withoutArn } from "./keyring.ts";
import { isPayload, type PayloadDraft } from "./payload.ts";
import type { SealingKey } from "./sealing-key.ts";

/** Of SqsManagedSseEnabled. At 40,000 messages a second a day's random IVs stay within their bound. */
const MANAGED_REUSE_SECONDS = 86_400;
/** AWS's own key for SQS: here the root keys. */
const AWS_MANAGED_KEY = "alias/aws/sqs";

/** A key, and for how long what is derived from it serves. */
export type Sealing = { readonly key: SealingKey; readonly reuseSeconds: number };

/** Undefined: stored as it is, by the queue's terms or because the deployment has no root key, or none at all. */
export function sealingOf(terms: EncryptionTerms, keyring: Keyring): Result<Sealing | undefined> {
  switch (terms.kind) {
    case "none":
      return accepted(undefined);
    case "managed":
      return accepted(byRootKey(keyring, MANAGED_REUSE_SECONDS));
    case "kms": {
      const { keyId, reuseSeconds } = terms;
      if (withoutArn(keyId) === AWS_MANAGED_KEY) return accepted(byRootKey(keyring, reuseSeconds));
      if (keyring.isEmpty) return accepted(undefined);
      const key = keyring.kmsKey(keyId);
      const flaw = keyFlaw(key, keyId);
      if (flaw !== undefined) return refused(flaw);
      return accepted(key === undefined ? undefined : { key, reuseSeconds });
    }
  }
}

/** The same messages, with what their sender gave sealed; as they are, if nothing seals. */
export async function sealedMessages<Message extends PayloadDraft>(
  messages: readonly Message[],
  sealing: Sealing | undefined,
  identity: QueueIdentity,
): Promise<readonly Message[]> {
  if (sealing === undefined) return messages;
  const envelope = sealingEnvelope(sealing, identity, Date.now());
  return Promise.all(
    messages.map(async (message) => ({ ...message, ...(await sealedDraft(message, envelope)) })),
  );
}

/** What the sealed messages of a queue have in common for a while. */
export type SealingEnvelope = {
  readonly key: SealingKey;
  readonly purpose: string;
  readonly headerBytes: Uint8Array;
};

export function sealingEnvelope(
  { key, reuseSeconds }: Sealing,
  identity: QueueIdentity,
  nowMs: number,
): SealingEnvelope {
  const nowSeconds = Math.floor(nowMs / 1000);
  const header = {
    keyKind: key.kind,
    keyName: key.name,
    queueName: identity.queueName,
    keySinceSeconds: nowSeconds - (nowSeconds % reuseSeconds),
  };
  return { key, purpose: purposeOf(header, identity), headerBytes: packSealedHeader(header) };
}

/** What its `write` writes is sealed already. */
export async function sealedDraft(
  draft: PayloadDraft,
  { key, purpose, headerBytes }: SealingEnvelope,
): Promise<PayloadDraft> {
  const plain = Buffer.allocUnsafeSlow(draft.payloadBytes);
  draft.write(plain, 0);
  const sealed = await key.seal(purpose, plain, headerBytes);
  return {
    payloadBytes: headerBytes.byteLength + sealed.byteLength,
    write: (into, at) => {
      into.set(headerBytes, at);
      into.set(sealed, at + headerBytes.byteLength);
    },
  };
}

export type OpenedSeal =
  | { readonly ok: true; readonly payload: Buffer }
  | {
      readonly ok: false;
      /** For the log. */
      readonly why: string;
      /** What SQS says where a KMS key is the reason. */
      readonly refusal: Refusal | undefined;
    };

/** `identity` is of the queue that the payload was found in. One that is not sealed is open. */
export async function openedSeal(
  payload: Buffer,
  identity: QueueIdentity,
  keyring: Keyring,
): Promise<OpenedSeal> {
  if (!isSealed(payload)) {
    return isPayload(payload) ? { ok: true, payload } : unopened("its version is unknown");
  }
  const frame = readSealed(payload);
  if (frame === undefined) return unopened("its frame is malformed");
  const { keyKind, keyName, headerBytes, sealed } = frame;
  const key = keyring.named(keyKind, keyName);
  const flaw = keyKind === "kms" ? keyFlaw(key, keyName) : undefined;
  if (flaw !== undefined) return unopened(`its KMS key ${keyName} is missing or disabled`, flaw);
  if (key === undefined) return unopened(`there is no root key ${keyName}`);
  const opened = await key.open(purposeOf(frame, identity), sealed, headerBytes);
  if (opened === undefined) return unopened("it is not as it was sealed");
  const { buffer, byteOffset, byteLength } = opened;
  return { ok: true, payload: Buffer.from(buffer, byteOffset, byteLength) };
}

function byRootKey({ current }: Keyring, reuseSeconds: number): Sealing | undefined {
  return current === undefined ? undefined : { key: current, reuseSeconds };
}

function keyFlaw(key: SealingKey | undefined, keyId: string): Refusal | undefined {
  if (key === undefined) return { kind: "kms-key-missing", keyId };
  return key.isEnabled ? undefined : { kind: "kms-key-disabled", keyId };
}

function unopened(why: string, refusal?: Refusal): OpenedSeal {
  return { ok: false, why, refusal };
}

/** No part of it may contain a slash, so no two are the same. */
function purposeOf(
  { queueName, keySinceSeconds }: Pick<SealedHeader, "queueName" | "keySinceSeconds">,
  { accountId, region }: QueueIdentity,
): string {
  return `message/${accountId}/${region}/${queueName}/${keySinceSeconds}`;
}
