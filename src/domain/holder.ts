/**
 * Holder: who can have credentials, which is the root of an account, who may do whatever the account may,
 * or one of its users. Nothing here says that a caller is who it claims to be.
 */
export type Holder =
  | { readonly kind: "root"; readonly accountId: string }
  | {
      readonly kind: "user";
      readonly accountId: string;
      readonly userName: string;
      readonly userId: string;
    };

export function userArn(accountId: string, userName: string): string {
  return `arn:aws:iam::${accountId}:user/${userName}`;
}

export function holderArn(holder: Holder): string {
  return holder.kind === "root"
    ? `arn:aws:iam::${holder.accountId}:root`
    : userArn(holder.accountId, holder.userName);
}
