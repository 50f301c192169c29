/**
 * The form of a queue's `Policy` attribute: what SQS checks when it is set. The text is kept byte
 * for byte, except that a policy without a version gets the one SQS gives it.
 */

import { isJsonObject, parseJsonObject } from "./json-object.ts";
import { accepted, type Result, refused } from "./result.ts";

const POLICY_BYTES_MAX = 8192;
const STATEMENTS_MAX = 20;
const ACTIONS_MAX = 7;
const VERSION_DEFAULT = "2008-10-17";

export function parseQueuePolicy(text: string): Result<string> {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) {
    return overLimit("Submitted policy is over max allowed size.");
  }
  const policy = parseJsonObject(text);
  const statements = policy === undefined ? undefined : listOf(policy.Statement);
  if (policy === undefined || statements === undefined || !statements.every(isJsonObject)) {
    return refused({ kind: "attribute-value-invalid", attributeName: "Policy" });
  }
  if (statements.length > STATEMENTS_MAX) {
    return overLimit(
      `${statements.length} statements were found in the submitted policy, max allowed is ${STATEMENTS_MAX}`,
    );
  }
  for (const statement of statements) {
    const actionCount = listOf(statement.Action)?.length ?? 0;
    if (actionCount > ACTIONS_MAX) {
      return overLimit(
        `${actionCount} actions were found in a statement from the submitted policy, max allowed is ${ACTIONS_MAX}`,
      );
    }
  }
  if (policy.Version !== undefined) return accepted(text);
  return accepted(JSON.stringify({ Version: VERSION_DEFAULT, ...policy }));
}

/** Policies write a list of one as the one itself. */
function listOf(value: unknown): unknown[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value : [value];
}

function overLimit(reason: string): Result<string> {
  return refused({ kind: "policy-over-limit", reason });
}
