/**
 * Permissions: what AddPermission and RemovePermission do to a queue's policy. A permission is one
 * statement with its label as `Sid`, in the form in which SQS writes it (recorded there); other
 * statements and members of the policy stay as they are.
 */
import { isSameJson, type JsonObject, parseJsonObject } from "./json-object.ts";
import { POLICY_ACTIONS_MAX, POLICY_STATEMENTS_MAX } from "./limits.ts";
import { isOwnersAlone } from "./policy/sqs-action.ts";
import { parseQueuePolicy, statementsOf } from "./queue-policy.ts";
import type { Refusal } from "./refusal.ts";
import { accepted, type Result, refused } from "./result.ts";

export type Permission = {
  readonly label: string;
  readonly accountIds: readonly string[];
  /** SQS's names of actions, or `*`. */
  readonly actions: readonly string[];
};

/** The version that SQS gives a policy of its own making, old as it is. */
const VERSION = "2008-10-17";
const LABEL = /^[A-Za-z0-9_-]{1,80}$/;
const ACCOUNT_ID = /^\d{12}$/;

const GRANTABLE = [
  "*",
  "ChangeMessageVisibility",
  "DeleteMessage",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "PurgeQueue",
  "ReceiveMessage",
  "SendMessage",
];
/** Undefined where nothing is wrong. Whether an account exists cannot be asked here. */
export function permissionFlaw({ label, accountIds, actions }: Permission): Refusal | undefined {
  if (!LABEL.test(label)) {
    const reason =
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
    return invalid("Label", label, reason);
  }
  if (actions.length > POLICY_ACTIONS_MAX) {
    const reason = `${actions.length} Actions were found, maximum allowed is ${POLICY_ACTIONS_MAX}.`;
    return { kind: "policy-over-limit", reason };
  }
  const action = actions.find((name) => !GRANTABLE.includes(name));
  if (action !== undefined) {
    const reason = isOwnersAlone(action)
      ? "Only the queue owner is allowed to invoke this action"
      : "Please refer to the appropriate WSDL for a list of valid actions";
    return invalid("ActionName", `SQS:${action}`, reason);
  }
  return accountIds.every((id) => ACCOUNT_ID.test(id))
    ? undefined
    : invalid("PrincipalId", `[${accountIds.join(", ")}]`, "Unable to verify");
}

/** The policy with the permission in it. Added once more, the same changes nothing. */
export function withPermission(
  policyText: string | null,
  permission: Permission,
  queueArn: string,
): Result<string> {
  const policy = policyText === null ? emptyPolicy(queueArn) : parsed(policyText);
  const statements = statementsOf(policy);
  const statement = statementOf(permission, queueArn);
  const existing = statements.find(({ Sid }) => Sid === permission.label);
  if (existing !== undefined) {
    return policyText !== null && isSameJson(existing, statement)
      ? accepted(policyText)
      : refused(invalid("Label", permission.label, "Already exists"));
  }
  const count = statements.length + 1;
  if (count > POLICY_STATEMENTS_MAX) {
    const reason = `${count} Statements were found, maximum allowed is ${POLICY_STATEMENTS_MAX}.`;
    return refused({ kind: "policy-over-limit", reason });
  }
  return parseQueuePolicy(JSON.stringify({ ...policy, Statement: [...statements, statement] }));
}

/** The policy without the statements of a label; null when no statement is left. */
export function withoutPermission(policyText: string | null, label: string): Result<string | null> {
  const policy = policyText === null ? {} : parsed(policyText);
  const statements = statementsOf(policy);
  const left = statements.filter(({ Sid }) => Sid !== label);
  if (left.length === statements.length) {
    return refused(invalid("Label", label, "can't find label"));
  }
  return accepted(left.length === 0 ? null : JSON.stringify({ ...policy, Statement: left }));
}

function emptyPolicy(queueArn: string): JsonObject {
  return { Version: VERSION, Id: `${queueArn}/SQSDefaultPolicy`, Statement: [] };
}

function parsed(policyText: string): JsonObject {
  return parseJsonObject(policyText) ?? {};
}

function statementOf({ label, accountIds, actions }: Permission, queueArn: string): JsonObject {
  return {
    Sid: label,
    Effect: "Allow",
    Principal: { AWS: oneOrList(accountIds.map((id) => `arn:aws:iam::${id}:root`)) },
    Action: oneOrList(actions.map((name) => `SQS:${name}`)),
    Resource: queueArn,
  };
}

function oneOrList(texts: readonly string[]): string | readonly string[] {
  const [first] = texts;
  return texts.length === 1 && first !== undefined ? first : texts;
}

function invalid(parameterName: string, value: string, reason: string): Refusal {
  return { kind: "parameter-invalid", parameterName, value, reason };
}
