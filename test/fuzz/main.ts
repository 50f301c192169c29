/**
 * The fuzzer: `npm run fuzz -- [--requests N] [--seed S] [--callers N]`. It starts the server as users do,
 * sends adversarial requests in both protocols over many connections, and wants of every one an answer in
 * time, well-formed and no failure of the server's; and in the end the messages of queues that no request
 * named as they were. A flawed answer ends it, and is printed with the request and the seed.
 */
import { parseArgs } from "node:util";
import { seedOfRun } from "../support/seeded-random.ts";
import { freePort, ServerProcess } from "../support/server-process.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { Canary } from "./canary.ts";
import { Fuzzer } from "./fuzzer.ts";

const { values: flags } = parseArgs({
  options: {
    requests: { type: "string", default: "1000000" },
    seed: { type: "string" },
    callers: { type: "string", default: "16" },
  },
});
const seed = flags.seed === undefined ? seedOfRun() : Number(flags.seed);
const requests = Number(flags.requests);
console.log(`${requests} requests, --seed ${seed}`);

const data = new TemporaryDirectory();
const server = await ServerProcess.started({ dataDir: data.path, port: await freePort() });
try {
  const canary = await Canary.hatched(server.port);
  const fuzzer = await Fuzzer.prepared({ port: server.port, seed });
  await fuzzer.run({ requests, callers: Number(flags.callers) });
  console.log(fuzzer.summary());
  await canary.mustBeIntact();
  console.log("Every answer was well-formed and in time, and the canary's messages are intact.");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`To repeat: npm run fuzz -- --seed ${seed} --requests ${requests}`);
  console.error(`The server printed:\n${server.output}`);
  process.exitCode = 1;
} finally {
  await server.stop();
  data.remove();
}
