/**
 * The data directory has one owner at a time, whatever became of the last one, and a workerd left
 * behind is ended without ever touching a process that is somebody else's.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataDirectory } from "../../src/local/data-directory.ts";
import { identityOf, isSameProcessAlive } from "../../src/local/process-identity.ts";
import { readServerRecord, writeServerRecord } from "../../src/local/server-record.ts";
import { cleansUp } from "../support/cleanups.ts";

const cleanups = cleansUp();

async function own(path: string): Promise<DataDirectory> {
  const data = await DataDirectory.own(path);
  cleanups.push(() => data.release());
  return data;
}

/** A process that lives until the test ends it. */
function livingProcess(): number {
  const { pid, kill } = bound(spawn("sleep", ["60"], { stdio: "ignore" }));
  cleanups.push(kill);
  return pid;
}

function bound(child: ReturnType<typeof spawn>): { pid: number; kill: () => void } {
  if (child.pid === undefined) throw new Error("nothing was spawned");
  return { pid: child.pid, kill: () => child.kill("SIGKILL") };
}

describe("a data directory", () => {
  it("is created with its parents, and git ignores it", async () => {
    const path = join(cleanups.temporaryPath(), "deep", "down");
    await own(path);
    expect(existsSync(join(path, ".gitignore"))).toBe(true);
  });

  it("has one owner: the second is refused and told who owns it", async () => {
    const path = cleanups.temporaryPath();
    await own(path);
    await expect(DataDirectory.own(path)).rejects.toThrow(
      `The data directory ${path} is in use by Millrace process ${process.pid}. Stop it, or choose another directory with --data.`,
    );
  });

  it("is free again when it was released, also after a refusal", async () => {
    const path = cleanups.temporaryPath();
    const first = await DataDirectory.own(path);
    await expect(DataDirectory.own(path)).rejects.toThrow("is in use");
    first.release();
    expect(readServerRecord(path)).toBeUndefined();
    await own(path);
  });

  it("goes to one of many servers that start at once", async () => {
    const path = cleanups.temporaryPath();
    const starts = await Promise.allSettled(Array.from({ length: 8 }, () => own(path)));
    expect(starts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is no hindrance to another directory in the same process", async () => {
    const parent = cleanups.temporaryPath();
    await own(join(parent, "one"));
    await own(join(parent, "two"));
  });

  it("that is a file, or lies below one, is refused in one line", async () => {
    const file = join(cleanups.temporaryPath(), "file");
    writeFileSync(file, "");
    for (const path of [file, join(file, "below")]) {
      await expect(DataDirectory.own(path)).rejects.toThrow(
        /^The data directory .* cannot be used \((EEXIST|ENOTDIR)\)\. Choose a directory/,
      );
    }
  });

  it.runIf(process.platform === "linux")(
    "where none can be made, and whose parent denies being there, is refused",
    async () => {
      await expect(DataDirectory.own("/proc/millrace")).rejects.toThrow("cannot be used (ENOENT)");
    },
  );

  it("whose lock cannot be opened is refused, not waited for", async () => {
    const path = cleanups.temporaryPath();
    mkdirSync(join(path, "server.lock"));
    await expect(DataDirectory.own(path)).rejects.toThrow("cannot be used (unable to open");
  });
});

describe("a workerd that outlived its server", () => {
  it("is ended by the next server", async () => {
    const path = cleanups.temporaryPath();
    const workerd = identityOf(livingProcess());
    if (workerd === undefined) throw new Error("the process has no identity");
    writeServerRecord(path, { pid: 999_999_999, workerd });
    await own(path);
    expect(isSameProcessAlive(workerd)).toBe(false);
  });

  it("is not looked for in a process that merely got its pid", async () => {
    const path = cleanups.temporaryPath();
    const stranger = identityOf(livingProcess());
    if (stranger === undefined) throw new Error("the process has no identity");
    const { pid } = stranger;
    writeServerRecord(path, { pid: 999_999_999, workerd: { pid, startMark: "another start" } });
    await own(path);
    expect(isSameProcessAlive(stranger)).toBe(true);
  });

  it.each(["", "{", "null", '{"pid":1,"workerd":{"pid":0,"startMark":"x"}}', '{"pid":"7"}'])(
    "is not found in a damaged record: %s",
    async (text) => {
      const path = cleanups.temporaryPath();
      writeFileSync(join(path, "server.json"), text);
      await own(path);
      expect(readServerRecord(path)?.pid).toBe(process.pid);
    },
  );
});
