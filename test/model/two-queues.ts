/**
 * TwoQueues: the engines of a standard queue and of its dead-letter queue side by side with the naive
 * reference, and whoever carries messages between them. Each step commits.
 */
import { earlierLifeOf, ownPayload } from "../../src/domain/moved-payload.ts";
import { DEFAULT_ATTRIBUTES } from "../../src/domain/queue-attributes.ts";
import { queueArn } from "../../src/domain/queue-name.ts";
import type { QueueRecord } from "../../src/domain/queue-record.ts";
import { openReceiptHandles } from "../../src/domain/receipt-handle.ts";
import {
  type Arrival,
  deadLetter,
  packTransfer,
  redriven,
  unpackTransfer,
} from "../../src/domain/transfer-batch.ts";
import { readUuid } from "../../src/domain/uuid.ts";
import { StandardQueue } from "../../src/storage/standard-queue.ts";
import { NodeSql } from "../support/node-sql.ts";
import { uuidBytes } from "../support/uuid-bytes.ts";
import { DeadLetterReference, type Judged, type Side } from "./dead-letter-reference.ts";

type Handled = { readonly side: Side; readonly handle: number };

export type TwoQueuesCommand =
  | { readonly kind: "send"; readonly count: number }
  | {
      readonly kind: "receive";
      readonly side: Side;
      readonly maxCount: number;
      readonly timeoutSeconds: number;
    }
  | ({ readonly kind: "delete" } & Handled)
  | ({ readonly kind: "undo" } & Handled)
  | ({ readonly kind: "change"; readonly timeoutSeconds: number } & Handled)
  | { readonly kind: "wait"; readonly seconds: number }
  /** What is moving out of a queue arrives. */
  | { readonly kind: "carry"; readonly side: Side }
  | { readonly kind: "evict"; readonly side: Side }
  | { readonly kind: "purge"; readonly side: Side }
  /** The dead-letter queue is not there for a moment. */
  | { readonly kind: "refuse" }
  | { readonly kind: "redrive"; readonly maxCount: number }
  | { readonly kind: "policy"; readonly maxReceiveCount: number | undefined };

const RETENTION_SECONDS = 120;
/** None: whatever has nothing in flight leaves memory at once and is loaded when it is needed. */
const IDLE_SEGMENTS_MAX = 0;
const NUMBERS = { source: 1, dead: 2 } as const;

export class TwoQueues {
  readonly #reference = new DeadLetterReference(RETENTION_SECONDS * 1000);
  readonly #disks = { source: new NodeSql(), dead: new NodeSql() };
  readonly #engines = { source: this.#engine("source", 2), dead: this.#engine("dead", undefined) };
  readonly #handles: Record<Side, { readonly handle: string; readonly messageId: string }[]> = {
    source: [],
    dead: [],
  };
  #nowMs = Date.UTC(2026, 0, 1);
  #nextNumber = 1;
  #maxReceiveCount: number | undefined = 2;

  constructor() {
    this.#reference.maxReceiveCount = this.#maxReceiveCount;
  }

  /** Returns what is wrong afterwards. */
  step(command: TwoQueuesCommand): string[] {
    this.#reference.expire(this.#nowMs);
    const wrong = this.#run(command);
    for (const side of ["source", "dead"] as const) this.#commit(side);
    return wrong;
  }

  engineCounts(side: Side) {
    return this.#engines[side].counts(this.#nowMs);
  }

  expectedCounts(side: Side) {
    this.#reference.expire(this.#nowMs);
    return this.#reference.counts(side, this.movingIds(side), this.#nowMs);
  }

  /** What is on its way out of a queue. */
  movingIds(side: Side): string[] {
    const { departures } = this.#engines[side];
    const at = this.#engines[side].at(this.#nowMs);
    return departures.lanes().flatMap((lane) => {
      return departures.batch(lane, at).map(({ id }) => readUuid(id, 0));
    });
  }

  #run(command: TwoQueuesCommand): string[] {
    if (command.kind === "receive") return this.#receive(command);
    if (command.kind === "redrive") return this.#redrive(command.maxCount);
    if (command.kind === "send") this.#send(command.count);
    else if (command.kind === "wait") this.#nowMs += command.seconds * 1000;
    else if (command.kind === "refuse") this.#refuse();
    else if (command.kind === "carry") return this.#carry(command.side);
    else if (command.kind === "evict") this.#evict(command.side);
    else if (command.kind === "policy") this.#setPolicy(command.maxReceiveCount);
    else if ("handle" in command) return this.#useHandle(command);
    else {
      this.#reference.purge(command.side, this.movingIds(command.side));
      this.#engines[command.side].purge();
    }
    return [];
  }

  #send(count: number): void {
    for (let sent = 0; sent < count; sent++) {
      const messageId = this.#newId();
      const payload = Buffer.from(`body of ${messageId}`, "latin1");
      const sizeBytes = payload.byteLength;
      this.#engines.source.send({ id: uuidBytes(messageId), payload, sizeBytes });
      this.#reference.send(messageId, payload.toString("latin1"), this.#nowMs);
    }
  }

  #receive({
    side,
    maxCount,
    timeoutSeconds,
  }: Extract<TwoQueuesCommand, { kind: "receive" }>): string[] {
    const before = this.movingIds(side);
    const nowMs = this.#nowMs;
    const receiptNonces = Array.from({ length: maxCount }, () => this.#nextNumber++);
    const order = { nowMs, receiptNonces, visibilityTimeoutSeconds: timeoutSeconds };
    const messages = this.#engines[side].receive(order).messages.map((message): Judged => {
      const { id, payload, receiptHandle, receiveCount, firstReceivedAtMs, sentAtMs } = message;
      return {
        messageId: readUuid(id, 0),
        body: Buffer.from(ownPayload(payload)).toString("latin1"),
        handle: receiptHandle,
        receiveCount,
        firstReceivedAtMs,
        sentAtMs,
        isDeadLetter: earlierLifeOf(payload) !== undefined,
      };
    });
    this.#commit(side);
    this.#handles[side].push(...messages);
    const left = this.movingIds(side).filter((id) => !before.includes(id));
    const asked = { maxCount, timeoutMs: timeoutSeconds * 1000, nowMs };
    return this.#reference.received(side, asked, messages, left);
  }

  #redrive(maxCount: number): string[] {
    const before = this.movingIds("dead");
    const channelSeed = `seed-${this.#nextNumber++}`;
    const anywhere = { destination: undefined, returnsTo: undefined };
    const order = { sourceArn: arnOf("dead"), ...anywhere, maxCount, channelSeed };
    const begun = this.#engines.dead.redrive(order, this.#nowMs);
    this.#commit("dead");
    const left = this.movingIds("dead").filter((id) => !before.includes(id));
    const wrong = this.#reference.redriven(maxCount, left, this.#nowMs);
    if (begun.departedCount !== left.length) wrong.push(`${begun.departedCount} are said to leave`);
    return wrong;
  }

  /** Every batch comes twice. */
  #carry(from: Side): string[] {
    const source = this.#engines[from];
    const target = this.#engines[from === "source" ? "dead" : "source"];
    const at = source.at(this.#nowMs);
    for (const lane of source.departures.lanes()) {
      const batch = source.departures.batch(lane, at);
      const arrivals = batch.map((departure): Arrival => {
        if (from === "source") return deadLetter(departure, lane.sourceArn, false);
        const freshId = this.#newId();
        this.#reference.revived(readUuid(departure.id, 0), freshId, this.#nowMs);
        return redriven(departure, uuidBytes(freshId), false);
      });
      if (from === "source") {
        this.#reference.buried(
          batch.map(({ id }) => readUuid(id, 0)),
          this.#nowMs,
        );
      }
      const packed = packTransfer(arrivals);
      const upToNumber = target.acceptTransfer(lane.channel, unpackTransfer(packed));
      if (target.acceptTransfer(lane.channel, unpackTransfer(packed)) !== upToNumber) {
        return ["a batch that came twice was answered in two ways"];
      }
      this.#commit(from === "source" ? "dead" : "source");
      source.transferSettled(lane, upToNumber, this.#nowMs);
    }
    return [];
  }

  #refuse(): void {
    const moving = this.movingIds("source");
    const [lane] = this.#engines.source.departures.lanes();
    if (lane === undefined) return;
    this.#engines.source.transferRefused(lane, this.#nowMs, { isGone: true });
    this.#reference.refused(moving, this.#nowMs);
  }

  #evict(side: Side): void {
    this.#engines[side] = this.#engine(side, side === "source" ? this.#maxReceiveCount : undefined);
    this.#engines[side].recover(this.#nowMs);
    if (side === "source") this.#reference.forgetRefusals();
  }

  #setPolicy(maxReceiveCount: number | undefined): void {
    this.#maxReceiveCount = maxReceiveCount;
    this.#engines.source.record = recordOf("source", maxReceiveCount);
    this.#engines.source.departures.forgetRefusals();
    this.#reference.maxReceiveCount = maxReceiveCount;
    this.#reference.forgetRefusals();
  }

  #useHandle(command: Extract<TwoQueuesCommand, { handle: number }>): string[] {
    const { side } = command;
    const handles = this.#handles[side];
    const held = handles[command.handle % Math.max(1, handles.length)];
    if (held === undefined) return [];
    const { handle, messageId } = held;
    const engine = this.#engines[side];
    if (command.kind === "delete") {
      engine.deleteMessages([handle], this.#nowMs);
      this.#reference.delete(side, messageId);
    } else if (command.kind === "undo") {
      const [opened] = openReceiptHandles([handle], engine.record.issuer);
      if (opened?.kind === "receipt") engine.undoReceive([opened.receipt], this.#nowMs);
      this.#reference.undoReceive(side, handle, this.#nowMs);
    } else {
      const seconds = command.timeoutSeconds;
      const change = { receiptHandle: handle, visibilityTimeoutSeconds: seconds };
      const [changed] = engine.changeVisibility([change], this.#nowMs);
      const visibleAtMs = this.#nowMs + seconds * 1000;
      const isThere = this.#reference.changeVisibility(side, messageId, visibleAtMs);
      if (changed?.ok !== isThere) return [`a timeout was changed: ${changed?.ok}`];
    }
    return [];
  }

  #commit(side: Side): void {
    const engine = this.#engines[side];
    engine.log.writeAppended(this.#nowMs);
    engine.log.writeStates();
    engine.writeTransfers(this.#nowMs);
  }

  #engine(side: Side, maxReceiveCount: number | undefined): StandardQueue {
    return new StandardQueue(this.#disks[side], recordOf(side, maxReceiveCount), IDLE_SEGMENTS_MAX);
  }

  #newId(): string {
    return `00000000-0000-4000-8000-${String(this.#nextNumber++).padStart(12, "0")}`;
  }
}

function identityOf(side: Side) {
  return { accountId: "000000000000", region: "us-east-1", queueName: side };
}

function arnOf(side: Side): string {
  return queueArn(identityOf(side));
}

function recordOf(side: Side, maxReceiveCount: number | undefined): QueueRecord {
  const redrivePolicy =
    maxReceiveCount === undefined
      ? null
      : JSON.stringify({ deadLetterTargetArn: arnOf("dead"), maxReceiveCount });
  const number = NUMBERS[side];
  return {
    identity: identityOf(side),
    issuer: { uid: new Uint8Array(8).fill(number), key: new Uint8Array(32).fill(number) },
    attributes: { ...DEFAULT_ATTRIBUTES, retentionSeconds: RETENTION_SECONDS, redrivePolicy },
    creationScope: "queue",
    tags: new Map(),
    createdAtMs: 0,
    modifiedAtMs: 0,
    purgedAtMs: null,
    purgedSequence: 0,
    deletedAtMs: null,
  };
}
