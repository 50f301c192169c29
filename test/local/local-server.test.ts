/**
 * The local server with a small Worker: what the Worker is told, what survives, who learns that a
 * client left, and that nothing is left behind.
 */
import net from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type LocalServer,
  type LocalServerOptions,
  startLocalServer,
} from "../../src/local/local-server.ts";
import { cleansUp } from "../support/cleanups.ts";
import { HttpCaller } from "../support/http-caller.ts";
import { descendantsOf, isAlive } from "../support/process-tree.ts";
import { headerOf } from "../support/response-reader.ts";

const WORKER = join(import.meta.dirname, "fixtures/worker.ts");
const WAIT_MS = 5_000;

const cleanups = cleansUp();

async function startServer(options: LocalServerOptions = {}): Promise<LocalServer> {
  const dataDir = options.dataDir ?? cleanups.temporaryPath();
  const server = await startLocalServer({ port: 0, workerEntry: WORKER, ...options, dataDir });
  cleanups.push(() => server.stop());
  return server;
}

async function count(server: LocalServer, name: string): Promise<number> {
  const response = await fetch(`${server.url}/${name}`);
  return Number(await response.text());
}

async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = performance.now() + WAIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error("it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("a local server", () => {
  it("serves at its URL as soon as it has started", async () => {
    const server = await startServer();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    const response = await fetch(`${server.url}/echo`, { method: "POST", body: "hello" });
    expect(await response.text()).toBe("hello");
  });

  it("tells the Worker that access is open, its region, its account and that nothing cools down", async () => {
    const server = await startServer({ region: "eu-west-1", accountId: "123456789012" });
    const response = await fetch(`${server.url}/variables`);
    expect(await response.json()).toEqual({
      MILLRACE_ACCESS: "open",
      MILLRACE_AUDIT: "off",
      MILLRACE_COOLDOWNS: "off",
      MILLRACE_REGION: "eu-west-1",
      MILLRACE_ACCOUNT_ID: "123456789012",
    });
  });

  it("tells the Worker of a server that authenticates its secrets, which it knows itself", async () => {
    const server = await startServer({ isAuthenticated: true, isAudited: true });
    const response = await fetch(`${server.url}/variables`);
    expect(await response.json()).toMatchObject({
      MILLRACE_ACCESS: "signed",
      MILLRACE_AUDIT: "all",
      MILLRACE_ROOT_ACCESS_KEY_ID: server.rootCredential?.accessKeyId,
      MILLRACE_ROOT_SECRET_ACCESS_KEY: server.rootCredential?.secretAccessKey,
      MILLRACE_ROOT_KEYS: expect.stringMatching(/^1:/),
    });
  });

  it("leaves the cool-downs on when it is strict", async () => {
    const server = await startServer({ isStrict: true });
    const response = await fetch(`${server.url}/variables`);
    expect(await response.json()).not.toHaveProperty("MILLRACE_COOLDOWNS");
  });

  it("keeps its data for the next server on the same directory", async () => {
    const dataDir = cleanups.temporaryPath();
    const first = await startServer({ dataDir });
    await fetch(`${first.url}/survivor`, { method: "PUT" });
    await first.stop();
    const second = await startServer({ dataDir });
    expect(await count(second, "survivor")).toBe(1);
  });

  it("shares a process with others, each with its own workerd and data", async () => {
    const servers = await Promise.all([startServer(), startServer(), startServer()]);
    for (const server of servers) await fetch(`${server.url}/visits`, { method: "PUT" });
    expect(await Promise.all(servers.map((server) => count(server, "visits")))).toEqual([1, 1, 1]);
    expect(new Set(servers.map(({ workerdPid }) => workerdPid)).size).toBe(3);
  });

  it("hands over what the Worker prints", async () => {
    const lines: string[] = [];
    const server = await startServer({ onLog: (line) => lines.push(line) });
    await fetch(`${server.url}/log`);
    await eventually(() => lines.includes("a line from the Worker"));
  });

  it.each(["FIN", "RST"])("tells the Worker of a client that left by %s", async (how) => {
    const server = await startServer();
    const client = net.connect(server.port, "127.0.0.1");
    client.on("error", () => {});
    client.write("GET /hold HTTP/1.1\r\nHost: millrace\r\n\r\n");
    await eventually(async () => (await count(server, "held")) === 1);
    if (how === "FIN") client.end();
    else client.resetAndDestroy();
    await eventually(async () => (await count(server, "aborted")) === 1);
  });

  it("takes no signals for itself: they belong to the process it runs in", async () => {
    const before = process.listenerCount("SIGTERM") + process.listenerCount("SIGINT");
    await startServer();
    expect(process.listenerCount("SIGTERM") + process.listenerCount("SIGINT")).toBe(before);
  });
});

describe("a URL that workerd does not take is answered before the Worker sees it:", () => {
  const beginning = "/?Action=ListQueues&QueueNamePrefix=";
  it.each([
    { title: "one beyond 64 KB", path: beginning + "a".repeat(70_000), status: 414 },
    { title: "one with a byte beyond ASCII", path: `${beginning}\u00e9`, status: 400 },
  ])("$title with $status, in plain text", async ({ path, status }) => {
    const { port } = await startServer();
    const caller = await HttpCaller.connect({ port, silenceMs: WAIT_MS });
    cleanups.push(() => caller.close());
    const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`;
    const answer = await caller.call(Buffer.from(request, "latin1"));
    expect(answer.status).toBe(status);
    expect(headerOf(answer.head, "content-type")).toMatch(/^text\/plain/);
  });
});

describe("a local server that ends", () => {
  it("by stop leaves no process, no port and no lock", async () => {
    const dataDir = cleanups.temporaryPath();
    const server = await startServer({ dataDir });
    const children = descendantsOf(process.pid);
    await server.stop();
    await expect(server.closed).resolves.toEqual({ kind: "stopped" });
    await eventually(() => !children.some(isAlive));
    await expect(fetch(server.url)).rejects.toThrow();
    await startServer({ dataDir });
  });

  it("because workerd was killed says so and lets the data go", async () => {
    const dataDir = cleanups.temporaryPath();
    const server = await startServer({ dataDir });
    process.kill(server.workerdPid, "SIGKILL");
    expect(await server.closed).toEqual({ kind: "workerd-ended", how: "by SIGKILL" });
    await server.stop();
    await startServer({ dataDir });
  });
});

describe("a local server that cannot start", () => {
  it("because its directory is in use leaves the owner alone", async () => {
    const owner = await startServer();
    const [workerd] = descendantsOf(process.pid).filter(({ pid }) => pid === owner.workerdPid);
    const dataDir = cleanups.temporaryPath();
    await startServer({ dataDir });
    await expect(startServer({ dataDir })).rejects.toThrow("is in use by Millrace process");
    expect(workerd !== undefined && isAlive(workerd)).toBe(true);
  });

  it("because its port is taken lets the directory go", async () => {
    const other = await startServer();
    const dataDir = cleanups.temporaryPath();
    await expect(startServer({ dataDir, port: other.port })).rejects.toThrow(
      `Port ${other.port} on 127.0.0.1 is in use`,
    );
    await startServer({ dataDir });
  });

  it("because its Worker does not compile names the file", async () => {
    const workerEntry = join(import.meta.dirname, "fixtures/no-such-worker.ts");
    await expect(startServer({ workerEntry })).rejects.toThrow("The Worker cannot be bundled");
  });

  it("because its Worker throws leaves no workerd behind", async () => {
    const workerEntry = join(import.meta.dirname, "fixtures/broken-worker.ts");
    await expect(startServer({ workerEntry })).rejects.toThrow("workerd does not start");
    await eventually(() => !descendantsOf(process.pid).some(isAlive));
  });

  it("because its host is not this machine alone must be told that this is meant", async () => {
    await expect(startServer({ host: "0.0.0.0" })).rejects.toThrow("Pass --auth, or --insecure if");
    const server = await startServer({ host: "0.0.0.0", isInsecure: true });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });
});
