/**
 * Decision: whether a request is allowed, as AWS evaluates policies (IAM user guide, "Policy evaluation
 * logic"). What any policy denies is denied. Within one account it suffices that the identity's policies
 * allow it, or the resource's to the identity and not only to its account; across accounts both must. A
 * root user needs no policy of its own.
 *
 * Without a policy nothing is allowed.
 */
import { holdsCondition } from "./condition.ts";
import type { Policy } from "./policy.ts";
import { accountOf, type Principal } from "./principal.ts";
import {
  includesPrincipal,
  namesDirectly,
  namesSession,
  type PrincipalList,
  sparesPrincipal,
} from "./principal-list.ts";
import { isOwnerOnlyAction, singleAction } from "./sqs-action.ts";
import type { Listed, Statement } from "./statement.ts";
import { type AccessContext, resolveTemplate, type TextTemplate } from "./text-template.ts";
import { matchesPattern } from "./wildcard-pattern.ts";

export type AccessRequest = {
  /** IAM's name, such as `sqs:SendMessage`; a batch is authorised as its single action. */
  readonly action: string;
  readonly resource: string;
  readonly resourceAccountId: string;
  readonly principal: Principal;
  readonly context: AccessContext;
};

export type PolicySide = "identity" | "resource" | "session";
export type Denial =
  | { readonly kind: "explicit-deny"; readonly by: PolicySide }
  /** No policy of this side allows it, and one must. */
  | { readonly kind: "no-allow"; readonly by: PolicySide }
  /** Another account asks for what no policy can give it. */
  | { readonly kind: "owner-only" };
export type Decision =
  | { readonly kind: "allowed" }
  | { readonly kind: "denied"; readonly denial: Denial };

type Verdict = "allow" | "deny" | "none";
/** Of the policies that came with the principal; `session` is undefined where there is no such policy. */
type IdentityVerdict = { readonly identity: Verdict; readonly session: Verdict | undefined };

const ALLOWED: Decision = { kind: "allowed" };

export function decide(
  request: AccessRequest,
  policies: {
    readonly identity: readonly Policy[];
    readonly resource: Policy | undefined;
    readonly session: Policy | undefined;
  },
): Decision {
  const { resource, session } = policies;
  const verdict: IdentityVerdict = {
    identity: verdictOf(policies.identity, request),
    session: session === undefined ? undefined : verdictOf([session], request),
  };
  const resourceVerdict = verdictOf(resource === undefined ? [] : [resource], request);
  if (verdict.identity === "deny") return denied({ kind: "explicit-deny", by: "identity" });
  if (verdict.session === "deny") return denied({ kind: "explicit-deny", by: "session" });
  if (resourceVerdict === "deny") return denied({ kind: "explicit-deny", by: "resource" });
  const granting = resourceVerdict === "allow" ? resource : undefined;
  return accountOf(request.principal) === request.resourceAccountId
    ? withinAccount(request, verdict, granting)
    : acrossAccounts(request, verdict, granting !== undefined);
}

/** `granting` is the resource's policy, if it allows the request to the principal by some name. */
function withinAccount(
  request: AccessRequest,
  verdict: IdentityVerdict,
  granting: Policy | undefined,
): Decision {
  const { principal } = request;
  if (granting !== undefined && grantsTo(granting, request, namesSession)) return ALLOWED;
  const isBacked =
    principal.kind === "root" ||
    verdict.identity === "allow" ||
    (granting !== undefined && grantsTo(granting, request, namesDirectly));
  if (!isBacked) return denied({ kind: "no-allow", by: "identity" });
  return withinSession(verdict);
}

function acrossAccounts(
  { action, principal }: AccessRequest,
  verdict: IdentityVerdict,
  isGranted: boolean,
): Decision {
  if (isOwnerOnlyAction(singleAction(action))) return denied({ kind: "owner-only" });
  if (!isGranted) return denied({ kind: "no-allow", by: "resource" });
  // Nobody but the resource can speak for those who belong to no account.
  if (accountOf(principal) === undefined) return ALLOWED;
  const isBacked = principal.kind === "root" || verdict.identity === "allow";
  if (!isBacked) return denied({ kind: "no-allow", by: "identity" });
  return withinSession(verdict);
}

/** A session's policy takes away and never gives. */
function withinSession({ session }: IdentityVerdict): Decision {
  return session === undefined || session === "allow"
    ? ALLOWED
    : denied({ kind: "no-allow", by: "session" });
}

function verdictOf(policies: readonly Policy[], request: AccessRequest): Verdict {
  const action = singleAction(request.action).toLowerCase();
  let verdict: Verdict = "none";
  for (const { statements } of policies) {
    for (const statement of statements) {
      const isNews = statement.effect === "Deny" || verdict === "none";
      if (!isNews || !applies(statement, request, action)) continue;
      if (statement.effect === "Deny") return "deny";
      verdict = "allow";
    }
  }
  return verdict;
}

/** Whether a statement allows the request that means the principal in this way. */
function grantsTo(
  { statements }: Policy,
  request: AccessRequest,
  means: (list: PrincipalList, principal: Principal) => boolean,
): boolean {
  const action = singleAction(request.action).toLowerCase();
  return statements.some((statement) => {
    const { effect, principals } = statement;
    if (effect !== "Allow" || principals === undefined) return false;
    const { isNegated, listed } = principals;
    // Everyone but some means each of the others.
    const list = isNegated ? { ...listed, isEveryone: true } : listed;
    return means(list, request.principal) && applies(statement, request, action);
  });
}

function applies(statement: Statement, request: AccessRequest, action: string): boolean {
  const { principals, actions, resources, conditions } = statement;
  const { resource, principal, context } = request;
  return (
    actions.listed.some((pattern) => matchesPattern(pattern, action)) !== actions.isNegated &&
    (principals === undefined || concerns(statement.effect, principals, principal)) &&
    meansResource(resources, resource, context) &&
    conditions.every((condition) => holdsCondition(condition, context))
  );
}

/** In doubt about who is not meant, a Deny holds and an Allow does not. */
function concerns(
  effect: Statement["effect"],
  { isNegated, listed }: Listed<PrincipalList>,
  principal: Principal,
): boolean {
  if (!isNegated) return includesPrincipal(listed, principal);
  return effect === "Deny"
    ? !sparesPrincipal(listed, principal)
    : !includesPrincipal(listed, principal);
}

/** A resource whose variable has no value is none, whether it is listed to be meant or not to be. */
function meansResource(
  { isNegated, listed }: Listed<readonly TextTemplate[]>,
  resource: string,
  context: AccessContext,
): boolean {
  const isListed = listed.some((template) => {
    const pattern = resolveTemplate(template, context);
    return pattern !== undefined && matchesPattern(pattern, resource);
  });
  return isListed !== isNegated;
}

function denied(denial: Denial): Decision {
  return { kind: "denied", denial };
}
