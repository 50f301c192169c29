/**
 * Principal: who makes a request, and the names under which a policy may mean them. A user is meant by
 * its own ARN and by its account; a role's session also by its role (IAM user guide, "Principal").
 * Nothing here says that a principal is who it claims to be: that is for whoever made it.
 */
import { assert } from "../assert.ts";

export type Principal =
  | { readonly kind: "anonymous" }
  | { readonly kind: "root"; readonly accountId: string }
  | {
      readonly kind: "user";
      readonly accountId: string;
      readonly userName: string;
      readonly userId: string;
      /** `/` where there is none; otherwise it begins and ends with one. */
      readonly path?: string;
    }
  | {
      readonly kind: "role-session";
      readonly accountId: string;
      readonly roleName: string;
      readonly roleId: string;
      readonly sessionName: string;
    }
  | { readonly kind: "service"; readonly name: string };

/** Undefined for those that belong to no account. */
export function accountOf(principal: Principal): string | undefined {
  return "accountId" in principal ? principal.accountId : undefined;
}

/** The ARN that says who it is; undefined for those that have none. */
export function arnOf(principal: Principal): string | undefined {
  switch (principal.kind) {
    case "root":
      return rootArn(principal.accountId);
    case "user": {
      const { accountId, path = "/", userName } = principal;
      assert(path.startsWith("/") && path.endsWith("/"), "a path begins and ends with a slash");
      return `arn:aws:iam::${accountId}:user${path}${userName}`;
    }
    case "role-session": {
      const { accountId, roleName, sessionName } = principal;
      return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`;
    }
    case "anonymous":
    case "service":
      return undefined;
  }
}

/** The identity that policies are attached to: a session's is its role. */
export function identityArnOf(principal: Principal): string | undefined {
  return principal.kind === "role-session"
    ? `arn:aws:iam::${principal.accountId}:role/${principal.roleName}`
    : arnOf(principal);
}

export function rootArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}
