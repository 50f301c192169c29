/**
 * FifoDeployment: a FIFO queue with its message groups on a simulated platform, and the Worker's way
 * to them, as the router goes it: sends by the queue's scope, deletes and visibility changes to the
 * groups by the receipt handles, with terms of the queue that may be some seconds old.
 */
import { type DeliveredMessage, unpackDelivery } from "../../src/domain/delivery.ts";
import type { DeduplicationScope } from "../../src/domain/fifo-attributes.ts";
import type { FifoTerms } from "../../src/domain/fifo-terms.ts";
import { groupObjectName, queueUidText } from "../../src/domain/object-name.ts";
import { packOrderedShipment } from "../../src/domain/ordered-shipment.ts";
import { outcomeAt } from "../../src/domain/outcomes.ts";
import type { AttributeChange } from "../../src/domain/queue-attributes.ts";
import { type HeldReceipt, openGroupReceiptHandles } from "../../src/domain/receipt-handle.ts";
import { accepted, type Result, refused } from "../../src/domain/result.ts";
import type { SendOutcomes } from "../../src/domain/sent-message.ts";
import { MessageGroup, type MessageGroupEnv } from "../../src/objects/message-group.ts";
import { Queue, type QueueEnv } from "../../src/objects/queue.ts";
import type { ReceiveRequest } from "../../src/objects/receive-exchange.ts";
import type { Instance, SimulatedObject, SimulatedState } from "./fifo-object.ts";
import { FifoPlatform, type SimulatedNamespace, SimulatedResponse } from "./fifo-platform.ts";
import type { WorkerSocket } from "./fifo-sockets.ts";

export type FifoMessage = {
  readonly messageId: string;
  readonly messageGroupId: string;
  readonly deduplicationId: string;
  readonly body: string;
};

export type FifoAttributesOfTest = {
  readonly scope: DeduplicationScope;
  readonly retentionSeconds: number;
};

type OfQueues = {
  readonly MESSAGE_GROUP: SimulatedNamespace;
  readonly ACCOUNT: Pick<SimulatedNamespace, "getByName">;
  readonly MILLRACE_COOLDOWNS?: string;
};
type OfGroups = { readonly QUEUE: SimulatedNamespace };

type QueueInstance = Instance &
  Pick<
    Queue,
    | "createQueue"
    | "deleteQueue"
    | "describeQueue"
    | "fifoTerms"
    | "peekMessages"
    | "purgeQueue"
    | "receiveMessages"
    | "sendOrdered"
    | "setAttributes"
  > & { fetch(request: Request): Promise<unknown> };
type GroupInstance = Instance & Pick<MessageGroup, "send" | "deleteMessages" | "changeVisibility">;

/** Of the platform's types the objects use what the simulated ones have. */
interface Classes {
  queue(state: SimulatedState, environment: OfQueues): QueueInstance;
  group(state: SimulatedState, environment: OfGroups): GroupInstance;
}

const CLASSES: Classes = {
  queue: (state: DurableObjectState, environment: QueueEnv) => new Queue(state, environment),
  group: (state: DurableObjectState, environment: MessageGroupEnv) => {
    return new MessageGroup(state, environment);
  },
};

const IDENTITY = { accountId: "000000000000", region: "us-east-1", queueName: "model.fifo" };
const NO_QUEUE = refused({ kind: "queue-does-not-exist" });

export type Received = Result<readonly DeliveredMessage[]>;

export class FifoDeployment {
  readonly platform: FifoPlatform;
  readonly queue: SimulatedObject;
  readonly #attributes: FifoAttributesOfTest;
  readonly #environment: OfQueues & OfGroups;
  /** Terms older than this do not serve a Worker any more. */
  termsUsableMs = 0;
  #terms: { readonly value: FifoTerms; readonly readAtMs: number } | undefined;

  constructor(nowMs: number, attributes: FifoAttributesOfTest) {
    this.platform = new FifoPlatform(nowMs);
    this.#attributes = attributes;
    this.#environment = {
      QUEUE: this.platform.namespaceOf(() => this.queue),
      MESSAGE_GROUP: this.platform.namespaceOf((name) => this.#groupNamed(name)),
      ACCOUNT: { getByName: () => ({ putEntry: async () => undefined }) },
      MILLRACE_COOLDOWNS: "off",
    };
    this.queue = this.platform.objectOf("queue", (state) => {
      return CLASSES.queue(state, this.#environment);
    });
  }

  get groups(): SimulatedObject[] {
    return this.platform.objects.filter((object) => object !== this.queue);
  }

  createQueue(): Promise<Result<undefined>> {
    const { scope, retentionSeconds } = this.#attributes;
    const creation = {
      identity: IDENTITY,
      attributeTexts: [],
      change: { deduplicationScope: scope, retentionSeconds },
      tags: new Map<string, string>(),
    };
    return this.#onQueue((queue) => queue.createQueue(creation));
  }

  async send(messages: readonly FifoMessage[]): Promise<SendOutcomes> {
    const terms = await this.#currentTerms();
    if (!terms.ok) return terms.refusal;
    if (terms.value.scope === "queue") {
      return this.#onQueue((queue) => queue.sendOrdered(shipmentOf(messages)));
    }
    const [first] = messages;
    if (first === undefined) return [];
    const { messageGroupId } = first;
    const groupTerms = { ...terms.value, messageGroupId };
    const name = groupObjectName(queueUidText(terms.value.issuer.uid), messageGroupId);
    return this.#onGroup(name, (group) => group.send(groupTerms, shipmentOf(messages)));
  }

  async receive(asked: ReceiveRequest): Promise<Received> {
    const answer = await this.#onQueue((queue) => queue.receiveMessages(asked));
    if (!answer.ok) return answer;
    const { value } = answer;
    return accepted(value.kind === "delivery" ? unpackDelivery(value.packed) : []);
  }

  /** A long poll. What comes when the client has left is not acknowledged. */
  async poll(asked: ReceiveRequest, isClientThere: () => boolean = () => true): Promise<Received> {
    const headers = { "millrace-receive": JSON.stringify(asked) };
    const response = await this.platform.call(
      {
        label: "fetch",
        to: this.queue,
        run: async (queue: QueueInstance) =>
          answered(await queue.fetch(new Request("https://queue/receive", { headers }))),
        discard: (lost) => lost.socket?.workerEnd.close(),
      },
      isQueue,
    );
    if (response.status === 409) {
      return refused(JSON.parse(String(response.body)));
    }
    if (response.socket === undefined) {
      return accepted(response.body instanceof Uint8Array ? unpackDelivery(response.body) : []);
    }
    const waitMs = (asked.waitTimeSeconds ?? 0) * 1000;
    return this.#pollEnd(response.socket.workerEnd, waitMs, isClientThere);
  }

  /** "deleted", or why not. */
  async delete(handle: string): Promise<string> {
    return this.#onHeld(handle, "deleted", (group, terms, receipt) => {
      return group.deleteMessages(terms, [receipt]);
    });
  }

  /** "changed", or why not. */
  async changeVisibility(handle: string, visibilityTimeoutSeconds: number): Promise<string> {
    return this.#onHeld(handle, "changed", (group, terms, receipt) => {
      return group.changeVisibility(terms, [{ receipt, visibilityTimeoutSeconds }]);
    });
  }

  setAttributes(change: AttributeChange): Promise<Result<undefined>> {
    return this.#onQueue((queue) => queue.setAttributes(change));
  }

  purge(): Promise<Result<undefined>> {
    return this.#onQueue((queue) => queue.purgeQueue());
  }

  deleteQueue(): Promise<Result<undefined>> {
    return this.#onQueue((queue) => queue.deleteQueue());
  }

  /** Everything, as somebody sees it who only looks. */
  async peek(): Promise<DeliveredMessage[] | undefined> {
    const everything = { showsInvisible: true, showsDelayed: true };
    const packed = await this.#onQueue((queue) => queue.peekMessages(everything));
    return packed.ok ? unpackDelivery(packed.value) : undefined;
  }

  async counts() {
    const described = await this.#onQueue((queue) => queue.describeQueue());
    return described.ok ? described.value.counts : undefined;
  }

  #onQueue<T>(run: (queue: QueueInstance) => Promise<T> | T): Promise<T> {
    const cloned = async (queue: QueueInstance) => structuredClone(await run(queue));
    return this.platform.call({ label: nameOf(run), to: this.queue, run: cloned }, isQueue);
  }

  #onGroup<T>(name: string, run: (group: GroupInstance) => Promise<T>): Promise<T> {
    const cloned = async (group: GroupInstance) => structuredClone(await run(group));
    return this.platform.call(
      { label: nameOf(run), to: this.#groupNamed(name), run: cloned },
      isGroup,
    );
  }

  async #onHeld(
    handle: string,
    done: string,
    run: (
      group: GroupInstance,
      terms: FifoTerms,
      receipt: HeldReceipt,
    ) => ReturnType<GroupInstance["deleteMessages"]>,
  ): Promise<string> {
    const terms = await this.#currentTerms();
    if (!terms.ok) return terms.refusal.kind;
    const [opened] = openGroupReceiptHandles([handle], terms.value.issuer);
    if (opened?.kind !== "receipt") return opened?.kind ?? "garbage";
    const { groupName, ...receipt } = opened.receipt;
    const outcomes = await this.#onGroup(groupName, (group) => {
      return run(group, terms.value, { ...receipt, receiptHandle: handle });
    });
    return outcomeAt(outcomes, 0)?.kind ?? done;
  }

  async #currentTerms(): Promise<Result<FifoTerms>> {
    const { nowMs } = this.platform.scheduler;
    const known = this.#terms;
    if (known !== undefined && nowMs - known.readAtMs < this.termsUsableMs) {
      return accepted(known.value);
    }
    const terms = await this.#onQueue((queue) => queue.fifoTerms());
    if (!terms.ok) return NO_QUEUE;
    this.#terms = { value: terms.value, readAtMs: nowMs };
    return terms;
  }

  #groupNamed(name: string): SimulatedObject {
    return this.platform.objectOf(name, (state) => CLASSES.group(state, this.#environment));
  }

  #pollEnd(socket: WorkerSocket, waitMs: number, isClientThere: () => boolean): Promise<Received> {
    return new Promise((resolve) => {
      const end = (received: Received) => {
        resolve(received);
        socket.close();
      };
      const frameCame = (frame: Uint8Array | string) => {
        if (typeof frame === "string") return end(NO_QUEUE);
        if (!isClientThere()) return end(accepted([]));
        socket.send("ok");
        resolve(accepted(unpackDelivery(frame)));
      };
      socket.accept(frameCame, () => resolve(accepted([])));
      const { platform } = this;
      platform.planOutside(platform.scheduler.nowMs + waitMs, () => end(accepted([])));
    });
  }
}

function answered(response: unknown): SimulatedResponse {
  if (response instanceof SimulatedResponse) return response;
  throw new Error("a queue answers with a response");
}

/** For the trace. */
function nameOf(run: (...args: never[]) => unknown): string {
  return /\.(\w+)\(/.exec(String(run))?.[1] ?? "run";
}

function isQueue(value: unknown): value is QueueInstance {
  return value instanceof Queue;
}

function isGroup(value: unknown): value is GroupInstance {
  return value instanceof MessageGroup;
}

/** Anew for each execution of a call: sequence numbers are written into it. */
function shipmentOf(messages: readonly FifoMessage[]): Uint8Array {
  return packOrderedShipment(
    messages.map(({ messageId, messageGroupId, deduplicationId, body }) => ({
      messageId,
      messageGroupId,
      deduplicationId,
      isContentBased: false,
      sizeBytes: body.length,
      payloadBytes: body.length,
      write: (into, at) => {
        into.write(body, at, "latin1");
      },
    })),
  );
}
