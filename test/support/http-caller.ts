/**
 * HttpCaller: one keep-alive connection on a raw socket. It sends request bytes that its user built
 * and resolves with the answers in order. It costs little CPU, because it shares the machine with
 * the server that is measured; and it can hang up in the ways that clients do.
 *
 * Invariants:
 * - Every call settles: with its answer, or with `ConnectionLost`.
 * - After `ConnectionLost` nobody knows whether the request was carried out.
 */
import net from "node:net";
import { type HttpAnswer, ResponseReader } from "./response-reader.ts";

/** The connection ended while an answer was owed: the request may or may not have had its effect. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** Nobody accepted the connection: no request was sent. */
export class ConnectionRefused extends Error {
  override readonly name = "ConnectionRefused";
}

export type CallerOptions = {
  readonly port: number;
  readonly host?: string;
  /** Silence on the wire for longer than this ends the connection. Default: never. */
  readonly silenceMs?: number;
};

type Pending = {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
};

export class HttpCaller {
  readonly #socket: net.Socket;
  readonly #reader = new ResponseReader();
  /** Oldest first: answers come in the order of the requests. */
  readonly #pending: Pending[] = [];
  #lost: ConnectionLost | undefined;
  #answerCount = 0;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (piece: Buffer) => this.#read(piece));
    socket.on("end", () => this.#lose("the server ended the connection"));
    socket.on("error", (error) => this.#lose(error.message));
    socket.on("close", () => this.#lose("the connection is closed"));
    socket.on("timeout", () => {
      this.#lose("no answer in time");
      socket.destroy();
    });
  }

  static connect(options: CallerOptions): Promise<HttpCaller> {
    return new Promise((resolve, reject) => {
      const { port, host = "127.0.0.1" } = options;
      const socket = net.connect({ port, host, noDelay: true });
      const refuse = (error: Error) => reject(new ConnectionRefused(error.message));
      socket.once("error", refuse);
      socket.once("connect", () => {
        socket.off("error", refuse);
        if (options.silenceMs !== undefined) socket.setTimeout(options.silenceMs);
        resolve(new HttpCaller(socket));
      });
    });
  }

  static connectMany(count: number, options: CallerOptions): Promise<HttpCaller[]> {
    return Promise.all(Array.from({ length: count }, () => HttpCaller.connect(options)));
  }

  get answerCount(): number {
    return this.#answerCount;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Sends complete request bytes; a string is sent as UTF-8. */
  call(request: string | Uint8Array): Promise<HttpAnswer> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#socket.write(request);
    });
  }

  /** Hangs up politely: the server sees a FIN. */
  hangUp(): void {
    this.#socket.end();
  }

  /** Hangs up like a killed process behind a firewall: the server sees a RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(piece: Buffer): void {
    try {
      for (const answer of this.#reader.take(piece)) {
        const pending = this.#pending.shift();
        if (pending === undefined) throw new Error("an answer that nobody asked for");
        this.#answerCount++;
        pending.resolve(answer);
      }
    } catch (error) {
      this.#lose(String(error));
      this.#socket.destroy();
    }
  }

  #lose(reason: string): void {
    this.#lost ??= new ConnectionLost(reason);
    for (const pending of this.#pending.splice(0)) pending.reject(this.#lost);
  }
}
