/**
 * Policies: what it takes to decide by a queue's policy as long as SQS allows, 20 statements of 7 actions
 * and as many principals and conditions as it may have, of which only the last concerns the request. In
 * this process, without a server; reading the document is measured too, though it happens once.
 */
import { accessContext } from "../../src/domain/policy/access-context.ts";
import { type AccessRequest, decide } from "../../src/domain/policy/decision.ts";
import { type Policy, readPolicy } from "../../src/domain/policy/policy.ts";
import type { Principal } from "../../src/domain/policy/principal.ts";
import type { AccessContext } from "../../src/domain/policy/text-template.ts";
import type { Bench } from "./bench.ts";
import { median } from "./load.ts";
import type { Report } from "./report.ts";

const OWNER = "123456789012";
const QUEUE = `arn:aws:sqs:us-east-1:${OWNER}:orders`;
const STATEMENT_COUNT = 20;
const EVALUATION_US_MAX = 50;
/** A clock's tick must not show: so many evaluations are one measurement. */
const EVALUATIONS = 100;
const MEASUREMENTS_PER_ROUND = 40;

const ALICE: Principal = {
  kind: "user",
  accountId: OWNER,
  userName: "alice",
  userId: "AIDAEXAMPLE",
};
/** Send* is met last. */
const ACTIONS = [
  "PurgeQueue",
  "List*",
  "GetQueue*",
  "ChangeMessageVisibility",
  "DeleteMessage",
  "?eceiveMessage",
  "Send*",
];

export async function measurePolicies(bench: Bench, report: Report): Promise<void> {
  const text = documentText();
  const policy = policyOf(text);
  const request = requestOf(accessContext({ ...FACTS, principal: ALICE }));
  const evaluate = (): boolean => {
    const decision = decide(request, { identity: [], resource: policy, session: undefined });
    return decision.kind === "allowed";
  };
  if (!evaluate()) throw new Error("the last statement allows it");
  const rounds = bench.pace.roundCount;
  const evaluationUs = medianUs(rounds, evaluate);
  const readingUs = medianUs(rounds, () => policyOf(text).statements.length > 0);
  const name = `deciding by a policy of ${STATEMENT_COUNT} statements`;
  const note = `${text.length} bytes; decided in ${evaluationUs.toFixed(1)} us, read in ${readingUs.toFixed(0)} us`;
  report.rows.push({ name, note });
  report.targets.push({
    name: `${name}: time of one`,
    measured: evaluationUs,
    bound: "at most",
    target: EVALUATION_US_MAX,
    unit: "us",
  });
}

/** The first round is for the compiler. */
function medianUs(roundCount: number, work: () => boolean): number {
  const durations: number[] = [];
  for (let round = 0; round <= roundCount; round++) {
    for (let measurement = 0; measurement < MEASUREMENTS_PER_ROUND; measurement++) {
      const startedAtMs = performance.now();
      for (let count = 0; count < EVALUATIONS; count++) work();
      const tookUs = ((performance.now() - startedAtMs) * 1000) / EVALUATIONS;
      if (round > 0) durations.push(tookUs);
    }
  }
  return median(durations);
}

const FACTS = {
  sourceIp: "203.0.113.5",
  isSecure: true,
  userAgent: `aws-sdk-js/3.1169.0 ${"ua/2.1 os/linux#6.8 lang/js md/nodejs#24 ".repeat(4)}`,
  nowMs: Date.UTC(2026, 10, 25),
};

function requestOf(context: AccessContext): AccessRequest {
  return {
    action: "sqs:SendMessage",
    resource: QUEUE,
    resourceAccountId: OWNER,
    principal: ALICE,
    context,
  };
}

function documentText(): string {
  const statements = Array.from({ length: STATEMENT_COUNT }, (_, index) => statementOf(index));
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** Everything up to its conditions fits; half the statements have a condition, which does not. */
function statementOf(index: number): object {
  const isLast = index === STATEMENT_COUNT - 1;
  const others = index % 2 === 0 ? [] : [`arn:aws:iam::111122223333:user/u${index}`];
  return {
    Effect: isLast ? "Allow" : "Deny",
    // A user is let in by its own name, and denied by its account's.
    Principal: { AWS: [...others, `arn:aws:iam::${OWNER}:${isLast ? "user/alice" : "root"}`] },
    Action: ACTIONS.map((action) => `sqs:${action}`),
    // Without a condition it is the queue that does not fit.
    Resource: index % 2 === 0 ? `arn:aws:sqs:*:${OWNER}:o*r*d*e*${index}x` : "arn:aws:sqs:*:*:o*",
    ...(index % 2 === 0 ? {} : { Condition: conditionOf(isLast ? "*" : `*nobody${index}*`) }),
  };
}

function conditionOf(userAgent: string): object {
  return { StringLike: { "aws:UserAgent": userAgent } };
}

function policyOf(text: string): Policy {
  const reading = readPolicy(text, "resource");
  if (!reading.ok) throw new Error(reading.flaw.message);
  return reading.policy;
}
