/**
 * DataDirectory: the directory that holds the objects' data, owned by one server at a time.
 *
 * Invariants:
 * - Two servers never own one directory: two engines on the same SQLite files destroy data.
 * - Ownership is a lock of the operating system, so it ends with its process, however that ends. A
 *   lock file with a pid would go stale, and two servers could take it over at once.
 * - A workerd that outlived a killed server is ended before the directory is handed over.
 */
import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { endProcess, identityOf } from "./process-identity.ts";
import { readServerRecord, removeServerRecord, writeServerRecord } from "./server-record.ts";
import { StartFailure, systemErrorCode } from "./start-failure.ts";

/** A server that was killed a moment ago needs an instant to let go. */
const LOCK_WAIT_MS = 1_000;
const LOCK_POLL_MS = 25;
const ORPHAN_WAIT_MS = 5_000;
/** Messages are for the user alone who runs the server. */
const PRIVATE = { mode: 0o700 };
/** SQLite's result code for a lock that somebody else holds. */
const SQLITE_BUSY = 5;

export class DataDirectory {
  readonly path: string;
  readonly #lock: DatabaseSync;

  private constructor(path: string, lock: DatabaseSync) {
    this.path = path;
    this.#lock = lock;
  }

  /** Creates the directory if needed and owns it. Throws StartFailure if that cannot be. */
  static async own(directory: string): Promise<DataDirectory> {
    const path = resolve(directory);
    createDirectory(directory, path);
    const lock = await takeLock(directory, path);
    try {
      await endOrphan(directory, path);
      writeServerRecord(path, { pid: process.pid });
      return new DataDirectory(path, lock);
    } catch (error) {
      lock.close();
      throw error;
    }
  }

  /** Notes which workerd works on the data, so that the next server can end it if need be. */
  recordWorkerd(pid: number): void {
    const workerd = identityOf(pid);
    if (workerd !== undefined) writeServerRecord(this.path, { pid: process.pid, workerd });
  }

  /** Call it only when workerd is gone. */
  release(): void {
    removeServerRecord(this.path);
    this.#lock.close();
  }
}

function createDirectory(name: string, path: string): void {
  try {
    makeDirectory(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    const ignoreFile = join(path, ".gitignore");
    if (!existsSync(ignoreFile)) writeFileSync(ignoreFile, "*\n");
  } catch (error) {
    throw unusable(name, systemErrorCode(error) ?? String(error));
  }
}

/**
 * With its ancestors. Node's own recursive way does not end where a parent exists and yet says that
 * it does not, as /proc does.
 */
function makeDirectory(path: string): void {
  const parent = dirname(path);
  try {
    mkdirSync(path, PRIVATE);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    if (code !== "ENOENT" || parent === path) throw error;
    makeDirectory(parent);
    mkdirSync(path, PRIVATE);
  }
}

/** An exclusive transaction that is never committed: SQLite's lock, on every platform. */
async function takeLock(name: string, path: string): Promise<DatabaseSync> {
  const deadlineMs = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    const lock = tryLock(name, path);
    if (lock !== undefined) return lock;
    if (performance.now() > deadlineMs) throw inUse(name, readServerRecord(path)?.pid);
    await new Promise((done) => setTimeout(done, LOCK_POLL_MS));
  }
}

function tryLock(name: string, path: string): DatabaseSync | undefined {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(path, "server.lock"), { timeout: 0 });
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock?.close();
    if (isBusy(error)) return undefined;
    throw unusable(name, error instanceof Error ? error.message : String(error));
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
}

async function endOrphan(name: string, path: string): Promise<void> {
  const orphan = readServerRecord(path)?.workerd;
  if (orphan === undefined) return;
  if (await endProcess(orphan, ORPHAN_WAIT_MS)) return;
  throw new StartFailure(
    `The data directory ${name} is still used by workerd process ${orphan.pid}, left by a server that was killed. End that process, then start again.`,
  );
}

function inUse(name: string, ownerPid: number | undefined): StartFailure {
  const owner = ownerPid === undefined ? "another Millrace server" : `Millrace process ${ownerPid}`;
  return new StartFailure(
    `The data directory ${name} is in use by ${owner}. Stop it, or choose another directory with --data.`,
  );
}

function unusable(name: string, reason: string): StartFailure {
  return new StartFailure(
    `The data directory ${name} cannot be used (${reason}). Choose a directory that this user can write to with --data.`,
  );
}
