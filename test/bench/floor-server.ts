/**
 * The floor, as a process of its own: the same workerd as the product's, answering from a Worker
 * that calls an object which does nothing. No queue on this platform can be faster. It listens
 * twice: directly, and behind the same relay as the product. Prints its two ports as one JSON line.
 */
import { Miniflare } from "miniflare";
import { Relay } from "../../src/local/relay.ts";
import { freePort } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const HOST = "127.0.0.1";
const NAME = "floor";

const WORKER = `
import { DurableObject } from "cloudflare:workers";
export class Nothing extends DurableObject { nothing() {} }
let id;
export default { async fetch(request, env) {
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
        env: { NOTHING: { type: "durable-object", exportName: "Nothing", worker: NAME } },
        exports: { Nothing: { type: "durable-object", storage: "sqlite" } },
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
