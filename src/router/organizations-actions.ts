/**
 * The actions of Organizations: the accounts of this deployment, which its root alone may create and see.
 * An account is there as soon as it was asked for, so a creation is never in progress.
 */
import { createHash } from "node:crypto";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { CreatedAccount } from "../domain/identity-record.ts";
import type { IdentityInput, IdentityOutput } from "../protocol/identity-actions.ts";
import type { CreateAccountStatus, OrganizationAccount } from "../protocol/organizations-shapes.ts";
import { type IamExchange, isRootOfDeployment } from "./iam-exchange.ts";
import { checkedNumber, checkedText, invalid, markedName, marker } from "./iam-input.ts";
import { newAccountId, newAccountRequestId } from "./new-credential.ts";
import { type IdentityStub, identityStub } from "./object-directory.ts";

const NAME = { member: "accountName", lengthMax: 50, pattern: /^[\u0020-\u007e]+$/ };
const EMAIL = {
  member: "email",
  lengthMin: 6,
  lengthMax: 64,
  pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
};
const REQUEST_ID = {
  member: "createAccountRequestId",
  lengthMax: 36,
  pattern: /^car-[a-z0-9]{8,32}$/,
};
const ACCOUNT_ID = { member: "accountId", lengthMax: 12, pattern: /^\d{12}$/ };
const LISTED_MAX = 20;
/** Ids are random among 9 * 10^11: that all of some are taken does not happen. */
const OFFERED_IDS = 5;

export async function createAccount(
  input: IdentityInput<"CreateAccount">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"CreateAccount">>> {
  const directory = accountDirectory(exchange);
  if (!directory.ok) return directory;
  const name = checkedText(input.AccountName, NAME);
  if (!name.ok) return name;
  const email = checkedText(input.Email, EMAIL);
  if (!email.ok) return email;
  const request = {
    accountIds: Array.from({ length: OFFERED_IDS }, newAccountId),
    accountName: name.value,
    email: email.value,
    requestId: newAccountRequestId(),
  };
  const created = await directory.value.createAccount(request, exchange.deploymentAccountId);
  if (!created.ok) return created;
  const CreateAccountStatus =
    created.value === "email-taken"
      ? emailTaken(request, exchange.nowMs)
      : creationStatus(created.value);
  return granted({ CreateAccountStatus });
}

export async function describeCreateAccountStatus(
  input: IdentityInput<"DescribeCreateAccountStatus">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"DescribeCreateAccountStatus">>> {
  const directory = accountDirectory(exchange);
  if (!directory.ok) return directory;
  const id = checkedText(input.CreateAccountRequestId, REQUEST_ID);
  if (!id.ok) return id;
  const account = await directory.value.findAccountOfRequest(
    id.value,
    exchange.deploymentAccountId,
  );
  return account.ok ? granted({ CreateAccountStatus: creationStatus(account.value) }) : account;
}

export async function listAccounts(
  input: IdentityInput<"ListAccounts">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"ListAccounts">>> {
  const directory = accountDirectory(exchange);
  if (!directory.ok) return directory;
  const terms = { member: "maxResults", min: 1, max: LISTED_MAX };
  const limit = checkedNumber(input.MaxResults ?? LISTED_MAX, terms);
  if (!limit.ok) return limit;
  const afterId = input.NextToken === undefined ? "" : markedName(input.NextToken);
  if (afterId === undefined)
    return invalid("The value of NextToken is not one of an earlier answer.");
  const { deploymentAccountId } = exchange;
  const query = { afterId, limit: limit.value };
  const { items, hasMore } = await directory.value.listAccounts(query, deploymentAccountId);
  const Accounts = items.map((account) => shownAccount(account, deploymentAccountId));
  const last = items.at(-1);
  if (!hasMore || last === undefined) return granted({ Accounts });
  return granted({ Accounts, NextToken: marker(last.accountId) });
}

export async function describeAccount(
  input: IdentityInput<"DescribeAccount">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"DescribeAccount">>> {
  const directory = accountDirectory(exchange);
  if (!directory.ok) return directory;
  const id = checkedText(input.AccountId, ACCOUNT_ID);
  if (!id.ok) return id;
  const { deploymentAccountId } = exchange;
  const account = await directory.value.findAccount(id.value, deploymentAccountId);
  return account.ok
    ? granted({ Account: shownAccount(account.value, deploymentAccountId) })
    : account;
}

function accountDirectory(exchange: IamExchange): IamResult<IdentityStub> {
  return isRootOfDeployment(exchange)
    ? granted(identityStub(exchange.objects, exchange.deploymentAccountId))
    : denied({ kind: "not-of-the-deployment" });
}

function creationStatus(account: CreatedAccount): CreateAccountStatus {
  const createdAt = new Date(account.createdAtMs);
  return {
    Id: account.requestId,
    AccountName: account.accountName,
    State: "SUCCEEDED",
    RequestedTimestamp: createdAt,
    CompletedTimestamp: createdAt,
    AccountId: account.accountId,
  };
}

/** As AWS tells it. Nothing is kept of it. */
function emailTaken(
  { requestId, accountName }: { readonly requestId: string; readonly accountName: string },
  nowMs: number,
): CreateAccountStatus {
  return {
    Id: requestId,
    AccountName: accountName,
    State: "FAILED",
    RequestedTimestamp: new Date(nowMs),
    CompletedTimestamp: new Date(nowMs),
    FailureReason: "EMAIL_ALREADY_EXISTS",
  };
}

function shownAccount(account: CreatedAccount, deploymentAccountId: string): OrganizationAccount {
  const { accountId, accountName, email, createdAtMs } = account;
  const path = `${organizationId(deploymentAccountId)}/${accountId}`;
  return {
    Id: accountId,
    Arn: `arn:aws:organizations::${deploymentAccountId}:account/${path}`,
    ...(email === "" ? {} : { Email: email }),
    Name: accountName,
    Status: "ACTIVE",
    State: "ACTIVE",
    JoinedMethod: accountId === deploymentAccountId ? "INVITED" : "CREATED",
    JoinedTimestamp: new Date(createdAtMs),
  };
}

function organizationId(deploymentAccountId: string): string {
  return `o-${createHash("sha256").update(deploymentAccountId).digest("hex").slice(0, 10)}`;
}
