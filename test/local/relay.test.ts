/**
 * The relay against upstreams of the test's own: every way in which either side can leave, bytes in
 * every quantity, and what happens around its start and stop.
 */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Relay } from "../../src/local/relay.ts";
import { cleansUp } from "../support/cleanups.ts";

const LOOPBACK = "127.0.0.1";
const MEGABYTE = 1024 * 1024;

const cleanups = cleansUp();

describe("a client that leaves", () => {
  it("by FIN resets the upstream connection", async () => {
    const { client, upstream } = await connectedPair();
    client.end();
    expect(await endOf(upstream)).toBe("ECONNRESET");
  });

  it("by RST resets the upstream connection", async () => {
    const { client, upstream } = await connectedPair();
    client.resetAndDestroy();
    expect(await endOf(upstream)).toBe("ECONNRESET");
  });

  it("by FIN with its request sent resets it too: a half-open client waits for nobody", async () => {
    const { client, upstream } = await connectedPair({ allowHalfOpen: true });
    client.write("a request");
    await once(upstream, "data");
    client.end();
    expect(await endOf(upstream)).toBe("ECONNRESET");
    await once(client, "close");
  });

  it("while the upstream sends more than it reads is noticed", async () => {
    const { client, upstream } = await connectedPair();
    client.pause();
    upstream.write(Buffer.alloc(32 * MEGABYTE));
    await sleep(50);
    client.resetAndDestroy();
    expect(await endOf(upstream)).toBe("ECONNRESET");
  });
});

describe("an upstream that leaves", () => {
  it("by FIN lets the client read everything, then a FIN", async () => {
    const { client, upstream } = await connectedPair();
    const sent = randomBytes(8 * MEGABYTE);
    upstream.end(sent);
    const received = await readAll(client);
    expect(digest(received)).toBe(digest(sent));
  });

  it("by RST ends the client cleanly", async () => {
    const { client, upstream } = await connectedPair();
    upstream.resetAndDestroy();
    expect((await readAll(client)).length).toBe(0);
  });

  it("is never there: the client's connection is closed", async () => {
    const relay = await startRelay();
    const free = await listen(net.createServer());
    free.server.close();
    relay.forwardTo({ host: LOOPBACK, port: free.port });
    const client = await connect(relay.port);
    expect((await readAll(client)).length).toBe(0);
  });
});

describe("bytes", () => {
  it("pass whole and in order, many megabytes each way at once", async () => {
    const url = await httpThroughRelay((request, response) => request.pipe(response));
    const bodies = Array.from({ length: 4 }, () => randomBytes(16 * MEGABYTE));
    const echoes = await Promise.all(bodies.map((body) => post(url, body)));
    expect(echoes.map(digest)).toEqual(bodies.map(digest));
  });

  it("wait for a client that reads slowly: the relay does not hoard them", async () => {
    const { client, upstream } = await connectedPair();
    client.pause();
    const total = 64 * MEGABYTE;
    upstream.end(Buffer.alloc(total));
    await sleep(200);
    // What left the upstream is in kernel buffers and one chunk of the relay's.
    expect(upstream.writableLength).toBeGreaterThan(total / 2);
    client.resume();
    expect((await readAll(client)).length).toBe(total);
  });

  it("of pipelined requests come back in the order of the requests", async () => {
    const url = await httpThroughRelay((request, response) => response.end(request.url));
    const client = await connect(Number(url.port));
    const paths = Array.from({ length: 50 }, (_, index) => `/${index}-`);
    client.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: millrace\r\n\r\n`).join(""));
    const text = await readUntil(client, "/49-");
    expect(text.match(/\/\d+-/g)).toEqual(paths);
  });

  it("of a thousand requests pass on one kept-alive connection", async () => {
    let connectionCount = 0;
    const url = await httpThroughRelay(
      (_, response) => response.end("ok"),
      () => connectionCount++,
    );
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let request = 0; request < 1000; request++) await post(url, Buffer.from("x"), agent);
    agent.destroy();
    expect(connectionCount).toBe(1);
  });

  it("of 2,000 clients at once pass", async () => {
    const url = await httpThroughRelay((request, response) => request.pipe(response));
    const agent = new http.Agent({ keepAlive: true });
    const texts = Array.from({ length: 2000 }, (_, index) => `body ${index}`);
    const echoes = await Promise.all(texts.map((text) => post(url, Buffer.from(text), agent)));
    agent.destroy();
    expect(echoes.map(String)).toEqual(texts);
  });
});

describe("a relay", () => {
  it("holds clients that come before the upstream is known", async () => {
    const relay = await startRelay();
    const client = await connect(relay.port);
    client.write("early");
    await sleep(20);
    const upstream = await listen(net.createServer((socket) => socket.pipe(socket)));
    relay.forwardTo({ host: LOOPBACK, port: upstream.port });
    expect(await readUntil(client, "early")).toBe("early");
  });

  it("that stops lets a request in flight be answered", async () => {
    const { relay, client, upstream } = await connectedPair();
    client.write("request");
    await once(upstream, "data");
    const stopped = relay.stop(5_000);
    await sleep(50);
    upstream.write("answer");
    await stopped;
    expect(String(await readAll(client))).toBe("answer");
  });

  it("that stops cuts what outlasts the grace and accepts nobody", async () => {
    const { relay, client, upstream } = await connectedPair();
    client.write("a long poll");
    await once(upstream, "data");
    const port = relay.port;
    await relay.stop(50);
    expect((await readAll(client)).length).toBe(0);
    await expect(connect(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("says in one line which port is taken", async () => {
    const taken = await listen(net.createServer());
    await expect(Relay.listen({ host: LOOPBACK, port: taken.port })).rejects.toThrow(
      `Port ${taken.port} on 127.0.0.1 is in use by another process. Stop it, or choose another port with --port.`,
    );
  });
});

async function startRelay(): Promise<Relay> {
  const relay = await Relay.listen({ host: LOOPBACK, port: 0 });
  cleanups.push(() => relay.stop(0));
  return relay;
}

/** A client and the upstream's end of its connection, with the relay between. */
async function connectedPair(
  options: { allowHalfOpen?: boolean } = {},
): Promise<{ relay: Relay; client: net.Socket; upstream: net.Socket }> {
  const server = net.createServer({ allowHalfOpen: true });
  const accepted = once(server, "connection");
  const { port } = await listen(server);
  const relay = await startRelay();
  relay.forwardTo({ host: LOOPBACK, port });
  const client = await connect(relay.port, options);
  const [upstream] = await accepted;
  if (!(upstream instanceof net.Socket)) throw new Error("no upstream connection");
  cleanups.push(() => upstream.destroy());
  return { relay, client, upstream };
}

async function httpThroughRelay(
  handler: http.RequestListener,
  onConnection: () => void = () => {},
): Promise<URL> {
  const server = http.createServer(handler).on("connection", onConnection);
  const { port } = await listen(server);
  const relay = await startRelay();
  relay.forwardTo({ host: LOOPBACK, port });
  return new URL(`http://${LOOPBACK}:${relay.port}/`);
}

async function listen<S extends net.Server>(server: S): Promise<{ server: S; port: number }> {
  // Resets are what is tested: those that a test does not wait for are no failure.
  server.on("connection", (socket: net.Socket) => socket.on("error", () => {}));
  server.listen({ host: LOOPBACK, port: 0, backlog: 4096 });
  await once(server, "listening");
  cleanups.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, port: address.port };
}

async function connect(
  port: number,
  options: { allowHalfOpen?: boolean } = {},
): Promise<net.Socket> {
  const socket = net.connect({ host: LOOPBACK, port, ...options });
  await once(socket, "connect");
  socket.on("error", () => {});
  cleanups.push(() => socket.destroy());
  return socket;
}

/** How a connection ended: "FIN", or the code of its error. */
function endOf(socket: net.Socket): Promise<string> {
  socket.resume();
  return new Promise((resolve) => {
    socket.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    socket.once("end", () => resolve("FIN"));
  });
}

/** Everything until the FIN; a reset rejects. */
async function readAll(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readUntil(socket: net.Socket, end: string): Promise<string> {
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.endsWith(end)) break;
  }
  return text;
}

function post(url: URL, body: Buffer, agent: http.Agent | false = false): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = url;
    const request = http.request({ hostname, port, method: "POST", agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
