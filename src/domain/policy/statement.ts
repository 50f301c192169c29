/**
 * Statement: one statement of a policy, read once so that deciding only compares. A policy of identities
 * says for whom it is by where it is attached, a queue's by its principals; the rest is the same.
 *
 * Actions are compared in lower case, ARNs exactly as they are written (IAM user guide). Whatever has a
 * `Not` form has one of the two. IAM's words for flaws are used for both kinds.
 */
import { isJsonObject, type JsonObject } from "../json-object.ts";
import { type Condition, readConditions } from "./condition.ts";
import {
  type Flawed,
  flawed,
  isFlawed,
  LEGACY_PARSING,
  NO_VENDOR,
  readEach,
  SYNTAX_ERROR,
} from "./policy-flaw.ts";
import { readTexts } from "./policy-text.ts";
import { type PrincipalList, readPrincipalList } from "./principal-list.ts";
import { isBatchAction } from "./sqs-action.ts";
import { readTemplate, type TextTemplate } from "./text-template.ts";
import { type WildcardPattern, wildcardPattern } from "./wildcard-pattern.ts";

/** What a policy is attached to: a user, or a resource such as a queue. */
export type PolicyKind = "identity" | "resource";

/** `isNegated`: what is not listed is meant. */
export type Listed<Kind> = { readonly isNegated: boolean; readonly listed: Kind };

export type Statement = {
  readonly effect: "Allow" | "Deny";
  /** Undefined in a policy of identities. */
  readonly principals: Listed<PrincipalList> | undefined;
  readonly actions: Listed<readonly WildcardPattern[]>;
  readonly resources: Listed<readonly TextTemplate[]>;
  readonly conditions: readonly Condition[];
};

export type StatementRules = { readonly kind: PolicyKind; readonly hasVariables: boolean };

const MEMBERS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];
const VENDOR = /^(?:[A-Za-z0-9-]{1,64}|\*)$/;
const ACTION_NAME = /^[A-Za-z0-9*?]{1,128}$/;
const PARTITION = /^(?:aws[a-z-]{0,20}|.{0,64}[*?$].{0,64})$/;
const ARN_FIELDS = 6;

export function readStatement(value: unknown, rules: StatementRules): Statement | Flawed {
  if (!isJsonObject(value)) return SYNTAX_ERROR;
  const { Sid = "", Effect } = value;
  if (Object.keys(value).some((member) => !MEMBERS.includes(member))) return SYNTAX_ERROR;
  if (typeof Sid !== "string" || !Sid.isWellFormed()) return SYNTAX_ERROR;
  if (Effect !== "Allow" && Effect !== "Deny") return SYNTAX_ERROR;
  const principals = readPrincipals(value, rules.kind);
  if (isFlawed(principals)) return principals;
  const actions = readActions(value, rules.kind);
  if (isFlawed(actions)) return actions;
  const resources = readResources(value, rules);
  if (isFlawed(resources)) return resources;
  const conditions = readConditions(value.Condition, rules);
  if (isFlawed(conditions)) return conditions;
  return { effect: Effect, principals, actions, resources, conditions };
}

function readPrincipals(
  statement: JsonObject,
  kind: PolicyKind,
): Listed<PrincipalList> | undefined | Flawed {
  const isNamed = "Principal" in statement || "NotPrincipal" in statement;
  if (kind === "identity") {
    return isNamed ? flawed("Policy document should not specify a principal.") : undefined;
  }
  const member = memberOf(statement, "Principal");
  if (member === undefined || isFlawed(member)) return SYNTAX_ERROR;
  const listed = readPrincipalList(member.listed);
  return isFlawed(listed) ? listed : { isNegated: member.isNegated, listed };
}

function readActions(
  statement: JsonObject,
  kind: PolicyKind,
): Listed<readonly WildcardPattern[]> | Flawed {
  const member = textsOf(statement, "Action");
  if (isFlawed(member)) return member;
  const { isNegated, listed } = member;
  if (listed.length === 0) return flawed("Policy statement must contain actions.");
  for (const action of listed) {
    const flaw = actionFlaw(action);
    if (flaw !== undefined) return flaw;
    // Such a statement would say nothing, and a Deny not bite (SQS developer guide).
    if (kind === "resource" && isBatchAction(action)) return SYNTAX_ERROR;
  }
  return { isNegated, listed: listed.map((action) => wildcardPattern(action.toLowerCase())) };
}

function actionFlaw(action: string): Flawed | undefined {
  if (action === "*") return undefined;
  const [vendor = "", name, ...rest] = action.split(":", 3);
  if (name === undefined) return NO_VENDOR;
  if (rest.length > 0) return flawed("Actions/Condition can contain only one colon.");
  if (!VENDOR.test(vendor)) return flawed(`Vendor ${vendor} is not valid`);
  return ACTION_NAME.test(name) ? undefined : SYNTAX_ERROR;
}

function readResources(
  statement: JsonObject,
  { hasVariables }: StatementRules,
): Listed<readonly TextTemplate[]> | Flawed {
  const member = textsOf(statement, "Resource");
  if (isFlawed(member)) return member;
  const { isNegated, listed } = member;
  if (listed.length === 0) return flawed("Policy statement must contain resources.");
  const templates = readEach(listed, (resource) => {
    const flaw = resourceFlaw(resource);
    if (flaw !== undefined) return flaw;
    return readTemplate(completeArn(resource), { hasWildcards: true, hasVariables });
  });
  return isFlawed(templates) ? templates : { isNegated, listed: templates };
}

function resourceFlaw(resource: string): Flawed | undefined {
  if (resource === "*") return undefined;
  const [scheme, partition, service] = resource.split(":", 3);
  if (scheme !== "arn") return flawed(`Resource ${resource} must be in ARN format or "*".`);
  if (partition === undefined) return LEGACY_PARSING;
  if (!PARTITION.test(partition)) {
    return flawed(`Partition "${partition}" is not valid for resource "${resource}".`);
  }
  return service === undefined && !partition.includes("*") ? LEGACY_PARSING : undefined;
}

/** Fields that an ARN leaves out at its end are any: `arn:aws:sqs` is every queue (IAM user guide). */
function completeArn(resource: string): string {
  if (resource === "*") return resource;
  const missing = ARN_FIELDS - resource.split(":", ARN_FIELDS).length;
  return resource + ":*".repeat(missing);
}

function textsOf(
  statement: JsonObject,
  name: "Action" | "Resource",
): Listed<readonly string[]> | Flawed {
  const member = memberOf(statement, name) ?? { isNegated: false, listed: [] };
  if (isFlawed(member)) return member;
  const listed = readTexts(member.listed);
  return listed === undefined ? SYNTAX_ERROR : { isNegated: member.isNegated, listed };
}

/** `Action` or `NotAction`, say; both at once are a flaw. */
function memberOf(statement: JsonObject, name: string): Listed<unknown> | undefined | Flawed {
  const { [name]: plain, [`Not${name}`]: negated } = statement;
  if (plain !== undefined && negated !== undefined) return SYNTAX_ERROR;
  if (negated !== undefined) return { isNegated: true, listed: negated };
  return plain === undefined ? undefined : { isNegated: false, listed: plain };
}
