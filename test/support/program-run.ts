/**
 * ProgramRun: a client's program, or a tool that builds one, in a process group of its own.
 *
 * Invariants:
 * - Only groups that were started here are ever signalled; none outlives the test run.
 * - A program that fails is an error that shows what it printed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export type ProgramStart = {
  readonly command: readonly [string, ...string[]];
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
};

const OUTPUT_CHARACTERS_KEPT = 200_000;
const END_WITHIN_MS = 30_000;

const living = new Set<ProgramRun>();
process.once("exit", () => {
  for (const run of living) run.kill();
});

export class ProgramFailure extends Error {
  readonly stderr: string;

  constructor(message: string, stderr: string) {
    super(message);
    this.stderr = stderr;
  }
}

export class ProgramRun {
  readonly #child: ChildProcess;
  readonly #title: string;
  readonly #closed: Promise<void>;
  readonly #timeout: NodeJS.Timeout;
  #stdout = "";
  #stderr = "";
  #failure: Error | undefined;
  #isTimedOut = false;

  constructor({ command, directory, environment, timeoutMs }: ProgramStart) {
    const [file, ...args] = command;
    this.#title = command.join(" ");
    this.#child = spawn(file, args, {
      ...(directory === undefined ? {} : { cwd: directory }),
      detached: true,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (piece: Buffer) => {
      this.#stdout = (this.#stdout + piece.toString("utf8")).slice(-OUTPUT_CHARACTERS_KEPT);
    });
    this.#child.stderr?.on("data", (piece: Buffer) => {
      this.#stderr = (this.#stderr + piece.toString("utf8")).slice(-OUTPUT_CHARACTERS_KEPT);
    });
    living.add(this);
    this.#closed = once(this.#child, "close").then(
      () => this.#settle(),
      (error: Error) => this.#settle(error),
    );
    this.#timeout = setTimeout(() => {
      this.#isTimedOut = true;
      this.kill();
    }, timeoutMs);
  }

  get output(): string {
    return `${this.#stdout}\n${this.#stderr}`;
  }

  /** What it printed on standard output, once it has ended with exit code 0. */
  async finished(): Promise<string> {
    await this.#closed;
    if (this.#failure !== undefined) throw this.#failure;
    const { exitCode, signalCode } = this.#child;
    if (exitCode === 0) return this.#stdout;
    const how = this.#isTimedOut ? "took too long" : `ended with ${exitCode ?? signalCode}`;
    throw new ProgramFailure(`${this.#title} ${how}. It printed:\n${this.output}`, this.#stderr);
  }

  /** SIGTERM to the program alone, as a supervisor does, and SIGKILL to what has not ended. */
  async stop(): Promise<void> {
    if (!living.has(this)) return;
    this.#child.kill("SIGTERM");
    const killer = setTimeout(() => this.kill(), END_WITHIN_MS);
    await this.#closed;
    clearTimeout(killer);
  }

  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined || !living.has(this)) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It ended in between.
    }
  }

  #settle(failure?: Error): void {
    this.#failure = failure;
    living.delete(this);
    clearTimeout(this.#timeout);
  }
}

export function runProgram(start: ProgramStart): Promise<string> {
  return new ProgramRun(start).finished();
}
