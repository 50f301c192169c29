/**
 * Reads who claims to call and for which region, out of a signature's credential scope, without
 * verifying anything. A missing or malformed one is undefined.
 */
export type CredentialScope = { readonly accessKeyId: string; readonly region: string };

/** Signed in the header, or in the query string of a presigned URL. */
export function readCredentialScope(
  authorization: string | null,
  requestUrl: string,
): CredentialScope | undefined {
  const credential =
    authorization === null ? queryCredential(requestUrl) : headerCredential(authorization);
  const [accessKeyId, , region, service] = credential?.split("/") ?? [];
  if (!accessKeyId || !region || service === undefined) return undefined;
  return { accessKeyId, region };
}

const CREDENTIAL = "Credential=";

function headerCredential(authorization: string): string | undefined {
  const from = authorization.indexOf(CREDENTIAL);
  if (from === -1) return undefined;
  return authorization.slice(from + CREDENTIAL.length).split(/[,\s]/, 1)[0];
}

function queryCredential(requestUrl: string): string | undefined {
  if (!requestUrl.includes("X-Amz-Credential=")) return undefined;
  return new URL(requestUrl).searchParams.get("X-Amz-Credential") ?? undefined;
}
