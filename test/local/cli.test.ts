/**
 * The command as its users meet it: one ready line, one line per trouble, exit codes, signals, and
 * accidents of every part, after which nothing may be left that harms the next start.
 */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cleansUp } from "../support/cleanups.ts";
import { isAlive, signal } from "../support/process-tree.ts";
import { CliProcess, type Exit } from "./cli-process.ts";

const WAIT_MS = 5_000;

const cleanups = cleansUp();

function run(
  args: readonly string[],
  environment: Record<string, string> = {},
  launcher: readonly string[] = [],
): CliProcess {
  const command = new CliProcess(args, environment, launcher);
  cleanups.push(() => command.end());
  return command;
}

async function exitOf(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Exit> {
  return await run(args, environment).exit();
}

/** A server that is ready, on a free port. */
async function server(dataDir = cleanups.temporaryPath()): Promise<CliProcess> {
  const command = run(["--port", "0", "--data", dataDir]);
  await command.ready();
  return command;
}

async function eventually(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("the command", () => {
  it("prints one ready line with the endpoint, when requests are served", async () => {
    const dataDir = cleanups.temporaryPath();
    const command = run(["--data", dataDir], { PORT: "0" });
    const url = await command.ready();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    command.signal("SIGTERM");
    const { stdout, stderr } = await command.exit();
    expect(stdout).toBe(`Millrace is ready at ${url} (data in ${dataDir})\n`);
    expect(stderr).toBe("");
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("stops in order on %s", async (name) => {
    const command = await server();
    command.signal(name);
    expect(await command.exit()).toMatchObject({ code: 0, stderr: "" });
    await eventually(() => command.isGone());
  });

  it("stops in order on a signal that comes while it starts", async () => {
    const dataDir = cleanups.temporaryPath();
    const command = run(["--port", "0", "--data", dataDir]);
    await eventually(() => readdirSync(dataDir).length > 0);
    command.signal("SIGTERM");
    expect(await command.exit()).toMatchObject({ code: 0, stderr: "" });
  });

  it("stops in order when workerd got the Ctrl-C first", async () => {
    const command = await server();
    signal(command.child("workerd"), "SIGINT");
    command.signal("SIGINT");
    expect(await command.exit()).toMatchObject({ code: 0, stderr: "" });
  });

  it("stops in order while a client waits for its answer", async () => {
    const command = run(["--port", "0", "--data", cleanups.temporaryPath()]);
    const { port } = new URL(await command.ready());
    const client = net.connect(Number(port), "127.0.0.1");
    client.write("POST / HTTP/1.1\r\nHost: millrace\r\nContent-Length: 2\r\n\r\n{");
    await once(client, "connect");
    const closed = once(client.resume(), "close");
    command.signal("SIGTERM");
    expect(await command.exit()).toMatchObject({ code: 0, stderr: "" });
    await closed;
  });
});

describe("a mistake", () => {
  it.each([
    [["--prot", "9400"], "millrace: unknown option '--prot' (Did you mean --port?)\n"],
    [["--account-id", "12"], /^millrace: .* An account id is exactly 12 digits\.\n$/],
    [["--auth=yes"], "millrace: unknown option '--auth=yes'\n"],
    [["--host", "0.0.0.0"], /^millrace: --host 0\.0\.0\.0 can be reached.*\n$/],
  ])("on the command line costs one line and exit code 2: %s", async (args, stderr) => {
    const exit = await exitOf(args);
    expect(exit).toMatchObject({ code: 2, stdout: "" });
    expect(exit.stderr).toMatch(stderr);
  });

  it("in the data directory costs one line and exit code 1", async () => {
    const exit = await exitOf(["--port", "0", "--data", join(import.meta.filename, "data")]);
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toMatch(
      /^millrace: The data directory .* cannot be used \(ENOTDIR\)\..*\n$/,
    );
  });

  it("of a second server on the same data costs one line and exit code 1", async () => {
    const dataDir = cleanups.temporaryPath();
    const first = await server(dataDir);
    const exit = await exitOf(["--port", "0", "--data", dataDir]);
    expect(exit).toMatchObject({ code: 1, stdout: "" });
    expect(exit.stderr).toBe(
      `millrace: The data directory ${dataDir} is in use by Millrace process ${first.pid}. Stop it, or choose another directory with --data.\n`,
    );
  });
});

describe("an accident", () => {
  it("of the server ends workerd, and the next server has the data at once", async () => {
    const dataDir = cleanups.temporaryPath();
    const command = await server(dataDir);
    command.signal("SIGKILL");
    await server(dataDir);
    expect(isAlive(command.child("workerd"))).toBe(false);
    await eventually(() => command.isGone());
  });

  it("of the server and its guard leaves an orphan that the next server ends", async () => {
    const dataDir = cleanups.temporaryPath();
    const command = await server(dataDir);
    signal(command.child("sh"), "SIGKILL");
    await eventually(() => !isAlive(command.child("sh")));
    command.signal("SIGKILL");
    await command.exit().catch(() => {});
    expect(isAlive(command.child("workerd"))).toBe(true);
    await server(dataDir);
    expect(isAlive(command.child("workerd"))).toBe(false);
  });

  it("of workerd ends the server with exit code 1 and one line that says so", async () => {
    const dataDir = cleanups.temporaryPath();
    const command = await server(dataDir);
    signal(command.child("workerd"), "SIGKILL");
    expect(await command.exit()).toMatchObject({
      code: 1,
      stderr:
        "millrace: workerd ended by SIGKILL, and the server with it. Nothing acknowledged is lost: start it again.\n",
    });
    await eventually(() => command.isGone());
    await server(dataDir);
  });

  it("of npm, which cannot pass SIGKILL on, ends the server too", async () => {
    const args = ["--port", "0", "--data", cleanups.temporaryPath()];
    // A shell that has something left to do stays the server's parent, as npm does.
    const npm = ["/bin/sh", "-c", '"$@"; exit $?', "npm"];
    const command = run(args, { npm_lifecycle_event: "start" }, npm);
    await command.ready();
    command.signal("SIGKILL");
    await eventually(() => command.isGone());
  });
});
