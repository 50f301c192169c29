/**
 * The form of a queue's `Policy` attribute: what SQS checks when it is set. The text is kept byte
 * for byte, except that a policy without a version gets the one SQS gives it.
 */
import { isJsonObject, isSameJson, type JsonObject, parseJsonObject } from "./json-object.ts";
import { readPolicy, VERSION_DEFAULT } from "./policy/policy.ts";
import { accepted, type Result, refused } from "./result.ts";

export function parseQueuePolicy(text: string): Result<string> {
  const reading = readPolicy(text, "resource");
  if (!reading.ok) {
    const { kind, message } = reading.flaw;
    // SQS does not say what is wrong with a policy that it cannot read.
    return refused(
      kind === "over-limit"
        ? { kind: "policy-over-limit", reason: message }
        : { kind: "attribute-value-invalid", attributeName: "Policy" },
    );
  }
  const policy = parseJsonObject(text) ?? {};
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

/** Policies write a list of one as the one itself. */
function listOf(value: unknown): unknown[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value : [value];
}
