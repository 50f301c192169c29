/**
 * Holder: who can have credentials, which is the root of an account, who may do whatever the account may,
 * or one of its users: the principals that sign requests. Nothing here says that a caller is who it claims
 * to be.
 */
import { assert } from "./assert.ts";
import { arnOf, type Principal } from "./policy/principal.ts";

export type Holder = Extract<Principal, { readonly kind: "root" | "user" }>;

export function userArn(accountId: string, userName: string): string {
  return `arn:aws:iam::${accountId}:user/${userName}`;
}

export function holderArn(holder: Holder): string {
  const arn = arnOf(holder);
  assert(arn !== undefined, "a root and a user have an ARN");
  return arn;
}
