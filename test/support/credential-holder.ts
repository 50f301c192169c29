/**
 * CredentialHolder: somebody with real credentials and the AWS SDK's clients, set up for a server of their
 * own as their users do it. A root makes users, and accounts of whose roots it takes the place.
 */
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateAccountCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRootCommand, STSClient } from "@aws-sdk/client-sts";

export type HeldCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** A statement of a user's policy. */
export type Statement = {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string;
};

/** AWS wants one. */
const TASK = { arn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" };

export class CredentialHolder {
  readonly credentials: HeldCredentials;
  readonly sqs: SQSClient;
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly organizations: OrganizationsClient;
  readonly #url: string;

  constructor(url: string, credentials: HeldCredentials) {
    // The clients add to what they are given.
    const settings = { endpoint: url, region: "us-east-1", credentials: { ...credentials } };
    this.credentials = credentials;
    this.sqs = new SQSClient(settings);
    this.iam = new IAMClient(settings);
    this.sts = new STSClient(settings);
    this.organizations = new OrganizationsClient(settings);
    this.#url = url;
  }

  /** Makes a user with a key and a policy of these statements. */
  async newUser(UserName: string, ...statements: readonly Statement[]): Promise<CredentialHolder> {
    await this.iam.send(new CreateUserCommand({ UserName }));
    await this.putPolicy(UserName, ...statements);
    const { AccessKey } = await this.iam.send(new CreateAccessKeyCommand({ UserName }));
    return new CredentialHolder(this.#url, {
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    });
  }

  async putPolicy(UserName: string, ...Statement: readonly Statement[]): Promise<void> {
    if (Statement.length === 0) return;
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    const policy = { UserName, PolicyName: "work", PolicyDocument };
    await this.iam.send(new PutUserPolicyCommand(policy));
  }

  /** The root of the deployment makes an account; its id. */
  async newAccount(AccountName: string): Promise<string> {
    const Email = `${AccountName}@example.com`;
    const created = await this.organizations.send(new CreateAccountCommand({ AccountName, Email }));
    return created.CreateAccountStatus?.AccountId ?? "";
  }

  /** The root of the deployment as the root of an account that it made. */
  async asRootOf(TargetPrincipal: string, DurationSeconds = 900): Promise<CredentialHolder> {
    const terms = { TargetPrincipal, TaskPolicyArn: TASK, DurationSeconds };
    const { Credentials } = await this.sts.send(new AssumeRootCommand(terms));
    return new CredentialHolder(this.#url, {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    });
  }
}
