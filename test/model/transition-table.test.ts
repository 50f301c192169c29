/**
 * The transition table of a message: every status against every command, each cell a new status or
 * a named refusal. The table is the specification; the test brings an engine into each status and
 * runs each command. An empty cell does not compile.
 */
import { describe, expect, test } from "vitest";
import { DEFAULT_ATTRIBUTES } from "../../src/domain/queue-attributes.ts";
import { StandardQueue } from "../../src/storage/standard-queue.ts";
import { NodeSql } from "../support/node-sql.ts";
import { uuidBytes } from "../support/uuid-bytes.ts";

type Status = "absent" | "delayed" | "visible" | "in-flight" | "visible-again" | "gone";
type Command =
  | "send"
  | "receive"
  | "change-visibility"
  | "change-visibility-to-0"
  | "delete"
  | "undo-receive"
  | "lapse"
  | "expire"
  | "purge";

/** A status means: the command is accepted and the message is then this. */
type Cell =
  | "absent"
  | "delayed"
  | "visible"
  | "in-flight"
  | "gone"
  | "message-not-available"
  | "no-handle";

/** "no-handle": nobody can name the message yet, so there is no such command. */
const TABLE: Record<Status, Record<Command, Cell>> = {
  absent: {
    send: "visible",
    receive: "absent",
    "change-visibility": "no-handle",
    "change-visibility-to-0": "no-handle",
    delete: "no-handle",
    "undo-receive": "no-handle",
    lapse: "absent",
    expire: "absent",
    purge: "absent",
  },
  delayed: {
    send: "delayed",
    receive: "delayed",
    "change-visibility": "no-handle",
    "change-visibility-to-0": "no-handle",
    delete: "no-handle",
    "undo-receive": "no-handle",
    lapse: "visible",
    expire: "gone",
    purge: "gone",
  },
  visible: {
    send: "visible",
    receive: "in-flight",
    "change-visibility": "no-handle",
    "change-visibility-to-0": "no-handle",
    delete: "no-handle",
    "undo-receive": "no-handle",
    lapse: "visible",
    expire: "gone",
    purge: "gone",
  },
  "in-flight": {
    send: "in-flight",
    receive: "in-flight",
    "change-visibility": "in-flight",
    "change-visibility-to-0": "visible",
    delete: "gone",
    "undo-receive": "visible",
    lapse: "visible",
    expire: "gone",
    purge: "gone",
  },
  "visible-again": {
    send: "visible",
    receive: "in-flight",
    "change-visibility": "in-flight",
    "change-visibility-to-0": "visible",
    delete: "gone",
    "undo-receive": "visible",
    lapse: "visible",
    expire: "gone",
    purge: "gone",
  },
  gone: {
    send: "gone",
    receive: "gone",
    "change-visibility": "message-not-available",
    "change-visibility-to-0": "message-not-available",
    delete: "gone",
    "undo-receive": "gone",
    lapse: "gone",
    expire: "gone",
    purge: "gone",
  },
};

const FIRST = "00000000-0000-4000-8000-000000000001";
const SECOND = "00000000-0000-4000-8000-000000000002";
const DELAY_SECONDS = 20;
const TIMEOUT_SECONDS = 30;
const RETENTION_SECONDS = 3600;

class Bench {
  nowMs = Date.UTC(2026, 0, 1);
  handle: string | undefined;
  readonly #queue = new StandardQueue(new NodeSql(), {
    identity: { accountId: "000000000000", region: "us-east-1", queueName: "table" },
    issuer: { uid: new Uint8Array(8), key: new Uint8Array(32) },
    attributes: { ...DEFAULT_ATTRIBUTES, retentionSeconds: RETENTION_SECONDS },
    creationScope: "queue",
    tags: new Map(),
    createdAtMs: 0,
    modifiedAtMs: 0,
    purgedAtMs: null,
    purgedSequence: 0,
    deletedAtMs: null,
  });
  #nonce = 1;

  bringTo(status: Status): void {
    if (status === "absent") return;
    this.#send(FIRST, status === "delayed" ? DELAY_SECONDS : 0);
    if (status === "delayed" || status === "visible") return;
    this.#receive();
    if (status === "visible-again") this.nowMs += TIMEOUT_SECONDS * 1000;
    if (status === "gone") this.run("delete");
  }

  /** The refusal's kind, or undefined when the command was accepted. */
  run(command: Command): string | undefined {
    const { handle } = this;
    switch (command) {
      case "send":
        this.#send(SECOND, 0);
        return undefined;
      case "receive":
        this.#receive();
        return undefined;
      case "change-visibility":
        return this.#change(TIMEOUT_SECONDS);
      case "change-visibility-to-0":
        return this.#change(0);
      case "delete":
        if (handle === undefined) return "no-handle";
        return refusalOf(this.#queue.deleteMessages([handle], this.nowMs));
      case "undo-receive":
        return this.#undo();
      case "lapse":
        this.nowMs += TIMEOUT_SECONDS * 1000;
        return undefined;
      case "expire":
        this.nowMs += RETENTION_SECONDS * 1000;
        return undefined;
      case "purge":
        this.#queue.log.purge();
        return undefined;
    }
  }

  /** Where FIRST is now, from the counters: SECOND, if it was sent, is visible. */
  statusNow(wasSent: boolean, sentSecond: boolean): string {
    this.#write();
    const { visible, inFlight, delayed } = this.#queue.counts(this.nowMs);
    if (delayed === 1) return "delayed";
    if (inFlight === 1) return "in-flight";
    if (visible - (sentSecond ? 1 : 0) === 1) return "visible";
    return wasSent ? "gone" : "absent";
  }

  #receipts: Parameters<StandardQueue["undoReceive"]>[0] = [];

  #send(messageId: string, delaySeconds: number): void {
    const payload = new Uint8Array(1);
    this.#queue.send({ id: uuidBytes(messageId), payload, sizeBytes: 1, delaySeconds });
    this.#write();
  }

  #receive(): void {
    const { messages, receipts } = this.#queue.receive({
      nowMs: this.nowMs,
      receiptNonces: [this.#nonce++],
      visibilityTimeoutSeconds: TIMEOUT_SECONDS,
    });
    this.handle = messages[0]?.receiptHandle ?? this.handle;
    if (receipts.length > 0) this.#receipts = receipts;
    this.#write();
  }

  #change(visibilityTimeoutSeconds: number): string | undefined {
    if (this.handle === undefined) return "no-handle";
    const change = { receiptHandle: this.handle, visibilityTimeoutSeconds };
    return refusalOf(this.#queue.changeVisibility([change], this.nowMs));
  }

  #undo(): string | undefined {
    if (this.handle === undefined) return "no-handle";
    this.#queue.undoReceive(this.#receipts, this.nowMs);
    return undefined;
  }

  #write(): void {
    this.#queue.log.writeAppended(this.nowMs);
    this.#queue.log.writeStates();
  }
}

function refusalOf([result]: ReturnType<StandardQueue["deleteMessages"]>): string | undefined {
  return result?.ok === false ? result.refusal.kind : undefined;
}

describe("a message", () => {
  const cells = Object.entries(TABLE).flatMap(([status, row]) =>
    Object.entries(row).map(([command, cell]) => ({ status, command, cell })),
  );

  test.each(cells)("that is $status, on $command: $cell", ({ status, command, cell }) => {
    const bench = new Bench();
    bench.bringTo(status as Status);
    const refusal = bench.run(command as Command);
    const sentSecond = command === "send" && status !== "absent";
    const wasSent = status !== "absent";
    expect(refusal ?? bench.statusNow(wasSent, sentSecond)).toBe(cell);
  });
});
