/**
 * Simulated WebSockets between a Worker and an object, as far as long polls need them: frames arrive
 * in order or not at all, and an object's end survives its eviction with what is attached to it.
 */
import type { SimulatedObject } from "./fifo-object.ts";

/** The Worker's end. */
export class WorkerSocket {
  #onFrame: ((frame: Uint8Array | string) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #early: Uint8Array | string | undefined;
  readonly #toObject: (message: string | undefined) => void;
  #isEnded = false;

  constructor(toObject: (message: string | undefined) => void) {
    this.#toObject = toObject;
  }

  /** What came before is there now. */
  accept(onFrame: (frame: Uint8Array | string) => void, onEnd: () => void): void {
    this.#onFrame = onFrame;
    this.#onEnd = onEnd;
    if (this.#early !== undefined) onFrame(this.#early);
    else if (this.#isEnded) onEnd();
  }

  send(message: string): void {
    if (!this.#isEnded) this.#toObject(message);
  }

  close(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#toObject(undefined);
  }

  frameCame(frame: Uint8Array | string): void {
    if (this.#isEnded) return;
    if (this.#onFrame === undefined) this.#early = frame;
    else this.#onFrame(frame);
  }

  ended(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd?.();
  }
}

/** The object's end; the engine sees nothing else of it than a WebSocket's methods. */
export class ObjectSocket {
  readonly workerEnd: WorkerSocket;
  readonly #object: SimulatedObject;
  #attachment: unknown = null;
  #isClosed = false;
  #lastFrameAtMs = 0;
  #lastMessageAtMs = 0;

  constructor(object: SimulatedObject) {
    this.#object = object;
    this.workerEnd = new WorkerSocket((message) => this.#fromWorker(message));
  }

  serializeAttachment(value: unknown): void {
    this.#attachment = structuredClone(value);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }

  send(frame: Uint8Array | string): void {
    if (this.#isClosed) throw new Error("the socket is closed");
    this.#toWorker(() => this.workerEnd.frameCame(frame));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#object.sockets.delete(this);
    this.#toWorker(() => this.workerEnd.ended());
  }

  /** The object died. */
  broken(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#object.afterwards(this.#nextFrameAtMs(), () => this.workerEnd.ended());
  }

  #toWorker(run: () => void): void {
    this.#object.leave(() => this.#object.afterwards(this.#nextFrameAtMs(), run));
  }

  #nextFrameAtMs(): number {
    this.#lastFrameAtMs = Math.max(this.#lastFrameAtMs + 1, this.#object.someTimeLater());
    return this.#lastFrameAtMs;
  }

  #fromWorker(message: string | undefined): void {
    this.#lastMessageAtMs = Math.max(this.#lastMessageAtMs + 1, this.#object.someTimeLater());
    this.#object.deliverAt(this.#lastMessageAtMs, (instance) => {
      if (this.#isClosed) return;
      if (message !== undefined) return instance.webSocketMessage?.(this, message);
      this.#object.sockets.delete(this);
      return instance.webSocketClose?.(this, 1000, "", true);
    });
  }
}
