#!/usr/bin/env node
/**
 * The command `millrace`: flags in, a server until it is told to stop, an exit code out.
 *
 * Exit codes: 0 stopped in order, 1 could not start or could not go on, 2 mistyped. On standard
 * output there is the ready line and, with --audit, what was done; everything else goes to standard
 * error, one line per trouble and no stack for what the user can mend.
 */
import { readCommandLine } from "./command-line.ts";
import { SECRETS_FILE } from "./data-secrets.ts";
import { isLoopback } from "./endpoint.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";
import type { ServeOptions } from "./serve-options.ts";
import { StartFailure } from "./start-failure.ts";
import { StopRequest } from "./stop-request.ts";

/** Ctrl-C reaches workerd too, which may be gone before this process has seen its own signal. */
const SIGNAL_RACE_MS = 100;

// Whoever reads the output may leave; the server goes on.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
process.exit(await run());

async function run(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2), process.env);
  switch (line.kind) {
    case "help":
      process.stdout.write(line.text);
      return 0;
    case "refused":
      complain(line.message);
      return 2;
    case "serve":
      return await serve(line.options);
  }
}

async function serve(options: ServeOptions): Promise<number> {
  const stopRequest = new StopRequest();
  try {
    const server = await startLocalServer(options);
    return await serveUntilStopped(server, options, stopRequest);
  } catch (error) {
    if (stopRequest.isRequested) return 0;
    if (!(error instanceof StartFailure)) throw error;
    complain(error.message);
    return 1;
  }
}

async function serveUntilStopped(
  server: LocalServer,
  options: ServeOptions,
  stopRequest: StopRequest,
): Promise<number> {
  process.stdout.write(`Millrace is ready at ${server.url} (${describe(options)})\n`);
  const closed = await Promise.race([server.closed, stopRequest.requested]);
  if (closed !== "stop-requested" && closed.kind === "workerd-ended") {
    const raced = new Promise((resolve) => setTimeout(resolve, SIGNAL_RACE_MS));
    await Promise.race([stopRequest.requested, raced]);
    if (stopRequest.isRequested) return 0;
    complain(
      `workerd ended ${closed.how}, and the server with it. Nothing acknowledged is lost: start it again.`,
    );
    return 1;
  }
  await server.stop();
  return 0;
}

function describe({ host, dataDir, isAuthenticated, secrets }: ServeOptions): string {
  const credential =
    secrets["MILLRACE_ROOT_ACCESS_KEY_ID"] === undefined
      ? `root credential in ${dataDir}/${SECRETS_FILE}`
      : "root credential from the environment";
  return [
    ...(isLoopback(host) ? [] : [`listening on ${host}`]),
    `data in ${dataDir}`,
    ...(isAuthenticated ? [credential] : []),
  ].join(", ");
}

/** In one line, whatever a file or a flag put into the message. */
function complain(message: string): void {
  process.stderr.write(`millrace: ${message.replaceAll(/\s*[\p{Cc}\u2028\u2029]+\s*/gu, " ")}\n`);
}
