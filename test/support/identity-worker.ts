/**
 * The Worker in workerd with root keys, and the AWS SDK's clients for IAM, STS and Organizations set up for
 * it as their users do. An access key id of twelve digits is the account, whose root the caller is.
 */
import { randomBytes, randomInt } from "node:crypto";
import { IAMClient } from "@aws-sdk/client-iam";
import { OrganizationsClient } from "@aws-sdk/client-organizations";
import { STSClient } from "@aws-sdk/client-sts";
import { Runtime } from "../../src/local/runtime.ts";
import { bundleWorker, DEFAULT_WORKER_ENTRY } from "../../src/local/worker-bundle.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

export const DEPLOYMENT_ACCOUNT = "000000000000";

export class IdentityWorker {
  readonly #runtime: Runtime;
  readonly #data: TemporaryDirectory;

  private constructor(runtime: Runtime, data: TemporaryDirectory) {
    this.#runtime = runtime;
    this.#data = data;
  }

  static async started(): Promise<IdentityWorker> {
    const data = new TemporaryDirectory();
    const runtime = await Runtime.start({
      script: await bundleWorker(DEFAULT_WORKER_ENTRY),
      variables: {
        MILLRACE_ACCESS: "open",
        MILLRACE_ACCOUNT_ID: DEPLOYMENT_ACCOUNT,
        MILLRACE_ROOT_KEYS: `test:${randomBytes(32).toString("base64")}`,
      },
      dataDir: data.path,
      onLog: () => {},
    });
    return new IdentityWorker(runtime, data);
  }

  get url(): string {
    const { host, port } = this.#runtime.endpoint;
    return `http://${host}:${port}`;
  }

  get dataDir(): string {
    return this.#data.path;
  }

  iam(accountId: string): IAMClient {
    return new IAMClient(this.#settings(accountId));
  }

  sts(accountId: string): STSClient {
    return new STSClient(this.#settings(accountId));
  }

  organizations(accountId: string): OrganizationsClient {
    return new OrganizationsClient(this.#settings(accountId));
  }

  async stop(): Promise<void> {
    await this.#runtime.stop();
    this.#data.remove();
  }

  #settings(accountId: string) {
    const credentials = { accessKeyId: accountId, secretAccessKey: "any" };
    return { endpoint: this.url, region: "us-east-1", credentials, maxAttempts: 1 };
  }
}

/** An account that no other test uses. */
export function anyAccountId(): string {
  return String(randomInt(100_000_000_000, 1_000_000_000_000));
}
