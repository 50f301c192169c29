/**
 * `RedrivePolicy` (on the source) and `RedriveAllowPolicy` (on the dead-letter queue): their form, with
 * SQS's reasons for refusing one (SQS developer guide, "Dead-letter queues"), and what they say. Whether
 * a target exists is not asked here.
 */
import { assert } from "./assert.ts";
import { type JsonObject, parseJsonObject } from "./json-object.ts";
import { isSameQueue, parseQueueArn, type QueueIdentity } from "./queue-name.ts";
import type { Refusal } from "./refusal.ts";
import { accepted, type Result, refused } from "./result.ts";

const MAX_RECEIVE_COUNT_MAX = 1000;
const SOURCE_ARNS_MAX = 10;

/** What a source's policy says. */
export type DeadLettering = {
  readonly target: QueueIdentity;
  /** A message that was received so often in the source moves instead of being received once more. */
  readonly maxReceiveCount: number;
};

/** Reads a canonical policy; undefined if there is none. */
export function readRedrivePolicy(canonicalText: string | null): DeadLettering | undefined {
  if (canonicalText === null) return undefined;
  const policy = parseJsonObject(canonicalText);
  const { deadLetterTargetArn, maxReceiveCount } = policy ?? {};
  const target =
    typeof deadLetterTargetArn === "string" ? parseQueueArn(deadLetterTargetArn) : undefined;
  assert(
    target !== undefined && typeof maxReceiveCount === "number",
    "a stored redrive policy is canonical",
  );
  return { target, maxReceiveCount };
}

/** Whether a dead-letter queue with this policy, in canonical form, takes messages of the source. */
export function allowsSource(redriveAllowPolicy: string | null, sourceArn: string): boolean {
  if (redriveAllowPolicy === null) return true;
  const { redrivePermission, sourceQueueArns } = parseJsonObject(redriveAllowPolicy) ?? {};
  if (redrivePermission === "allowAll") return true;
  const source = parseQueueArn(sourceArn);
  assert(source !== undefined, "a queue has an ARN");
  if (!isListOfArns(sourceQueueArns)) return false;
  // Whatever partition it is written with.
  return sourceQueueArns.map(parseQueueArn).some((allowed) => {
    return allowed !== undefined && isSameQueue(allowed, source);
  });
}

/** Returns the canonical text: compact, with maxReceiveCount as a number. */
export function parseRedrivePolicy(text: string): Result<string> {
  const policy = parseJsonObject(text);
  if (policy === undefined) {
    return refused({
      kind: "request-invalid",
      message:
        "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.",
    });
  }
  const reason = redrivePolicyFlaw(policy);
  if (reason !== undefined) return refused(invalid("RedrivePolicy", text, reason));
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  return accepted(
    JSON.stringify({ deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) }),
  );
}

function redrivePolicyFlaw(policy: JsonObject): string | undefined {
  for (const name of ["deadLetterTargetArn", "maxReceiveCount"]) {
    if (policy[name] === undefined) {
      return `Redrive policy does not contain mandatory attribute: ${name}.`;
    }
  }
  if (Object.keys(policy).length > 2) {
    return "Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn].";
  }
  const { deadLetterTargetArn, maxReceiveCount } = policy;
  if (!isReceiveCount(maxReceiveCount)) {
    return `Invalid value for maxReceiveCount: ${JSON.stringify(maxReceiveCount)}, valid values are from 1 to 1000 both inclusive.`;
  }
  if (!isQueueArn(deadLetterTargetArn)) {
    return "Dead-letter target ARN should be fully qualified ARN.";
  }
  return undefined;
}

/** A number, or the same as text. */
function isReceiveCount(value: unknown): boolean {
  if (typeof value !== "number" && !(typeof value === "string" && /^\d{1,4}$/.test(value))) {
    return false;
  }
  const count = Number(value);
  return Number.isInteger(count) && count >= 1 && count <= MAX_RECEIVE_COUNT_MAX;
}

export function parseRedriveAllowPolicy(text: string): Result<string> {
  const policy = parseJsonObject(text);
  const permission = policy?.redrivePermission;
  const arns = policy?.sourceQueueArns;
  if (!isPermission(permission) || !(arns === undefined || isListOfArns(arns))) {
    return refused({
      kind: "request-invalid",
      message:
        "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.",
    });
  }
  const reason = redriveAllowPolicyFlaw(permission, arns);
  if (reason !== undefined) return refused(invalid("RedriveAllowPolicy", text, reason));
  return accepted(JSON.stringify({ redrivePermission: permission, sourceQueueArns: arns }));
}

function isQueueArn(value: unknown): value is string {
  return typeof value === "string" && parseQueueArn(value) !== undefined;
}

function isListOfArns(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isQueueArn);
}

function isPermission(value: unknown): value is "allowAll" | "denyAll" | "byQueue" {
  return value === "allowAll" || value === "denyAll" || value === "byQueue";
}

function redriveAllowPolicyFlaw(
  permission: string,
  arns: readonly string[] | undefined,
): string | undefined {
  if (permission !== "byQueue" && arns !== undefined) {
    return "Amazon SQS can't create the redrive allow policy. To specify one or more source queue ARNs, you must set redrivePermission to byQueue.";
  }
  if (permission === "byQueue" && (arns === undefined || arns.length === 0)) {
    return "Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values.";
  }
  if (arns !== undefined && arns.length > SOURCE_ARNS_MAX) {
    return "Amazon SQS can't create the redrive allow policy. The maximum number of source queue ARNs you can specify is 10.";
  }
  return undefined;
}

function invalid(parameterName: string, text: string, reason: string): Refusal {
  return {
    kind: "request-invalid",
    message: `Value ${text} for parameter ${parameterName} is invalid. Reason: ${reason}`,
  };
}
