/**
 * The processes below one process, and their memory, read from /proc. The server is a Node process
 * with a workerd below it; tests kill either and the bench weighs both.
 */
import { readdirSync, readFileSync } from "node:fs";

export type ProcessEntry = {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  /** Clock ticks since the machine started; tells two processes with the same pid apart. */
  readonly startedAtTicks: number;
};

export type ProcessMemory = { readonly residentBytes: number; readonly peakResidentBytes: number };

/** All processes below `pid`, nearest first; not `pid` itself. */
export function descendantsOf(pid: number): ProcessEntry[] {
  const entries = listProcesses();
  const found: ProcessEntry[] = [];
  const parents = new Set([pid]);
  for (let before = -1; before !== found.length; ) {
    before = found.length;
    for (const entry of entries) {
      if (!parents.has(entry.parentPid) || parents.has(entry.pid)) continue;
      parents.add(entry.pid);
      found.push(entry);
    }
  }
  return found;
}

export function processOf(pid: number): ProcessEntry {
  const entry = readProcess(pid);
  if (entry === undefined) throw new Error(`there is no process ${pid}`);
  return entry;
}

/** A zombie counts as gone: it writes nothing any more. */
export function isAlive(entry: ProcessEntry): boolean {
  const now = readProcess(entry.pid);
  if (now === undefined || now.startedAtTicks !== entry.startedAtTicks) return false;
  return now.state !== "Z" && now.state !== "X";
}

/** Signals exactly this process, never another one that got its pid. */
export function signal(entry: ProcessEntry, name: NodeJS.Signals): void {
  if (!isAlive(entry)) return;
  try {
    process.kill(entry.pid, name);
  } catch {
    // It ended in between.
  }
}

export function memoryOf(pid: number): ProcessMemory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    residentBytes: kilobytes(status, "VmRSS") * 1024,
    peakResidentBytes: kilobytes(status, "VmHWM") * 1024,
  };
}

function kilobytes(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  if (value === undefined) throw new Error(`${name} is not in the process's status`);
  return Number(value);
}

function listProcesses(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const entry = readProcess(Number(name));
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function readProcess(pid: number): (ProcessEntry & { readonly state: string }) | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name is in parentheses and may contain some itself.
    const nameEnd = stat.lastIndexOf(")");
    // Field 3 of /proc/pid/stat is the state, 4 the parent, 22 the start.
    const fields = stat.slice(nameEnd + 2).split(" ");
    const [state = "", parentPid = ""] = fields;
    const name = stat.slice(stat.indexOf("(") + 1, nameEnd);
    const startedAtTicks = Number(fields[19]);
    return { pid, parentPid: Number(parentPid), name, startedAtTicks, state };
  } catch {
    return undefined; // It ended while we looked.
  }
}
