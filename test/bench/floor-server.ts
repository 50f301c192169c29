/**
 * The floor, as a process of its own: the same workerd as the product's, answering from a Worker
 * that calls an object which does nothing. No queue on this platform can be faster. A path
 * `/write/N` is answered when one of N objects, in turns, has written a row. It listens twice: directly, and behind the same relay as the product. Prints its two ports as one JSON line.
 */
import { Miniflare } from "miniflare";
import { Relay } from "../../src/local/relay.ts";
import { freePort } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { BODY_BYTES } from "./message.ts";

const HOST = "127.0.0.1";
const NAME = "floor";
const object = (exportName: string) =>
  ({ type: "durable-object", exportName, worker: NAME }) as const;

const WORKER = `
import { DurableObject } from "cloudflare:workers";
export class Nothing extends DurableObject { nothing() {} }
export class Writer extends DurableObject {
  #sql = this.ctx.storage.sql;
  #isReady = this.#sql.exec("CREATE TABLE IF NOT EXISTS rows(id INTEGER PRIMARY KEY, body BLOB)");
  write() { this.#sql.exec("INSERT INTO rows(body) VALUES (?)", BODY); }
}
const BODY = new Uint8Array(${BODY_BYTES});
let id;
let turn = 0;
export default { async fetch(request, env) {
  const [, count] = request.url.split("/write/");
  if (count !== undefined) {
    await env.WRITER.getByName(count + "/" + (turn++ % Number(count))).write();
    return new Response("{}");
  }
  id ??= env.NOTHING.idFromName("nothing");
  await env.NOTHING.get(id).nothing();
  return new Response("{}");
} };
`;

const data = new TemporaryDirectory();
const directPort = await freePort();
const miniflare = new Miniflare({
  host: HOST,
  port: 0,
  resourcePersistencePath: data.path,
  workers: [
    {
      config: {
        name: NAME,
        compatibilityDate: "2026-09-30",
        compatibilityFlags: ["enable_request_signal"],
        manifest: {
          mainModule: "worker.mjs",
          modules: { "worker.mjs": { type: "esm", contents: WORKER } },
        },
        env: { NOTHING: object("Nothing"), WRITER: object("Writer") },
        exports: {
          Nothing: { type: "durable-object", storage: "sqlite" },
          Writer: { type: "durable-object", storage: "sqlite" },
        },
      },
      dev: { unsafeDirectSockets: [{ host: HOST, port: directPort }] },
    },
  ],
});
await miniflare.ready;
const relay = await Relay.listen({ host: HOST, port: 0 });
relay.forwardTo({ host: HOST, port: directPort });
console.log(JSON.stringify({ directPort, relayedPort: relay.port }));

process.once("SIGTERM", () => void stop());

async function stop(): Promise<void> {
  await relay.stop(0);
  await miniflare.dispose();
  data.remove();
  process.exit(0);
}
