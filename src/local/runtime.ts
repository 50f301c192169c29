/**
 * Runtime: workerd with the Worker in it, as a child of this process, reached through a direct
 * socket on loopback. Miniflare writes workerd's configuration and starts it; nothing else of
 * Miniflare is in the path of a request, and it neither prints, nor listens to signals, nor asks
 * the network for anything.
 *
 * The names of the Worker and of its classes name the files on disk: renaming one orphans the data.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Miniflare, type MiniflareOptions, NoOpLog } from "miniflare";
import type { Endpoint } from "./endpoint.ts";
import { catchChild } from "./spawned-child.ts";
import { StartFailure } from "./start-failure.ts";
import { WorkerdGuard } from "./workerd-guard.ts";

export type RuntimeOptions = {
  /** The Worker, one ES module. */
  readonly script: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The directory of the objects' data. */
  readonly dataDir: string;
  /** Called with each line that the Worker or workerd prints. */
  readonly onLog: (line: string) => void;
};

/** How workerd ended, in words. */
export type RuntimeExit = string;

const WORKER_NAME = "millrace";
const LOOPBACK = "127.0.0.1";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export class Runtime {
  readonly endpoint: Endpoint;
  readonly workerdPid: number;
  /** Resolves when workerd is gone, by `stop` or by itself. */
  readonly exited: Promise<RuntimeExit>;
  readonly #miniflare: Miniflare;

  private constructor(
    miniflare: Miniflare,
    started: { endpoint: Endpoint; workerdPid: number; exited: Promise<RuntimeExit> },
  ) {
    this.#miniflare = miniflare;
    this.endpoint = started.endpoint;
    this.workerdPid = started.workerdPid;
    this.exited = started.exited;
  }

  /** Resolves when workerd listens. Throws StartFailure if it does not start. */
  static async start(options: RuntimeOptions): Promise<Runtime> {
    const { value: miniflare, child, stop } = catchChild(() => createMiniflare(options));
    // The child exists, and is guarded, before workerd reads a single file.
    const guarded = child.then(guard);
    try {
      await miniflare.ready;
      const { port } = await miniflare.unsafeGetDirectURL(WORKER_NAME);
      const endpoint = { host: LOOPBACK, port: Number(port) };
      return new Runtime(miniflare, { endpoint, ...(await guarded) });
    } catch (error) {
      stop();
      await miniflare.dispose().catch(() => {});
      throw new StartFailure(`workerd does not start: ${firstLines(error)}`);
    }
  }

  /** Ends workerd at once. What was acknowledged is on disk. */
  async stop(): Promise<void> {
    await this.#miniflare.dispose();
    await this.exited;
  }
}

/** Miniflare ends the process on a signal by itself; the command line decides that here. */
function createMiniflare(options: RuntimeOptions): Miniflare {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const miniflare = new Miniflare(miniflareOptions(options));
  for (const [index, signal] of SIGNALS.entries()) {
    for (const listener of process.listeners(signal)) {
      if (before[index]?.includes(listener) === false) process.off(signal, listener);
    }
  }
  return miniflare;
}

function miniflareOptions(options: RuntimeOptions): MiniflareOptions {
  const { script, variables, dataDir, onLog } = options;
  const texts = Object.entries(variables).map(
    ([name, value]) => [name, { type: "text", value }] as const,
  );
  const object = (exportName: string) =>
    ({ type: "durable-object", exportName, worker: WORKER_NAME }) as const;
  return {
    host: LOOPBACK,
    port: 0,
    cf: false,
    enableDevRegistry: false,
    logRequests: false,
    log: new NoOpLog(),
    handleStructuredLogs: ({ message }) => onLog(message),
    resourcePersistencePath: dataDir,
    workers: [
      {
        config: {
          name: WORKER_NAME,
          compatibilityDate: "2026-09-30",
          compatibilityFlags: ["enable_request_signal"],
          manifest: {
            mainModule: "worker.mjs",
            modules: { "worker.mjs": { type: "esm", contents: script } },
          },
          env: {
            ...Object.fromEntries(texts),
            QUEUE: object("Queue"),
            ACCOUNT: object("Account"),
            MESSAGE_GROUP: object("MessageGroup"),
            IDENTITY: object("Identity"),
          },
          exports: {
            Queue: { type: "durable-object", storage: "sqlite" },
            Account: { type: "durable-object", storage: "sqlite" },
            MessageGroup: { type: "durable-object", storage: "sqlite" },
            Identity: { type: "durable-object", storage: "sqlite" },
          },
        },
        dev: { cacheAPI: false, unsafeDirectSockets: [{ host: LOOPBACK, port: 0 }] },
      },
    ],
  };
}

async function guard(
  child: ChildProcess,
): Promise<{ workerdPid: number; exited: Promise<RuntimeExit> }> {
  const exited = once(child, "exit").then(([code, signal]) => exitText(code, signal));
  if (child.pid === undefined) await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new Error("workerd has no pid");
  const workerdGuard = new WorkerdGuard(pid);
  return {
    workerdPid: pid,
    exited: exited.finally(() => workerdGuard.dismiss()),
  };
}

function exitText(code: unknown, signal: unknown): RuntimeExit {
  return typeof signal === "string" ? `by ${signal}` : `with exit code ${String(code)}`;
}

function firstLines(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").slice(0, 5).join(" ");
}
