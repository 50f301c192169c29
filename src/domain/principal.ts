/**
 * Principal: who calls, once a signature has proved it. The root of an account may do whatever the account
 * may; a user what policies allow. How it was proved is not known here.
 */
export type Principal =
  | { readonly kind: "anonymous" }
  | { readonly kind: "root"; readonly accountId: string }
  | {
      readonly kind: "user";
      readonly accountId: string;
      readonly userName: string;
      readonly userId: string;
    }
  | { readonly kind: "service"; readonly name: string };

/** Who can have credentials: the root of an account, or one of its users. */
export type Holder = Extract<Principal, { kind: "root" | "user" }>;

export function userArn(accountId: string, userName: string): string {
  return `arn:aws:iam::${accountId}:user/${userName}`;
}

export function rootArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}

export function holderArn(holder: Holder): string {
  return holder.kind === "root"
    ? rootArn(holder.accountId)
    : userArn(holder.accountId, holder.userName);
}
