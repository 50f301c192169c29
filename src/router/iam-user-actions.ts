/**
 * The actions of IAM on users. A name that is not given means the caller, where IAM has it so; the root
 * has no name. Users have no paths here: `/` is the only one.
 */
import { holderArn, userArn } from "../domain/holder.ts";
import { granted, type IamResult } from "../domain/iam-refusal.ts";
import type { User } from "../domain/identity-record.ts";
import type { IamUser } from "../protocol/iam-shapes.ts";
import type { IdentityInput, IdentityOutput } from "../protocol/identity-actions.ts";
import { allowed, type IamExchange, ownIdentity } from "./iam-exchange.ts";
import { checkedPage, checkedText, invalid, pageEnd, USER_NAME } from "./iam-input.ts";
import { changeIdentity } from "./identity-change.ts";
import { newUserId } from "./new-credential.ts";

const PATH = "/";

export async function createUser(
  input: IdentityInput<"CreateUser">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"CreateUser">>> {
  const named = allowedUser("iam:CreateUser", input.UserName, exchange);
  if (!named.ok) return named;
  const flaw = unsupported(input);
  if (flaw !== undefined) return invalid(flaw);
  const user = { userName: named.value, userId: newUserId() };
  const created = await ownIdentity(exchange).createUser(user);
  return created.ok ? granted({ User: shownUser(exchange, created.value) }) : created;
}

export async function getUser(
  input: IdentityInput<"GetUser">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"GetUser">>> {
  const { caller } = exchange;
  if (input.UserName === undefined && caller.kind === "root") {
    const root = { Path: PATH, UserId: caller.accountId, Arn: holderArn(caller) };
    return granted({ User: root });
  }
  const named = allowedUser("iam:GetUser", input.UserName ?? ownName(exchange), exchange);
  if (!named.ok) return named;
  const user = await ownIdentity(exchange).getUser(named.value);
  return user.ok ? granted({ User: shownUser(exchange, user.value) }) : user;
}

export async function listUsers(
  input: IdentityInput<"ListUsers">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"ListUsers">>> {
  const { PathPrefix = PATH } = input;
  const mayList = allowed(exchange, {
    action: "iam:ListUsers",
    resource: userArn(exchange.caller.accountId, ""),
  });
  if (!mayList.ok) return mayList;
  const page = checkedPage(input);
  if (!page.ok) return page;
  if (PathPrefix !== PATH) return granted({ Users: [], IsTruncated: false });
  const listing = await ownIdentity(exchange).listUsers(page.value);
  const Users = listing.items.map((user) => shownUser(exchange, user));
  return granted({ Users, ...pageEnd(listing, ({ userName }) => userName) });
}

export async function deleteUser(
  input: IdentityInput<"DeleteUser">,
  exchange: IamExchange,
): Promise<IamResult<undefined>> {
  const named = allowedUser("iam:DeleteUser", input.UserName, exchange);
  if (!named.ok) return named;
  return changeIdentity(exchange, async (identity) => identity.deleteUser(named.value));
}

/** A name that is valid, of a user on which the caller may do this, there or not. */
export function allowedUser(
  action: string,
  userName: string | undefined,
  exchange: IamExchange,
): IamResult<string> {
  const name = checkedText(userName, USER_NAME);
  if (!name.ok) return name;
  const resource = userArn(exchange.caller.accountId, name.value);
  const may = allowed(exchange, { action, resource });
  return may.ok ? name : may;
}

/** The caller's, for actions that may leave the name out. */
export function ownName({ caller }: IamExchange): string | undefined {
  return caller.kind === "user" ? caller.userName : undefined;
}

/** What would be dangerous to ignore: a boundary that bounds nothing, or an ARN that is another. */
function unsupported(input: IdentityInput<"CreateUser">): string | undefined {
  const { Path = PATH, PermissionsBoundary, Tags = [] } = input;
  if (PermissionsBoundary !== undefined) return "Permissions boundaries are not supported.";
  if (Path !== PATH) return "Paths of users other than / are not supported.";
  return Tags.length > 0 ? "Tags of users are not supported." : undefined;
}

function shownUser({ caller }: IamExchange, user: User): IamUser {
  return {
    Path: PATH,
    UserName: user.userName,
    UserId: user.userId,
    Arn: userArn(caller.accountId, user.userName),
    CreateDate: new Date(user.createdAtMs),
  };
}
