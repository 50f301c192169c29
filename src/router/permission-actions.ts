/**
 * AddPermission and RemovePermission. What they make of the queue's policy is decided in its object,
 * because two at once must not lose one of them.
 */
import { type Permission, permissionFlaw } from "../domain/queue-permission.ts";
import { accepted, type Result, refused } from "../domain/result.ts";
import type { ActionInput } from "../protocol/actions.ts";
import { changeQueue, type Exchange } from "./exchange.ts";

export function addPermission(
  input: ActionInput<"AddPermission">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return changeQueue(
    input,
    exchange,
    () => checkedPermission(input),
    (queue, permission) => queue.addPermission(permission),
  );
}

export function removePermission(
  input: ActionInput<"RemovePermission">,
  exchange: Exchange,
): Promise<Result<undefined>> {
  return changeQueue(
    input,
    exchange,
    () => (input.Label === undefined ? missing("Label") : accepted(input.Label)),
    (queue, label) => queue.removePermission(label),
  );
}

function checkedPermission(input: ActionInput<"AddPermission">): Result<Permission> {
  const { Label: label, AWSAccountIds: accountIds = [], Actions: actions = [] } = input;
  if (label === undefined) return missing("Label");
  if (accountIds.length === 0) return missing("PrincipalId");
  if (actions.length === 0) return missing("ActionName");
  const permission = { label, accountIds, actions };
  const flaw = permissionFlaw(permission);
  return flaw === undefined ? accepted(permission) : refused(flaw);
}

function missing(parameterName: string): Result<never> {
  return refused({ kind: "parameter-missing", parameterName });
}
