/**
 * Tenant: an account with its root's credentials, and the users that a test gives it. The deployment's own
 * has the root of the environment; another is created by Organizations and entered by AssumeRoot, as an
 * operator does it.
 */
import { objectOf, stringOf } from "../support/json-value.ts";
import {
  type Credentials,
  credentialsOf,
  ENDPOINT,
  elementOf,
  HOME_ACCOUNT,
  ROOT,
  type SignedWorker,
} from "./signed-worker.ts";

export type User = {
  readonly name: string;
  readonly userId: string;
  readonly arn: string;
  readonly credentials: Credentials;
};

export class Tenant {
  readonly accountId: string;
  readonly root: Credentials;
  readonly #worker: SignedWorker;

  private constructor(worker: SignedWorker, accountId: string, root: Credentials) {
    this.#worker = worker;
    this.accountId = accountId;
    this.root = root;
  }

  /** The deployment's own account. */
  static home(worker: SignedWorker): Tenant {
    return new Tenant(worker, HOME_ACCOUNT, ROOT);
  }

  static async created(worker: SignedWorker): Promise<Tenant> {
    const { output } = await worker.organizations(ROOT, "CreateAccount", {
      AccountName: "tenant",

      Email: `${crypto.randomUUID()}@example.com`,
    });
    const accountId = stringOf(objectOf(output, "CreateAccountStatus"), "AccountId");
    const assumed = await worker.sts(ROOT, {
      Action: "AssumeRoot",
      TargetPrincipal: accountId,
      "TaskPolicyArn.arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
    });
    return new Tenant(worker, accountId, credentialsOf(assumed));
  }

  get rootArn(): string {
    return `arn:aws:iam::${this.accountId}:root`;
  }

  queueUrl(name: string): string {
    return `${ENDPOINT}${this.accountId}/${name}`;
  }

  queueArn(name: string): string {
    return `arn:aws:sqs:us-east-1:${this.accountId}:${name}`;
  }

  /** With a key, and with a policy of these statements if there are any. */
  async user(name: string, ...statements: readonly object[]): Promise<User> {
    const made = await this.iam({ Action: "CreateUser", UserName: name });
    const key = await this.iam({ Action: "CreateAccessKey", UserName: name });
    if (statements.length > 0) await this.putUserPolicy(name, ...statements);
    return {
      name,
      userId: elementOf(made, "UserId") ?? "",
      arn: elementOf(made, "Arn") ?? "",
      credentials: credentialsOf({ status: 200, code: "", message: "", text: key, output: {} }),
    };
  }

  async putUserPolicy(userName: string, ...Statement: readonly object[]): Promise<void> {
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    const put = { Action: "PutUserPolicy", UserName: userName, PolicyName: "p", PolicyDocument };
    await this.iam(put);
  }

  /** As the root. Returns the text of the answer. */
  async iam(parameters: Readonly<Record<string, string>>): Promise<string> {
    const { status, text } = await this.#worker.iam(this.root, parameters);
    if (status !== 200) throw new Error(`${parameters["Action"]}: ${text}`);
    return text;
  }

  /** Returns its URL. */
  async createQueue(
    name: string,
    Attributes: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const made = await this.#worker.must(this.root, "CreateQueue", { QueueName: name, Attributes });
    return stringOf(made, "QueueUrl");
  }

  /** Its policy is of these statements, on the queue. */
  async share(name: string, ...statements: readonly object[]): Promise<void> {
    const Resource = this.queueArn(name);
    const Statement = statements.map((statement) => ({ ...statement, Resource }));
    const Policy =
      Statement.length === 0 ? "" : JSON.stringify({ Version: "2012-10-17", Statement });
    const QueueUrl = this.queueUrl(name);
    await this.#worker.must(this.root, "SetQueueAttributes", { QueueUrl, Attributes: { Policy } });
  }
}
