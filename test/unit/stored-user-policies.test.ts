/** What stored policies of a user come to when one of them cannot be read: it might deny anything. */
import { afterEach, expect, test, vi } from "vitest";
import { decide } from "../../src/domain/policy/decision.ts";
import { identityPoliciesOf } from "../../src/router/access.ts";

const ALLOW = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';

afterEach(() => {
  vi.restoreAllMocks();
});

function decisionBy(documents: readonly string[]) {
  const accountId = "123456789012";
  const request = {
    action: "sqs:SendMessage",
    resource: `arn:aws:sqs:us-east-1:${accountId}:orders`,
    resourceAccountId: accountId,
    principal: { kind: "user", accountId, userName: "alice", userId: "A" } as const,
    context: new Map(),
  };
  const identity = identityPoliciesOf(documents);
  return decide(request, { identity, resource: undefined, session: undefined });
}

test("policies that can be read say what they say", () => {
  expect(decisionBy([ALLOW])).toEqual({ kind: "allowed" });
});

test("one that cannot be read denies everything, whatever the others allow, and is in the log", () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  for (const unreadable of ["{", '{"Statement":{"Effect":"Perhaps"}}']) {
    const decision = decisionBy([ALLOW, unreadable]);
    expect(decision).toEqual({ kind: "denied", denial: { kind: "explicit-deny", by: "identity" } });
  }
  expect(log).toHaveBeenCalledTimes(2);
});
