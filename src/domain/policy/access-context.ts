/**
 * AccessContext's maker: what conditions and variables can ask of a request, under AWS's global names in
 * lower case (IAM user guide, "Global condition keys"). A key without a value is left out, which is what
 * `Null` and IfExists ask about.
 *
 * The source ARN and account are for services of ours that act for somebody; a client must never be able
 * to say them, so nothing of a request's headers may end up there.
 */
import { accountOf, identityArnOf, type Principal } from "./principal.ts";

export type AccessFacts = {
  readonly sourceIp: string | undefined;
  readonly isSecure: boolean;
  readonly userAgent: string | undefined;
  readonly nowMs: number;
  readonly principal: Principal;
  readonly resourceTags?: ReadonlyMap<string, string>;
  readonly requestTags?: ReadonlyMap<string, string>;
  /** Those of a request that names tags without values; otherwise those of `requestTags`. */
  readonly tagKeys?: readonly string[];
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
};

export function accessContext(facts: AccessFacts): ReadonlyMap<string, readonly string[]> {
  const { principal, nowMs, resourceTags = new Map(), requestTags = new Map() } = facts;
  const context = new Map<string, string[]>();
  const add = (key: string, value: string | undefined): void => {
    if (value === undefined) return;
    const lowerKey = key.toLowerCase();
    context.set(lowerKey, [...(context.get(lowerKey) ?? []), value]);
  };
  add("aws:SourceIp", facts.sourceIp);
  add("aws:SecureTransport", String(facts.isSecure));
  add("aws:UserAgent", facts.userAgent);
  add("aws:CurrentTime", `${new Date(nowMs).toISOString().slice(0, 19)}Z`);
  add("aws:EpochTime", String(Math.floor(nowMs / 1000)));
  add("aws:SourceArn", facts.sourceArn);
  add("aws:SourceAccount", facts.sourceAccount);
  add("aws:PrincipalArn", identityArnOf(principal));
  add("aws:PrincipalAccount", accountOf(principal));
  add("aws:PrincipalType", TYPES[principal.kind]);
  add("aws:PrincipalIsAWSService", String(principal.kind === "service"));
  add("aws:userid", userIdOf(principal));
  add("aws:username", principal.kind === "user" ? principal.userName : undefined);
  for (const [key, value] of distinct(resourceTags)) add(`aws:ResourceTag/${key}`, value);
  for (const [key, value] of distinct(requestTags)) add(`aws:RequestTag/${key}`, value);
  for (const key of facts.tagKeys ?? requestTags.keys()) add("aws:TagKeys", key);
  return context;
}

/**
 * Keys of conditions do not tell `team` from `TEAM`, and tags do. The first counts: whoever may add the second
 * may not change what a policy asks about.
 */
function* distinct(tags: ReadonlyMap<string, string>): Generator<readonly [string, string]> {
  const seen = new Set<string>();
  for (const [key, value] of tags) {
    const lowerKey = key.toLowerCase();
    if (!seen.has(lowerKey)) yield [key, value];
    seen.add(lowerKey);
  }
}

/** IAM user guide, "Principal key values". */
const TYPES: Readonly<Record<Principal["kind"], string | undefined>> = {
  anonymous: "Anonymous",
  root: "Account",
  user: "User",
  "role-session": "AssumedRole",
  service: undefined,
};

function userIdOf(principal: Principal): string | undefined {
  switch (principal.kind) {
    case "anonymous":
      return "anonymous";
    case "root":
      return principal.accountId;
    case "user":
      return principal.userId;
    case "role-session":
      return `${principal.roleId}:${principal.sessionName}`;
    case "service":
      return undefined;
  }
}
