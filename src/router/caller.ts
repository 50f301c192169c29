/**
 * Who calls, and for which region. Without authentication (only the local server allows that) the
 * credential scope of the signature is believed: an access key id of twelve digits is the account,
 * so that parallel tests can have an account each.
 */
import { readCredentialScope } from "../protocol/credential-scope.ts";

export type Caller = { readonly accountId: string; readonly region: string };

const ACCOUNT_ID = /^\d{12}$/;
/** AWS's names and those that people give to a place of their own, such as `local`. */
const REGION = /^[A-Za-z0-9-]{1,64}$/;

export function isAccountId(text: string): boolean {
  return ACCOUNT_ID.test(text);
}

export function isRegion(text: string): boolean {
  return REGION.test(text);
}

/** `fallback` is the deployment's own account and region. */
export function believedCaller(request: Request, fallback: Caller): Caller {
  const scope = readCredentialScope(request.headers.get("authorization"), request.url);
  if (scope === undefined) return fallback;
  return {
    accountId: isAccountId(scope.accessKeyId) ? scope.accessKeyId : fallback.accountId,
    region: isRegion(scope.region) ? scope.region : fallback.region,
  };
}
