/**
 * Verifies a claim: builds what the client must have signed out of the request itself, signs it and
 * compares. The body's hash is always ours; the claim's is but compared with it, so that neither
 * UNSIGNED-PAYLOAD nor a streamed body, which are S3's, pass.
 */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import {
  canonicalQuery,
  canonicalRequest,
  encodedPath,
  normalizedPath,
  type Scope,
  SIGNATURE_PARAMETER,
  stringToSign,
  TERMINATOR,
} from "./canonical-request.ts";
import type { Claim } from "./claim.ts";
import { headerOf, pathOf, queryParametersOf, type ReadableRequest } from "./signed-request.ts";

const HMAC = { name: "HMAC", hash: "SHA-256" };
const SIGNATURE_BYTES = 32;
const SIGNATURE = /^[0-9a-f]{64}$/;
const BODY_HASH_NAME = "x-amz-content-sha256";
const utf8 = new TextEncoder();

/** What signs for one day, region and service: it can be kept where a secret should not be. */
export type SigningKey = CryptoKey;

export function signingKey(secret: string, scope: Scope): Promise<SigningKey> {
  return crypto.subtle.importKey("raw", signingKeyBytes(secret, scope), HMAC, false, ["verify"]);
}

export function signingKeyBytes(secret: string, { day, region, service }: Scope): Uint8Array {
  return [region, service, TERMINATOR].reduce(hmac, hmac(`AWS4${secret}`, day));
}

/** Takes as long for a right signature as for a wrong one. */
export async function isSigned(
  claim: Claim,
  request: ReadableRequest,
  key: SigningKey,
): Promise<boolean> {
  const bodyHash = await sha256(request.body);
  const canonical = canonicalRequestOf(claim, request, bodyHash);
  if (canonical === undefined) return false;
  const canonicalHash = await sha256(utf8.encode(canonical));
  const text = utf8.encode(stringToSign(claim.timestamp, claim, canonicalHash));
  const isWellFormed = SIGNATURE.test(claim.signature);
  const given = isWellFormed
    ? Buffer.from(claim.signature, "hex")
    : new Uint8Array(SIGNATURE_BYTES);
  const isEqual = await crypto.subtle.verify(HMAC.name, key, given, text);
  return isEqual && isWellFormed && declaredHashesOf(request).every((it) => it === bodyHash);
}

/** Undefined if the request lacks a signed header: then it is not what was signed. */
export function canonicalRequestOf(
  claim: Pick<Claim, "form" | "signedHeaders">,
  request: ReadableRequest,
  bodyHash: string,
): string | undefined {
  const headers: [name: string, value: string][] = [];
  for (const name of claim.signedHeaders) {
    const value = headerOf(request, name);
    if (value === undefined) return undefined;
    headers.push([name, value]);
  }
  const query = queryParametersOf(request.url);
  const isInQuery = claim.form === "query";
  return canonicalRequest({
    method: request.method,
    canonicalPath: encodedPath(normalizedPath(pathOf(request.url))),
    canonicalQuery: canonicalQuery(
      isInQuery ? query.filter(({ name }) => name !== SIGNATURE_PARAMETER) : query,
    ),
    headers,
    bodyHash,
  });
}

function declaredHashesOf({ headers, url }: ReadableRequest): string[] {
  const inHeader = headers.get(BODY_HASH_NAME);
  const inQuery = queryParametersOf(url).filter(
    ({ name }) => name.toLowerCase() === BODY_HASH_NAME,
  );
  return [...(inHeader === null ? [] : [inHeader]), ...inQuery.map(({ rawValue }) => rawValue)];
}

/** In hexadecimal. The platform's own: Node's makes a stream of every hash, which costs three times as much. */
async function sha256(content: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", content);
  return Buffer.from(digest).toString("hex");
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}
