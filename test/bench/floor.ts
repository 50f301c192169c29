/**
 * Floor: starts the floor's process and measures it with the bytes of a SendMessage, so that the
 * product and the floor differ in what they do and in nothing else.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { HttpCaller } from "../support/http-caller.ts";
import { numberOf, parseObject } from "../support/json-value.ts";
import { type Failures, type LoadSample, runLoad } from "./load.ts";
import { sendRequest } from "./message.ts";

/** Directly at workerd, or behind the relay that the product is behind. */
export type FloorPath = "direct" | "relayed";

const QUEUE_URL = "http://127.0.0.1:9324/000000000000/bench";

export class Floor {
  readonly #child: ChildProcess;
  readonly #ports: Readonly<Record<FloorPath, number>>;
  readonly #request: Buffer;
  readonly #failures: Failures;

  private constructor(
    child: ChildProcess,
    ports: Readonly<Record<FloorPath, number>>,
    failures: Failures,
  ) {
    this.#child = child;
    this.#ports = ports;
    this.#request = sendRequest("127.0.0.1", QUEUE_URL);
    this.#failures = failures;
  }

  static async start(failures: Failures): Promise<Floor> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "floor-server.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    process.once("exit", () => child.kill("SIGKILL"));
    const [line]: string[] = await once(createInterface({ input: child.stdout }), "line");
    const ports = parseObject(line ?? "");
    const direct = numberOf(ports, "directPort");
    const relayed = numberOf(ports, "relayedPort");
    return new Floor(child, { direct, relayed }, failures);
  }

  measure(path: FloorPath, callerCount: number, durationMs: number): Promise<LoadSample> {
    const unit = async (caller: HttpCaller): Promise<number> => {
      this.#failures.note(await caller.call(this.#request));
      return 1;
    };
    return runLoad({ port: this.#ports[path], callerCount, durationMs, unit });
  }

  /** Requests that one of so many objects answers, in turns, when it has written a row. */
  measureWrites(objectCount: number, callerCount: number, durationMs: number): Promise<LoadSample> {
    const request = this.#request.toString().replace("POST / ", `POST /write/${objectCount} `);
    const unit = async (caller: HttpCaller): Promise<number> => {
      this.#failures.note(await caller.call(request));
      return 1;
    };
    return runLoad({ port: this.#ports.direct, callerCount, durationMs, unit });
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await once(this.#child, "exit");
  }
}
