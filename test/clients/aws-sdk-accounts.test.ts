/**
 * The AWS SDK's clients for STS and Organizations, unmodified: who the caller is, temporary credentials,
 * accounts that the root of the deployment creates, and how it becomes their root.
 */
import {
  CreateAccountCommand,
  DescribeAccountCommand,
  DescribeCreateAccountStatusCommand,
  ListAccountsCommand,
  type OrganizationsClient,
  paginateListAccounts,
} from "@aws-sdk/client-organizations";
import {
  AssumeRootCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type STSClient,
} from "@aws-sdk/client-sts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { anyAccountId, DEPLOYMENT_ACCOUNT, IdentityWorker } from "../support/identity-worker.ts";

const TaskPolicyArn = { arn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" };

let worker: IdentityWorker;
let organizations: OrganizationsClient;
let rootSts: STSClient;

beforeAll(async () => {
  worker = await IdentityWorker.started();
  organizations = worker.organizations(DEPLOYMENT_ACCOUNT);
  rootSts = worker.sts(DEPLOYMENT_ACCOUNT);
});

afterAll(() => worker.stop());

describe("STS", () => {
  let accountId: string;
  let sts: STSClient;

  beforeEach(() => {
    accountId = anyAccountId();
    sts = worker.sts(accountId);
  });

  test("says who the caller is", async () => {
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: accountId,
      UserId: accountId,
      Arn: `arn:aws:iam::${accountId}:root`,
    });
  });

  test("gives the root temporary credentials for an hour at most", async () => {
    const askedAtMs = Date.now();
    const { Credentials } = await sts.send(new GetSessionTokenCommand({}));
    expect(Credentials).toMatchObject({
      AccessKeyId: expect.stringMatching(/^MRT[A-Z2-7]{17}$/),
      SecretAccessKey: expect.stringMatching(/^[A-Za-z0-9]{40}$/),
      SessionToken: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
    });
    const leftMs = (Credentials?.Expiration?.getTime() ?? 0) - askedAtMs;
    expect(leftMs).toBeGreaterThan(3_590_000);
    expect(leftMs).toBeLessThan(3_660_000);
  });

  test.each([899, 129_601])("gives none for %i seconds", async (DurationSeconds) => {
    await expect(sts.send(new GetSessionTokenCommand({ DurationSeconds }))).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringContaining(`Value '${DurationSeconds}' at 'durationSeconds'`),
    });
  });

  test("makes nobody but the root of the deployment the root of another account", async () => {
    const TargetPrincipal = (await newAccount("sts@example.com")).AccountId;
    const assume = new AssumeRootCommand({ TargetPrincipal, TaskPolicyArn });
    await expect(sts.send(assume)).rejects.toMatchObject({
      name: "AccessDenied",
      message: `User: arn:aws:iam::${accountId}:root is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::${TargetPrincipal}:root`,
      $metadata: { httpStatusCode: 403 },
    });
    const { Credentials } = await rootSts.send(assume);
    expect(Credentials?.AccessKeyId).toMatch(/^MRT/);
  });

  test("makes nobody the root of an account that was never created", async () => {
    const assume = new AssumeRootCommand({ TargetPrincipal: anyAccountId(), TaskPolicyArn });
    await expect(rootSts.send(assume)).rejects.toMatchObject({ name: "AccessDenied" });
  });
});

describe("Organizations", () => {
  test("creates an account, which is there at once", async () => {
    const status = await newAccount("orders@example.com", "orders");
    expect(status).toMatchObject({
      Id: expect.stringMatching(/^car-[a-z0-9]{32}$/),
      AccountName: "orders",
      State: "SUCCEEDED",
      AccountId: expect.stringMatching(/^[1-9]\d{11}$/),
    });
    const asked = new DescribeCreateAccountStatusCommand({ CreateAccountRequestId: status.Id });
    const described = await organizations.send(asked);
    expect(described.CreateAccountStatus).toEqual(status);
    const { AccountId } = status;
    const { Account } = await organizations.send(new DescribeAccountCommand({ AccountId }));
    expect(Account).toMatchObject({
      Id: AccountId,
      Name: "orders",
      Email: "orders@example.com",
      Status: "ACTIVE",
      JoinedMethod: "CREATED",
      JoinedTimestamp: expect.any(Date),
      Arn: expect.stringMatching(
        `^arn:aws:organizations::000000000000:account/o-[a-z0-9]{10}/${AccountId}$`,
      ),
    });
  });

  test("fails to create a second account with an e-mail address", async () => {
    await newAccount("twice@example.com");
    const again = await newAccount("twice@example.com");
    expect(again).toMatchObject({ State: "FAILED", FailureReason: "EMAIL_ALREADY_EXISTS" });
    expect(again.AccountId).toBeUndefined();
  });

  test("lists all accounts page by page, the deployment's own too", async () => {
    const created = [await newAccount("a@example.com"), await newAccount("b@example.com")];
    const ids: unknown[] = [];
    const pages = paginateListAccounts({ client: organizations, pageSize: 1 }, {});
    for await (const { Accounts = [] } of pages) {
      expect(Accounts.length).toBeLessThanOrEqual(1);
      ids.push(...Accounts.map(({ Id }) => Id));
    }
    expect(ids).toContain(DEPLOYMENT_ACCOUNT);
    for (const { AccountId } of created) expect(ids).toContain(AccountId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("answers no other account's root", async () => {
    const other = worker.organizations(anyAccountId());
    const denied = { name: "AccessDeniedException", $metadata: { httpStatusCode: 400 } };
    await expect(other.send(new ListAccountsCommand({}))).rejects.toMatchObject(denied);
    const create = new CreateAccountCommand({ AccountName: "x", Email: "x@example.com" });
    await expect(other.send(create)).rejects.toMatchObject(denied);
  });

  test("knows of no account and no request that never was", async () => {
    const AccountId = anyAccountId();
    await expect(
      organizations.send(new DescribeAccountCommand({ AccountId })),
    ).rejects.toMatchObject({ name: "AccountNotFoundException" });
    const CreateAccountRequestId = `car-${"0".repeat(32)}`;
    await expect(
      organizations.send(new DescribeCreateAccountStatusCommand({ CreateAccountRequestId })),
    ).rejects.toMatchObject({ name: "CreateAccountStatusNotFoundException" });
    await expect(newAccount("no address")).rejects.toMatchObject({
      name: "InvalidInputException",
    });
  });
});

async function newAccount(Email: string, AccountName = "any") {
  const { CreateAccountStatus } = await organizations.send(
    new CreateAccountCommand({ Email, AccountName }),
  );
  if (CreateAccountStatus === undefined) throw new Error("no status was answered");
  return CreateAccountStatus;
}
