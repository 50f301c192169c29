/**
 * PrincipalList: a statement's `Principal` or `NotPrincipal`, in all its forms: `"*"`, and lists of
 * accounts, ARNs and services. There are no partial wildcards (IAM user guide), so whom a list means is
 * looked up and never matched; `"*"` means everyone, with or without credentials.
 */
import { isJsonObject } from "../json-object.ts";
import { type Flawed, flawed, isFlawed, readEach, SYNTAX_ERROR } from "./policy-flaw.ts";
import { readTexts } from "./policy-text.ts";
import { accountOf, arnOf, identityArnOf, type Principal } from "./principal.ts";

export type PrincipalList = {
  readonly isEveryone: boolean;
  readonly accountIds: ReadonlySet<string>;
  readonly arns: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  /** As many as were written: what SQS counts. */
  readonly count: number;
};

type Named = {
  readonly kind: "everyone" | "account" | "arn" | "service" | "foreign";
  readonly name: string;
};

const ACCOUNT_ID = /^\d{12}$/;
const ROOT = /^arn:aws[a-z-]{0,20}:iam::(\d{12}):root$/;
const ARN =
  /^arn:aws[a-z-]{0,20}:(?:iam::\d{12}:(?:user|role)|sts::\d{12}:(?:assumed-role|federated-user))\/[!-)+->@-~]{1,2048}$/;
/** IAM's own names of users and roles, which stand where an ARN's owner is gone. */
const UNIQUE_ID = /^A[A-Z0-9]{15,127}$/;
const SERVICE = /^[a-z0-9.-]{1,256}\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)$/;

export function readPrincipalList(value: unknown): PrincipalList | Flawed {
  if (value === "*") return listOf([{ kind: "everyone", name: "*" }]);
  if (!isJsonObject(value) || Object.keys(value).length === 0) return SYNTAX_ERROR;
  const named = readEach(Object.entries(value), ([type, names]) => {
    const texts = readTexts(names);
    if (texts === undefined || texts.length === 0) return SYNTAX_ERROR;
    return readEach(texts, (name) => readName(type, name));
  });
  return isFlawed(named) ? named : listOf(named.flat());
}

/** Whether the list means this one, under any of its names. */
export function includesPrincipal(list: PrincipalList, principal: Principal): boolean {
  return namesDirectly(list, principal) || isAccountListed(list, principal);
}

/**
 * Whether a `NotPrincipal` spares this one from a Deny: only if all its names are listed, the account's
 * too. One that is missing is denied (IAM user guide, "NotPrincipal with Deny").
 */
export function sparesPrincipal(list: PrincipalList, principal: Principal): boolean {
  if (list.isEveryone) return true;
  if (principal.kind === "service") return list.services.has(principal.name);
  return (
    isAccountListed(list, principal) && identityArns(principal).every((arn) => list.arns.has(arn))
  );
}

/**
 * Whether the list means this one by more than its account. An account that is named may give what it got
 * to its users, and each of them needs it to (IAM user guide, "AWS account principals").
 */
export function namesDirectly(list: PrincipalList, principal: Principal): boolean {
  if (list.isEveryone) return true;
  if (principal.kind === "service") return list.services.has(principal.name);
  return identityArns(principal).some((arn) => list.arns.has(arn));
}

/** Whether the list has the ARN of this very session: such a grant is not limited by its policy. */
export function namesSession(list: PrincipalList, principal: Principal): boolean {
  return principal.kind === "role-session" && list.arns.has(arnOf(principal) ?? "");
}

function isAccountListed({ accountIds }: PrincipalList, principal: Principal): boolean {
  return accountIds.has(accountOf(principal) ?? "");
}

/** A root user has no name besides its account's. */
function identityArns(principal: Principal): readonly string[] {
  if (principal.kind === "root") return [];
  const arns = [arnOf(principal), identityArnOf(principal)];
  return arns.filter((arn) => arn !== undefined);
}

function readName(type: string, name: string): Named | Flawed {
  if (type === "AWS") {
    const kind = name === "*" ? "everyone" : kindOfArn(name);
    if (kind === undefined) return flawed(`Invalid principal in policy: "AWS":"${name}"`);
    return { kind, name: ROOT.exec(name)?.[1] ?? name };
  }
  if (type === "Service") {
    return SERVICE.test(name)
      ? { kind: "service", name }
      : flawed(`Invalid principal in policy: "SERVICE":"${name}"`);
  }
  // Others exist, and none of them can sign a request here.
  return type === "Federated" || type === "CanonicalUser"
    ? { kind: "foreign", name }
    : SYNTAX_ERROR;
}

function kindOfArn(name: string): "account" | "arn" | "foreign" | undefined {
  if (ACCOUNT_ID.test(name) || ROOT.test(name)) return "account";
  if (ARN.test(name)) return "arn";
  return UNIQUE_ID.test(name) ? "foreign" : undefined;
}

function listOf(named: readonly Named[]): PrincipalList {
  const namesOf = (kind: Named["kind"]): Set<string> => {
    return new Set(named.filter((one) => one.kind === kind).map(({ name }) => name));
  };
  return {
    isEveryone: named.some(({ kind }) => kind === "everyone"),
    accountIds: namesOf("account"),
    arns: namesOf("arn"),
    services: namesOf("service"),
    count: named.length,
  };
}
