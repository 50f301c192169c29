/**
 * The text of a denial, as SQS words it: who, what, on which queue and for want of which policy. Actions
 * are printed in lower case and a batch as its single action, because that is what was authorised.
 */
import { unreachable } from "../assert.ts";
import type { AccessRequest, Denial, PolicySide } from "./decision.ts";
import { arnOf, type Principal } from "./principal.ts";
import { singleAction } from "./sqs-action.ts";

export function denialText(denial: Denial, request: AccessRequest): string {
  const action = singleAction(request.action).toLowerCase();
  const { principal, resource } = request;
  return `User: ${nameOf(principal)} is not authorized to perform: ${action} on resource: ${resource} ${causeOf(denial, action)}`;
}

/** To those who show no credentials nothing is explained. */
export function anonymousDenialText(resourceUrl: string): string {
  return `Access to the resource ${resourceUrl} is denied.`;
}

function causeOf(denial: Denial, action: string): string {
  switch (denial.kind) {
    case "explicit-deny":
      return `with an explicit deny in ${ARTICLES[denial.by]} ${NAMES[denial.by]} policy`;
    case "no-allow":
      return `because no ${NAMES[denial.by]} policy allows the ${action} action`;
    case "owner-only":
      return `because no resource-based policy allows the ${action} action`;
    default:
      return unreachable(denial);
  }
}

const NAMES: Readonly<Record<PolicySide, string>> = {
  identity: "identity-based",
  resource: "resource-based",
  session: "session",
};
const ARTICLES: Readonly<Record<PolicySide, string>> = {
  identity: "an",
  resource: "a",
  session: "a",
};

function nameOf(principal: Principal): string {
  if (principal.kind === "service") return principal.name;
  return arnOf(principal) ?? "anonymous";
}
