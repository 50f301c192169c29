/**
 * ServerRecord: the note a running server leaves in its data directory: who it is and which workerd
 * works for it. The next start reads it to say who holds the directory, and to end a workerd that
 * outlived its server. It is information, not the lock: the lock is the operating system's.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessIdentity } from "./process-identity.ts";

export type ServerRecord = {
  readonly pid: number;
  /** Absent while the server starts, and where processes cannot be told apart. */
  readonly workerd?: ProcessIdentity;
};

const FILE_NAME = "server.json";

/** What the last server wrote; undefined if it stopped in order or wrote nothing readable. */
export function readServerRecord(dataDir: string): ServerRecord | undefined {
  try {
    return parseRecord(JSON.parse(readFileSync(join(dataDir, FILE_NAME), "utf8")));
  } catch {
    return undefined;
  }
}

/** Replaces the record in one step, so that a reader never sees half of it. */
export function writeServerRecord(dataDir: string, record: ServerRecord): void {
  const path = join(dataDir, FILE_NAME);
  writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`);
  renameSync(`${path}.new`, path);
}

export function removeServerRecord(dataDir: string): void {
  rmSync(join(dataDir, FILE_NAME), { force: true });
}

function parseRecord(value: unknown): ServerRecord | undefined {
  if (!isObject(value) || !isPid(value["pid"])) return undefined;
  const workerd = parseIdentity(value["workerd"]);
  return workerd === undefined ? { pid: value["pid"] } : { pid: value["pid"], workerd };
}

function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (!isObject(value)) return undefined;
  const { pid, startMark } = value;
  return isPid(pid) && typeof startMark === "string" ? { pid, startMark } : undefined;
}

/** Signals to 0 and to negative numbers reach whole groups: they are no pids here. */
function isPid(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
