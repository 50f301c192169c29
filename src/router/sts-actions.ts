/**
 * The actions of STS: who the caller is, and temporary credentials. A session has its owner's policies;
 * of its token only a digest is kept. AssumeRoot is how the root of the deployment becomes the root of an
 * account that it created; the task policy that AWS wants with it is taken and does not restrict.
 */
import { type Holder, holderArn } from "../domain/holder.ts";
import {
  ASSUMED_ROOT_SECONDS_MAX,
  ROOT_SESSION_SECONDS_MAX,
  SESSION_SECONDS_DEFAULT,
  SESSION_SECONDS_MAX,
  SESSION_SECONDS_MIN,
} from "../domain/iam-limits.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { SessionKind } from "../domain/identity-record.ts";
import type { IdentityInput, IdentityOutput } from "../protocol/identity-actions.ts";
import type { TemporaryCredentials } from "../protocol/sts-shapes.ts";
import { sealCredential, tokenDigest } from "./credential-seal.ts";
import { type IamExchange, isRootOfDeployment, notAllowed } from "./iam-exchange.ts";
import { checkedNumber, checkedText } from "./iam-input.ts";
import { newAccessKeyId, newSecret, newSessionToken } from "./new-credential.ts";
import { identityStub } from "./object-directory.ts";

const SECONDS = { member: "durationSeconds", min: SESSION_SECONDS_MIN, max: SESSION_SECONDS_MAX };
const ROOT_SECONDS = { member: "durationSeconds", min: 0, max: ASSUMED_ROOT_SECONDS_MAX };
const TARGET = { member: "targetPrincipal", lengthMin: 12, lengthMax: 2_048 };
const TARGET_ACCOUNT = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/;

/** Needs no permission, and no policy can take it away (STS API reference, GetCallerIdentity). */
export async function getCallerIdentity(
  _input: IdentityInput<"GetCallerIdentity">,
  { caller }: IamExchange,
): Promise<IamResult<IdentityOutput<"GetCallerIdentity">>> {
  const { accountId: Account } = caller;
  const UserId = caller.kind === "root" ? Account : caller.userId;
  return granted({ UserId, Account, Arn: holderArn(caller) });
}

/** Needs no permission, as with AWS. */
export async function getSessionToken(
  input: IdentityInput<"GetSessionToken">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"GetSessionToken">>> {
  const { caller, credential } = exchange;
  if (credential.kind !== "long-term") {
    const reason = "Cannot call GetSessionToken with session credentials";
    return denied({ kind: "not-allowed", reason });
  }
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined) {
    const reason = "MultiFactorAuthentication failed, unable to validate MFA code.";
    return denied({ kind: "not-allowed", reason });
  }
  const seconds = checkedNumber(input.DurationSeconds ?? SESSION_SECONDS_DEFAULT, SECONDS);
  if (!seconds.ok) return seconds;
  const isRoot = caller.kind === "root";
  const durationSeconds = isRoot
    ? Math.min(seconds.value, ROOT_SESSION_SECONDS_MAX)
    : seconds.value;
  const opened = await openSession(exchange, caller, { kind: "session-token", durationSeconds });
  return opened.ok ? granted({ Credentials: opened.value }) : opened;
}

export async function assumeRoot(
  input: IdentityInput<"AssumeRoot">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"AssumeRoot">>> {
  const target = checkedText(input.TargetPrincipal, TARGET);
  if (!target.ok) return target;
  const seconds = checkedNumber(input.DurationSeconds ?? ASSUMED_ROOT_SECONDS_MAX, ROOT_SECONDS);
  if (!seconds.ok) return seconds;
  const accountId = TARGET_ACCOUNT.exec(target.value)?.[1];
  const resource = accountId === undefined ? target.value : `arn:aws:iam::${accountId}:root`;
  const access = { action: "sts:AssumeRoot", resource };
  const isLongTerm = exchange.credential.kind === "long-term";
  if (!isRootOfDeployment(exchange) || !isLongTerm || accountId === undefined) {
    return notAllowed(exchange, access);
  }
  const { deploymentAccountId, objects } = exchange;
  const directory = identityStub(objects, deploymentAccountId);
  const account = await directory.findAccount(accountId, deploymentAccountId);
  if (!account.ok) return notAllowed(exchange, access);
  const opened = await openSession(
    exchange,
    { kind: "root", accountId },
    { kind: "assumed-root", durationSeconds: seconds.value },
  );
  return opened.ok ? granted({ Credentials: opened.value }) : opened;
}

async function openSession(
  { objects, keyring, nowMs, credential }: IamExchange,
  holder: Holder,
  terms: { kind: SessionKind; durationSeconds: number },
): Promise<IamResult<TemporaryCredentials>> {
  const { accountId } = holder;
  const accessKeyId = newAccessKeyId({ kind: "temporary", accountId });
  const [secret, sessionToken] = [newSecret(), newSessionToken()];
  const sealed = await sealCredential(keyring, { accountId, accessKeyId }, secret);
  if (!sealed.ok) return sealed;
  const expiresAtMs = nowMs + terms.durationSeconds * 1000;
  const session = {
    accessKeyId,
    kind: terms.kind,
    userId: holder.kind === "root" ? null : holder.userId,
    openedBy: credential.accessKeyId,
    sealedSecret: sealed.value,
    tokenDigest: tokenDigest(sessionToken),
    expiresAtMs,
  };
  const userName = holder.kind === "root" ? null : holder.userName;
  const opened = await identityStub(objects, accountId).openSession(session, userName);
  if (!opened.ok) return opened;
  return granted({
    AccessKeyId: accessKeyId,
    SecretAccessKey: secret,
    SessionToken: sessionToken,
    Expiration: new Date(expiresAtMs),
  });
}
