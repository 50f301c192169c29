/**
 * Policy: a policy document, read and checked once. A document that is refused here must never be stored:
 * what it says is not known, and a policy that is not understood can neither allow nor deny.
 *
 * The limits are SQS's for a queue's policy ("Quotas related to policies" in its developer guide). Those of a
 * user, which all policies of the user share, are said in `iam-limits.ts`.
 */
import { Buffer } from "node:buffer";
import { isJsonObject, type JsonObject, parseJsonObject } from "../json-object.ts";
import {
  POLICY_ACTIONS_MAX,
  POLICY_BYTES_MAX,
  POLICY_CONDITIONS_MAX,
  POLICY_PRINCIPALS_MAX,
  POLICY_STATEMENTS_MAX,
} from "../limits.ts";
import {
  type Flawed,
  flawed,
  isFlawed,
  overLimit,
  type PolicyFlaw,
  readEach,
  SYNTAX_ERROR,
} from "./policy-flaw.ts";
import { type PolicyKind, readStatement, type Statement } from "./statement.ts";

export type Policy = { readonly kind: PolicyKind; readonly statements: readonly Statement[] };
export type PolicyReading =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly flaw: PolicyFlaw };

/** What a document is that names no version: its variables are plain text. */
export const VERSION_DEFAULT = "2008-10-17";
const VERSION_WITH_VARIABLES = "2012-10-17";
const SID = /^[0-9A-Za-z]*$/;

export function readPolicy(text: string, kind: PolicyKind): PolicyReading {
  const policy = readDocument(text, kind);
  return isFlawed(policy) ? { ok: false, flaw: policy.flaw } : { ok: true, policy };
}

function readDocument(text: string, kind: PolicyKind): Policy | Flawed {
  if (kind === "resource" && Buffer.byteLength(text) > POLICY_BYTES_MAX) {
    return overLimit("Submitted policy is over max allowed size.");
  }
  // A lone surrogate would not come back byte for byte.
  const document = text.isWellFormed() ? parseJsonObject(text) : undefined;
  if (document === undefined || !isDocument(document)) return SYNTAX_ERROR;
  const items = statementsOf(document);
  const excess = kind === "resource" ? excessOf(items) : undefined;
  if (excess !== undefined) return overLimit(excess);
  const flaw = kind === "identity" ? identityFlaw(items) : undefined;
  if (flaw !== undefined) return flaw;
  const hasVariables = document.Version === VERSION_WITH_VARIABLES;
  const statements = readEach(items, (item) => readStatement(item, { kind, hasVariables }));
  if (isFlawed(statements)) return statements;
  const surplus = kind === "resource" ? surplusOf(statements) : undefined;
  return surplus === undefined ? { kind, statements } : overLimit(surplus);
}

function isDocument({ Version, Id, Statement, ...rest }: JsonObject): boolean {
  if (Statement === undefined || Object.keys(rest).length > 0) return false;
  if (Id !== undefined && !(typeof Id === "string" && Id.isWellFormed())) return false;
  return [undefined, VERSION_DEFAULT, VERSION_WITH_VARIABLES].some((known) => known === Version);
}

/** An only statement may stand for a list. */
function statementsOf({ Statement }: JsonObject): readonly unknown[] {
  return Array.isArray(Statement) ? Statement : [Statement];
}

/** Of SQS's limits the ones that it names before it reads a statement. */
function excessOf(items: readonly unknown[]): string | undefined {
  if (items.length > POLICY_STATEMENTS_MAX) {
    return `${items.length} statements were found in the submitted policy, max allowed is ${POLICY_STATEMENTS_MAX}`;
  }
  const counts = items.map((item) => {
    const { Action, NotAction } = isJsonObject(item) ? item : {};
    const listed = Action ?? NotAction;
    return Array.isArray(listed) ? listed.length : 1;
  });
  const count = counts.find((one) => one > POLICY_ACTIONS_MAX);
  return count === undefined
    ? undefined
    : `${count} actions were found in a statement from the submitted policy, max allowed is ${POLICY_ACTIONS_MAX}`;
}

/** The limits on what statements hold, counted over the policy. */
function surplusOf(statements: readonly Statement[]): string | undefined {
  const sum = (count: (statement: Statement) => number): number => {
    return statements.reduce((total, statement) => total + count(statement), 0);
  };
  const principals = sum((statement) => statement.principals?.listed.count ?? 0);
  if (principals > POLICY_PRINCIPALS_MAX) {
    return `${principals} principals were found in the submitted policy, max allowed is ${POLICY_PRINCIPALS_MAX}`;
  }
  const conditions = sum((statement) => statement.conditions.length);
  return conditions > POLICY_CONDITIONS_MAX
    ? `${conditions} conditions were found in the submitted policy, max allowed is ${POLICY_CONDITIONS_MAX}`
    : undefined;
}

/** What IAM asks of a document and SQS does not. */
function identityFlaw(items: readonly unknown[]): Flawed | undefined {
  if (items.length === 0) return SYNTAX_ERROR;
  const sids: unknown[] = items.flatMap((item) => {
    return isJsonObject(item) && item.Sid !== undefined ? [item.Sid] : [];
  });
  if (sids.some((sid) => typeof sid === "string" && !SID.test(sid))) {
    return flawed(
      "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
    );
  }
  return new Set(sids).size === sids.length
    ? undefined
    : flawed("Statement IDs (SID) in a single policy must be unique.");
}
