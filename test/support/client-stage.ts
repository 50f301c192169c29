/**
 * ClientStage: one client's program and a server of its own, for the tests of one file. A client that
 * cannot be had on this machine skips those tests with the reason; the summary reads both from the
 * tests' metadata.
 */
import { mkdtempSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, type TestContext } from "vitest";
import { CLIENTS_PAGE } from "./docs-page.ts";
import { PREPARE_TIMEOUT_MS, Unavailable } from "./prepared-client.ts";
import { newSdkClient } from "./sdk-client.ts";
import { freePort, ServerProcess } from "./server-process.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

declare module "vitest" {
  interface TaskMeta {
    /** The client under test with its version, as the summary names it. */
    client?: string;
  }
}

export type ClientPlan<Tool> = {
  /** Left out where the test stands in for a client; the summary then does not count it. */
  readonly client?: string;
  readonly prepare: () => Promise<Tool>;
  /** The server authenticates, and the environment holds its root credential. */
  readonly isAuthenticated?: boolean;
};

export type StagedClient<Tool> = {
  readonly tool: Tool;
  readonly url: string;
  /** What the page about clients tells its reader to export. */
  readonly environment: Readonly<Record<string, string>>;
  /** Looks at the same queues from outside. */
  readonly sqs: SQSClient;
  /** A new, empty directory, gone after the tests. */
  readonly directory: string;
};

/** AWS's published example, whose secret has characters that URLs have another use for. */
const ROOT = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

const WITH_AUTH = {
  flags: ["--auth"],
  environment: {
    MILLRACE_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
    MILLRACE_ROOT_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
  },
};

/** Users and keys are at the same endpoint as queues. */
function rootEnvironment(url: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: ROOT.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT.secretAccessKey,
    AWS_ENDPOINT_URL_IAM: url,
    AWS_ENDPOINT_URL_STS: url,
  };
}

/** Call it at the top of a test file; each test calls what it returns. */
export function setStage<Tool>({
  client,
  prepare,
  isAuthenticated = false,
}: ClientPlan<Tool>): (context: TestContext) => StagedClient<Tool> {
  let tool: Tool | Unavailable;
  let data: TemporaryDirectory;
  let server: ServerProcess | undefined;
  let sqs: SQSClient | undefined;

  beforeAll(async () => {
    data = new TemporaryDirectory();
    tool = await prepare().catch((error: unknown) => {
      if (error instanceof Unavailable) return error;
      throw error;
    });
    if (tool instanceof Unavailable) return;
    const start = { dataDir: join(data.path, "server"), port: await freePort() };
    server = await ServerProcess.started(isAuthenticated ? { ...start, ...WITH_AUTH } : start);
    sqs = newSdkClient(server.url, "us-east-1", isAuthenticated ? { ...ROOT } : undefined);
  }, PREPARE_TIMEOUT_MS);

  afterAll(async () => {
    sqs?.destroy();
    await server?.stop();
    data.remove();
  });

  return ({ task, skip }) => {
    if (client !== undefined) task.meta.client = client;
    if (tool instanceof Unavailable) return skip(tool.message);
    if (server === undefined || sqs === undefined) throw new Error("the server did not start");
    const directory = mkdtempSync(join(realpathSync(data.path), "run-"));
    const { url } = server;
    const ofPage = CLIENTS_PAGE.exports("environment", url);
    const environment = isAuthenticated ? { ...ofPage, ...rootEnvironment(url) } : ofPage;
    return { tool, url, environment, sqs, directory };
  };
}
