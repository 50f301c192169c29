/**
 * RelayLink: one client connection and its upstream connection, tied together until both are gone.
 * The upstream connection is opened at once, so that it is there when the first request arrives.
 *
 * Invariants:
 * - The client gone in whatever way: the upstream is reset, so that workerd aborts its request.
 * - The upstream gone in whatever way: the client gets what was sent, then a FIN.
 * - The hot path copies nothing and allocates nothing: a chunk read is the chunk written.
 */
import net from "node:net";
import type { Endpoint } from "./endpoint.ts";

/** How long a client may take to close its side after the server closed its own. */
const LINGER_MS = 2_000;

export class RelayLink {
  readonly #client: net.Socket;
  readonly #upstream: net.Socket;
  readonly #onClosed: () => void;
  #isAwaitingAnswer = false;
  #seenBytes = 0;
  #isEnding = false;

  /** `client` is paused until here; `onClosed` is called once, when the client is gone. */
  constructor(client: net.Socket, upstream: Endpoint, onClosed: () => void) {
    this.#client = client;
    this.#onClosed = onClosed;
    this.#upstream = net.connect({ ...upstream, noDelay: true, allowHalfOpen: true });
    this.#relayBytes();
    this.#watchClient();
    this.#watchUpstream();
  }

  /** A request is not answered yet, or an answer was still coming since the last call. */
  isBusy(): boolean {
    const bytesRead = this.#upstream.bytesRead;
    const hasMoved = bytesRead !== this.#seenBytes;
    this.#seenBytes = bytesRead;
    return this.#isAwaitingAnswer || hasMoved || this.#client.writableLength > 0;
  }

  /** Ends both sides: the client sees a FIN after everything that was answered. */
  close(): void {
    this.#endClient();
    this.#resetUpstream();
  }

  #relayBytes(): void {
    const client = this.#client;
    const upstream = this.#upstream;
    client.on("data", (chunk) => {
      this.#isAwaitingAnswer = true;
      if (!upstream.write(chunk)) client.pause();
    });
    upstream.on("drain", () => client.resume());
    upstream.on("data", (chunk) => {
      this.#isAwaitingAnswer = false;
      if (!client.write(chunk)) upstream.pause();
    });
    client.on("drain", () => upstream.resume());
    client.resume();
  }

  #watchClient(): void {
    this.#client.on("end", () => {
      this.#resetUpstream();
      this.#client.destroy();
    });
    // "close" follows every error and does the work.
    this.#client.on("error", () => {});
    this.#client.once("close", () => {
      this.#resetUpstream();
      this.#onClosed();
    });
  }

  #watchUpstream(): void {
    this.#upstream.on("end", () => this.#endClient());
    this.#upstream.on("error", () => {});
    this.#upstream.once("close", () => this.#endClient());
  }

  #resetUpstream(): void {
    if (!this.#upstream.destroyed) this.#upstream.resetAndDestroy();
  }

  /**
   * Closing a socket with unread bytes sends a reset, which can overtake the answer: what the client
   * still sends is read and dropped until it closes too.
   */
  #endClient(): void {
    if (this.#isEnding || this.#client.destroyed) return;
    this.#isEnding = true;
    this.#isAwaitingAnswer = false;
    this.#client.removeAllListeners("data");
    this.#client.end();
    this.#client.resume();
    const linger = setTimeout(() => this.#client.destroy(), LINGER_MS);
    linger.unref();
    this.#client.once("close", () => clearTimeout(linger));
  }
}
