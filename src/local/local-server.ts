/**
 * LocalServer: Millrace on one machine. It owns the data directory, runs the Worker in workerd and
 * relays clients to it. The command line, tests and benchmarks start it with this one function;
 * there is no global state, so that several run in one process.
 *
 * Invariants:
 * - It resolves only when requests are served, checked through the relay as a client would; the queues
 *   that a file declares are there before the first request is.
 * - A start that fails leaves nothing behind: no process, no lock, no port.
 * - The data directory is let go last, when workerd no longer writes to it.
 */
import { DataDirectory } from "./data-directory.ts";
import { applyDeclaredQueues } from "./declared-queues.ts";
import { exposureRefusal, urlOf } from "./endpoint.ts";
import { waitUntilHealthy } from "./health.ts";
import { readQueueFile } from "./queue-file.ts";
import { Relay } from "./relay.ts";
import type { Runtime, RuntimeExit } from "./runtime.ts";
import { DEFAULT_OPTIONS, type ServeOptions } from "./serve-options.ts";
import { StartFailure } from "./start-failure.ts";
import { bundleWorker, DEFAULT_WORKER_ENTRY } from "./worker-bundle.ts";

export type LocalServerOptions = Partial<ServeOptions> & {
  /** The Worker's source file; it must export the classes Queue and Account. */
  readonly workerEntry?: string;
  /** Called with each line the Worker prints. Default: standard error. */
  readonly onLog?: (line: string) => void;
};

/** Why a server no longer serves. */
export type Closed =
  | { readonly kind: "stopped" }
  | { readonly kind: "workerd-ended"; readonly how: RuntimeExit };

export type LocalServer = {
  readonly url: string;
  readonly port: number;
  readonly workerdPid: number;
  /** Resolves once, when everything is shut down; it never rejects. */
  readonly closed: Promise<Closed>;
  /** Answers what is in flight, within reason, and shuts down. May be called again. */
  readonly stop: () => Promise<void>;
};

/** Time for requests in flight when the server is told to stop; long polls are cut after it. */
const STOP_GRACE_MS = 300;

type Parts = { readonly data: DataDirectory; readonly relay: Relay; readonly runtime: Runtime };
type Undo = () => Promise<void> | void;

/** Starts a server. Throws StartFailure, with one line that says what to do, if it cannot. */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const serve: ServeOptions = { ...DEFAULT_OPTIONS, ...options };
  const exposure = exposureRefusal(serve.host, serve.isInsecure);
  if (exposure !== undefined) throw new StartFailure(exposure);
  const undo: Undo[] = [];
  try {
    return runningServer(serve, await startParts(serve, options, undo));
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

/** The order matters: what fails quickly comes first, and each step notes how to undo it. */
async function startParts(
  serve: ServeOptions,
  { workerEntry = DEFAULT_WORKER_ENTRY, onLog = logToStandardError }: LocalServerOptions,
  undo: Undo[],
): Promise<Parts> {
  const declared = serve.config === undefined ? [] : readQueueFile(serve.config);
  const data = await DataDirectory.own(serve.dataDir);
  undo.push(() => data.release());
  const relay = await Relay.listen(serve);
  undo.push(() => relay.stop(0));
  const [script, { Runtime }] = await Promise.all([
    bundleWorker(workerEntry),
    // Half of a start is loading Miniflare; esbuild works in a process of its own meanwhile.
    import("./runtime.ts"),
  ]);
  const variables = variablesOf(serve);
  const runtime = await Runtime.start({ script, variables, dataDir: data.path, onLog });
  undo.push(() => runtime.stop());
  data.recordWorkerd(runtime.workerdPid);
  if (declared.length > 0) {
    await waitUntilHealthy(runtime.endpoint, runtime.exited);
    await applyDeclaredQueues(declared, runtime.endpoint, serve);
  }
  relay.forwardTo(runtime.endpoint);
  await waitUntilHealthy({ host: serve.host, port: relay.port }, runtime.exited);
  return { data, relay, runtime };
}

function runningServer(serve: ServeOptions, { data, relay, runtime }: Parts): LocalServer {
  let stopping: Promise<void> | undefined;
  const { promise: closed, resolve: close } = Promise.withResolvers<Closed>();
  const shutDown = async (reason: Closed): Promise<void> => {
    await relay.stop(reason.kind === "stopped" ? STOP_GRACE_MS : 0);
    await runtime.stop();
    data.release();
    close(reason);
  };
  void runtime.exited.then((how) => {
    stopping ??= shutDown({ kind: "workerd-ended", how });
  });
  const stop = (): Promise<void> => {
    stopping ??= shutDown({ kind: "stopped" });
    return stopping;
  };
  const url = urlOf({ host: serve.host, port: relay.port });
  return { url, port: relay.port, workerdPid: runtime.workerdPid, closed, stop };
}

function variablesOf(serve: ServeOptions): Record<string, string> {
  return {
    MILLRACE_ACCESS: "open",
    MILLRACE_REGION: serve.region,
    MILLRACE_ACCOUNT_ID: serve.accountId,
    ...serve.secrets,
    ...(serve.isStrict ? {} : { MILLRACE_COOLDOWNS: "off" }),
  };
}

function logToStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
