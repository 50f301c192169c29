/**
 * The command lists of the model, through the real object in workerd, evicted between any two
 * commands: an eviction must be invisible.
 */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { unpackDelivery } from "../../src/domain/delivery.ts";
import { outcomeAt } from "../../src/domain/outcomes.ts";
import type { QueueCreation } from "../../src/domain/queue-record.ts";
import { packShipment } from "../../src/domain/shipment.ts";
import {
  type ModelDelivery,
  type ModelMessage,
  ModelRun,
  type Subject,
} from "../model/model-run.ts";
import { QUEUE_COMMANDS, RETENTION_SECONDS } from "../model/queue-commands.ts";

const CREATION: QueueCreation = {
  identity: { accountId: "000000000000", region: "us-east-1", queueName: "model" },
  attributeTexts: [],
  change: { retentionSeconds: RETENTION_SECONDS },
  tags: new Map(),
};

class ObjectSubject implements Subject {
  readonly writesAtOnce = true;
  readonly #stub = env.QUEUE.getByName(crypto.randomUUID());

  setTime(nowMs: number): void {
    vi.setSystemTime(nowMs);
  }

  async create(): Promise<void> {
    expect((await this.#stub.createQueue(CREATION)).ok).toBe(true);
  }

  async send(messages: readonly ModelMessage[]): Promise<void> {
    const shipment = packShipment(
      messages.map(({ messageId, delaySeconds, payload }) => ({
        messageId,
        delaySeconds,
        sizeBytes: payload.byteLength,
        payloadBytes: payload.byteLength,
        write: (into, at) => into.set(payload, at),
      })),
    );
    expect(await this.#stub.sendMessages(shipment)).toBeNull();
  }

  async receive(maxCount: number, visibilityTimeoutSeconds: number): Promise<ModelDelivery[]> {
    const order = { maxCount, visibilityTimeoutSeconds, waitTimeSeconds: 0 };
    const response = await this.#stub.fetch("https://queue/receive", {
      headers: { "millrace-receive": JSON.stringify(order) },
    });
    const delivery = unpackDelivery(new Uint8Array(await response.arrayBuffer()));
    return delivery.map(({ receiptHandle, ...message }) => ({ ...message, handle: receiptHandle }));
  }

  async delete(handle: string): Promise<void> {
    const deleted = await this.#stub.deleteMessages([handle]);
    expect(deleted).toBeNull();
  }

  async changeVisibility(receiptHandle: string, visibilityTimeoutSeconds: number): Promise<string> {
    const changed = await this.#stub.changeVisibility([
      { receiptHandle, visibilityTimeoutSeconds },
    ]);
    return outcomeAt(changed, 0)?.kind ?? "changed";
  }

  /** Only a long poll's Worker can cause it; `waiters.test.ts` does. */
  async undoReceive(): Promise<void> {}

  async purge(): Promise<void> {
    expect((await this.#stub.purgeQueue()).ok).toBe(true);
  }

  /** Every answer means that its commit is on disk. */
  async commit(): Promise<void> {}

  async evict(): Promise<void> {
    await evictDurableObject(this.#stub);
  }

  async shrink(): Promise<void> {
    await runDurableObjectAlarm(this.#stub);
  }

  async counts() {
    const description = await this.#stub.describeQueue();
    if (!description.ok) throw new Error("the queue is gone");
    return description.value.counts;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("the object behaves like the naive reference, evicted between any two commands", async () => {
  const commands = QUEUE_COMMANDS.map((list) => list.filter(({ kind }) => kind !== "undoReceive"));
  await fc.assert(
    fc.asyncProperty(commands, async (list) => {
      const subject = new ObjectSubject();
      // Far enough in the future that an alarm that was left armed never goes off by itself.
      const run = new ModelRun(subject, Date.UTC(2100, 0, 1));
      await subject.create();
      await run.all(list);
    }),
    { numRuns: 150 },
  );
}, 120_000);
