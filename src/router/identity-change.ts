/**
 * A change of an account's users, keys or policies: what this isolate remembers of the account's keys is old
 * after it, whatever came of it. A change whose answer was lost is one, too.
 */
import type { IamResult } from "../domain/iam-refusal.ts";
import { forgetKeysOf } from "./access-keys.ts";
import { type IamExchange, ownIdentity } from "./iam-exchange.ts";
import type { IdentityStub } from "./object-directory.ts";

export async function changeIdentity(
  exchange: IamExchange,
  change: (identity: IdentityStub) => Promise<IamResult<undefined>>,
): Promise<IamResult<undefined>> {
  try {
    return await change(ownIdentity(exchange));
  } finally {
    forgetKeysOf(exchange.caller.accountId);
  }
}
