/**
 * A server that a scenario has to itself, because it is started in another way than the bench's: on data of
 * its own, ended and forgotten when the scenario is over.
 */
import { freePort, ServerProcess, type ServerStart } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

export async function withOwnServer(
  start: Pick<ServerStart, "flags" | "environment">,
  measure: (port: number) => Promise<void>,
): Promise<void> {
  const data = new TemporaryDirectory();
  const port = await freePort();
  const server = await ServerProcess.started({ ...start, dataDir: data.path, port });
  try {
    await measure(port);
  } finally {
    await server.stop();
    data.remove();
  }
}
