/**
 * Relay: a plain TCP relay in front of workerd. It exists because workerd notices a client that left
 * only by a reset, not by a FIN: whatever way a client leaves, the relay resets the upstream
 * connection, and a long poll learns that nobody waits any more.
 *
 * Invariants:
 * - Bytes pass unread and in order, with backpressure both ways. It knows nothing of HTTP.
 * - A client's FIN, reset or error resets the upstream connection at once, half-open or not.
 * - An upstream that closes lets the client read everything it sent, then a FIN.
 * - Clients that connect before `forwardTo` are held, not refused.
 */
import { once } from "node:events";
import net from "node:net";
import type { Endpoint } from "./endpoint.ts";
import { RelayLink } from "./relay-link.ts";
import { StartFailure, systemErrorCode } from "./start-failure.ts";

/** The kernel caps it at its own limit; thousands of clients may connect in one moment. */
const BACKLOG = 4096;
const KEEP_ALIVE_DELAY_MS = 60_000;
/** A port freed by a process that was killed a moment ago may still be taken for an instant. */
const BUSY_PORT_RETRIES = 10;
const BUSY_PORT_RETRY_MS = 50;
const DRAIN_POLL_MS = 20;

export class Relay {
  readonly #server: net.Server;
  readonly #held = new Set<net.Socket>();
  readonly #links = new Set<RelayLink>();
  #upstream: Endpoint | undefined;

  private constructor(server: net.Server) {
    this.#server = server;
    server.on("connection", (client) => this.#accept(client));
    // An accept that fails (no file descriptor left) concerns one client, never the server.
    server.on("error", () => {});
  }

  /** Listens on `endpoint`; port 0 takes a free one. Throws StartFailure if it cannot. */
  static async listen(endpoint: Endpoint): Promise<Relay> {
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
    const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS };
    const server = net.createServer({ ...options, ...keepAlive });
    for (let retries = 0; ; retries++) {
      try {
        server.listen({ ...endpoint, backlog: BACKLOG });
        await once(server, "listening");
        return new Relay(server);
      } catch (error) {
        const isBusy = systemErrorCode(error) === "EADDRINUSE";
        if (!isBusy || retries === BUSY_PORT_RETRIES) throw listenFailure(endpoint, error);
        await new Promise((resolve) => setTimeout(resolve, BUSY_PORT_RETRY_MS));
      }
    }
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the relay has no port");
    return address.port;
  }

  /** From now on clients are connected to `upstream`, those that were held included. */
  forwardTo(upstream: Endpoint): void {
    this.#upstream = upstream;
    const held = [...this.#held];
    this.#held.clear();
    for (const client of held) this.#link(client, upstream);
  }

  /**
   * Accepts nobody any more, gives requests in flight up to `graceMs` to be answered, then closes
   * every connection. Long polls outlast the grace and are cut.
   */
  async stop(graceMs: number): Promise<void> {
    this.#server.close();
    for (const client of this.#held) client.destroy();
    const deadlineMs = performance.now() + graceMs;
    while ([...this.#links].filter((link) => link.isBusy()).length > 0) {
      if (performance.now() >= deadlineMs) break;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    }
    for (const link of this.#links) link.close();
  }

  #accept(client: net.Socket): void {
    if (this.#upstream !== undefined) {
      this.#link(client, this.#upstream);
      return;
    }
    this.#held.add(client);
    client.on("error", () => {});
    client.once("close", () => this.#held.delete(client));
  }

  #link(client: net.Socket, upstream: Endpoint): void {
    const link = new RelayLink(client, upstream, () => this.#links.delete(link));
    this.#links.add(link);
  }
}

function listenFailure(endpoint: Endpoint, error: unknown): StartFailure {
  const { host, port } = endpoint;
  const code = systemErrorCode(error);
  switch (code) {
    case "EADDRINUSE":
      return new StartFailure(
        `Port ${port} on ${host} is in use by another process. Stop it, or choose another port with --port.`,
      );
    case "EACCES":
      return new StartFailure(
        `This user may not listen on port ${port}. Choose a port above 1023 with --port.`,
      );
    default:
      return new StartFailure(
        `Cannot listen on ${host} port ${port} (${code ?? String(error)}). Choose an address of this machine with --host.`,
      );
  }
}
