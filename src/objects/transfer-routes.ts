/**
 * TransferRoutes: the way of a batch of messages from here to the object that stores them: that of the
 * target queue, or in a FIFO queue whose groups let messages in themselves the group's. A queue says
 * beforehand whether it takes them and what its uid is; that uid goes with every batch, so what comes
 * late never reaches another queue of the same name.
 */
import { groupObjectName, queueObjectName } from "../domain/object-name.ts";
import type { QueueIdentity } from "../domain/queue-name.ts";
import type { Lane, LaneOrder } from "../storage/transfer-lanes.ts";
import { limited } from "./call-limit.ts";
import type { GroupNamespace, QueueNamespace } from "./fifo-contract.ts";
import type { Clearance, TransferAnswer } from "./transfer-contract.ts";

export type TransferEnv = {
  readonly QUEUE: QueueNamespace;
  readonly MESSAGE_GROUP: GroupNamespace;
};

/** Any but "no-queue". */
export type OpenRoute = Exclude<Clearance, { kind: "no-queue" }>;

type Known = { readonly clearance: Clearance; readonly askedAtMs: number };

/** SQS allows a minute until a change of attributes takes effect. A refusal is never remembered here. */
const TRUSTED_FOR_MS = 5_000;

const KNOWN_MAX = 1_000;

export class TransferRoutes {
  readonly #env: TransferEnv;
  readonly #nowMs: () => number;
  readonly #known = new Map<string, Known>();

  constructor(env: TransferEnv, nowMs: () => number) {
    this.#env = env;
    this.#nowMs = nowMs;
  }

  async clearance(order: LaneOrder): Promise<Clearance> {
    const known = this.#known.get(keyOf(order));
    const isFresh = known !== undefined && this.#nowMs() - known.askedAtMs < TRUSTED_FOR_MS;
    return isFresh ? known.clearance : this.#ask(order);
  }

  /** `messageGroupId`: of the messages of a FIFO queue. */
  async send(
    lane: Lane,
    { queueUid, terms }: OpenRoute,
    packed: Uint8Array,
    messageGroupId: string | undefined,
  ): Promise<TransferAnswer> {
    const answer =
      terms?.scope === "messageGroup" && messageGroupId !== undefined
        ? await this.#sendToGroup(lane, { queueUid, terms }, packed, messageGroupId)
        : await limited<TransferAnswer>(
            this.#queue(lane.target).acceptTransfer(queueUid, lane.channel, packed, messageGroupId),
          );
    if (answer.kind === "no-queue") this.#known.delete(keyOf(lane));
    return answer;
  }

  /** A group cannot tell whether its queue was deleted meanwhile: the queue is asked after it. */
  async #sendToGroup(
    lane: Lane,
    { queueUid, terms }: Pick<OpenRoute, "queueUid"> & { terms: NonNullable<OpenRoute["terms"]> },
    packed: Uint8Array,
    messageGroupId: string,
  ): Promise<TransferAnswer> {
    const group = this.#env.MESSAGE_GROUP.getByName(groupObjectName(queueUid, messageGroupId));
    const groupTerms = { ...terms, messageGroupId };
    const answer = await limited<TransferAnswer>(
      group.acceptGroupTransfer(groupTerms, lane.channel, packed),
    );
    const clearance = await this.#ask(lane);
    const isAlive = clearance.kind !== "no-queue" && clearance.queueUid === queueUid;
    return isAlive ? answer : { kind: "no-queue" };
  }

  async #ask(order: LaneOrder): Promise<Clearance> {
    const askedAtMs = this.#nowMs();
    const queue = this.#queue(order.target);
    const clearance = await limited<Clearance>(queue.clearance(order.purpose, order.sourceArn));
    if (clearance.kind !== "cleared") this.#known.delete(keyOf(order));
    else {
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      this.#known.set(keyOf(order), { clearance, askedAtMs });
    }
    return clearance;
  }

  #queue({ accountId, region, queueName }: QueueIdentity) {
    return this.#env.QUEUE.getByName(queueObjectName(accountId, region, queueName));
  }
}

function keyOf({ purpose, target, sourceArn }: LaneOrder): string {
  return [purpose, target.accountId, target.region, target.queueName, sourceArn].join("/");
}
