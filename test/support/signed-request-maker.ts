/**
 * Signs a request by hand, with whatever is to be wrong about it: the libraries that sign make no mistakes.
 * The signature itself is always right, so that what is refused is refused for the mistake.
 */
import { createHash, createHmac } from "node:crypto";
import { canonicalRequestOf, signingKeyBytes } from "../../src/protocol/sigv4/signature.ts";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";

export const EXAMPLE_KEY_ID = "AKIDEXAMPLE";
export const EXAMPLE_SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

export type Making = {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timestamp?: string;
  readonly day?: string;
  readonly region?: string;
  readonly service?: string;
  readonly terminator?: string;
  readonly accessKeyId?: string;
  readonly signedHeaders?: readonly string[];
  /** Writes the header; as clients do it, if absent. */
  readonly authorization?: (parts: AuthorizationParts) => string;
  /** Parameters of a presigned URL beside the usual ones, or in their place. */
  readonly parameters?: Readonly<Record<string, string>>;
};

export type AuthorizationParts = {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
};

const TIMESTAMP = "20261125T093000Z";

export function signedInHeader(making: Making = {}): SignedRequest {
  const timestamp = making.timestamp ?? TIMESTAMP;
  const headers = new Headers({
    host: "localhost:8787",
    "x-amz-date": timestamp,
    ...making.headers,
  });
  const signedHeaders = making.signedHeaders ?? [...headers.keys()].sort();
  const request = {
    method: making.method ?? "POST",
    url: making.url ?? "http://localhost:8787/",
    headers,
    body: Buffer.from(making.body ?? "{}"),
  };
  const parts = {
    credential: credentialOf(making),
    signedHeaders: signedHeaders.join(";"),
    signature: signatureOf(making, "header", signedHeaders, request),
  };
  const write = making.authorization ?? written;
  headers.set("authorization", write(parts));
  return request;
}

export function presigned(making: Making = {}): SignedRequest {
  const headers = new Headers({ host: "localhost:8787", ...making.headers });
  const signedHeaders = making.signedHeaders ?? [...headers.keys()].sort();
  const parameters = new Map(
    Object.entries({
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": credentialOf(making),
      "X-Amz-Date": making.timestamp ?? TIMESTAMP,
      "X-Amz-SignedHeaders": signedHeaders.join(";"),
      ...making.parameters,
    }),
  );
  const query = [...parameters].map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  const url = `${making.url ?? "http://localhost:8787/"}?Action=ListQueues&${query}`;
  const body = Buffer.from(making.body ?? "");
  const request = { method: making.method ?? "GET", url, headers, body };
  const signature = signatureOf(making, "query", signedHeaders, request);
  return { ...request, url: `${url}&X-Amz-Signature=${signature}` };
}

export function written({ credential, signedHeaders, signature }: AuthorizationParts): string {
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

/** Writes a header in which `C`, `H` and `S` stand for what belongs there. */
export function filled(template: string): (parts: AuthorizationParts) => string {
  return ({ credential, signedHeaders, signature }) =>
    template
      .replace("=C", `=${credential}`)
      .replace("=H", `=${signedHeaders}`)
      .replace("=S", `=${signature}`);
}

/** A request with this header, where `C`, `H` and `S` stand for what belongs there. */
export function signedWithHeader(template: string): SignedRequest {
  return signedInHeader({ authorization: filled(template) });
}

function credentialOf(making: Making): string {
  const { day, region, service } = scopeOf(making);
  const keyId = making.accessKeyId ?? EXAMPLE_KEY_ID;
  return [keyId, day, region, service, making.terminator ?? "aws4_request"].join("/");
}

function scopeOf(making: Making): { day: string; region: string; service: string } {
  const timestamp = making.timestamp ?? TIMESTAMP;
  const { day = timestamp.slice(0, 8), region = "us-east-1", service = "sqs" } = making;
  return { day, region, service };
}

function signatureOf(
  making: Making,
  form: "header" | "query",
  signedHeaders: readonly string[],
  request: SignedRequest,
): string {
  const hash = (content: string | Uint8Array) => createHash("sha256").update(content).digest("hex");
  const scope = scopeOf(making);
  // What lists headers as no verifier takes them has no canonical request, and needs none.
  const isList = signedHeaders.every((name) => /^[a-z0-9-]+$/.test(name));
  const canonical = isList
    ? canonicalRequestOf({ form, signedHeaders }, request, hash(request.body))
    : "";
  const text = [
    "AWS4-HMAC-SHA256",
    making.timestamp ?? TIMESTAMP,
    `${scope.day}/${scope.region}/${scope.service}/aws4_request`,
    hash(canonical ?? ""),
  ].join("\n");
  return createHmac("sha256", signingKeyBytes(EXAMPLE_SECRET, scope)).update(text).digest("hex");
}
