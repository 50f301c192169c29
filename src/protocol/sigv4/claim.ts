/**
 * Reads what a request claims: who signed it, when, for which region and service. A claim is well-formed,
 * of now and covers whatever decides what the request does; whether it is true, `isSigned` says, once the
 * key's secret is known. A flaw is an answer of its own, and nothing here throws, whatever a client sends.
 */
import type { WireError } from "../wire-error.ts";
import { readAuthorization } from "./authorization-header.ts";
import { TERMINATOR } from "./canonical-request.ts";
import { isPresigned, readPresigned } from "./presigned-query.ts";
import { incompleteSignature, invalidSignature, wrongService } from "./signature-errors.ts";
import type { SignatureParts } from "./signature-parts.ts";
import { type HeaderValues, queryParametersOf, type ReadableRequest } from "./signed-request.ts";
import { windowFlaw } from "./signing-time.ts";

export type Claim = {
  readonly form: "header" | "query";
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  /** Of `timestamp`: `20261125`. */
  readonly day: string;
  /** Any: one deployment serves all regions. */
  readonly region: string;
  readonly service: string;
  /** `20261125T093000Z` */
  readonly timestamp: string;
  /** Lower-case and sorted, each once. */
  readonly signedHeaders: readonly string[];
  /** As the client wrote it. */
  readonly signature: string;
};

export type Reading =
  | { readonly kind: "anonymous" }
  | { readonly kind: "claimed"; readonly claim: Claim }
  | { readonly kind: "flawed"; readonly error: WireError };

export type ReadingTerms = {
  readonly nowMs: number;
  /** Signing names that the endpoint answers to. */
  readonly services: readonly string[];
};

const REGION = /^[A-Za-z0-9-]{1,64}$/;
const DAY_CHARACTERS = 8;
/** What may be in a header's name (RFC 9110, section 5.6.2), in lower case. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

export function readClaim(request: ReadableRequest, terms: ReadingTerms): Reading {
  const { headers } = request;
  const authorization = headers.get("authorization");
  const query = queryParametersOf(request.url);
  const isInQuery = isPresigned(query);
  if (authorization === null && !isInQuery) return { kind: "anonymous" };
  // Two credentials, or two tokens, and each reader may believe another one.
  if (isInQuery && (authorization !== null || headers.has("x-amz-security-token"))) {
    return flawed(incompleteSignature("Only one kind of authentication is allowed."));
  }
  const read =
    authorization === null ? readPresigned(query) : readAuthorization(authorization, headers);
  return read.ok ? checked(read.parts, headers, terms) : flawed(read.error);
}

function checked(parts: SignatureParts, headers: HeaderValues, terms: ReadingTerms): Reading {
  const { form, timestamp, lifetimeSeconds, signature, sessionToken } = parts;
  const elements = parts.credential.split("/");
  const [accessKeyId = "", day = "", region = "", service = "", terminator = ""] = elements;
  if (elements.length !== 5 || elements.includes("")) {
    return flawed(
      incompleteSignature(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
      ),
    );
  }
  const signedHeaders = parts.signedHeaders.split(";");
  const claim: Claim = {
    form,
    accessKeyId,
    sessionToken,
    day,
    region,
    service,
    timestamp,
    signedHeaders,
    signature,
  };
  const error =
    listFlaw(signedHeaders) ??
    scopeFlaw(claim, terminator, terms.services) ??
    windowFlaw(timestamp, terms.nowMs, lifetimeSeconds) ??
    coverageFlaw(signedHeaders, headers);
  return error === undefined ? { kind: "claimed", claim } : flawed(error);
}

function listFlaw(signedHeaders: readonly string[]): WireError | undefined {
  const isList = signedHeaders.every((name, index) => {
    const before = signedHeaders[index - 1];
    return HEADER_NAME.test(name) && (before === undefined || before < name);
  });
  if (isList) return undefined;
  return incompleteSignature(
    "SignedHeaders must be lower-case names of headers, sorted, each once, separated by semicolons.",
  );
}

function scopeFlaw(
  { day, region, service, timestamp }: Claim,
  terminator: string,
  services: readonly string[],
): WireError | undefined {
  if (timestamp.slice(0, DAY_CHARACTERS) !== day) {
    return invalidSignature(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP, from '${timestamp}'.`,
    );
  }
  if (!REGION.test(region)) {
    return invalidSignature("Credential should be scoped to a valid region.");
  }
  if (!services.includes(service)) {
    return wrongService(services);
  }
  if (terminator === TERMINATOR) return undefined;
  return invalidSignature(`Credential should be scoped with a valid terminator: '${TERMINATOR}'.`);
}

/** A header that is not signed can be added or changed by whoever carries the request. */
function coverageFlaw(
  signedHeaders: readonly string[],
  headers: HeaderValues,
): WireError | undefined {
  if (!signedHeaders.includes("host")) {
    return invalidSignature(
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
  }
  const signed = new Set(signedHeaders);
  for (const name of headers.keys()) {
    if (!mustBeSigned(name) || signed.has(name)) continue;
    return invalidSignature(
      "Content-Type and all X-Amz-* headers must be among the signed headers if they are sent.",
    );
  }
  return undefined;
}

function mustBeSigned(headerName: string): boolean {
  return headerName === "content-type" || headerName.startsWith("x-amz-");
}

function flawed(error: WireError): Reading {
  return { kind: "flawed", error };
}
