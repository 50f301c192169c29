/**
 * Waiters: the long polls that hang on a queue. The Worker holds the client's request and waits at
 * the other end of a hibernatable WebSocket, so that the object can be evicted while polls wait; what
 * must survive that is attached to the sockets (`waiter-attachment.ts`).
 *
 * Invariants:
 * - Waiters are served in the order of their arrival, and none after its deadline.
 * - A socket brings one frame at most.
 * - A message handed to a waiter is leased at once, but its receive is taken back if the Worker does
 *   not acknowledge it in time: a client that went away swallows no message.
 */
import {
  type Attachment,
  attach,
  attachmentOf,
  detach,
  type PollTerms,
} from "./waiter-attachment.ts";

export type Waiter = { readonly socket: WebSocket; readonly terms: PollTerms };

export type Frame = { readonly socket: WebSocket; readonly bytes: Uint8Array };

/** What the Worker says on the socket once the messages are safe with it. */
export const ACKNOWLEDGEMENT = "ok";
/** Ample for a hop between two data centres; far below any useful visibility timeout. */
const ACKNOWLEDGE_WITHIN_MS = 500;
/**
 * The platform allows 32,768 sockets per object, and those that are closing count. Whoever comes when
 * this many wait would be served after all of them, which is to say not within a wait of 20 seconds.
 */
const WAITERS_MAX = 10_000;
const DONE = 1000;

type Handed = {
  readonly takeBack: () => void;
  /** Runs from the moment at which the frame can leave the object. */
  timer?: ReturnType<typeof setTimeout>;
};

export class Waiters {
  readonly #state: DurableObjectState;
  readonly #waiting = new Map<WebSocket, PollTerms>();
  readonly #handed = new Map<WebSocket, Handed>();
  #nextTurn = 0;

  /** Knows again, after an eviction, who waits. What was handed out has kept the object until then. */
  constructor(state: DurableObjectState) {
    this.#state = state;
    const waiting: (Attachment & { socket: WebSocket })[] = [];
    for (const socket of state.getWebSockets()) {
      const attachment = attachmentOf(socket);
      if (attachment !== undefined) waiting.push({ socket, ...attachment });
    }
    waiting.sort((a, b) => a.turn - b.turn);
    for (const { socket, turn, terms } of waiting) {
      this.#waiting.set(socket, terms);
      this.#nextTurn = turn + 1;
    }
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Lets a poll wait; returns the Worker's end of its socket, or undefined if no place is left. */
  admit(terms: PollTerms): WebSocket | undefined {
    if (this.#waiting.size >= WAITERS_MAX) return undefined;
    const { 0: workerEnd, 1: objectEnd } = new WebSocketPair();
    this.#state.acceptWebSocket(objectEnd);
    const { maxCount, visibilityTimeoutSeconds, deadlineMs, attemptId } = terms;
    const kept = { maxCount, visibilityTimeoutSeconds, deadlineMs, attemptId };
    attach(objectEnd, { turn: this.#nextTurn++, terms: kept });
    this.#waiting.set(objectEnd, kept);
    return workerEnd;
  }

  /** The waiters in their order, but for those whose time is over. */
  *inOrder(nowMs: number): Generator<Waiter> {
    for (const [socket, terms] of this.#waiting) {
      if (terms.deadlineMs <= nowMs) this.#end(socket);
      else yield { socket, terms };
    }
  }

  /**
   * Lets a waiter have something: it waits no more. False if it has left meanwhile. What it gets is
   * for `hand`, after the receive was written.
   */
  settle({ socket }: Waiter, takeBack: () => void): boolean {
    if (!this.#waiting.delete(socket)) return false;
    detach(socket);
    this.#handed.set(socket, { takeBack });
    return true;
  }

  /** Ends a poll with nothing. */
  end({ socket }: Waiter): void {
    this.#end(socket);
  }

  hand(frames: readonly Frame[]): void {
    for (const { socket, bytes } of frames) {
      if (!sendQuietly(socket, bytes)) this.left(socket);
    }
  }

  /**
   * What was handed out has left the object: a slow disk is no reason to take it back. Until the
   * acknowledgement, or the end of its time, the object does not hibernate.
   */
  expectAcknowledgements(): void {
    for (const [socket, handed] of this.#handed) {
      handed.timer ??= setTimeout(() => this.left(socket), ACKNOWLEDGE_WITHIN_MS);
    }
  }

  /** The Worker has the messages: they stay received. */
  acknowledged(socket: WebSocket): void {
    if (this.#handed.has(socket)) this.#end(socket);
  }

  /** The Worker, or its client, is gone. */
  left(socket: WebSocket): void {
    const handed = this.#handed.get(socket);
    this.#end(socket);
    handed?.takeBack();
  }

  /** Ends every poll with the reason that is given. */
  dismiss(reason: string): void {
    for (const socket of this.#waiting.keys()) {
      sendQuietly(socket, reason);
      this.#end(socket);
    }
  }

  /** The socket is of no more use, whatever still comes on it. */
  #end(socket: WebSocket): void {
    clearTimeout(this.#handed.get(socket)?.timer);
    this.#handed.delete(socket);
    this.#waiting.delete(socket);
    detach(socket);
    try {
      socket.close(DONE);
    } catch {
      // Closed from the other end already.
    }
  }
}

/** False if the socket is closed. */
function sendQuietly(socket: WebSocket, frame: Uint8Array | string): boolean {
  try {
    socket.send(frame);
    return true;
  } catch {
    return false;
  }
}
