/**
 * CliProcess: the command `millrace` in a process of its own, with what it printed and how it
 * exited. It is ended with everything below it when the test is over.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import {
  descendantsOf,
  isAlive,
  type ProcessEntry,
  processOf,
  signal,
} from "../support/process-tree.ts";

export type Exit = {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

const ROOT = join(import.meta.dirname, "../..");
const WAIT_MS = 15_000;

export class CliProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<Exit>;
  #seen: ProcessEntry[] = [];
  #stdout = "";
  #stderr = "";

  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    launcher: readonly string[] = [],
  ) {
    const { npm_lifecycle_event: _, PORT: __, ...inherited } = process.env;
    const command = [...launcher, process.execPath, join(ROOT, "src/local/cli.ts"), ...args];
    this.#child = spawn(command[0] ?? "", command.slice(1), {
      env: { ...inherited, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.on("data", (text) => {
      this.#stdout += text;
    });
    this.#child.stderr?.on("data", (text) => {
      this.#stderr += text;
    });
    this.#exit = once(this.#child, "close").then(([code]) => ({
      code: typeof code === "number" ? code : null,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the command was not spawned");
    return this.#child.pid;
  }

  /** The URL of the ready line, which lines of the audit may precede; throws what was printed if there is none. */
  async ready(): Promise<string> {
    const deadlineMs = performance.now() + WAIT_MS;
    for (;;) {
      const url = /^Millrace is ready at (\S+) /m.exec(this.#stdout)?.[1];
      if (url !== undefined) {
        this.#seen = [processOf(this.pid), ...descendantsOf(this.pid)];
        return url;
      }
      const isOver = this.#child.exitCode !== null || performance.now() > deadlineMs;
      if (isOver) throw new Error(`not ready: ${this.#stdout}${this.#stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The process of this name below the command, as it was when the command was ready. */
  child(name: string): ProcessEntry {
    const entry = this.#seen.find((candidate) => candidate.name === name);
    if (entry === undefined) throw new Error(`the server runs no ${name}`);
    return entry;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  exit(): Promise<Exit> {
    return this.#exit;
  }

  /** True when neither the command nor anything that it started is left. */
  isGone(): boolean {
    return !this.#seen.some(isAlive);
  }

  async end(): Promise<void> {
    for (const entry of this.#seen) signal(entry, "SIGKILL");
    this.#child.kill("SIGKILL");
    await this.#exit;
  }
}
