/**
 * Waiters: the long polls that hang on a queue. The Worker holds the client's request and waits at
 * the other end of a hibernatable WebSocket, so that the object can be evicted while polls wait; the
 * terms of a poll live in its socket's attachment.
 *
 * Invariants:
 * - Waiters are served in the order of their arrival.
 * - A message handed to a waiter is leased at once, but its receive is taken back if the Worker does
 *   not acknowledge it in time: a client that went away swallows no message.
 */
import { assert } from "../domain/assert.ts";
import { packDelivery } from "../domain/delivery.ts";
import type { Receipt } from "../domain/receipt-handle.ts";
import type { Receive } from "../storage/standard-queue.ts";
import type { ReceiveTerms } from "./receive-exchange.ts";

export type PollTerms = ReceiveTerms & { readonly deadlineMs: number };

export type Frame = { readonly socket: WebSocket; readonly bytes: Uint8Array };

/** What the Worker says on the socket once the messages are safe with it. */
export const ACKNOWLEDGEMENT = "ok";
/** Ample for a hop between two data centres; far below any useful visibility timeout. */
const ACKNOWLEDGE_WITHIN_MS = 500;

type Handed = {
  readonly receipts: readonly Receipt[];
  readonly timer: ReturnType<typeof setTimeout>;
};

export class Waiters {
  readonly #state: DurableObjectState;
  /** Called with the receipts of a receive that must be undone. */
  readonly #takeBack: (receipts: readonly Receipt[]) => void;
  readonly #waiting = new Map<WebSocket, PollTerms>();
  readonly #handed = new Map<WebSocket, Handed>();
  #nextTurn = 0;

  constructor(state: DurableObjectState, takeBack: (receipts: readonly Receipt[]) => void) {
    this.#state = state;
    this.#takeBack = takeBack;
    const sockets = state.getWebSockets().map((socket) => ({ socket, ...attached(socket) }));
    sockets.sort((a, b) => a.turn - b.turn);
    for (const { socket, turn, ...terms } of sockets) {
      this.#waiting.set(socket, terms);
      this.#nextTurn = turn + 1;
    }
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Lets a poll wait; returns the Worker's end of its socket. */
  admit(terms: PollTerms): WebSocket {
    const { 0: workerEnd, 1: objectEnd } = new WebSocketPair();
    this.#state.acceptWebSocket(objectEnd);
    const { maxCount, visibilityTimeoutSeconds, deadlineMs } = terms;
    const turn = this.#nextTurn++;
    objectEnd.serializeAttachment([turn, maxCount, visibilityTimeoutSeconds ?? null, deadlineMs]);
    this.#waiting.set(objectEnd, terms);
    return workerEnd;
  }

  /**
   * Receives for as many waiters as can be served. The frames are for `hand`, after the receives
   * were written.
   */
  serve(nowMs: number, receive: (terms: PollTerms) => Receive): Frame[] {
    const frames: Frame[] = [];
    for (const [socket, terms] of this.#waiting) {
      if (terms.deadlineMs <= nowMs) {
        this.#waiting.delete(socket);
        continue;
      }
      const { messages, receipts } = receive(terms);
      if (messages.length === 0) break;
      this.#waiting.delete(socket);
      const timer = setTimeout(() => this.#expireHanded(socket), ACKNOWLEDGE_WITHIN_MS);
      this.#handed.set(socket, { receipts, timer });
      frames.push({ socket, bytes: packDelivery(messages) });
    }
    return frames;
  }

  hand(frames: readonly Frame[]): void {
    for (const { socket, bytes } of frames) {
      try {
        socket.send(bytes);
      } catch {
        this.left(socket);
      }
    }
  }

  /** The Worker has the messages: they stay received. */
  acknowledged(socket: WebSocket): void {
    const handed = this.#handed.get(socket);
    if (handed === undefined) return;
    clearTimeout(handed.timer);
    this.#handed.delete(socket);
    closeQuietly(socket, 1000);
  }

  /** The Worker, or its client, is gone. */
  left(socket: WebSocket): void {
    this.#waiting.delete(socket);
    const handed = this.#handed.get(socket);
    closeQuietly(socket, 1000);
    if (handed === undefined) return;
    clearTimeout(handed.timer);
    this.#handed.delete(socket);
    this.#takeBack(handed.receipts);
  }

  /** Ends every poll with an empty answer, or with the reason that is given. */
  dismiss(reason: string): void {
    for (const socket of this.#waiting.keys()) {
      socket.send(reason);
      closeQuietly(socket, 1000);
    }
    this.#waiting.clear();
  }

  #expireHanded(socket: WebSocket): void {
    if (this.#handed.has(socket)) this.left(socket);
  }
}

function attached(socket: WebSocket): PollTerms & { turn: number } {
  const attachment: unknown = socket.deserializeAttachment();
  assert(Array.isArray(attachment), "a waiter's socket carries its terms");
  const [turn, maxCount, visibilityTimeoutSeconds, deadlineMs]: unknown[] = attachment;
  assert(typeof turn === "number" && typeof maxCount === "number", "a waiter's terms are numbers");
  assert(typeof deadlineMs === "number", "a waiter has a deadline");
  return {
    turn,
    maxCount,
    visibilityTimeoutSeconds:
      typeof visibilityTimeoutSeconds === "number" ? visibilityTimeoutSeconds : undefined,
    deadlineMs,
  };
}

function closeQuietly(socket: WebSocket, code: number): void {
  try {
    socket.close(code);
  } catch {
    // Closed from the other end already.
  }
}
