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
import { credentialOf, type LocalCredential, markAsSealed, secretsIn } from "./data-secrets.ts";
import { applyDeclaredQueues, refuseOtherAccounts } from "./declared-queues.ts";
import { exposureRefusal, urlOf } from "./endpoint.ts";
import { waitUntilHealthy } from "./health.ts";
import { refuseUnreadableKeys } from "./key-form.ts";
import { readQueueFile } from "./queue-file.ts";
import { Relay } from "./relay.ts";
import type { Runtime, RuntimeExit } from "./runtime.ts";
import { DEFAULT_OPTIONS, type ServeOptions } from "./serve-options.ts";
import { SqsClient } from "./sqs-client.ts";
import { StartFailure } from "./start-failure.ts";
import { bundleWorker, DEFAULT_WORKER_ENTRY } from "./worker-bundle.ts";

export type LocalServerOptions = Partial<ServeOptions> & {
  /** The Worker's source file; it must export the classes Queue and Account. */
  readonly workerEntry?: string;
  /** Called with each line the Worker prints. Default: the audit to standard output, the rest to standard error. */
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
  /** With which requests are signed; undefined where they need not be. */
  readonly rootCredential: LocalCredential | undefined;
  /** Resolves once, when everything is shut down; it never rejects. */
  readonly closed: Promise<Closed>;
  /** Answers what is in flight, within reason, and shuts down. May be called again. */
  readonly stop: () => Promise<void>;
};

/** Time for requests in flight when the server is told to stop; long polls are cut after it. */
const STOP_GRACE_MS = 300;

type Parts = {
  readonly data: DataDirectory;
  readonly relay: Relay;
  readonly runtime: Runtime;
  readonly rootCredential: LocalCredential | undefined;
};
type Undo = () => Promise<void> | void;

/** Starts a server. Throws StartFailure, with one line that says what to do, if it cannot. */
export async function startLocalServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const serve: ServeOptions = { ...DEFAULT_OPTIONS, ...options };
  const exposure = exposureRefusal(serve.host, serve.isAuthenticated || serve.isInsecure);
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
  { workerEntry = DEFAULT_WORKER_ENTRY, onLog = logLine }: LocalServerOptions,
  undo: Undo[],
): Promise<Parts> {
  const declared = serve.config === undefined ? [] : readQueueFile(serve.config);
  if (serve.isAuthenticated) refuseOtherAccounts(declared, serve);
  const data = await DataDirectory.own(serve.dataDir);
  undo.push(() => data.release());
  const secrets = serve.isAuthenticated ? secretsIn(data.path, serve.secrets) : serve.secrets;
  refuseUnreadableKeys(secrets);
  if (serve.isAuthenticated) markAsSealed(data.path);
  const relay = await Relay.listen(serve);
  undo.push(() => relay.stop(0));
  const [script, { Runtime }] = await Promise.all([
    bundleWorker(workerEntry),
    // Half of a start is loading Miniflare; esbuild works in a process of its own meanwhile.
    import("./runtime.ts"),
  ]);
  const variables = variablesOf(serve, secrets);
  const runtime = await Runtime.start({ script, variables, dataDir: data.path, onLog });
  undo.push(() => runtime.stop());
  data.recordWorkerd(runtime.workerdPid);
  const rootCredential = serve.isAuthenticated ? credentialOf(secrets) : undefined;
  if (declared.length > 0) {
    await waitUntilHealthy(runtime.endpoint, runtime.exited);
    const client = new SqsClient(urlOf(runtime.endpoint), rootCredential);
    await applyDeclaredQueues(declared, client, serve);
  }
  relay.forwardTo(runtime.endpoint);
  await waitUntilHealthy({ host: serve.host, port: relay.port }, runtime.exited);
  return { data, relay, runtime, rootCredential };
}

function runningServer(serve: ServeOptions, parts: Parts): LocalServer {
  const { data, relay, runtime, rootCredential } = parts;
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
  const { workerdPid } = runtime;
  return { url, port: relay.port, workerdPid, rootCredential, closed, stop };
}

function variablesOf(
  serve: ServeOptions,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    MILLRACE_ACCESS: serve.isAuthenticated ? "signed" : "open",
    MILLRACE_AUDIT: serve.isAudited ? "all" : "off",
    MILLRACE_REGION: serve.region,
    MILLRACE_ACCOUNT_ID: serve.accountId,
    ...secrets,
    ...(serve.isStrict ? {} : { MILLRACE_COOLDOWNS: "off" }),
  };
}

function logLine(line: string): void {
  const stream = line.startsWith(AUDIT_BEGINNING) ? process.stdout : process.stderr;
  stream.write(`${line}\n`);
}

const AUDIT_BEGINNING = '{"audit":';
