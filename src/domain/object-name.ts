/**
 * Names of Durable Objects: a hash over length-prefixed parts, so that no choice of queue, group or
 * account name can collide with or escape into another object's name.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

export function accountObjectName(accountId: string, region: string): string {
  return hashed(["account", accountId, region]);
}

export function queueObjectName(accountId: string, region: string, queueName: string): string {
  return hashed(["queue", accountId, region, queueName]);
}

function hashed(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest("hex");
}
