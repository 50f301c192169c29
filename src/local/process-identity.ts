/**
 * Which process a pid means. A pid alone is reused; a pid with the moment its process started is
 * not. Only what can be told apart in this way is ever ended, so that a stale record never costs a
 * stranger's process its life.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process as it is written down: `startMark` differs between two processes that had one pid. */
export type ProcessIdentity = { readonly pid: number; readonly startMark: string };

const POLL_MS = 10;

/** The identity of a living process; undefined if there is none, or no way to tell. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startMark = process.platform === "linux" ? startMarkOnLinux(pid) : startMarkFromPs(pid);
  return startMark === undefined ? undefined : { pid, startMark };
}

export function isSameProcessAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startMark === identity.startMark;
}

/** Ends exactly this process and waits until it is gone; false if it outlives `waitMs`. */
export async function endProcess(identity: ProcessIdentity, waitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + waitMs;
  while (isSameProcessAlive(identity)) {
    if (performance.now() > deadlineMs) return false;
    kill(identity.pid);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended in between, or belongs to another user: the caller's deadline tells.
  }
}

/** Ticks since the machine started, with the machine's boot: unique across restarts of either. */
function startMarkOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The process's name is in parentheses and may hold spaces; field 3 follows it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    const startTicks = fields[19];
    // A zombie has closed its files; nobody needs to wait for it.
    if (state === "Z" || state === "X" || startTicks === undefined) return undefined;
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${bootId}:${startTicks}`;
  } catch {
    return undefined;
  }
}

function startMarkFromPs(pid: number): string | undefined {
  try {
    const fields = ["-o", "lstart=", "-o", "comm=", "-p", String(pid)];
    const line = execFileSync("ps", fields, { stdio: ["ignore", "pipe", "ignore"] });
    return line.toString("utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
