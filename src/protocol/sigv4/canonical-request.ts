/**
 * The canonical request of SigV4 and the string that is signed (AWS IAM user guide, "Create a signed AWS
 * API request"): one spelling for all requests that mean the same. Paths are normalised and encoded once
 * more than the client encoded them, as all services but S3 have it.
 */
import { percentEncoded, percentReencoded } from "./percent-encoding.ts";
import type { QueryParameter } from "./signed-request.ts";

export const ALGORITHM = "AWS4-HMAC-SHA256";
export const TERMINATOR = "aws4_request";
/** The one parameter that cannot be signed. */
export const SIGNATURE_PARAMETER = "X-Amz-Signature";

export type CanonicalParts = {
  readonly method: string;
  readonly canonicalPath: string;
  readonly canonicalQuery: string;
  /** Sorted by name; values as they came. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly bodyHash: string;
};

export type Scope = {
  readonly day: string;
  readonly region: string;
  readonly service: string;
};

export function canonicalRequest(parts: CanonicalParts): string {
  const names = parts.headers.map(([name]) => name);
  return [
    parts.method,
    parts.canonicalPath,
    parts.canonicalQuery,
    ...parts.headers.map(([name, value]) => `${name}:${collapsed(value)}`),
    "",
    names.join(";"),
    parts.bodyHash,
  ].join("\n");
}

export function stringToSign(timestamp: string, scope: Scope, requestHash: string): string {
  const { day, region, service } = scope;
  return [ALGORITHM, timestamp, `${day}/${region}/${service}/${TERMINATOR}`, requestHash].join(
    "\n",
  );
}

/** Slashes stay, an escape's percent sign does not. */
export function encodedPath(path: string): string {
  return percentEncoded(path).replaceAll("%2F", "/");
}

/** Without `.`, `..` and empty segments; a slash at the end stays. */
export function normalizedPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.join("/")}${end}`;
}

/** Sorted by the encoded names and then by the encoded values: by bytes, since both are ASCII. */
export function canonicalQuery(parameters: readonly QueryParameter[]): string {
  const pairs = parameters.map(({ rawName, rawValue }) => ({
    name: percentReencoded(rawName),
    value: percentReencoded(rawValue),
  }));
  pairs.sort((a, b) => byBytes(a.name, b.name) || byBytes(a.value, b.value));
  return pairs.map(({ name, value }) => `${name}=${value}`).join("&");
}

/** Most values have nothing to collapse, and looking is cheaper than replacing. */
function collapsed(value: string): string {
  const trimmed = value.trim();
  return /\s\s|[^\S ]/.test(trimmed) ? trimmed.replaceAll(/\s+/g, " ") : trimmed;
}

function byBytes(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
