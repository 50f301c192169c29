/**
 * PreparedClient: what a client's program needs (a venv, jars, a compiled binary), made once and kept
 * outside the checkout, so that only the first run takes minutes.
 *
 * Invariants:
 * - A directory is named after what went into it; a change of versions makes a new one.
 * - It counts as made when its last file is written. Two runs at once make it once.
 * - What cannot be had on this machine is an Unavailable with the reason, not a failure. A program
 *   that does not compile is a failure.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ProgramFailure, runProgram } from "./program-run.ts";

export class Unavailable extends Error {}

export type Preparation = {
  readonly name: string;
  /** Files and texts, whose change calls for another preparation. */
  readonly inputs: readonly string[];
  readonly prepare: (directory: string) => Promise<void>;
};

/** A first download and build takes minutes on a small machine. */
export const PREPARE_TIMEOUT_MS = 20 * 60_000;

const LOOK_AGAIN_MS = 500;
const REASON_CHARACTERS = 200;

export async function prepareOnce({ name, inputs, prepare }: Preparation): Promise<string> {
  const hash = createHash("sha256").update(inputs.join("\0")).digest("hex").slice(0, 12);
  const directory = join(cacheDirectory(), `${name}-${hash}`);
  const marker = join(directory, "millrace-ready");
  const lock = `${directory}.lock`;
  while (!existsSync(marker)) {
    if (!tryToLock(lock)) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      continue;
    }
    try {
      if (existsSync(marker)) break;
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      await prepare(directory);
      writeFileSync(marker, "");
    } finally {
      rmSync(lock, { force: true });
    }
  }
  return directory;
}

/** The tool's version as it prints it, or Unavailable when it is not installed. */
export async function toolVersion(tool: string, ...args: string[]): Promise<string> {
  try {
    const printed = await runProgram({ command: [tool, ...args], timeoutMs: 60_000 });
    return printed.trim();
  } catch {
    throw new Unavailable(`${tool} is not installed`);
  }
}

/** Runs a command that talks to a registry: its failure means that packages cannot be had. */
export async function fetchPackages(
  command: readonly [string, ...string[]],
  options: { directory: string; environment?: Readonly<Record<string, string>> },
): Promise<void> {
  try {
    await buildPolitely(command, options);
  } catch (error) {
    if (!(error instanceof ProgramFailure)) throw error;
    const lines = error.stderr.split("\n").filter((line) => line.trim() !== "");
    const reason = (lines.at(-1) ?? error.message).slice(0, REASON_CHARACTERS);
    throw new Unavailable(`its packages could not be fetched: ${reason}`);
  }
}

/** Builds with low priority: other tests run beside it and measure time. */
export async function buildPolitely(
  command: readonly [string, ...string[]],
  options: { directory: string; environment?: Readonly<Record<string, string>> },
): Promise<void> {
  await runProgram({
    command: ["nice", "-n", "10", ...command],
    timeoutMs: PREPARE_TIMEOUT_MS,
    ...options,
  });
}

function cacheDirectory(): string {
  const { MILLRACE_CLIENTS_CACHE, XDG_CACHE_HOME } = process.env;
  return (
    MILLRACE_CLIENTS_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "millrace-clients")
  );
}

/** The lock holds its owner's process id; that of a process that is gone is taken over. */
function tryToLock(lock: string): boolean {
  mkdirSync(dirname(lock), { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isAbandoned(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // Empty for the moment between its creation and its first write.
    return pid !== 0 && !existsSync(`/proc/${pid}`);
  } catch {
    return false;
  }
}
