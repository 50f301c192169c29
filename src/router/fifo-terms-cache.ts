/**
 * What this isolate knows of FIFO queues, so that a command goes to a message group without asking the
 * queue's object first. It says nothing of who may: see `queue-access.ts`.
 */
import type { FifoTerms } from "../domain/fifo-terms.ts";
import type { QueueIdentity } from "../domain/queue-name.ts";
import type { Result } from "../domain/result.ts";
import type { QueueStub } from "./object-directory.ts";
import { TermsCache } from "./terms-cache.ts";

const FRESH_MS = 5_000;

const cache = new TermsCache<FifoTerms>(FRESH_MS, (queue) => queue.fifoTerms());

export function fifoTerms(
  queue: QueueStub,
  identity: QueueIdentity,
  background: (promise: Promise<unknown>) => void,
): Promise<Result<FifoTerms>> {
  return cache.of(() => queue, identity, background);
}

export function forgetFifoTerms(identity: QueueIdentity): void {
  cache.forget(identity);
}
