/**
 * Names of Durable Objects: a hash over length-prefixed parts, so that no choice of queue, group or
 * account name can collide with or escape into another object's name.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

export function accountObjectName(accountId: string, region: string): string {
  return hashed(["account", accountId, region]);
}

/** Of an account's users and keys: one for all regions. */
export function identityObjectName(accountId: string): string {
  return hashed(["identity", accountId]);
}

export function queueObjectName(accountId: string, region: string, queueName: string): string {
  return hashed(["queue", accountId, region, queueName]);
}

/** 24 bytes in hexadecimal: short enough for a receipt handle, and nobody finds two groups of one name. */
export function groupObjectName(queueUid: string, messageGroupId: string): string {
  return hashed(["message-group", queueUid, messageGroupId]).slice(0, 48);
}

/** A queue's uid as text: hexadecimal. */
export function queueUidText(uid: Uint8Array): string {
  return Buffer.from(uid).toString("hex");
}

function hashed(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest("hex");
}
