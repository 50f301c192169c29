/**
 * IamExchange: what every handler of IAM, STS and Organizations gets beside its input: who calls, by which
 * credential, and the way to what is kept. Whether a policy allows a call is asked here and decided
 * elsewhere; the root of an account is asked about, too.
 */
import { type Holder, holderArn } from "../domain/holder.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { Keyring } from "./keyring.ts";
import { type IdentityStub, identityStub, type Objects } from "./object-directory.ts";

/** A long-term key, or how a temporary one came to be. */
export type CredentialKind = "long-term" | "session-token" | "assumed-root";

export type Credential = { readonly accessKeyId: string; readonly kind: CredentialKind };

export type IamAccess = { readonly action: string; readonly resource: string };

export type IamExchange = {
  readonly caller: Holder;
  readonly credential: Credential;
  /** Whose root may create accounts. */
  readonly deploymentAccountId: string;
  readonly objects: Objects;
  /** Undefined, or without a root key, where nothing can be sealed. */
  readonly keyring: Keyring | undefined;
  readonly nowMs: number;
  /** Why not, such as "because no identity-based policy allows the iam:GetUser action"; undefined if it may. */
  readonly refusedBecause: (access: IamAccess) => string | undefined;
  /** What is wrong with an identity policy, in IAM's words; undefined if nothing. */
  readonly policyFlaw: (document: string) => string | undefined;
};

/** The object of the caller's own account: there is no way to another's. */
export function ownIdentity({ objects, caller }: IamExchange): IdentityStub {
  return identityStub(objects, caller.accountId);
}

export function allowed(exchange: IamExchange, access: IamAccess): IamResult<undefined> {
  const cause = exchange.refusedBecause(access);
  return cause === undefined ? granted(undefined) : notAllowed(exchange, access, ` ${cause}`);
}

export function notAllowed(
  { caller }: IamExchange,
  { action, resource }: IamAccess,
  cause = "",
): IamResult<never> {
  const who = holderArn(caller);
  const reason = `User: ${who} is not authorized to perform: ${action} on resource: ${resource}${cause}`;
  return denied({ kind: "not-allowed", reason });
}

export function isRootOfDeployment({ caller, deploymentAccountId }: IamExchange): boolean {
  return caller.kind === "root" && caller.accountId === deploymentAccountId;
}
