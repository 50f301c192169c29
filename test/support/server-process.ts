/**
 * ServerProcess: the product as its users start it, in processes of its own. Tests from outside talk
 * to it over HTTP and end it as users and accidents do: by SIGTERM, or by SIGKILL of any part.
 *
 * Invariants:
 * - It runs in a process group of its own, and only processes it started are ever signalled.
 * - `started` resolves once the ready line was printed; a server that exits instead is an error that
 *   shows what it printed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { descendantsOf, isAlive, type ProcessEntry, processOf, signal } from "./process-tree.ts";

export type ServerStart = {
  readonly dataDir: string;
  readonly port: number;
  /** "cli" runs the command line directly; "npm" runs `npm start`, as the README says. */
  readonly through?: "cli" | "npm";
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

type CommandStart = {
  readonly port: number;
  readonly environment?: Readonly<Record<string, string>> | undefined;
};

/** Which part of the server a SIGKILL hits. */
export type KillTarget = "parent" | "workerd" | "group";

const ROOT = join(import.meta.dirname, "../..");
const READY_LINE = /Millrace is ready at (http:\/\/\S+)/;
const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;
const OUTPUT_CHARACTERS_KEPT = 20_000;

/** Servers whose processes may still run. A test run that ends early takes them with it. */
const living = new Set<ServerProcess>();
process.once("exit", () => {
  for (const server of living) server.kill("group");
});

export class ServerProcess {
  readonly port: number;
  /** From the spawn to the ready line. */
  readonly readyAfterMs: number;
  readonly #output: () => string;
  /** Every process of the server, as it was when ready. The first is the one that was spawned. */
  readonly processes: readonly ProcessEntry[];

  private constructor(
    child: ChildProcess,
    port: number,
    readyAfterMs: number,
    output: () => string,
  ) {
    this.port = port;
    this.readyAfterMs = readyAfterMs;
    this.#output = output;
    const pid = pidOf(child);
    this.processes = [processOf(pid), ...descendantsOf(pid)];
    living.add(this);
  }

  static started(start: ServerStart): Promise<ServerProcess> {
    const { port, environment } = start;
    return ServerProcess.startedBy(commandOf(start), { port, environment });
  }

  /** By a command of the caller's, run in the checkout, that makes the server listen on `port`. */
  static async startedBy(
    command: readonly [string, ...string[]],
    { port, environment }: CommandStart,
  ): Promise<ServerProcess> {
    const startedAtMs = performance.now();
    const child = spawnServer(command, environment);
    const output = collectOutput(child);
    await readyLine(child, output);
    return new ServerProcess(child, port, performance.now() - startedAtMs, output);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get output(): string {
    return this.#output();
  }

  get workerd(): ProcessEntry {
    const workerd = this.processes.find((entry) => entry.name === "workerd");
    if (workerd === undefined) throw new Error("the server runs no workerd");
    return workerd;
  }

  /** The Node process that owns workerd: the spawned one, or the one npm started. */
  get parent(): ProcessEntry {
    const { parentPid } = this.workerd;
    const parent = this.processes.find((entry) => entry.pid === parentPid);
    if (parent === undefined) throw new Error("workerd belongs to no process of the server");
    return parent;
  }

  kill(target: KillTarget): void {
    const targets = { workerd: [this.workerd], parent: [this.parent], group: this.processes };
    for (const entry of targets[target]) signal(entry, "SIGKILL");
  }

  /** Waits until no process of the server is left; false if some still live at the end. */
  async isGoneWithin(waitMs: number): Promise<boolean> {
    const deadlineMs = performance.now() + waitMs;
    while (this.processes.some(isAlive)) {
      if (performance.now() > deadlineMs) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    living.delete(this);
    return true;
  }

  /** SIGTERM, as a supervisor does. Throws if the server does not end; nothing is left behind. */
  async stop(): Promise<void> {
    signal(this.parent, "SIGTERM");
    const isGone = await this.isGoneWithin(STOP_WITHIN_MS);
    if (isGone) return;
    this.kill("group");
    throw new Error(`the server did not stop on SIGTERM. It printed:\n${this.output}`);
  }
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}

function commandOf({ port, dataDir, through, flags = [] }: ServerStart): [string, ...string[]] {
  const all = ["--port", String(port), "--data", dataDir, ...flags];
  return through === "npm"
    ? ["npm", "start", "--", ...all]
    : [process.execPath, "src/local/cli.ts", ...all];
}

function spawnServer(
  [command, ...args]: readonly [string, ...string[]],
  environment: CommandStart["environment"],
): ChildProcess {
  return spawn(command, args, {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function collectOutput(child: ChildProcess): () => string {
  let text = "";
  const collect = (piece: Buffer): void => {
    text = (text + piece.toString("utf8")).slice(-OUTPUT_CHARACTERS_KEPT);
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  return () => text;
}

async function readyLine(child: ChildProcess, output: () => string): Promise<void> {
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (!READY_LINE.test(output())) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended before it was ready. It printed:\n${output()}`);
    }
    if (performance.now() > deadlineMs) {
      const pid = pidOf(child);
      for (const entry of [processOf(pid), ...descendantsOf(pid)]) signal(entry, "SIGKILL");
      throw new Error(`the server did not become ready. It printed:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("the server could not be spawned");
  return child.pid;
}
