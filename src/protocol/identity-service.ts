/**
 * IdentityService: the three services beside SQS that an account's users and keys are managed by, and
 * which of them a request is to. Two speak the Query protocol, as SQS's old clients do, one AWS JSON.
 */
import { Buffer } from "node:buffer";
import { readCredentialScope } from "./credential-scope.ts";
import { urlQuery } from "./url-query.ts";
import type { RequestFacts } from "./wire-protocol.ts";

export type IdentityService = "iam" | "sts" | "organizations";

export type IdentityRequest = {
  readonly service: IdentityService;
  /** That of the URL. */
  readonly query: string;
  /** The header `X-Amz-Target`. */
  readonly target: string | null;
  readonly body: Uint8Array;
};

export const ORGANIZATIONS_TARGET = "AWSOrganizationsV20161128.";

const IAM_VERSION = /(^|&)Version=2010-05-08(&|$)/;
const STS_VERSION = /(^|&)Version=2011-06-15(&|$)/;
const VERSION_PARAMETERS = ["Version=2010-05-08", "Version=2011-06-15"];

/** Of the name that a signature has. */
export function isIdentityService(name: string): name is IdentityService {
  return name === "iam" || name === "sts" || name === "organizations";
}

/** With what of it says which action and input. */
export function identityRequest(
  service: IdentityService,
  request: RequestFacts,
  body: Uint8Array,
): IdentityRequest {
  const { headers } = request;
  return { service, query: urlQuery(request), target: headers.get("x-amz-target"), body };
}

/**
 * Where nothing is verified: the service is the one that a request claims to be signed for or, if it is
 * not signed, that its target or version says. Undefined for SQS's requests.
 */
export function claimedIdentityRequest(
  request: RequestFacts,
  body: Uint8Array,
): IdentityRequest | undefined {
  const service = claimedService(request, body);
  return service === undefined ? undefined : identityRequest(service, request, body);
}

function claimedService(request: RequestFacts, body: Uint8Array): IdentityService | undefined {
  const { method, url, headers } = request;
  const target = method === "POST" ? headers.get("x-amz-target") : null;
  if (target !== null) return target.startsWith(ORGANIZATIONS_TARGET) ? "organizations" : undefined;
  const scope = readCredentialScope(headers.get("authorization"), url);
  if (scope !== undefined) return isIdentityService(scope.service) ? scope.service : undefined;
  return (
    ofVersion(urlQuery(request)) ?? (method === "POST" ? ofVersion(formText(body)) : undefined)
  );
}

function ofVersion(form: string): IdentityService | undefined {
  if (IAM_VERSION.test(form)) return "iam";
  return STS_VERSION.test(form) ? "sts" : undefined;
}

/** Most bodies are no such form, and are not made a text. */
function formText(body: Uint8Array): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return VERSION_PARAMETERS.some((text) => bytes.includes(text)) ? bytes.toString("latin1") : "";
}
