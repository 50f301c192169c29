/**
 * Reads who claims to call and for which region, out of a signature's credential scope, without
 * verifying anything. A missing or malformed one is undefined.
 */
export type CredentialScope = {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
};

/** Access key id, date, region, service; a slash or what ends a header's part ends each of them. */
const SCOPE = /Credential=([^/,\s]+)\/[^/,\s]*\/([^/,\s]+)\/([^/,\s]+)/;

/** Signed in the header, or in the query string of a presigned URL. */
export function readCredentialScope(
  authorization: string | null,
  requestUrl: string,
): CredentialScope | undefined {
  const scope = SCOPE.exec(authorization ?? queryCredential(requestUrl));
  const [, accessKeyId, region, service] = scope ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined;
  return { accessKeyId, region, service };
}

/** The host of a URL is whatever a client wrote, and no business of this: only the query is read. */
function queryCredential(requestUrl: string): string {
  if (!requestUrl.includes("X-Amz-Credential=")) return "";
  const query = new URLSearchParams(requestUrl.slice(requestUrl.indexOf("?")));
  return `Credential=${query.get("X-Amz-Credential") ?? ""}`;
}
