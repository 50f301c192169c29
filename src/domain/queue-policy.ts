/**
 * The form of a queue's `Policy` attribute: what SQS checks when it is set. The text is kept byte
 * for byte, except that a policy without a version gets the one SQS gives it.
 */
import { Buffer } from "node:buffer";
import { isJsonObject, isSameJson, type JsonObject, parseJsonObject } from "./json-object.ts";
import { POLICY_ACTIONS_MAX, POLICY_STATEMENTS_MAX } from "./limits.ts";
import { accepted, type Result, refused } from "./result.ts";

const POLICY_BYTES_MAX = 8192;
const VERSION_DEFAULT = "2008-10-17";
const VERSIONS: readonly unknown[] = [undefined, VERSION_DEFAULT, "2012-10-17"];

export function parseQueuePolicy(text: string): Result<string> {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) {
    return overLimit("Submitted policy is over max allowed size.");
  }
  // A lone surrogate would not come back byte for byte.
  const policy = text.isWellFormed() ? parseJsonObject(text) : undefined;
  const statements = policy === undefined ? undefined : listOf(policy.Statement);
  if (policy === undefined || statements === undefined || !statements.every(isJsonObject)) {
    return INVALID;
  }
  if (!VERSIONS.includes(policy.Version)) return INVALID;
  const excess = excessOf(statements);
  if (excess !== undefined) return overLimit(excess);
  if (policy.Version !== undefined) return accepted(text);
  return accepted(JSON.stringify({ Version: VERSION_DEFAULT, ...policy }));
}

/** Those of a policy that was accepted: an only one may stand for a list. */
export function statementsOf(policy: JsonObject): readonly JsonObject[] {
  return (listOf(policy.Statement) ?? []).filter(isJsonObject);
}

/** Policies are compared by what they say, because clients write the same one in many ways. */
export function isSamePolicy(text: string | null, other: string | null): boolean {
  if (text === null || other === null) return text === other;
  return isSameJson(parseJsonObject(text), parseJsonObject(other));
}

const INVALID = refused({ kind: "attribute-value-invalid", attributeName: "Policy" });

/** Which of SQS's limits on statements is exceeded, in its words. */
function excessOf(statements: readonly JsonObject[]): string | undefined {
  if (statements.length > POLICY_STATEMENTS_MAX) {
    return `${statements.length} statements were found in the submitted policy, max allowed is ${POLICY_STATEMENTS_MAX}`;
  }
  const counts = statements.map(({ Action }) => listOf(Action)?.length ?? 0);
  const actionCount = counts.find((count) => count > POLICY_ACTIONS_MAX);
  return actionCount === undefined
    ? undefined
    : `${actionCount} actions were found in a statement from the submitted policy, max allowed is ${POLICY_ACTIONS_MAX}`;
}

/** Policies write a list of one as the one itself. */
function listOf(value: unknown): unknown[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value : [value];
}

function overLimit(reason: string): Result<string> {
  return refused({ kind: "policy-over-limit", reason });
}
