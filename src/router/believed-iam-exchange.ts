/**
 * The exchange of a request to IAM, STS or Organizations whose caller is believed and not proved, as only
 * the local server allows: whoever names an account is its root, and may do everything that it may.
 */
import { parseJsonObject } from "../domain/json-object.ts";
import { believedCaller, type Caller } from "./caller.ts";
import type { IamExchange } from "./iam-exchange.ts";
import { type KeyringSecrets, keyringOf } from "./keyring.ts";
import type { Objects } from "./object-directory.ts";

const SYNTAX_ERROR = "Syntax errors in policy.";

/** `own` is the deployment's own account and region. */
export function believedIamExchange(
  request: Request,
  env: Objects & KeyringSecrets,
  own: Caller,
): IamExchange {
  const { accountId } = believedCaller(request, own);
  return {
    caller: { kind: "root", accountId },
    credential: { accessKeyId: accountId, kind: "long-term" },
    deploymentAccountId: own.accountId,
    objects: env,
    keyring: keyringOf(env),
    nowMs: Date.now(),
    refusedBecause: () => undefined,
    policyFlaw: (text) => (parseJsonObject(text) === undefined ? SYNTAX_ERROR : undefined),
  };
}
