/**
 * Reading policy documents: what is refused, in whose words, and what is read. Identities' policies have
 * IAM's texts; a queue's policy is refused as a whole, so of its flaws only limits have a text.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readPolicy } from "../../src/domain/policy/policy.ts";
import type { PolicyKind } from "../../src/domain/policy/statement.ts";
import { parseQueuePolicy } from "../../src/domain/queue-policy.ts";
import { statement } from "../support/policy-arbitrary.ts";
import { seedOfRun } from "../support/seeded-random.ts";

const QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue1";
const GRANT = { Effect: "Allow", Action: "sqs:SendMessage", Resource: QUEUE };
const SYNTAX = "Syntax errors in policy.";
const LEGACY = "The policy failed legacy parsing";
const NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";

function read(statements: unknown, kind: PolicyKind, rest: object = {}) {
  const document = { Version: "2012-10-17", Statement: statements, ...rest };
  return readPolicy(JSON.stringify(document), kind);
}

function flawOf(statements: unknown, kind: PolicyKind, rest: object = {}): string | undefined {
  const reading = read(statements, kind, rest);
  return reading.ok ? undefined : reading.flaw.message;
}

function conditionFlaw(Condition: object): string | undefined {
  return flawOf({ ...GRANT, Condition }, "identity");
}

describe("a policy of identities is refused", () => {
  const { Action, Resource, ...bare } = GRANT;
  test.each([
    [
      "with a principal",
      { ...GRANT, Principal: "*" },
      "Policy document should not specify a principal.",
    ],
    [
      "with anyone but a principal",
      { ...GRANT, NotPrincipal: "*" },
      "Policy document should not specify a principal.",
    ],
    ["without an action", { ...bare, Resource }, "Policy statement must contain actions."],
    ["with no action", { ...GRANT, Action: [] }, "Policy statement must contain actions."],
    ["without a resource", { ...bare, Action }, "Policy statement must contain resources."],
    ["for a bare action", { ...GRANT, Action: "SendMessage" }, NO_VENDOR],
    [
      "for an action of two colons",
      { ...GRANT, Action: "sqs:a:b" },
      "Actions/Condition can contain only one colon.",
    ],
    ["for a vendor that is none", { ...GRANT, Action: "a b:c" }, "Vendor a b is not valid"],
    [
      "for a bare resource",
      { ...GRANT, Resource: "queue1" },
      'Resource queue1 must be in ARN format or "*".',
    ],
    [
      "for another partition",
      { ...GRANT, Resource: "arn:x:sqs" },
      'Partition "x" is not valid for resource "arn:x:sqs".',
    ],
    ["for a resource without a service", { ...GRANT, Resource: "arn:aws" }, LEGACY],
    ["for Action and NotAction", { ...GRANT, NotAction: "sqs:*" }, SYNTAX],
    ["for an effect that is none", { ...GRANT, Effect: "allow" }, SYNTAX],
    ["without an effect", { Action, Resource }, SYNTAX],
    ["for a member that is none", { ...GRANT, action: "sqs:*" }, SYNTAX],
    ["for an action that is no text", { ...GRANT, Action: { a: 1 } }, SYNTAX],
    [
      "for a Sid of other characters",
      { ...GRANT, Sid: "a b" },
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    ],
    [
      "for two of one Sid",
      [
        { ...GRANT, Sid: "a" },
        { ...GRANT, Sid: "a" },
      ],
      "Statement IDs (SID) in a single policy must be unique.",
    ],
    ["without statements", [], SYNTAX],
    ["for a statement that is none", [1], SYNTAX],
  ])("%s", (_, statements, message) => {
    expect(flawOf(statements, "identity")).toBe(message);
  });

  test.each([{ Version: "2012-10-18" }, { Version: 2012 }, { Name: "x" }, { Id: 1 }])(
    "with %j beside its statements",
    (rest) => {
      expect(flawOf(GRANT, "identity", rest)).toBe(SYNTAX);
    },
  );

  test.each(["", "x", "null", "[]", "{}", '"a"', `{"Statement":${"[".repeat(9_000)}`])(
    "that is no document at all: %.20s",
    (text) => {
      expect(readPolicy(text, "identity")).toMatchObject({ ok: false, flaw: { message: SYNTAX } });
    },
  );
});

describe("a condition is refused", () => {
  test.each([
    "NoSuchOperator",
    "stringEquals",
    "StringEqual",
    "ForAnyValue:",
    "ForSomeValue:StringEquals",
    "ForAnyValue:Null",
    "NullIfExists",
    "NumericNotLessThan",
    "constructor",
    "__proto__",
  ])("with the operator %s", (operator) => {
    const Condition = JSON.parse(`{"${operator}":{"aws:UserAgent":"true"}}`);
    expect(conditionFlaw(Condition)).toBe(SYNTAX);
  });

  test.each([
    ["NumericEquals", "five"],
    ["NumericLessThan", "1e5"],
    ["NumericEquals", ""],
    ["DateLessThan", "yesterday"],
    ["DateLessThan", "2026-02-30"],
    ["DateLessThan", "2026-11-22T25:00:00Z"],
    ["Bool", "yes"],
    ["Null", "maybe"],
    ["BinaryEquals", "not base64!"],
    ["IpAddress", "203.0.113"],
    ["IpAddress", "203.0.113.256"],
    ["IpAddress", "203.0.113.05"],
    ["IpAddress", "203.0.113.0/33"],
    ["NotIpAddress", "2001:db8::1::2"],
    ["IpAddress", "2001:db8::/129"],
    ["IpAddress", "1:2:3:4:5:6:7"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
    ["IpAddress", "${aws:SourceIp}"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
    ["StringEquals", "${aws:username, nobody}"],
    ["StringEquals", "${aws:username"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
    ["StringEquals", "${}"],
  ])("whose value can never fit: %s %s", (operator, value) => {
    expect(conditionFlaw({ [operator]: { "aws:x": value } })).toBe(LEGACY);
  });

  test("whose key has no vendor", () => {
    expect(conditionFlaw({ StringEquals: { UserAgent: "a" } })).toBe(NO_VENDOR);
  });

  test.each([
    { StringEquals: "a" },
    { StringEquals: { "aws:x": null } },
    { Bool: { "aws:x": {} } },
  ])("of another form: %j", (Condition) => {
    expect(conditionFlaw(Condition)).toBe(SYNTAX);
  });
});

describe("a policy of a queue", () => {
  const OPEN = { ...GRANT, Principal: "*" };

  test.each([
    "*",
    { AWS: "*" },
    { AWS: "123456789012" },
    { AWS: ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/team/alice"] },
    { AWS: "arn:aws:sts::123456789012:assumed-role/r1/s1" },
    { AWS: "arn:aws:iam::123456789012:role/service-role/r1" },
    { AWS: "AIDACKCEVSQ6C2EXAMPLE" },
    { Service: ["sns.amazonaws.com", "s3.amazonaws.com"] },
    { AWS: "123456789012", Service: "events.amazonaws.com" },
    { Federated: "cognito-identity.amazonaws.com" },
  ])("may be for %j", (Principal) => {
    expect(flawOf({ ...GRANT, Principal }, "resource")).toBeUndefined();
    expect(flawOf({ ...GRANT, NotPrincipal: Principal }, "resource")).toBeUndefined();
  });

  test.each([
    "alice",
    "",
    [],
    {},
    1,
    { AWS: [] },
    { AWS: "1234" },
    { AWS: "arn:aws:iam::123456789012:user/*" },
    { AWS: "arn:aws:iam::123456789012:user/a?ice" },
    { AWS: "arn:aws:iam::*:root" },
    { AWS: "arn:aws:iam::123456789012:group/g" },
    { AWS: "arn:aws:sqs:us-east-1:123456789012:user/alice" },
    { Service: "*" },
    { Service: "*.amazonaws.com" },
    { Service: "example.com" },
    { Everyone: "*" },
    JSON.parse('{"__proto__":"*"}'),
  ])("may not be for %j", (Principal) => {
    expect(flawOf({ ...GRANT, Principal }, "resource")).toBeDefined();
  });

  test("says for whom it is, and not for whom at the same time", () => {
    expect(flawOf(GRANT, "resource")).toBeDefined();
    expect(flawOf({ ...OPEN, NotPrincipal: "*" }, "resource")).toBeDefined();
  });

  test("names no batch, which would say nothing", () => {
    for (const Action of ["sqs:SendMessageBatch", ["sqs:*", "SQS:deletemessagebatch"]]) {
      expect(flawOf({ ...OPEN, Action }, "resource")).toBe(SYNTAX);
      expect(flawOf({ ...GRANT, Action }, "identity")).toBeUndefined();
    }
  });

  test("may repeat a Sid, and have any characters in it", () => {
    const statements = ["a b", "a b"].map((Sid) => ({ ...OPEN, Sid }));
    expect(flawOf(statements, "resource")).toBeUndefined();
  });

  test("has at most 20 statements, 7 actions each, 50 principals and 10 conditions", () => {
    const many = <Item>(count: number, item: (index: number) => Item): Item[] => {
      return Array.from({ length: count }, (_, index) => item(index));
    };
    const of = (overs: object[]): string | undefined => {
      return flawOf(
        overs.map((over) => ({ ...OPEN, ...over })),
        "resource",
      );
    };
    const actions = (count: number) => many(count, () => "sqs:SendMessage");
    const accounts = (count: number) => ({ Principal: { AWS: many(count, () => "123456789012") } });
    const Condition = { Bool: { "aws:SecureTransport": "true" } };
    expect(of(many(20, () => ({})))).toBeUndefined();
    expect(of(many(21, () => ({})))).toMatch(/^21 statements were found .* max allowed is 20$/);
    expect(of([{ Action: actions(7) }])).toBeUndefined();
    expect(of([{}, { Action: actions(8) }])).toMatch(/^8 actions .* max allowed is 7$/);
    const { Action: _, ...rest } = OPEN;
    expect(flawOf({ ...rest, NotAction: actions(8) }, "resource")).toMatch(/^8 actions/);
    expect(of([accounts(25), accounts(25)])).toBeUndefined();
    expect(of([accounts(25), accounts(26)])).toMatch(/^51 principals .* max allowed is 50$/);
    expect(of(many(10, () => ({ Condition })))).toBeUndefined();
    expect(of(many(11, () => ({ Condition })))).toMatch(/^11 conditions .* max allowed is 10$/);
  });

  test("that is refused is refused as SQS does, whatever its flaw", () => {
    const invalid = { kind: "attribute-value-invalid", attributeName: "Policy" };
    for (const one of [{ ...OPEN, Effect: "Maybe" }, GRANT, { ...OPEN, Resource: "queue1" }]) {
      const text = JSON.stringify({ Statement: one });
      expect(parseQueuePolicy(text)).toEqual({ ok: false, refusal: invalid });
    }
  });
});

describe("any policy", () => {
  test("may have an empty condition, a list of one as the one itself, and numbers for text", () => {
    expect(conditionFlaw({})).toBeUndefined();
    expect(
      conditionFlaw({ NumericLessThan: { "aws:x": 5 }, Bool: { "aws:y": true } }),
    ).toBeUndefined();
  });

  test("of any JSON is read or refused, and nothing throws", () => {
    const parts = fc.record(
      {
        Effect: fc.constantFrom("Allow", "Deny"),
        Principal: fc.oneof(fc.constant("*"), fc.jsonValue()),
        Action: fc.oneof(fc.constant("sqs:*"), fc.string(), fc.jsonValue()),
        Resource: fc.oneof(fc.constant("*"), fc.string(), fc.jsonValue()),
        Condition: fc.oneof(
          fc.jsonValue(),
          fc.dictionary(
            fc.constantFrom("StringLike", "IpAddress", "DateLessThan", "Null", "BinaryEquals"),
            fc.dictionary(fc.constantFrom("aws:a", "a"), fc.oneof(fc.string(), fc.jsonValue())),
          ),
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(parts, fc.jsonValue()), (Statement) => {
        for (const kind of ["identity", "resource"] as const) {
          expect(typeof read(Statement, kind).ok).toBe("boolean");
        }
      }),
      { seed: seedOfRun(), numRuns: 5_000 },
    );
  });

  test("is the same policy in either layout", () => {
    fc.assert(
      fc.property(fc.array(statement("resource"), { minLength: 1 }), (Statement) => {
        const document = { Version: "2012-10-17", Statement };
        const texts = [JSON.stringify(document), JSON.stringify(document, null, 2)];
        const [compact, wide] = texts.map((text) => readPolicy(text, "resource").ok);
        expect(wide).toBe(compact);
      }),
      { seed: seedOfRun(), numRuns: 200 },
    );
  });
});
