/**
 * KeyUses: tells an account's object that a key was used, at most once in some minutes of each isolate,
 * and beside the request: GetAccessKeyLastUsed may be late, but nobody waits for it.
 */
import { readAccessKeyId } from "../domain/access-key-id.ts";
import { LAST_USED_INTERVAL_MS } from "../domain/iam-limits.ts";
import type { KeyUse } from "../domain/identity-record.ts";
import { identityStub, type Objects } from "./object-directory.ts";

const TOLD_MAX = 5_000;
const toldAtMs = new Map<string, number>();

/** Of a key that was verified. Undefined if there is nothing to tell. */
export function noteKeyUse(objects: Objects, use: KeyUse): Promise<void> | undefined {
  const owner = readAccessKeyId(use.accessKeyId);
  if (owner?.kind !== "long-term") return undefined;
  const lastAtMs = toldAtMs.get(use.accessKeyId) ?? Number.NEGATIVE_INFINITY;
  if (use.usedAtMs - lastAtMs < LAST_USED_INTERVAL_MS) return undefined;
  const [oldest] = toldAtMs.keys();
  if (toldAtMs.size >= TOLD_MAX && oldest !== undefined) toldAtMs.delete(oldest);
  toldAtMs.set(use.accessKeyId, use.usedAtMs);
  return told(objects, owner.accountId, use);
}

async function told(objects: Objects, accountId: string, use: KeyUse): Promise<void> {
  try {
    await identityStub(objects, accountId).noteKeyUse(use);
  } catch {
    // The next use after the interval is told again: only the date of this one is lost.
  }
}
