/**
 * TermsCache: what this isolate knows of queues, so that a request need not ask a queue's object first.
 * SQS allows a minute for a change to be heeded; here what is known is renewed after a while, still
 * serves meanwhile, and is forgotten at once where this isolate has seen the change.
 *
 * Invariant: what was read before a change that this isolate made is not kept after it.
 */
import { type QueueIdentity, queueKey } from "../domain/queue-name.ts";
import { accepted, type Result } from "../domain/result.ts";
import type { QueueStub } from "./object-directory.ts";

/** Terms older than this do not serve any more. */
const USABLE_MS = 30_000;
const KNOWN_MAX = 10_000;

type Known<Terms> = { readonly terms: Terms; readonly readAtMs: number };

export class TermsCache<Terms> {
  readonly #read: (queue: QueueStub) => Promise<Result<Terms>>;
  /** Terms older than this are renewed beside the request that finds them so. */
  readonly #freshMs: number;
  readonly #known = new Map<string, Known<Terms>>();
  readonly #renewing = new Set<string>();
  /** Grows with every change that this isolate makes. */
  #era = 0;

  constructor(freshMs: number, read: (queue: QueueStub) => Promise<Result<Terms>>) {
    this.#freshMs = freshMs;
    this.#read = read;
  }

  /** Undefined unless it is known and need not be renewed yet. */
  fresh(identity: QueueIdentity): Terms | undefined {
    return this.#youngerThan(this.#freshMs, queueKey(identity));
  }

  /** `queue` is called when its object is asked; `background` keeps a promise going after the answer. */
  async of(
    queue: () => QueueStub,
    identity: QueueIdentity,
    background: (promise: Promise<unknown>) => void,
  ): Promise<Result<Terms>> {
    const fresh = this.fresh(identity);
    if (fresh !== undefined) return accepted(fresh);
    const key = queueKey(identity);
    const usable = this.#youngerThan(USABLE_MS, key);
    if (usable === undefined) return this.#ask(queue(), key);
    if (!this.#renewing.has(key)) {
      this.#renewing.add(key);
      background(this.#ask(queue(), key).finally(() => this.#renewing.delete(key)));
    }
    return accepted(usable);
  }

  /** Something of the queue was changed: what is known of it is old. */
  forget(identity: QueueIdentity): void {
    this.#era++;
    this.#known.delete(queueKey(identity));
  }

  #youngerThan(limitMs: number, key: string): Terms | undefined {
    const entry = this.#known.get(key);
    if (entry === undefined) return undefined;
    const ageMs = Date.now() - entry.readAtMs;
    return ageMs >= 0 && ageMs <= limitMs ? entry.terms : undefined;
  }

  async #ask(queue: QueueStub, key: string): Promise<Result<Terms>> {
    const readAtMs = Date.now();
    const eraBefore = this.#era;
    const terms = await this.#read(queue);
    if (!terms.ok) {
      this.#known.delete(key);
      return terms;
    }
    if (this.#era !== eraBefore) return terms;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(key, { terms: terms.value, readAtMs });
    return terms;
  }
}
