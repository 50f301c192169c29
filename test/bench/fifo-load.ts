/**
 * FifoLoad: units of work on one FIFO queue of the product. It checks what it is told, like
 * `queue-load.ts`. A receive that finds nothing is no failure here: what is there may be behind a
 * message that another caller holds.
 */
import type { HttpCaller } from "../support/http-caller.ts";
import type { HttpAnswer } from "../support/response-reader.ts";
import { FifoRequests } from "./fifo-message.ts";
import type { Failures } from "./load.ts";
import { BATCH_SIZE, DeleteRequests, receiveRequest } from "./message.ts";
import { jsonHandlesOf } from "./queue-requests.ts";

/** The group of whoever names none. */
export const ONLY_GROUP = "only";

/** A life of one message, or of ten in batches, of these groups. */
export type FifoLife = {
  readonly messageGroupIds: readonly string[];
  readonly callerCount: number;
};

export class FifoLoad {
  readonly #failures: Failures;
  readonly #requests: FifoRequests;
  readonly #receiveOne: Buffer;
  readonly #receiveTen: Buffer;
  readonly #deletes: DeleteRequests;
  /** Sent and not deleted yet, by the lives of this object. */
  #outstandingCount = 0;
  emptyReceiveCount = 0;

  constructor(host: string, queueUrl: string, failures: Failures) {
    this.#failures = failures;
    this.#requests = new FifoRequests(host, queueUrl);
    this.#receiveOne = receiveRequest(host, queueUrl, { maxCount: 1 });
    this.#receiveTen = receiveRequest(host, queueUrl, { maxCount: BATCH_SIZE });
    this.#deletes = new DeleteRequests(host, queueUrl);
  }

  async send(
    caller: HttpCaller,
    messageGroupId = ONLY_GROUP,
    deduplicationId?: string,
  ): Promise<number> {
    const request = this.#requests.send(messageGroupId, deduplicationId);
    this.#failures.note(await caller.call(request));
    return 1;
  }

  /** One message for each of these. */
  async sendBatch(caller: HttpCaller, messageGroupIds: readonly string[]): Promise<number> {
    this.#noteBatch(await caller.call(this.#requests.sendBatch(messageGroupIds)));
    return messageGroupIds.length;
  }

  /** The handles of up to ten messages. */
  async receive(caller: HttpCaller, isOne = false): Promise<string[]> {
    const request = isOne ? this.#receiveOne : this.#receiveTen;
    const handles = jsonHandlesOf(this.#failures.note(await caller.call(request)));
    if (handles.length === 0) this.emptyReceiveCount++;
    return handles;
  }

  async delete(caller: HttpCaller, handles: readonly string[]): Promise<void> {
    const [handle] = handles;
    if (handles.length > 1) this.#noteBatch(await caller.call(this.#deletes.batch(handles)));
    else if (handle !== undefined) {
      this.#failures.note(await caller.call(this.#deletes.one(handle)));
    }
  }

  /** Receives up to ten and deletes them; undefined once nothing is found. */
  async drainBatch(caller: HttpCaller): Promise<number | undefined> {
    const handles = await this.receive(caller);
    if (handles.length === 0) return undefined;
    await this.delete(caller, handles);
    return handles.length;
  }

  /**
   * Sends, receives, deletes; not always what it sent. A receive may bring less than was sent;
   * whoever finds that too much is left over receives once more.
   */
  async life(caller: HttpCaller, { messageGroupIds, callerCount }: FifoLife): Promise<number> {
    const [messageGroupId] = messageGroupIds;
    const isOne = messageGroupIds.length === 1;
    this.#outstandingCount += isOne
      ? await this.send(caller, messageGroupId)
      : await this.sendBatch(caller, messageGroupIds);
    let finishedCount = 0;
    do {
      const handles = await this.receive(caller, isOne);
      if (handles.length === 0) break;
      await this.delete(caller, handles);
      this.#outstandingCount -= handles.length;
      finishedCount += handles.length;
    } while (this.#outstandingCount > callerCount * messageGroupIds.length);
    return finishedCount;
  }

  #noteBatch(answer: HttpAnswer): void {
    this.#failures.note(answer);
    if (answer.body.includes('"Failed":')) this.#failures.add(answer.body.toString("utf8"));
  }
}

/** `count` names that begin alike. */
export function groupNames(count: number, prefix = "group"): string[] {
  return Array.from({ length: count }, (_, number) => `${prefix}-${number}`);
}

/** Hands out the values in turns. */
export function inTurns<Value>(values: readonly Value[]): () => Value {
  let turn = 0;
  return () => {
    const value = values[turn++ % values.length];
    if (value === undefined) throw new Error("there is nothing to take turns");
    return value;
  };
}
