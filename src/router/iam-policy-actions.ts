/**
 * The actions of IAM on the inline policies of users. Documents are kept as they were put, and given back
 * escaped as in a URL, as IAM does.
 */
import { POLICY_DOCUMENT_CHARACTERS_MAX } from "../domain/iam-limits.ts";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { IdentityInput, IdentityOutput } from "../protocol/identity-actions.ts";
import { type IamExchange, ownIdentity } from "./iam-exchange.ts";
import { checkedPage, checkedText, POLICY_NAME, pageEnd } from "./iam-input.ts";
import { allowedUser } from "./iam-user-actions.ts";
import { changeIdentity } from "./identity-change.ts";

const DOCUMENT = { member: "policyDocument", lengthMax: POLICY_DOCUMENT_CHARACTERS_MAX };
/** What `encodeURIComponent` leaves and RFC 3986 reserves. */
const LEFT_OVER = /[!'()*]/g;

type NamedPolicy = { readonly userName: string; readonly policyName: string };

export async function putUserPolicy(
  input: IdentityInput<"PutUserPolicy">,
  exchange: IamExchange,
): Promise<IamResult<undefined>> {
  const named = namedPolicy("iam:PutUserPolicy", input, exchange);
  if (!named.ok) return named;
  const document = checkedText(input.PolicyDocument, DOCUMENT);
  if (!document.ok) return document;
  const reason = exchange.policyFlaw(document.value);
  if (reason !== undefined) return denied({ kind: "policy-malformed", reason });
  const policy = { ...named.value, document: document.value };
  return changeIdentity(exchange, async (identity) => identity.putUserPolicy(policy));
}

export async function getUserPolicy(
  input: IdentityInput<"GetUserPolicy">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"GetUserPolicy">>> {
  const named = namedPolicy("iam:GetUserPolicy", input, exchange);
  if (!named.ok) return named;
  const document = await ownIdentity(exchange).getUserPolicy(named.value);
  if (!document.ok) return document;
  const { userName: UserName, policyName: PolicyName } = named.value;
  return granted({ UserName, PolicyName, PolicyDocument: escaped(document.value) });
}

export async function listUserPolicies(
  input: IdentityInput<"ListUserPolicies">,
  exchange: IamExchange,
): Promise<IamResult<IdentityOutput<"ListUserPolicies">>> {
  const user = allowedUser("iam:ListUserPolicies", input.UserName, exchange);
  if (!user.ok) return user;
  const page = checkedPage(input);
  if (!page.ok) return page;
  const query = { userName: user.value, ...page.value };
  const listing = await ownIdentity(exchange).listUserPolicies(query);
  if (!listing.ok) return listing;
  return granted({ PolicyNames: listing.value.items, ...pageEnd(listing.value, (name) => name) });
}

export async function deleteUserPolicy(
  input: IdentityInput<"DeleteUserPolicy">,
  exchange: IamExchange,
): Promise<IamResult<undefined>> {
  const named = namedPolicy("iam:DeleteUserPolicy", input, exchange);
  if (!named.ok) return named;
  return changeIdentity(exchange, async (identity) => identity.deleteUserPolicy(named.value));
}

function namedPolicy(
  action: string,
  { UserName, PolicyName }: { readonly UserName?: string; readonly PolicyName?: string },
  exchange: IamExchange,
): IamResult<NamedPolicy> {
  const user = allowedUser(action, UserName, exchange);
  if (!user.ok) return user;
  const policy = checkedText(PolicyName, POLICY_NAME);
  return policy.ok ? granted({ userName: user.value, policyName: policy.value }) : policy;
}

function escaped(document: string): string {
  return encodeURIComponent(document.toWellFormed()).replace(LEFT_OVER, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
