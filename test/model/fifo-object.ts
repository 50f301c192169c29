/**
 * SimulatedObject: one Durable Object of a simulated deployment. It is started by the first event
 * that needs it, holds what leaves it until its disk has confirmed what was written before (the output
 * gate), and dies or is evicted at any moment between two events. What runs in it is the real class.
 */
import { AnswerTooLate } from "../../src/objects/call-limit.ts";
import type { Row, SqlValue } from "../../src/storage/sql.ts";
import { FifoDisk } from "./fifo-disk.ts";
import type { FifoPlatform } from "./fifo-platform.ts";
import { ObjectSocket } from "./fifo-sockets.ts";

/** What of the platform's `DurableObjectState` the engine uses. */
export interface SimulatedState {
  readonly storage: {
    readonly sql: {
      exec(statement: string, ...bindings: SqlValue[]): SimulatedCursor;
    };
    sync(): Promise<void>;
    getAlarm(): Promise<number | null>;
    setAlarm(atMs: number): Promise<void>;
    deleteAll(): Promise<void>;
  };
  blockConcurrencyWhile(run: () => Promise<void>): Promise<void>;
  abort(reason?: string): void;
  getWebSockets(): AttachedSocket[];
  acceptWebSocket(socket: AttachedSocket): void;
}

export interface AttachedSocket {
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
}

export interface SimulatedCursor {
  toArray(): Row[];
  readonly rowsWritten: number;
}

/** What the platform calls. */
export interface Instance {
  alarm(): Promise<void>;
  webSocketMessage?(socket: AttachedSocket, message: string): Promise<void> | void;
  webSocketClose?(
    socket: AttachedSocket,
    code: number,
    reason: string,
    wasClean: boolean,
  ): Promise<void> | void;
}

/** A call did not take effect, or its answer was lost: nobody can tell. */
export class CallFailed extends Error {}

/** What may happen to a call, as opposed to what a bug throws. */
export function isCallFailure(error: unknown): boolean {
  return error instanceof CallFailed || error instanceof AnswerTooLate;
}

type Inbound = { readonly fail: () => void };

export class SimulatedObject {
  readonly name: string;
  readonly disk = new FifoDisk();
  readonly sockets = new Set<ObjectSocket>();
  readonly platform: FifoPlatform;
  readonly #construct: (state: SimulatedState, object: SimulatedObject) => Instance;
  #instance: Instance | undefined;
  #ready: Promise<void> = Promise.resolve();
  /** Grows with each death and eviction; what an earlier life left over is void. */
  #life = 0;
  #held: (() => void)[] = [];
  #syncing: (() => void)[] = [];
  readonly #inbound = new Set<Inbound>();
  #outboundCount = 0;
  readonly #timers = new Set<object>();
  #runningAlarmAtMs: number | undefined;
  #isAlarmWaiting = false;
  #isConfirming = false;
  #clockMs = 0;

  constructor(
    platform: FifoPlatform,
    name: string,
    construct: (state: SimulatedState, object: SimulatedObject) => Instance,
  ) {
    this.platform = platform;
    this.name = name;
    this.#construct = construct;
  }

  get isRunning(): boolean {
    return this.#instance !== undefined;
  }

  /** Nothing keeps it in memory. */
  get isIdle(): boolean {
    return (
      this.#inbound.size === 0 &&
      this.#outboundCount === 0 &&
      this.#timers.size === 0 &&
      this.#runningAlarmAtMs === undefined &&
      !this.disk.isDirty
    );
  }

  nowMs(): number {
    return this.platform.scheduler.nowMs + this.#clockMs;
  }

  someTimeLater(): number {
    return this.platform.scheduler.nowMs + this.platform.faults.ofCall().backMs;
  }

  /** Runs when what was written until now is confirmed; never if the object dies before. */
  leave(run: () => void): void {
    if (this.disk.isDirty) this.#held.push(run);
    else run();
  }

  /** An event outside the object that it has caused. */
  afterwards(atMs: number, run: () => void): void {
    this.platform.planOutside(atMs, run);
  }

  /** An event that belongs to this life of the object. */
  planInside(atMs: number, run: () => void): void {
    const life = this.#life;
    this.platform.plan(atMs, this, () => {
      if (life === this.#life) run();
    });
  }

  /** An event that starts the object if it has to. */
  deliverAt(atMs: number, run: (instance: Instance) => Promise<void> | void): void {
    this.platform.plan(atMs, this, () => void this.#deliver(run));
  }

  /** A call from outside: `answer` is called with what leaves, `fail` if nothing can. */
  receiveCall<T>(
    run: (instance: Instance) => Promise<T> | T,
    answer: (value: T) => void,
    fail: () => void,
  ): void {
    const life = this.#life;
    const inbound = { fail };
    void this.#deliver(async (instance) => {
      this.#inbound.add(inbound);
      try {
        const value = await run(instance);
        if (life !== this.#life && !this.#inbound.has(inbound)) return;
        this.leave(() => {
          if (this.#inbound.delete(inbound)) answer(value);
        });
      } catch (error) {
        if (!isCallFailure(error)) this.platform.isBroken(this, error);
        if (this.#inbound.delete(inbound)) fail();
      }
    });
  }

  /** A call of this object is under way until it has ended, or the object's life has. */
  callBegins(): (atMs: number, run: () => void) => void {
    const life = this.#life;
    this.#outboundCount++;
    return (atMs, run) => {
      this.platform.plan(atMs, this, () => {
        if (life !== this.#life) return;
        this.#outboundCount--;
        run();
      });
    };
  }

  setTimer(run: () => void, ms: number, isRepeated: boolean): object {
    const timer = {};
    this.#timers.add(timer);
    const plan = () => {
      this.planInside(this.platform.scheduler.nowMs + Math.max(1, ms), () => {
        if (!this.#timers.has(timer)) return;
        if (isRepeated) plan();
        else this.#timers.delete(timer);
        run();
      });
    };
    plan();
    return timer;
  }

  clearTimer(timer: object): void {
    this.#timers.delete(timer);
  }

  /** After each event in the object; true if it goes on, because the disk confirms at once. */
  turnEnded(): boolean {
    if (!this.disk.isDirty || this.#isConfirming) return false;
    const confirmMs = this.platform.faults.confirmMs();
    this.#isConfirming = confirmMs > 0;
    if (confirmMs === 0) this.#confirm();
    else this.planInside(this.platform.scheduler.nowMs + confirmMs, () => this.#confirm());
    return confirmMs === 0;
  }

  /** Dies now. What was written and not confirmed is on disk, or is not. */
  die(isWrittenKept: boolean): void {
    const alarmAtMs = this.#runningAlarmAtMs;
    const { sockets } = this;
    this.platform.trace?.(`${this.name.slice(0, 6)} dies`);
    if (isWrittenKept) this.disk.confirm();
    else this.disk.lose();
    this.#endLife();
    if (alarmAtMs !== undefined) this.disk.restoreAlarm(alarmAtMs);
    for (const socket of sockets) socket.broken();
    sockets.clear();
    for (const { fail } of this.#inbound) fail();
    this.#inbound.clear();
    this.planAlarm();
  }

  evict(): void {
    if (this.isIdle) this.#endLife();
  }

  planAlarm(): void {
    const atMs = this.disk.confirmedAlarmAtMs;
    if (atMs === undefined) return;
    const { lateMs, isTwice } = this.platform.faults.alarm();
    // By the object's own clock: it goes off where the object is.
    const dueAtMs = Math.max(atMs - this.#clockMs, this.platform.scheduler.nowMs) + lateMs;
    const times = isTwice ? [dueAtMs, dueAtMs + 1] : [dueAtMs];
    for (const [number, at] of times.entries()) {
      this.platform.plan(at, this, () => this.#alarmGoesOff(atMs, number > 0));
    }
  }

  #alarmGoesOff(atMs: number, isRepeated: boolean): void {
    if (!isRepeated && this.disk.confirmedAlarmAtMs !== atMs) return;
    if (this.#runningAlarmAtMs !== undefined) {
      // One at a time.
      this.#isAlarmWaiting = true;
      return;
    }
    if (!isRepeated) this.disk.takeAlarm();
    void this.#deliver(async (instance) => {
      const life = this.#life;
      this.platform.trace?.(`${this.name.slice(0, 6)} alarm`);
      this.#runningAlarmAtMs = atMs;
      try {
        await instance.alarm();
      } catch (error) {
        this.platform.isBroken(this, error);
      }
      if (life !== this.#life) return;
      // The platform counts it as done when what it wrote is confirmed.
      this.leave(() => {
        this.#runningAlarmAtMs = undefined;
        if (this.#isAlarmWaiting) this.planAlarm();
        this.#isAlarmWaiting = false;
      });
    });
  }

  async #deliver(run: (instance: Instance) => Promise<void> | void): Promise<void> {
    const instance = this.#instance ?? this.#start();
    if (instance === undefined) return;
    await this.#ready;
    try {
      await run(instance);
    } catch (error) {
      if (!isCallFailure(error)) this.platform.isBroken(this, error);
    }
  }

  #start(): Instance | undefined {
    this.#clockMs = this.platform.faults.clockMs();
    this.#ready = Promise.resolve();
    this.platform.mutation?.beforeStart?.(this);
    try {
      this.#instance = this.#construct(this.#state(), this);
    } catch (error) {
      this.platform.isBroken(this, error);
    }
    return this.#instance;
  }

  #confirm(): void {
    const alarmAtMs = this.disk.confirmedAlarmAtMs;
    this.#isConfirming = false;
    this.disk.confirm();
    if (this.disk.confirmedAlarmAtMs !== alarmAtMs) this.planAlarm();
    const released = [...this.#syncing, ...this.#held];
    this.#syncing = [];
    this.#held = [];
    for (const run of released) run();
  }

  #endLife(): void {
    this.#life++;
    this.#instance = undefined;
    this.#held = [];
    this.#syncing = [];
    this.#timers.clear();
    this.#outboundCount = 0;
    this.#runningAlarmAtMs = undefined;
    this.#isAlarmWaiting = false;
    this.#isConfirming = false;
  }

  #state(): SimulatedState {
    const { disk, sockets } = this;
    const life = this.#life;
    return {
      storage: {
        sql: {
          exec: (statement, ...bindings) => {
            const rows = life === this.#life ? disk.rows(statement, ...bindings) : [];
            return { toArray: () => rows, rowsWritten: 0 };
          },
        },
        sync: () =>
          new Promise((resolve) => {
            if (disk.isDirty) this.#syncing.push(resolve);
            else resolve();
          }),
        getAlarm: async () => disk.alarmAtMs ?? null,
        setAlarm: async (atMs) => disk.setAlarm(atMs),
        deleteAll: async () => disk.deleteAll(),
      },
      blockConcurrencyWhile: (run) => {
        this.#ready = run();
        return this.#ready;
      },
      abort: (reason) => this.platform.isBroken(this, new Error(`it aborted itself: ${reason}`)),
      getWebSockets: () => [...sockets],
      acceptWebSocket: (socket) => {
        if (socket instanceof ObjectSocket) sockets.add(socket);
      },
    };
  }
}
