/**
 * GroupNewsDesk: what a message group's queue knows of it, and the telling of what it does not. The
 * queue learns of a group by the answers to its own calls; what Workers do to a group behind its back
 * is news if it makes the group ready earlier than the queue thinks. Later or less is no news: the
 * queue finds out when it asks.
 */
import type { GroupStanding } from "../domain/group-standing.ts";
import { acceptedAtMs } from "../domain/sequence-number.ts";
import type { FifoGroup } from "../storage/fifo-group.ts";
import { limited } from "./call-limit.ts";
import type { NewsAnswer, QueueNamespace, ReleaseAnswer } from "./fifo-contract.ts";

/** News that was not confirmed by then is told again. */
const REPEAT_AFTER_MS = 2_000;
/** Longer than an alarm that repeats news is away, shorter than a deduplication window. */
const TRUSTED_FOR_MS = 60_000;

export class GroupNewsDesk {
  readonly #queues: QueueNamespace;
  /** When the queue thinks that the group is ready; never, as long as it was not told. */
  #toldReadyAtMs = Number.POSITIVE_INFINITY;
  #toldGeneration = 0;
  /** News, until it is confirmed. */
  #untold: GroupStanding | undefined;
  #isTelling = false;
  /** The latest standing that was taken. */
  generation = 0;

  constructor(queues: QueueNamespace) {
    this.#queues = queues;
  }

  /** There is news, and nobody is telling it. */
  get isUntold(): boolean {
    return this.#untold !== undefined && !this.#isTelling;
  }

  /**
   * The queue reads this in the answer to a call of its own, unless the answer is lost: then it asks at
   * the time that it knew before. News that it has not confirmed is repeated all the same.
   */
  told(standing: GroupStanding): GroupStanding {
    this.generation = standing.generation;
    this.#toldGeneration = standing.generation;
    this.#toldReadyAtMs = standing.readyAtMs ?? Number.POSITIVE_INFINITY;
    return standing;
  }

  /** After each commit; true if there is something to tell now. */
  consider(group: FifoGroup, nowMs: number): boolean {
    if (this.#toldReadyAtMs <= nowMs) return false;
    const standing = group.standing(nowMs);
    this.generation = standing.generation;
    const { readyAtMs } = standing;
    if (readyAtMs === undefined || readyAtMs >= this.#toldReadyAtMs) return false;
    this.#untold = standing;
    return !this.#isTelling;
  }

  /** When to repeat what is not confirmed yet. */
  repeatAtMs(nowMs: number): number | undefined {
    return this.#untold === undefined ? undefined : nowMs + REPEAT_AFTER_MS;
  }

  /** Tells until there is no news; what fails is repeated by the alarm. */
  async tell({ terms }: FifoGroup): Promise<NewsAnswer> {
    const { queueUid, messageGroupId, queueObjectName } = terms;
    this.#isTelling = true;
    try {
      for (let standing = this.#untold; standing !== undefined; standing = this.#untold) {
        const queue = this.#queues.getByName(queueObjectName);
        const news = { queueUid, messageGroupId, standing };
        const answer = await limited(queue.groupAnnounced(news));
        if (answer === "unknown") return answer;
        if (this.#untold === standing) this.#untold = undefined;
        // What an answer said since is newer.
        if (standing.generation > this.#toldGeneration) this.told(standing);
      }
    } catch (error) {
      console.warn("the queue could not be told and is told again", error);
    } finally {
      this.#isTelling = false;
    }
    return "noted";
  }

  async release({ terms, lastSequence }: FifoGroup): Promise<ReleaseAnswer> {
    const { queueUid, messageGroupId, queueObjectName } = terms;
    const queue = this.#queues.getByName(queueObjectName);
    return limited(queue.releaseGroup({ queueUid, messageGroupId, lastSequence }));
  }

  /** The queue may be gone, or have forgotten the group, since it was told. */
  forgetOld(nowMs: number): void {
    if (nowMs - acceptedAtMs(this.#toldGeneration) >= TRUSTED_FOR_MS) this.forgetTold();
  }

  /** The queue knows nothing of the group. */
  forgetTold(): void {
    this.#toldReadyAtMs = Number.POSITIVE_INFINITY;
    this.#untold = undefined;
  }
}
