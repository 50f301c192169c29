/**
 * HandOver: carries what a FIFO queue let in to the message groups, in order per group, many groups
 * side by side. The messages are on disk before they are carried, so a call that fails is repeated,
 * after a pause that grows, until it succeeds; after a restart of the object too.
 */
import type { GroupTerms } from "../domain/fifo-terms.ts";
import { packOrderedMessages } from "../domain/ordered-shipment.ts";
import type { FifoQueue } from "../storage/fifo-queue.ts";
import { limited } from "./call-limit.ts";
import type { GroupCommands } from "./fifo-contract.ts";

/** Calls under way at once. */
const CALLS_MAX = 64;
/** What may be on the way before senders have to wait. */
const BYTES_MAX = 16 * 1024 * 1024;
const MESSAGES_MAX = 20_000;
/** Many times what a call takes. */
const SETTLE_MS_MAX = 250;
const PAUSE_MS = 200;
const PAUSE_MS_MAX = 10_000;

export type GroupLookup = (messageGroupId: string) => GroupCommands;

export type HandOverContext = {
  readonly queue: FifoQueue;
  readonly group: GroupLookup;
  readonly nowMs: () => number;
  /** Called when groups have got something to receive. */
  readonly arrived: () => void;
};

type Failure = { readonly pauseMs: number; readonly retryAtMs: number };

export class HandOver {
  readonly #context: HandOverContext;
  readonly #calls = new Set<string>();
  readonly #failures = new Map<string, Failure>();
  #watchers: (() => void)[] = [];

  constructor(context: HandOverContext) {
    this.#context = context;
  }

  /** Whether senders have to wait. */
  get isFull(): boolean {
    const { outbox } = this.#context.queue;
    return outbox.bytes >= BYTES_MAX || outbox.count >= MESSAGES_MAX;
  }

  /** Starts the calls that can be started. Call it after each commit. */
  start(): void {
    const nowMs = this.#context.nowMs();
    const { outbox } = this.#context.queue;
    // A purge leaves nothing to try again.
    for (const messageGroupId of this.#failures.keys()) {
      if (!outbox.has(messageGroupId)) this.#failures.delete(messageGroupId);
    }
    for (const messageGroupId of outbox.idleGroups) {
      if (this.#calls.size >= CALLS_MAX) return;
      if ((this.#failures.get(messageGroupId)?.retryAtMs ?? 0) > nowMs) continue;
      // A purge takes messages out from under their call: it ends before the next one begins.
      if (this.#calls.has(messageGroupId)) continue;
      this.#calls.add(messageGroupId);
      void this.#carry(messageGroupId);
    }
  }

  /**
   * Resolves when all that is on the way now has arrived, or after a moment: a group that is slow or
   * cannot be reached holds up no other.
   */
  async settled(): Promise<void> {
    if (this.#calls.size === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const moment = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SETTLE_MS_MAX);
    });
    await Promise.race([this.#arrivals(), moment]);
    clearTimeout(timer);
  }

  async #arrivals(): Promise<void> {
    const { outbox, lastSequence } = this.#context.queue;
    const isOnTheWay = () => (outbox.firstSequence ?? Number.POSITIVE_INFINITY) <= lastSequence;
    while (isOnTheWay() && this.#calls.size > 0 && this.#failures.size === 0) await this.progress();
  }

  /** Resolves when some call has ended; at once if none is under way. */
  progress(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push(resolve);
    });
  }

  /** When to start again calls that failed. */
  retryAtMs(): number | undefined {
    const atMs = Math.min(...[...this.#failures.values()].map(({ retryAtMs }) => retryAtMs));
    return Number.isFinite(atMs) ? atMs : undefined;
  }

  /** One call after the other to one group, while there is something for it. */
  async #carry(messageGroupId: string): Promise<void> {
    const { outbox } = this.#context.queue;
    try {
      while (outbox.has(messageGroupId)) await this.#call(messageGroupId);
      this.#failures.delete(messageGroupId);
    } catch (error) {
      console.warn("a message group could not be reached and is tried again", error);
      this.#pause(messageGroupId);
    }
    this.#calls.delete(messageGroupId);
    this.start();
    this.#ended();
  }

  async #call(messageGroupId: string): Promise<void> {
    const { queue, group } = this.#context;
    const messages = queue.outbox.beginCall(messageGroupId);
    try {
      const terms: GroupTerms = { ...queue.terms, messageGroupId };
      const packed = packOrderedMessages(messages);
      const standing = await limited(group(messageGroupId).append(terms, packed));
      queue.outbox.handedOver(messageGroupId, messages);
      queue.learn(messageGroupId, standing, terms);
    } catch (error) {
      queue.outbox.failed(messageGroupId, messages);
      throw error;
    }
    this.#ended();
  }

  #ended(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const resolve of watchers) resolve();
    this.#context.arrived();
  }

  #pause(messageGroupId: string): void {
    const pauseMs = Math.min(
      (this.#failures.get(messageGroupId)?.pauseMs ?? PAUSE_MS / 2) * 2,
      PAUSE_MS_MAX,
    );
    const retryAtMs = this.#context.nowMs() + pauseMs;
    this.#failures.set(messageGroupId, { pauseMs, retryAtMs });
  }
}
