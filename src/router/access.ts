/**
 * Access: who makes a request, as its signature has shown, by what policies, and from where. It is made by
 * whoever verified the request and by nobody else; without it nothing is allowed where access is not open.
 */

import { assert } from "../domain/assert.ts";
import { accessContext } from "../domain/policy/access-context.ts";
import { networkOf } from "../domain/policy/ip-range.ts";
import { type Policy, readPolicy } from "../domain/policy/policy.ts";
import { accountOf, arnOf, type Principal } from "../domain/policy/principal.ts";
import type { AccessContext } from "../domain/policy/text-template.ts";

export type Access = {
  readonly principal: Principal;
  /** Undefined of whoever shows no credentials. */
  readonly accessKeyId: string | undefined;
  readonly identityPolicies: readonly Policy[];
  readonly origin: Origin;
};

/** From where a request came, and how. */
export type Origin = {
  readonly sourceIp: string | undefined;
  readonly isSecure: boolean;
  readonly userAgent: string | undefined;
};

type Tags = ReadonlyMap<string, string>;

/** Of tags, those that the action asks for and those that its queue has. */
export type Subject = {
  readonly requestTags?: Tags | undefined;
  readonly tagKeys?: readonly string[] | undefined;
  readonly resourceTags?: Tags | undefined;
};

/** Made when a condition or a variable asks for it, which most policies do not. */
export function contextOf(access: Access, subject: Subject): AccessContext {
  let context: AccessContext | undefined;
  return {
    get: (key) => {
      context ??= madeContext(access, subject);
      return context.get(key);
    },
  };
}

function madeContext(
  { principal, origin }: Access,
  { requestTags, tagKeys, resourceTags }: Subject,
): AccessContext {
  return accessContext({
    ...origin,
    principal,
    nowMs: Date.now(),
    ...(requestTags === undefined ? {} : { requestTags }),
    ...(tagKeys === undefined ? {} : { tagKeys }),
    ...(resourceTags === undefined ? {} : { resourceTags }),
  });
}

/**
 * SenderId as SQS has it: the id of a user, the account of its root, the address of whoever is anonymous.
 */
export function senderIdOf({ principal, origin }: Access): string {
  if (principal.kind === "user") return principal.userId;
  return accountOf(principal) ?? origin.sourceIp ?? "anonymous";
}

/** Whether an account's own affairs are the caller's: where access is open they are everybody's. */
export function isOwnRoot(access: Access | undefined, accountId: string): boolean {
  if (access === undefined) return true;
  const { principal } = access;
  return principal.kind === "root" && principal.accountId === accountId;
}

/** By whom is counted what somebody takes: all keys and sessions of a user are the user's. */
export function takerOf(access: Access): string {
  return arnOf(access.principal) ?? networkOf(senderIdOf(access));
}

/** A policy that was stored and cannot be read might deny anything: so it denies everything. */
const UNREADABLE = policyOf('{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}');

/** By the list that an access key's owner has, which is the same one for as long as the key is remembered. */
const read = new WeakMap<readonly string[], readonly Policy[]>();

export function identityPoliciesOf(documents: readonly string[]): readonly Policy[] {
  const known = read.get(documents);
  if (known !== undefined) return known;
  const policies = documents.map((text) => {
    const reading = readPolicy(text, "identity");
    if (reading.ok) return reading.policy;
    console.error("a user's policy cannot be read, and the user is refused everything");
    return UNREADABLE;
  });
  read.set(documents, policies);
  return policies;
}

function policyOf(text: string): Policy {
  const reading = readPolicy(text, "identity");
  assert(reading.ok, "a policy of our own can be read");
  return reading.policy;
}
