/**
 * The policy vectors of test/vectors/iam: every one of them, through readPolicy as their documents would
 * be set, and through decide. Its README says what is in them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decide } from "../../src/domain/policy/decision.ts";
import { type Policy, readPolicy } from "../../src/domain/policy/policy.ts";
import type { PolicyKind } from "../../src/domain/policy/statement.ts";
import { isObject, type JsonObject, objectOf, objectsOf, stringOf } from "../support/json-value.ts";
import { principalOf } from "../support/policy-principal.ts";

const PATH = join(import.meta.dirname, "../vectors/iam/policy-vectors.json");
const ACCOUNT_ID = "123456789012";
/** Their documents cannot be set. */
const REFUSED = [
  "principal-missing-in-resource-policy",
  "cond-NoSuchOperator-1-nomatch",
  'principal-{"AWS":"ARN:AWS:IAM::123456789012:USER/ALICE"}-for-user/alice',
];

const vectors = objectsOf({ vectors: JSON.parse(readFileSync(PATH, "utf8")) }, "vectors");
const named = vectors.map((vector) => ({ name: stringOf(vector, "name"), vector }));

function policyOf(document: unknown, kind: PolicyKind): Policy | undefined {
  const reading = readPolicy(JSON.stringify(document), kind);
  return reading.ok ? reading.policy : undefined;
}

function contextOf(context: JsonObject): Map<string, string[]> {
  return new Map(
    Object.entries(context).map(([key, value]) => {
      const values: unknown[] = Array.isArray(value) ? value : [value];
      return [key.toLowerCase(), values.map(String)];
    }),
  );
}

function run(vector: JsonObject): { expected: string; decided: string; refusedCount: number } {
  const request = objectOf(vector, "request");
  const { resourcePolicy, sessionPolicy } = vector;
  const identity = objectsOf(vector, "identityPolicies").map((one) => policyOf(one, "identity"));
  const resource = isObject(resourcePolicy) ? policyOf(resourcePolicy, "resource") : null;
  const session = isObject(sessionPolicy) ? policyOf(sessionPolicy, "identity") : null;
  const decision = decide(
    {
      action: stringOf(request, "action"),
      resource: stringOf(request, "resource"),
      resourceAccountId: ACCOUNT_ID,
      principal: principalOf(stringOf(request, "principal")),
      context: contextOf(objectOf(request, "context")),
    },
    {
      identity: identity.filter((policy) => policy !== undefined),
      resource: resource ?? undefined,
      session: session ?? undefined,
    },
  );
  return {
    expected: stringOf(vector, "expect"),
    decided: decision.kind === "allowed" ? "allow" : "deny",
    refusedCount: [...identity, resource, session].filter((policy) => policy === undefined).length,
  };
}

describe("a policy vector", () => {
  test.each(named)("$name", ({ name, vector }) => {
    const { expected, decided, refusedCount } = run(vector);
    expect(decided).toBe(expected);
    expect(refusedCount).toBe(REFUSED.includes(name) ? 1 : 0);
  });

  test("is one of 253", () => {
    expect(named).toHaveLength(253);
  });
});
