/**
 * The exchange of a request to IAM, STS or Organizations whose caller is believed and not proved, as only
 * the local server allows: whoever names an account is its root, and may do everything that it may.
 */
import type { IamExchange } from "./iam-exchange.ts";
import type { Keyring } from "./keyring.ts";
import type { Objects } from "./object-directory.ts";
import { policyFlaw } from "./verified-iam-exchange.ts";

export function believedIamExchange(
  accountId: string,
  deployment: { objects: Objects; keyring: Keyring; deploymentAccountId: string },
): IamExchange {
  return {
    ...deployment,
    caller: { kind: "root", accountId },
    credential: { accessKeyId: accountId, kind: "long-term" },
    nowMs: Date.now(),
    refusedBecause: () => undefined,
    policyFlaw,
  };
}
