/**
 * Authentication: whose signature a request carries. It reads the claim, finds the key, verifies, and only
 * then says who calls; until then nothing of the request is believed. A request without any credential
 * is anonymous: legal, and allowed what a queue's policy allows to everybody.
 *
 * Invariants:
 * - An unknown key takes the same work as a wrong signature, and a secret never leaves this call.
 * - What is verified is the request as the client sent it, body included.
 */

import { type Claim, readClaim } from "../protocol/sigv4/claim.ts";
import { isSigned, signingKey } from "../protocol/sigv4/signature.ts";
import {
  expiredToken,
  invalidClientToken,
  signatureMismatch,
} from "../protocol/sigv4/signature-errors.ts";
import { HeaderCopy, type ReadableRequest } from "../protocol/sigv4/signed-request.ts";
import { SigningKeys } from "../protocol/sigv4/signing-keys.ts";
import type { WireError } from "../protocol/wire-error.ts";
import { type Access, identityPoliciesOf, type Origin } from "./access.ts";
import { type KeyOwner, type KeySource, lookUpKey } from "./access-keys.ts";
import type { Caller } from "./caller.ts";
import { requestThrottled } from "./rate-limit.ts";

/** The signing names that the endpoint answers to. */
const SERVICES = ["sqs", "iam", "sts", "organizations"];

export type Authenticated = {
  readonly access: Access;
  /** The caller's own account, and the region that the request is signed for. */
  readonly caller: Caller;
  /** The signing name; undefined of a request that is not signed. */
  readonly service: string | undefined;
  readonly owner: KeyOwner | undefined;
};

export type Authentication =
  | { readonly ok: true; readonly value: Authenticated }
  | { readonly ok: false; readonly error: WireError; readonly claimedKeyId: string | undefined };

export type AuthenticationTerms = {
  readonly keys: KeySource;
  readonly origin: Origin;
  /** Where requests are at home that name no account or region. */
  readonly home: Caller;
  readonly nowMs: number;
};

const signingKeys = new SigningKeys();
/** Stands for the secret of a key that does not exist. */
const NO_SECRET = "0".repeat(40);

export async function authenticate(
  request: Request,
  body: Uint8Array,
  terms: AuthenticationTerms,
): Promise<Authentication> {
  const { origin, home, nowMs } = terms;
  const signed = signedRequest(request, body);
  const reading = readClaim(signed, { nowMs, services: SERVICES });
  if (reading.kind === "flawed") return refused(reading.error);
  if (reading.kind === "anonymous") {
    const access: Access = {
      principal: { kind: "anonymous" },
      accessKeyId: undefined,
      identityPolicies: [],
      origin,
    };
    return { ok: true, value: { access, caller: home, service: undefined, owner: undefined } };
  }
  return verified(reading.claim, signed, terms);
}

async function verified(
  claim: Claim,
  signed: ReadableRequest,
  { keys, origin, nowMs }: AuthenticationTerms,
): Promise<Authentication> {
  const { accessKeyId, region, service } = claim;
  const owner = await lookUpKey(keys, claim, nowMs);
  if (owner === "throttled") return refused(requestThrottled(), accessKeyId);
  const isKnown = typeof owner === "object";
  const key = await (isKnown
    ? signingKeys.keyFor(owner.secret, claim)
    : signingKey(NO_SECRET, claim));
  const isTrue = await isSigned(claim, signed, key);
  if (owner === "expired") return refused(expiredToken(), accessKeyId);
  if (owner === undefined) return refused(invalidClientToken(), accessKeyId);
  if (!isTrue) return refused(signatureMismatch(), accessKeyId);
  const access: Access = {
    principal: owner.principal,
    accessKeyId,
    identityPolicies: identityPoliciesOf(owner.identityPolicies),
    origin,
  };
  const caller = { accountId: owner.accountId, region };
  return { ok: true, value: { access, caller, service, owner } };
}

/** Cloudflare replaces Accept-Encoding, which a client may have signed, and says what it was. */
function signedRequest({ method, url, headers, cf }: Request, body: Uint8Array): ReadableRequest {
  const acceptEncoding = cf?.["clientAcceptEncoding"];
  const request = { method, url, headers: new HeaderCopy(headers), body };
  return typeof acceptEncoding === "string" ? { ...request, acceptEncoding } : request;
}

function refused(error: WireError, claimedKeyId?: string): Authentication {
  return { ok: false, error, claimedKeyId };
}
