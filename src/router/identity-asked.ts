/**
 * Whether a request is to IAM, STS or Organizations, and for whom it is answered. A verified signature says
 * which service is asked; where nothing is verified the request itself does, and whoever names an account
 * is its root.
 */
import {
  claimedIdentityRequest,
  type IdentityRequest,
  identityRequest,
  isIdentityService,
} from "../protocol/identity-service.ts";
import type { Admitted } from "./admission.ts";
import { believedIamExchange } from "./believed-iam-exchange.ts";
import { type Env, homeOf } from "./env.ts";
import type { IamExchange } from "./iam-exchange.ts";
import { verifiedIamExchange } from "./verified-iam-exchange.ts";

/** Undefined if it is to SQS. */
export function identityAsked(
  request: Request,
  { service, bytes }: Admitted,
): IdentityRequest | undefined {
  if (service === undefined) return claimedIdentityRequest(request, bytes);
  return isIdentityService(service) ? identityRequest(service, request, bytes) : undefined;
}

/** Undefined for whoever shows no credentials where they are asked for: nothing of this is for everybody. */
export function iamExchangeOf(
  { access, owner, keyring, caller }: Admitted,
  env: Env,
): IamExchange | undefined {
  const { accountId: deploymentAccountId } = homeOf(env);
  const deployment = { objects: env, keyring, deploymentAccountId };
  if (access === undefined) return believedIamExchange(caller.accountId, deployment);
  return owner === undefined ? undefined : verifiedIamExchange({ owner, access }, deployment);
}
