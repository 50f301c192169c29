/**
 * The Worker's end of a waiting poll, against an object that the test plays: what counts is what
 * comes first, and a delivery is acknowledged only if a client will get it.
 */
import { describe, expect, test } from "vitest";
import { pollEnd, waitInVain } from "../../src/router/poll-socket.ts";
import { pause } from "./polled-queue.ts";

const LONG_MS = 5_000;
const SHORT_MS = 20;
const DELIVERY = new Uint8Array([1, 2, 3]);

describe("a poll in the Worker", () => {
  test("takes the bytes of a frame, acknowledges them and closes the socket", async () => {
    const { object, end } = startPoll();
    object.send(DELIVERY);
    expect(await end).toEqual({ kind: "delivery", packed: DELIVERY });
    await pause(SHORT_MS);
    expect(object.said).toEqual(["ok"]);
    expect(object.closeCodes).toEqual([1000]);
  });

  test("takes one frame: a second one is not acknowledged", async () => {
    const { object, end } = startPoll();
    object.send(DELIVERY);
    object.send(new Uint8Array([4]));
    expect(await end).toEqual({ kind: "delivery", packed: DELIVERY });
    await pause(SHORT_MS);
    expect(object.said).toEqual(["ok"]);
  });

  test("is dismissed by text, and acknowledges none", async () => {
    const { object, end } = startPoll();
    object.send("queue-does-not-exist");
    expect(await end).toEqual({ kind: "dismissed" });
    await pause(SHORT_MS);
    expect(object.said).toEqual([]);
  });

  test("ends with nothing when its wait is over, no earlier", async () => {
    const startedAtMs = performance.now();
    const { object, end } = startPoll({ waitMs: 100 });
    expect(await end).toEqual({ kind: "nothing" });
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(99);
    await pause(SHORT_MS);
    expect(object.closeCodes).toEqual([1000]);
  });

  test("does not acknowledge what comes after its wait was over", async () => {
    const { object, end } = startPoll({ waitMs: 1 });
    expect(await end).toEqual({ kind: "nothing" });
    object.send(DELIVERY);
    await pause(SHORT_MS);
    expect(object.said).toEqual([]);
  });

  test("acknowledges a frame or ends empty when both happen at the same moment", async () => {
    for (let waitMs = 1; waitMs <= 20; waitMs++) {
      const { object, end } = startPoll({ waitMs });
      setTimeout(() => object.send(DELIVERY), waitMs);
      const { kind } = await end;
      await pause(SHORT_MS);
      expect(object.said).toEqual(kind === "delivery" ? ["ok"] : []);
    }
  });

  test("does not acknowledge what comes after its client has left", async () => {
    const client = new AbortController();
    const { object, end } = startPoll({ signal: client.signal });
    client.abort();
    object.send(DELIVERY);
    expect(await end).toEqual({ kind: "nothing" });
    await pause(SHORT_MS);
    expect(object.said).toEqual([]);
    expect(object.closeCodes).toEqual([4001]);
  });

  test("does not acknowledge what arrived in the moment in which its client left", async () => {
    const client = new AbortController();
    const { object, end } = startPoll({ signal: client.signal });
    object.send(DELIVERY);
    client.abort();
    expect(await end).toEqual({ kind: "nothing" });
    await pause(SHORT_MS);
    expect(object.said).toEqual([]);
  });

  test("does not begin to wait for a client that has left already", async () => {
    const { object, end } = startPoll({ signal: AbortSignal.abort() });
    expect(await end).toEqual({ kind: "nothing" });
    await pause(SHORT_MS);
    expect(object.closeCodes).toEqual([4001]);
  });

  test("ends with nothing when the object closes the socket", async () => {
    const { object, end } = startPoll();
    object.close();
    expect(await end).toEqual({ kind: "nothing" });
  });
});

describe("a poll without a place to wait", () => {
  test("waits as long as any other", async () => {
    const startedAtMs = performance.now();
    await waitInVain({ waitMs: 100, signal: new AbortController().signal });
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(99);
  });

  test("ends when its client leaves, or if it has left already", async () => {
    const client = new AbortController();
    const wait = waitInVain({ waitMs: LONG_MS, signal: client.signal });
    client.abort();
    await wait;
    await waitInVain({ waitMs: LONG_MS, signal: client.signal });
  });
});

type Options = { readonly waitMs?: number; readonly signal?: AbortSignal };

function startPoll({ waitMs = LONG_MS, signal = new AbortController().signal }: Options = {}) {
  const { 0: workerEnd, 1: objectEnd } = new WebSocketPair();
  return { object: new ObjectEnd(objectEnd), end: pollEnd(workerEnd, { waitMs, signal }) };
}

/** The object's end, and what it hears. */
class ObjectEnd {
  readonly said: unknown[] = [];
  readonly closeCodes: number[] = [];
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.said.push(data);
    });
    socket.addEventListener("close", ({ code }) => {
      this.closeCodes.push(code);
    });
    socket.accept();
  }

  /** As the object does: whether the other end is still there is not its business. */
  send(frame: Uint8Array | string): void {
    try {
      this.#socket.send(frame);
    } catch {
      // The Worker has closed its end.
    }
  }

  close(): void {
    this.#socket.close(1000);
  }
}
