/**
 * Principals of policy tests, from the text that names one: an ARN, `service:` and a name, or `anonymous`.
 * Ids that the text does not tell are made up.
 */
import type { Principal } from "../../src/domain/policy/principal.ts";

export function principalOf(text: string): Principal {
  if (text === "anonymous") return { kind: "anonymous" };
  if (text.startsWith("service:")) return { kind: "service", name: text.slice("service:".length) };
  const [, , , , accountId = "", resource = ""] = text.split(":");
  const [type, name = "", sessionName = ""] = resource.split("/");
  if (type === "root") return { kind: "root", accountId };
  if (type === "user") return { kind: "user", accountId, userName: name, userId: "AIDAEXAMPLE" };
  if (type !== "assumed-role") throw new Error(`no principal: ${text}`);
  return { kind: "role-session", accountId, roleName: name, roleId: "AROAEXAMPLE", sessionName };
}
