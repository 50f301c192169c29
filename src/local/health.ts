/**
 * The health check of a start: asks the server as a client would, through its own front door, until
 * it answers 200. It says nothing about the server's health later on.
 */
import http from "node:http";
import { type Endpoint, reachableHost } from "./endpoint.ts";
import { StartFailure } from "./start-failure.ts";

const HEALTHY_WITHIN_MS = 15_000;
const RETRY_MS = 20;

/** Resolves when GET /health answers 200. Throws StartFailure if it does not, or workerd ends. */
export async function waitUntilHealthy(
  endpoint: Endpoint,
  workerdExited: Promise<string>,
): Promise<void> {
  let exit: string | undefined;
  void workerdExited.then((how) => {
    exit = how;
  });
  const deadlineMs = performance.now() + HEALTHY_WITHIN_MS;
  for (;;) {
    const status = await statusOf(endpoint);
    if (status === 200) return;
    if (exit !== undefined) throw new StartFailure(`workerd ended ${exit} while it started.`);
    if (performance.now() > deadlineMs) {
      throw new StartFailure(`The Worker does not become healthy: GET /health answers ${status}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The status code, or why there is none. */
function statusOf({ host, port }: Endpoint): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const options = { host: reachableHost(host), port, path: "/health", agent: false };
  const request = http.get({ ...options, timeout: HEALTHY_WITHIN_MS }, (response) => {
    response.resume();
    resolve(response.statusCode ?? "no status");
  });
  request.on("timeout", () => request.destroy(new Error("nothing in time")));
  request.on("error", (error) => resolve(error.message));
  return promise;
}
