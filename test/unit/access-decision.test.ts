/**
 * Decisions that the vectors leave open, the texts of denials, and what is known of a request: who is
 * meant by a principal, variables, incomplete ARNs, addresses of both kinds.
 */
import { describe, expect, test } from "vitest";
import { type AccessFacts, accessContext } from "../../src/domain/policy/access-context.ts";
import { type AccessRequest, decide } from "../../src/domain/policy/decision.ts";
import { anonymousDenialText, denialText } from "../../src/domain/policy/denial-text.ts";
import { actionOf, isOwnersAlone } from "../../src/domain/policy/sqs-action.ts";
import { policyOf } from "../support/policy-arbitrary.ts";
import { principalOf } from "../support/policy-principal.ts";

const OWNER = "123456789012";
const OTHER = "111122223333";
const QUEUE = `arn:aws:sqs:us-east-1:${OWNER}:queue1`;
const ALICE = `arn:aws:iam::${OWNER}:user/alice`;
const BOB = `arn:aws:iam::${OTHER}:user/bob`;
const ROOT = `arn:aws:iam::${OWNER}:root`;
const OTHER_ROOT = `arn:aws:iam::${OTHER}:root`;
const SESSION = `arn:aws:sts::${OWNER}:assumed-role/r1/s1`;
const GRANT = { Effect: "Allow", Action: "sqs:*", Resource: QUEUE };

type Sides = { identity?: object[]; resource?: object[]; session?: object[] };
type Caller = { principal?: string; action?: string; facts?: Partial<AccessFacts> };

function requestOf({ principal = ALICE, action = "sqs:SendMessage", facts = {} }: Caller) {
  const who = principalOf(principal);
  const known = { sourceIp: undefined, isSecure: true, userAgent: undefined, nowMs: 0 };
  const request: AccessRequest = {
    action,
    resource: QUEUE,
    resourceAccountId: OWNER,
    principal: who,
    context: accessContext({ ...known, principal: who, ...facts }),
  };
  return request;
}

/** "allowed", or the text of the denial. */
function outcome(sides: Sides, caller: Caller = {}): string {
  const request = requestOf(caller);
  const { identity = [], resource, session } = sides;
  const decision = decide(request, {
    identity: identity.length === 0 ? [] : [policyOf(identity, "identity")],
    resource: resource && policyOf(resource, "resource"),
    session: session && policyOf(session, "identity"),
  });
  return decision.kind === "allowed" ? "allowed" : denialText(decision.denial, request);
}

/** A policy's, which looks like a template's. */
function variable(text: string): string {
  return `$\{${text}}`;
}

const DENIED = "is not authorized to perform: sqs:sendmessage on resource: ";

describe("a denial says why", () => {
  const of = (principal: string, cause: string) => `User: ${principal} ${DENIED}${QUEUE} ${cause}`;
  const none = (side: string) => `because no ${side} policy allows the sqs:sendmessage action`;
  const deny = { ...GRANT, Effect: "Deny" };
  const open = { ...GRANT, Principal: "*" };

  test("for want of a policy", () => {
    expect(outcome({})).toBe(of(ALICE, none("identity-based")));
    const batch = { action: "sqs:SendMessageBatch" };
    expect(outcome({}, batch)).toBe(of(ALICE, none("identity-based")));
    expect(outcome({ resource: [open] }, { principal: BOB })).toBe(of(BOB, none("identity-based")));
    expect(outcome({ identity: [GRANT] }, { principal: BOB })).toBe(
      of(BOB, none("resource-based")),
    );
    const session = [{ ...GRANT, Action: "sqs:ReceiveMessage" }];
    expect(outcome({ identity: [GRANT], session }, { principal: SESSION })).toBe(
      of(SESSION, none("session")),
    );
  });

  test("for a policy that denies", () => {
    const by = (side: string) => of(ALICE, `with an explicit deny in ${side} policy`);
    expect(outcome({ identity: [GRANT, deny] })).toBe(by("an identity-based"));
    expect(outcome({ resource: [{ ...open, ...deny }] })).toBe(by("a resource-based"));
    expect(outcome({ identity: [GRANT], session: [deny] })).toBe(by("a session"));
  });

  test("for what only the owner may do, as if no policy gave it", () => {
    const sides = { identity: [{ ...GRANT, Resource: "*" }], resource: [open] };
    const text = `User: ${BOB} is not authorized to perform: sqs:tagqueue on resource: ${QUEUE} because no resource-based policy allows the sqs:tagqueue action`;
    expect(outcome(sides, { principal: BOB, action: "sqs:TagQueue" })).toBe(text);
    expect(outcome(sides, { principal: "anonymous", action: "sqs:TagQueue" })).toMatch(
      /^User: anonymous/,
    );
  });

  test("to nobody without credentials", () => {
    const text = "Access to the resource https://sqs.example/1/q is denied.";
    expect(anonymousDenialText("https://sqs.example/1/q")).toBe(text);
  });
});

describe("a root user", () => {
  test("of another account needs the queue's policy and none of its own", () => {
    expect(outcome({}, { principal: OTHER_ROOT })).toMatch(/no resource-based policy/);
    const resource = [{ ...GRANT, Principal: { AWS: OTHER } }];
    expect(outcome({ resource }, { principal: OTHER_ROOT })).toBe("allowed");
    const tag = { principal: OTHER_ROOT, action: "sqs:TagQueue" };
    expect(outcome({ resource }, tag)).toMatch(/no resource-based policy/);
  });

  test("of the owning account may do anything that is not denied", () => {
    expect(outcome({}, { principal: ROOT, action: "sqs:TagQueue" })).toBe("allowed");
    const resource = [{ ...GRANT, Effect: "Deny", Principal: { AWS: OWNER } }];
    expect(outcome({ resource }, { principal: ROOT })).toMatch(/explicit deny/);
  });
});

describe("a principal is meant", () => {
  const grant = (AWS: unknown) => ({ resource: [{ ...GRANT, Principal: { AWS } }] });

  test("by its account, in either spelling: a denial holds, an allowance is the account's to give", () => {
    for (const AWS of [OWNER, ROOT]) {
      const deny = { resource: [{ ...GRANT, Effect: "Deny", Principal: { AWS } }] };
      for (const principal of [ALICE, SESSION]) {
        expect(outcome(grant(AWS), { principal })).toMatch(/no identity-based policy/);
        expect(outcome({ ...grant(AWS), identity: [GRANT] }, { principal })).toBe("allowed");
        expect(outcome({ ...deny, identity: [GRANT] }, { principal })).toMatch(/explicit deny/);
      }
      expect(outcome(grant(AWS), { principal: ROOT })).toBe("allowed");
      expect(outcome(grant(AWS), { principal: "anonymous" })).toMatch(/is not authorized/);
    }
    expect(outcome(grant(OTHER))).toMatch(/is not authorized/);
  });

  test("by all but some who are named, which is by more than the account", () => {
    const resource = [
      { Effect: "Allow", NotPrincipal: { AWS: OTHER }, Action: "*", Resource: "*" },
    ];
    expect(outcome({ resource })).toBe("allowed");
  });

  test("by everyone, with credentials or without, or as a service", () => {
    for (const principal of [ALICE, SESSION, "anonymous", "service:sns.amazonaws.com"]) {
      expect(outcome(grant("*"), { principal })).toBe("allowed");
    }
  });

  test("by an ARN with its path", () => {
    const principal = { kind: "user", accountId: OWNER, userName: "alice", userId: "A" } as const;
    const request = { ...requestOf({}), principal: { ...principal, path: "/team/" } };
    const decisionFor = (AWS: string) => {
      const resource = policyOf([{ ...GRANT, Principal: { AWS } }], "resource");
      return decide(request, { identity: [], resource, session: undefined }).kind;
    };
    expect(decisionFor(`arn:aws:iam::${OWNER}:user/team/alice`)).toBe("allowed");
    expect(decisionFor(ALICE)).toBe("denied");
  });

  test("and spared from a Deny only if its account is named with it", () => {
    const sides = (AWS: string[]) => {
      const deny = { ...GRANT, Effect: "Deny", NotPrincipal: { AWS } };
      return { identity: [GRANT], resource: [deny] };
    };
    expect(outcome(sides([ALICE, ROOT]))).toBe("allowed");
    expect(outcome(sides([ALICE]))).toMatch(/explicit deny/);
    expect(outcome(sides([ROOT]))).toMatch(/explicit deny/);
    expect(outcome(sides([ROOT]), { principal: ROOT })).toBe("allowed");
    const role = `arn:aws:iam::${OWNER}:role/r1`;
    expect(outcome(sides([SESSION, role, ROOT]), { principal: SESSION })).toBe("allowed");
    expect(outcome(sides([SESSION, ROOT]), { principal: SESSION })).toMatch(/explicit deny/);
  });

  test("and left out of an Allow by any of its names", () => {
    const sides = (AWS: string[]) => ({ resource: [{ ...GRANT, NotPrincipal: { AWS } }] });
    expect(outcome(sides([ALICE]))).toMatch(/is not authorized/);
    expect(outcome(sides([ROOT]))).toMatch(/is not authorized/);
    expect(outcome(sides([BOB]))).toBe("allowed");
  });
});

describe("a policy variable", () => {
  const resource = (text: string, Version = "2012-10-17", caller: Caller = {}): string => {
    const document = { ...GRANT, Resource: text };
    const request = requestOf(caller);
    const policy = policyOf([document], "identity", Version);
    return decide(request, { identity: [policy], resource: undefined, session: undefined }).kind;
  };
  const queueOf = (name: string) => `arn:aws:sqs:us-east-1:${OWNER}:${name}`;

  test("stands for the request's value, or else for its default, or else for nothing", () => {
    const facts = { userAgent: "queue" };
    expect(resource(queueOf(`${variable("aws:UserAgent")}1`), undefined, { facts })).toBe(
      "allowed",
    );
    expect(resource(queueOf(`${variable("AWS:useragent")}1`), undefined, { facts })).toBe(
      "allowed",
    );
    expect(resource(queueOf(`${variable("aws:UserAgent, 'queue'")}1`))).toBe("allowed");
    expect(resource(queueOf(variable("aws:UserAgent,'queue1'")), undefined, { facts })).toBe(
      "denied",
    );
    expect(resource(queueOf(`${variable("aws:UserAgent")}queue1`))).toBe("denied");
  });

  test("never brings a wildcard with it, or another variable", () => {
    for (const userAgent of ["*", "queue?", variable("aws:username")]) {
      const facts = { userAgent };
      expect(resource(queueOf(variable("aws:UserAgent")), undefined, { facts })).toBe("denied");
    }
  });

  test("and its escapes stand for the characters themselves", () => {
    for (const escaped of ["*", "?", "$"]) {
      expect(resource(queueOf(`queue$\{${escaped}}`))).toBe("denied");
    }
    expect(resource(queueOf("queue*"))).toBe("allowed");
  });

  test("is plain text in a policy of 2008", () => {
    const facts = { userAgent: "queue1" };
    expect(resource(queueOf(variable("aws:UserAgent")), "2008-10-17", { facts })).toBe("denied");
  });

  test("of a key with several values stands for nothing", () => {
    const facts = { tagKeys: ["queue1", "queue2"] };
    expect(resource(queueOf(variable("aws:TagKeys")), undefined, { facts })).toBe("denied");
  });

  test.each([
    ["arn:aws:sqs", "allowed"],
    ["arn:aws:sqs:us-east-1", "allowed"],
    [`arn:aws:sqs:us-east-1:${OWNER}`, "allowed"],
    ["arn:aws:sqs:us-west-2", "denied"],
    ["arn:aws:sns", "denied"],
    ["arn:*", "allowed"],
  ])("and an ARN that is cut short means all that begins so: %s", (text, kind) => {
    expect(resource(text)).toBe(kind);
  });
});

describe("an address", () => {
  test.each([
    ["::ffff:203.0.113.5", "203.0.113.0/24", true],
    ["203.0.113.5", "::ffff:203.0.113.0/120", true],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["2001:db8::1", "2001:db8::/32", true],
    ["2001:db9::1", "2001:db8::/32", false],
    ["10.1.2.3", "10.255.255.255/8", true],
    ["10.1.2.3", "10.1.2.2/31", true],
    ["10.1.2.4", "10.1.2.2/31", false],
    ["2001:db8::1", "::/0", true],
    ["10.1.2.3", "::/0", false],
    ["fe80::1%eth0", "fe80::/10", false],
  ])("%s in %s is %s", (sourceIp, range, isIn) => {
    const Condition = { IpAddress: { "aws:SourceIp": range } };
    const given = outcome({ identity: [{ ...GRANT, Condition }] }, { facts: { sourceIp } });
    expect(given === "allowed").toBe(isIn);
  });
});

describe("what is known of a request", () => {
  const facts: AccessFacts = {
    sourceIp: "203.0.113.5",
    isSecure: false,
    userAgent: "curl/8",
    nowMs: Date.UTC(2026, 10, 22, 12, 0, 0, 999),
    principal: principalOf(ALICE),
  };

  test("is under lower-case names, and has no key without a value", () => {
    expect(Object.fromEntries(accessContext(facts))).toEqual({
      "aws:sourceip": ["203.0.113.5"],
      "aws:securetransport": ["false"],
      "aws:useragent": ["curl/8"],
      "aws:currenttime": ["2026-11-22T12:00:00Z"],
      "aws:epochtime": ["1795348800"],
      "aws:principalarn": [ALICE],
      "aws:principalaccount": [OWNER],
      "aws:principaltype": ["User"],
      "aws:principalisawsservice": ["false"],
      "aws:userid": ["AIDAEXAMPLE"],
      "aws:username": ["alice"],
    });
  });

  test.each([
    [ROOT, "Account", OWNER, ROOT],
    [SESSION, "AssumedRole", "AROAEXAMPLE:s1", `arn:aws:iam::${OWNER}:role/r1`],
    ["anonymous", "Anonymous", "anonymous", undefined],
    ["service:sns.amazonaws.com", undefined, undefined, undefined],
  ])("says who %s is", (principal, type, userId, arn) => {
    const context = accessContext({ ...facts, principal: principalOf(principal) });
    expect(context.get("aws:principaltype")?.[0]).toBe(type);
    expect(context.get("aws:userid")?.[0]).toBe(userId);
    expect(context.get("aws:principalarn")?.[0]).toBe(arn);
    expect(context.has("aws:username")).toBe(false);
  });

  test("has of tags that differ in case alone the first, and all keys of a request", () => {
    const tags = new Map([
      ["team", "blue"],
      ["TEAM", "red"],
    ]);
    const context = accessContext({ ...facts, resourceTags: tags, requestTags: tags });
    expect(context.get("aws:resourcetag/team")).toEqual(["blue"]);
    expect(context.get("aws:requesttag/team")).toEqual(["blue"]);
    expect(context.get("aws:tagkeys")).toEqual(["team", "TEAM"]);
  });

  test("has the tags of the queue and of the request, and the keys of the latter", () => {
    const resourceTags = new Map([["Team", "a"]]);
    const requestTags = new Map(Object.entries({ Stage: "b", stage: "c" }));
    const context = accessContext({ ...facts, resourceTags, requestTags });
    expect(context.get("aws:resourcetag/team")).toEqual(["a"]);
    expect(context.get("aws:requesttag/stage")).toEqual(["b"]);
    expect(context.get("aws:tagkeys")).toEqual(["Stage", "stage"]);
    const untagging = accessContext({ ...facts, tagKeys: ["x"] });
    expect(untagging.get("aws:tagkeys")).toEqual(["x"]);
  });

  test("has a source only where one is given", () => {
    const sourceArn = `arn:aws:sns:us-east-1:${OWNER}:t`;
    const context = accessContext({ ...facts, sourceArn, sourceAccount: OWNER });
    expect(context.get("aws:sourcearn")).toEqual([sourceArn]);
    expect(context.get("aws:sourceaccount")).toEqual([OWNER]);
  });
});

test("an operation is authorised as the action of its name, a batch as its single one", () => {
  expect(actionOf("ReceiveMessage")).toBe("sqs:ReceiveMessage");
  expect(actionOf("ChangeMessageVisibilityBatch")).toBe("sqs:ChangeMessageVisibility");
  expect(isOwnersAlone("StartMessageMoveTask")).toBe(true);
  expect(isOwnersAlone("PurgeQueue")).toBe(false);
});
