/**
 * FifoPlatform: a simulated deployment's platform: its objects, the calls between them and from
 * Workers, time and faults. The objects are the real classes; what they import from the platform, and
 * the clock, timers and randomness of the global scope, lead here while one of them runs.
 */
import { afterAll, beforeAll, vi } from "vitest";
import { SeededRandom } from "../support/seeded-random.ts";
import { type Faults, NO_FAULTS } from "./fifo-faults.ts";
import {
  CallFailed,
  type Instance,
  isCallFailure,
  SimulatedObject,
  type SimulatedState,
} from "./fifo-object.ts";
import { FifoScheduler } from "./fifo-scheduler.ts";
import { ObjectSocket } from "./fifo-sockets.ts";

/** What a planted bug may do beside replacing methods. */
export type Mutation = { readonly beforeStart?: (object: SimulatedObject) => void };

export interface SimulatedNamespace {
  getByName(name: string): object;
  idFromName(name: string): { readonly name?: string };
  get(id: { readonly name?: string }): object;
}

export type Call<I, T> = {
  readonly label: string;
  readonly to: SimulatedObject;
  readonly run: (instance: I) => Promise<T> | T;
  /** Of an answer that reaches nobody. */
  readonly discard?: (value: T) => void;
};

/** The object in which the current event happens. */
let current: SimulatedObject | undefined;

export class FifoPlatform {
  readonly scheduler: FifoScheduler;
  faults: Faults = NO_FAULTS;
  mutation: Mutation | undefined;
  /** For whoever looks into a failure. */
  trace: ((line: string) => void) | undefined;
  readonly broken: string[] = [];
  /** The object in which the latest event happened. */
  latest: SimulatedObject | undefined;
  /** Stands in for the platform's randomness; which values come does not matter. */
  readonly random = new SeededRandom(1);
  readonly #objects = new Map<string, SimulatedObject>();

  constructor(nowMs: number) {
    this.scheduler = new FifoScheduler(nowMs);
  }

  get objects(): SimulatedObject[] {
    return [...this.#objects.values()];
  }

  objectOf(
    name: string,
    construct: (state: SimulatedState, object: SimulatedObject) => Instance,
  ): SimulatedObject {
    const object = this.#objects.get(name) ?? new SimulatedObject(this, name, construct);
    this.#objects.set(name, object);
    return object;
  }

  plan(atMs: number, object: SimulatedObject | undefined, run: () => void): void {
    this.scheduler.plan({
      atMs,
      run: () => {
        current = object;
        this.latest = object;
        run();
      },
      rested: () => object?.turnEnded() ?? false,
      ended: () => {
        current = undefined;
      },
    });
  }

  planOutside(atMs: number, run: () => void): void {
    this.plan(atMs, undefined, run);
  }

  /** A bug: nothing that a platform does makes an object throw. */
  isBroken(object: SimulatedObject, error: unknown): void {
    this.broken.push(`${object.name.slice(0, 8)}: ${error instanceof Error ? error.stack : error}`);
  }

  /** A call of a Worker, or of the object that runs now. */
  call<I, T>({ label, to, run, discard }: Call<I, T>, isInstance: (value: unknown) => value is I) {
    const from = current;
    const plan = from?.callBegins() ?? ((atMs, run) => this.planOutside(atMs, run));
    return new Promise<T>((resolve, reject) => {
      const settle = (atMs: number, then: () => void) => {
        plan(atMs, () => {
          note("has ended");
          then();
        });
      };
      const { kind, thereMs, backMs, againMs } = this.faults.ofCall(
        from === undefined ? "worker" : "object",
      );
      const note = (what: string) => {
        const way = `${from?.name.slice(0, 6) ?? "worker"} -> ${to.name.slice(0, 6)}`;
        this.trace?.(`${this.scheduler.nowMs % 86_400_000} ${way} ${label} ${what}`);
      };
      note(`begins, fault: ${kind}`);
      const { scheduler } = this;
      const fail = () => settle(scheduler.nowMs + backMs, () => reject(new CallFailed(kind)));
      const execute = (answer: (value: T) => void, failed: () => void) => {
        to.receiveCall(
          (instance) => {
            if (!isInstance(instance)) throw new Error("a call to an object of another class");
            note("is executed");
            return run(instance);
          },
          answer,
          failed,
        );
      };
      const go = () => {
        const thereAtMs = scheduler.nowMs + thereMs;
        if (kind === "before") return settle(thereAtMs, () => reject(new CallFailed(kind)));
        this.plan(thereAtMs, to, () =>
          execute((value) => {
            if (kind === "after") {
              discard?.(value);
              return fail();
            }
            settle(scheduler.nowMs + backMs, () => resolve(value));
          }, fail),
        );
        if (kind !== "twice") return;
        this.plan(thereAtMs + againMs, to, () =>
          execute(
            (value) => discard?.(value),
            () => {},
          ),
        );
      };
      if (from === undefined) go();
      else from.leave(go);
    });
  }

  /** What an object has as a namespace. */
  namespaceOf(find: (name: string) => SimulatedObject): SimulatedNamespace {
    return {
      getByName: (name) => this.#stub(find(name)),
      idFromName: (name) => ({ name }),
      get: ({ name = "" }) => this.#stub(find(name)),
    };
  }

  /** Its methods are calls. */
  #stub(to: SimulatedObject): object {
    const call = (label: string, args: unknown[]) => {
      const run = (instance: object) => invoke(instance, label, structuredClone(args));
      return this.call({ label, to, run }, isObject);
    };
    return new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...args: unknown[]) =>
            call(String(method), args),
      },
    );
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

async function invoke(instance: object, method: string, args: unknown[]) {
  const found: unknown = Reflect.get(instance, method);
  if (typeof found !== "function") throw new Error(`no method ${method}`);
  const answer: unknown = await Reflect.apply(found, instance, args);
  return structuredClone(answer);
}

/** What the engine's fetch handler makes; Node's own cannot switch protocols. */
export class SimulatedResponse {
  readonly status: number;
  readonly body: unknown;
  readonly socket: ObjectSocket | undefined;

  constructor(body: unknown, init: { status?: number; webSocket?: unknown } = {}) {
    this.status = init.status ?? 200;
    this.body = body;
    this.socket = init.webSocket instanceof ObjectSocket ? init.webSocket : undefined;
  }
}

/** Both ends in one: what the engine hands to the Worker leads to the object's end. */
class SimulatedSocketPair {
  readonly 0: ObjectSocket;
  readonly 1: ObjectSocket;

  constructor() {
    if (current === undefined) throw new Error("only objects make sockets");
    this[0] = new ObjectSocket(current);
    this[1] = this[0];
  }
}

/** For the files of tests that simulate: the global scope leads to the object that runs. */
export function simulateGlobals(): void {
  const real = { now: Date.now.bind(Date), setTimeout, setInterval, clearTimeout };
  beforeAll(() => {
    vi.stubGlobal("Response", SimulatedResponse);
    vi.stubGlobal("WebSocketPair", SimulatedSocketPair);
    vi.stubGlobal("crypto", { getRandomValues: randomWords });
    vi.spyOn(Date, "now").mockImplementation(() => current?.nowMs() ?? real.now());
    stubTimer("setTimeout", false, real.setTimeout);
    stubTimer("setInterval", true, real.setInterval);
    const clear = (timer: unknown) => {
      if (current === undefined) Reflect.apply(real.clearTimeout, globalThis, [timer]);
      else if (isObject(timer)) current.clearTimer(timer);
    };
    vi.stubGlobal("clearTimeout", clear);
    vi.stubGlobal("clearInterval", clear);
    for (const method of ["warn", "error"] as const) {
      vi.spyOn(console, method).mockImplementation((message, error) => {
        if (current === undefined || isCallFailure(error)) return;
        current.platform.isBroken(current, error ?? message);
      });
    }
  });
  afterAll(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
}

function stubTimer(
  name: "setTimeout" | "setInterval",
  isRepeated: boolean,
  real: (run: () => void, ms: number) => unknown,
): void {
  vi.stubGlobal(name, (run: () => void, ms = 0) =>
    current === undefined ? real(run, ms) : current.setTimer(run, ms, isRepeated),
  );
}

function randomWords<Words extends Uint8Array | Uint32Array>(words: Words): Words {
  const random = current?.platform.random ?? new SeededRandom(1);
  for (let index = 0; index < words.length; index++) {
    words[index] = random.between(1, words instanceof Uint8Array ? 255 : 2 ** 32 - 1);
  }
  return words;
}
