/**
 * FifoTermsCache: what this isolate knows of FIFO queues, so that a command goes to a message group
 * without asking the queue's object first. SQS allows a minute for a change of attributes; here terms
 * are renewed after seconds, while old ones still serve, and at once where this isolate has seen the
 * change.
 */
import type { FifoTerms } from "../domain/fifo-terms.ts";
import type { QueueIdentity } from "../domain/queue-name.ts";
import { accepted, type Result } from "../domain/result.ts";
import type { QueueStub } from "./object-directory.ts";

/** Terms older than this are renewed beside the request that finds them so. */
const FRESH_MS = 5_000;
/** Terms older than this do not serve any more. */
const USABLE_MS = 30_000;
const KNOWN_MAX = 10_000;

type Known = { readonly terms: FifoTerms; readonly readAtMs: number };

const known = new Map<string, Known>();
const renewing = new Set<string>();

/** `background` keeps a promise going after the answer. */
export async function fifoTerms(
  queue: QueueStub,
  identity: QueueIdentity,
  background: (promise: Promise<unknown>) => void,
): Promise<Result<FifoTerms>> {
  const key = keyOf(identity);
  const entry = known.get(key);
  const ageMs = entry === undefined ? Number.POSITIVE_INFINITY : Date.now() - entry.readAtMs;
  if (entry === undefined || ageMs > USABLE_MS || ageMs < 0) return read(queue, key);
  if (ageMs > FRESH_MS && !renewing.has(key)) {
    renewing.add(key);
    background(read(queue, key).finally(() => renewing.delete(key)));
  }
  return accepted(entry.terms);
}

/** Something of the queue was changed: what is known of it is old. */
export function forgetFifoTerms(identity: QueueIdentity): void {
  known.delete(keyOf(identity));
}

async function read(queue: QueueStub, key: string): Promise<Result<FifoTerms>> {
  const readAtMs = Date.now();
  const terms = await queue.fifoTerms();
  if (!terms.ok) {
    known.delete(key);
    return terms;
  }
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(key, { terms: terms.value, readAtMs });
  return terms;
}

function keyOf({ accountId, region, queueName }: QueueIdentity): string {
  return `${accountId}/${region}/${queueName}`;
}
