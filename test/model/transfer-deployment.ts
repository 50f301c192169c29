/**
 * TransferDeployment: several queues of an account on a simulated platform, standard and FIFO ones, with
 * the real objects of queues and message groups, and the Worker's way to them.
 */
import { type DeliveredMessage, unpackDelivery } from "../../src/domain/delivery.ts";
import type { MoveTask, MoveTaskOrder } from "../../src/domain/move-task.ts";
import { earlierLifeOf, ownPayload } from "../../src/domain/moved-payload.ts";
import { groupObjectName, queueObjectName, queueUidText } from "../../src/domain/object-name.ts";
import {
  packOrderedShipment,
  SEQUENCE_BYTES,
  sequenceOf,
} from "../../src/domain/ordered-shipment.ts";
import { outcomeAt } from "../../src/domain/outcomes.ts";
import type { AttributeChange } from "../../src/domain/queue-attributes.ts";
import { queueArn, queueKind } from "../../src/domain/queue-name.ts";
import { openGroupReceiptHandles } from "../../src/domain/receipt-handle.ts";
import type { Result } from "../../src/domain/result.ts";
import { packShipment } from "../../src/domain/shipment.ts";
import { MessageGroup, type MessageGroupEnv } from "../../src/objects/message-group.ts";
import { Queue, type QueueEnv } from "../../src/objects/queue.ts";
import type { Instance, SimulatedObject, SimulatedState } from "./fifo-object.ts";
import { FifoPlatform, type SimulatedNamespace } from "./fifo-platform.ts";

export type TestMessage = {
  readonly messageId: string;
  readonly body: string;
  /** Of a FIFO queue. */
  readonly messageGroupId: string;
};

/** A message as its receiver sees it. */
export type Shown = Omit<DeliveredMessage, "payload"> & {
  readonly body: string;
  /** 0 in a standard queue. */
  readonly sequence: number;
  /** Undefined unless it is a dead letter. */
  readonly deadLetterSourceArn: string | undefined;
};

type OfGroups = {
  readonly QUEUE: SimulatedNamespace;
  readonly MESSAGE_GROUP: SimulatedNamespace;
};
type OfQueues = OfGroups & {
  readonly ACCOUNT: Pick<SimulatedNamespace, "getByName">;
  readonly MILLRACE_COOLDOWNS?: string;
};

type QueueInstance = Instance &
  Pick<
    Queue,
    | "cancelMoveTask"
    | "changeVisibility"
    | "createQueue"
    | "deleteMessages"
    | "deleteQueue"
    | "describeQueue"
    | "fifoTerms"
    | "listMoveTasks"
    | "purgeQueue"
    | "receiveMessages"
    | "sendMessages"
    | "sendOrdered"
    | "setAttributes"
    | "startMoveTask"
  >;
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

/** What a client tells of a handle that it uses. */
type Use = { readonly handle: string; readonly visibilityTimeoutSeconds?: number };

export class TransferDeployment {
  readonly platform: FifoPlatform;
  readonly #environment: OfQueues;

  constructor(nowMs: number) {
    this.platform = new FifoPlatform(nowMs);
    this.#environment = {
      QUEUE: this.platform.namespaceOf((name) => this.#queueNamed(name)),
      MESSAGE_GROUP: this.platform.namespaceOf((name) => this.#groupNamed(name)),
      ACCOUNT: { getByName: () => ({ putEntry: async () => undefined }) },
      MILLRACE_COOLDOWNS: "off",
    };
  }

  queue(queueName: string): SimulatedObject {
    const { accountId, region } = identityOf(queueName);
    return this.#queueNamed(queueObjectName(accountId, region, queueName));
  }

  create(queueName: string, change: AttributeChange): Promise<Result<undefined>> {
    const identity = identityOf(queueName);
    const tags = new Map<string, string>();
    const creation = { identity, attributeTexts: [], change, tags };
    return this.#onQueue(queueName, (queue) => queue.createQueue(creation));
  }

  /** `deleting` is called at the moment at which it takes effect. */
  delete(queueName: string, deleting: () => void): Promise<Result<undefined>> {
    return this.#onQueue(queueName, (queue) => {
      deleting();
      return queue.deleteQueue();
    });
  }

  purge(queueName: string): Promise<Result<undefined>> {
    return this.#onQueue(queueName, (queue) => queue.purgeQueue());
  }

  set(queueName: string, change: AttributeChange): Promise<Result<undefined>> {
    return this.#onQueue(queueName, (queue) => queue.setAttributes(change));
  }

  /** Undefined of a queue that is not there. */
  async counts(queueName: string) {
    const described = await this.#onQueue(queueName, (queue) => queue.describeQueue());
    return described.ok ? described.value.counts : undefined;
  }

  /** True if it was accepted. */
  async send(queueName: string, message: TestMessage): Promise<boolean> {
    if (queueKind(queueName) === "standard") {
      const sent = await this.#onQueue(queueName, (queue) => {
        return queue.sendMessages(shipmentOf(message));
      });
      return outcomeAt(sent, 0) === null;
    }
    const terms = await this.#onQueue(queueName, (queue) => queue.fifoTerms());
    if (!terms.ok) return false;
    const { messageGroupId } = message;
    const name = groupObjectName(queueUidText(terms.value.issuer.uid), messageGroupId);
    const outcomes =
      terms.value.scope === "queue"
        ? await this.#onQueue(queueName, (queue) => queue.sendOrdered(orderedShipmentOf(message)))
        : await this.#onGroup(name, (group) => {
            return group.send({ ...terms.value, messageGroupId }, orderedShipmentOf(message));
          });
    return !("kind" in outcomes);
  }

  async receive(
    queueName: string,
    maxCount: number,
    visibilityTimeoutSeconds: number,
  ): Promise<Shown[]> {
    const asked = { maxCount, visibilityTimeoutSeconds, attemptId: undefined, waitTimeSeconds: 0 };
    const answer = await this.#onQueue(queueName, (queue) => queue.receiveMessages(asked));
    if (!answer.ok || answer.value.kind !== "delivery") return [];
    const isOrdered = queueKind(queueName) === "fifo";
    const skipped = isOrdered ? SEQUENCE_BYTES : 0;
    return unpackDelivery(answer.value.packed).map(({ payload, ...message }) => {
      const own = payload.subarray(skipped);
      const deadLetterSourceArn = earlierLifeOf(own)?.sourceArn;
      const sequence = isOrdered ? sequenceOf(payload) : 0;
      const body = ownPayload(own).toString("latin1");
      return { ...message, body, sequence, deadLetterSourceArn };
    });
  }

  /** Deletes a message, or changes its visibility; false if that was refused. */
  async use(
    queueName: string,
    { handle, visibilityTimeoutSeconds: seconds }: Use,
  ): Promise<boolean> {
    const change = (visibilityTimeoutSeconds: number) => ({
      receiptHandle: handle,
      visibilityTimeoutSeconds,
    });
    if (queueKind(queueName) === "fifo") return this.#useOrdered(queueName, handle, seconds);
    const outcomes = await this.#onQueue(queueName, (queue) => {
      return seconds === undefined
        ? queue.deleteMessages([handle])
        : queue.changeVisibility([change(seconds)]);
    });
    return outcomeAt(outcomes, 0) === null;
  }

  startTask(queueName: string, order: MoveTaskOrder): Promise<Result<undefined>> {
    return this.#onQueue(queueName, (queue) => queue.startMoveTask(order));
  }

  cancelTask(queueName: string, taskId: string): Promise<Result<number>> {
    return this.#onQueue(queueName, (queue) => queue.cancelMoveTask(taskId));
  }

  /** The latest first; undefined of a queue that is not there. */
  async tasks(queueName: string): Promise<readonly MoveTask[] | undefined> {
    const listed = await this.#onQueue(queueName, (queue) => queue.listMoveTasks(10));
    return listed.ok ? listed.value : undefined;
  }

  async #useOrdered(
    queueName: string,
    receiptHandle: string,
    visibilityTimeoutSeconds: number | undefined,
  ): Promise<boolean> {
    const terms = await this.#onQueue(queueName, (queue) => queue.fifoTerms());
    if (!terms.ok) return false;
    const [opened] = openGroupReceiptHandles([receiptHandle], terms.value.issuer);
    if (opened?.kind !== "receipt") return false;
    const { groupName, ...opens } = opened.receipt;
    const receipt = { ...opens, receiptHandle };
    const outcomes = await this.#onGroup(groupName, (group) => {
      return visibilityTimeoutSeconds === undefined
        ? group.deleteMessages(terms.value, [receipt])
        : group.changeVisibility(terms.value, [{ receipt, visibilityTimeoutSeconds }]);
    });
    return outcomeAt(outcomes, 0) === null;
  }

  #onQueue<T>(queueName: string, run: (queue: QueueInstance) => Promise<T> | T): Promise<T> {
    const cloned = async (queue: QueueInstance) => structuredClone(await run(queue));
    const to = this.queue(queueName);
    return this.platform.call({ label: nameOf(run), to, run: cloned }, isQueue);
  }

  #onGroup<T>(name: string, run: (group: GroupInstance) => Promise<T>): Promise<T> {
    const cloned = async (group: GroupInstance) => structuredClone(await run(group));
    const to = this.#groupNamed(name);
    return this.platform.call({ label: nameOf(run), to, run: cloned }, isGroup);
  }

  #queueNamed(name: string): SimulatedObject {
    return this.platform.objectOf(name, (state) => CLASSES.queue(state, this.#environment));
  }

  #groupNamed(name: string): SimulatedObject {
    return this.platform.objectOf(name, (state) => CLASSES.group(state, this.#environment));
  }
}

export function identityOf(queueName: string) {
  return { accountId: "000000000000", region: "us-east-1", queueName };
}

export function arnOf(queueName: string): string {
  return queueArn(identityOf(queueName));
}

/** For the trace. */
function nameOf(run: (...args: never[]) => unknown): string {
  return /(?:queue|group)\.(\w+)\(/.exec(String(run))?.[1] ?? "run";
}

function isQueue(value: unknown): value is QueueInstance {
  return value instanceof Queue;
}

function isGroup(value: unknown): value is GroupInstance {
  return value instanceof MessageGroup;
}

function packable({ messageId, body }: TestMessage) {
  const bytes = body.length;
  const write = (into: Buffer, at: number) => {
    into.write(body, at, "latin1");
  };
  return { messageId, payloadBytes: bytes, sizeBytes: bytes, write };
}

function shipmentOf(message: TestMessage): Uint8Array {
  return packShipment([packable(message)]);
}

/** Anew for each execution of a call: sequence numbers are written into it. */
function orderedShipmentOf(message: TestMessage): Uint8Array {
  const { messageGroupId, messageId } = message;
  const ids = { messageGroupId, deduplicationId: messageId, isContentBased: false };
  return packOrderedShipment([{ ...packable(message), ...ids }]);
}
