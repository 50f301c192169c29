/**
 * The exchange of a request to IAM, STS or Organizations whose signature was verified: the caller may what
 * its own policies allow. Users have no policies of others' making: no resource of IAM has one here.
 */
import { decide } from "../domain/policy/decision.ts";
import { readPolicy } from "../domain/policy/policy.ts";
import { type Access, contextOf } from "./access.ts";
import type { KeyOwner } from "./access-keys.ts";
import type { IamAccess, IamExchange } from "./iam-exchange.ts";
import type { Keyring } from "./keyring.ts";
import type { Objects } from "./object-directory.ts";

/** Whose request it is, as the signature has shown. */
export type Verified = { readonly owner: KeyOwner; readonly access: Access };

/** `deploymentAccountId` is the deployment's own account. */
export function verifiedIamExchange(
  { owner, access }: Verified,
  deployment: { objects: Objects; keyring: Keyring; deploymentAccountId: string },
): IamExchange {
  return {
    ...deployment,
    caller: owner.principal,
    credential: owner.credential,
    nowMs: Date.now(),
    refusedBecause: (asked) => refusedBecause(asked, access, owner.accountId),
    policyFlaw,
  };
}

export function policyFlaw(document: string): string | undefined {
  const reading = readPolicy(document, "identity");
  return reading.ok ? undefined : reading.flaw.message;
}

/** Only the caller's own account is ever asked for. */
function refusedBecause(
  { action, resource }: IamAccess,
  access: Access,
  resourceAccountId: string,
): string | undefined {
  const { principal, identityPolicies: identity } = access;
  const context = contextOf(access, {});
  const request = { action, resource, resourceAccountId, principal, context };
  const decision = decide(request, { identity, resource: undefined, session: undefined });
  if (decision.kind === "allowed") return undefined;
  return decision.denial.kind === "explicit-deny"
    ? "with an explicit deny in an identity-based policy"
    : `because no identity-based policy allows the ${action} action`;
}
