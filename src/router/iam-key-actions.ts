/**
 * The actions of IAM on access keys. A secret is made here, sealed here, shown once in the answer and kept
 * by nobody in the clear. Whatever revokes a key is felt in this isolate at once.
 */

import { readAccessKeyId } from "../domain/access-key-id.ts";
import { userArn } from "../domain/holder.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { AccessKey } from "../domain/identity-record.ts";
import type { IdentityInput, IdentityOutput } from "../protocol/identity-actions.ts";
import { sealCredential } from "./credential-seal.ts";
import { allowed, type IamExchange, ownIdentity } from "./iam-exchange.ts";
import { ACCESS_KEY_ID, checkedPage, checkedText, invalid, pageEnd } from "./iam-input.ts";
import { allowedUser, ownName } from "./iam-user-actions.ts";
import { changeIdentity } from "./identity-change.ts";
import { newAccessKeyId, newSecret } from "./new-credential.ts";

const NEVER = "N/A";

type NamedKey = { readonly userName: string; readonly accessKeyId: string };

export async function createAccessKey(
  input: IdentityInput<"CreateAccessKey">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"CreateAccessKey">>> {
  const user = keyUser("iam:CreateAccessKey", input, exchange);
  if (!user.ok) return user;
  const { accountId } = exchange.caller;
  const accessKeyId = newAccessKeyId({ kind: "long-term", accountId });
  const secret = newSecret();
  const sealed = await sealCredential(exchange.keyring, { accountId, accessKeyId }, secret);
  if (!sealed.ok) return sealed;
  const request = { userName: user.value, accessKeyId, sealedSecret: sealed.value };
  const created = await ownIdentity(exchange).createAccessKey(request);
  if (!created.ok) return created;
  const { CreateDate, ...shown } = shownKey(user.value, created.value);
  return granted({ AccessKey: { ...shown, SecretAccessKey: secret, CreateDate } });
}

export async function listAccessKeys(
  input: IdentityInput<"ListAccessKeys">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"ListAccessKeys">>> {
  const user = keyUser("iam:ListAccessKeys", input, exchange);
  if (!user.ok) return user;
  const page = checkedPage(input);
  if (!page.ok) return page;
  const keys = await ownIdentity(exchange).listAccessKeys(user.value);
  if (!keys.ok) return keys;
  const { afterName, limit } = page.value;
  const from = keys.value.findIndex(({ accessKeyId }) => accessKeyId === afterName) + 1;
  const items = keys.value.slice(from, from + limit);
  const listing = { items, hasMore: from + limit < keys.value.length };
  return granted({
    AccessKeyMetadata: items.map((key) => shownKey(user.value, key)),
    ...pageEnd(listing, ({ accessKeyId }) => accessKeyId),
  });
}

export async function updateAccessKey(
  input: IdentityInput<"UpdateAccessKey">,
  exchange: IamExchange,
): Promise<IamResult<undefined>> {
  const named = namedKey("iam:UpdateAccessKey", input, exchange);
  if (!named.ok) return named;
  const { Status } = input;
  if (Status !== "Active" && Status !== "Inactive") {
    const shown = Status === undefined ? "null" : `'${Status.slice(0, 100)}'`;
    return invalid(
      `1 validation error detected: Value ${shown} at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]`,
    );
  }
  const change = { ...named.value, isActive: Status === "Active" };
  return changeIdentity(exchange, async (identity) => identity.updateAccessKey(change));
}

export async function deleteAccessKey(
  input: IdentityInput<"DeleteAccessKey">,
  exchange: IamExchange,
): Promise<IamResult<undefined>> {
  const named = namedKey("iam:DeleteAccessKey", input, exchange);
  if (!named.ok) return named;
  return changeIdentity(exchange, async (identity) => identity.deleteAccessKey(named.value));
}

/** The key says whose it is; one of another account is as good as none. */
export async function getAccessKeyLastUsed(
  input: IdentityInput<"GetAccessKeyLastUsed">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"GetAccessKeyLastUsed">>> {
  const id = checkedText(input.AccessKeyId, ACCESS_KEY_ID);
  if (!id.ok) return id;
  const { accountId } = exchange.caller;
  const isOwn = readAccessKeyId(id.value)?.accountId === accountId;
  const owner = isOwn
    ? await ownIdentity(exchange).accessKeyOwner(id.value)
    : denied({ kind: "access-key-does-not-exist", accessKeyId: id.value });
  const userName = owner.ok ? owner.value.user.userName : "*";
  const resource = userArn(accountId, userName);
  const may = allowed(exchange, { action: "iam:GetAccessKeyLastUsed", resource });
  if (!may.ok) return may;
  if (!owner.ok) return owner;
  const { lastUse } = owner.value.accessKey;
  const used = { ServiceName: lastUse?.service ?? NEVER, Region: lastUse?.region ?? NEVER };
  return granted({
    UserName: userName,
    AccessKeyLastUsed:
      lastUse === null ? used : { LastUsedDate: new Date(lastUse.usedAtMs), ...used },
  });
}

/** Whose keys: the caller's, if the request does not say. */
function keyUser(
  action: string,
  { UserName }: { readonly UserName?: string },
  exchange: IamExchange,
): IamResult<string> {
  const userName = UserName ?? ownName(exchange);
  if (userName === undefined) {
    return invalid("Must specify userName when calling with non-User credentials");
  }
  return allowedUser(action, userName, exchange);
}

function namedKey(
  action: string,
  input: { readonly UserName?: string; readonly AccessKeyId?: string },
  exchange: IamExchange,
): IamResult<NamedKey> {
  const user = keyUser(action, input, exchange);
  if (!user.ok) return user;
  const id = checkedText(input.AccessKeyId, ACCESS_KEY_ID);
  return id.ok ? granted({ userName: user.value, accessKeyId: id.value }) : id;
}

function shownKey(UserName: string, { accessKeyId, isActive, createdAtMs }: AccessKey) {
  return {
    UserName,
    AccessKeyId: accessKeyId,
    Status: isActive ? ("Active" as const) : ("Inactive" as const),
    CreateDate: new Date(createdAtMs),
  };
}
