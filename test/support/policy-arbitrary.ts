/**
 * Arbitrary statements and requests over a world so small that statements often meet requests: two
 * accounts, a few queues, actions and conditions. Documents are of the form that can be set.
 */
import fc from "fast-check";
import type { AccessRequest } from "../../src/domain/policy/decision.ts";
import { type Policy, readPolicy } from "../../src/domain/policy/policy.ts";
import type { PolicyKind } from "../../src/domain/policy/statement.ts";
import { principalOf } from "./policy-principal.ts";

export const OWNER = "123456789012";
const OTHER = "111122223333";

const ACTIONS = [
  "sqs:SendMessage",
  "sqs:ReceiveMessage",
  "sqs:DeleteQueue",
  "sqs:SendMessageBatch",
];
const ACTION_PATTERNS = ["*", "sqs:*", "sqs:Send*", "SQS:ReceiveMessage", "sqs:?eleteQueue"];
const RESOURCES = ["queue1", "queue2"].map((name) => `arn:aws:sqs:us-east-1:${OWNER}:${name}`);
const RESOURCE_PATTERNS = [
  "*",
  "arn:aws:sqs",
  "arn:aws:sqs:*:*:queue?",
  `arn:aws:sqs:us-east-1:${OWNER}:queue1`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy's variable
  "arn:aws:sqs:*:*:${aws:username}1",
];
const CALLERS = [
  `arn:aws:iam::${OWNER}:root`,
  `arn:aws:iam::${OWNER}:user/alice`,
  `arn:aws:iam::${OTHER}:root`,
  `arn:aws:iam::${OTHER}:user/bob`,
  `arn:aws:sts::${OWNER}:assumed-role/r1/s1`,
  "service:sns.amazonaws.com",
  "anonymous",
];
const AWS_NAMES = [
  "*",
  OWNER,
  OTHER,
  `arn:aws:iam::${OWNER}:user/alice`,
  `arn:aws:iam::${OTHER}:user/bob`,
  `arn:aws:iam::${OWNER}:role/r1`,
  `arn:aws:sts::${OWNER}:assumed-role/r1/s1`,
];
const OPERATORS = [
  "StringEquals",
  "StringNotEquals",
  "StringLike",
  "StringNotLikeIfExists",
  "StringEqualsIfExists",
  "ForAllValues:StringEquals",
  "ForAnyValue:StringNotEquals",
  "StringEqualsIgnoreCase",
];
const KEYS = ["aws:UserAgent", "aws:TagKeys", "aws:username"];
const VALUES = ["a", "b", "queue", "*"];

function some(texts: readonly string[]): fc.Arbitrary<string[]> {
  return fc.subarray([...texts], { minLength: 1, maxLength: 3 });
}

/** Under the plain name or its negation. */
function listed(name: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<object> {
  const names = fc.constantFrom(name, name, name, `Not${name}`);
  return fc.tuple(names, value).map(([key, texts]) => ({ [key]: texts }));
}

const PRINCIPALS = fc.oneof(
  fc.constant("*"),
  some(AWS_NAMES).map((AWS) => ({ AWS })),
  fc.constant({ Service: "sns.amazonaws.com" }),
);

export const CONDITION = fc
  .tuple(fc.constantFrom(...OPERATORS), fc.constantFrom(...KEYS), some(VALUES))
  .map(([operator, key, values]) => ({ [operator]: { [key]: values } }));

export function statement(kind: PolicyKind): fc.Arbitrary<object> {
  const none = fc.constant({});
  return fc
    .tuple(
      fc.constantFrom({ Effect: "Allow" }, { Effect: "Deny" }),
      listed("Action", some(ACTION_PATTERNS)),
      listed("Resource", some(RESOURCE_PATTERNS)),
      kind === "resource" ? listed("Principal", PRINCIPALS) : none,
      fc.oneof(
        none,
        CONDITION.map((Condition) => ({ Condition })),
      ),
    )
    .map((parts) => Object.assign({}, ...parts));
}

export const REQUEST: fc.Arbitrary<AccessRequest> = fc.record({
  action: fc.constantFrom(...ACTIONS),
  resource: fc.constantFrom(...RESOURCES),
  resourceAccountId: fc.constant(OWNER),
  principal: fc.constantFrom(...CALLERS).map(principalOf),
  context: fc
    .array(fc.tuple(fc.constantFrom(...KEYS.map((key) => key.toLowerCase())), some(VALUES)))
    .map((entries) => new Map(entries)),
});

export function policyOf(
  statements: readonly object[],
  kind: PolicyKind,
  Version = "2012-10-17",
): Policy {
  const text = JSON.stringify({ Version, Statement: statements });
  const reading = readPolicy(text, kind);
  if (!reading.ok) throw new Error(`${reading.flaw.message}: ${text}`);
  return reading.policy;
}
