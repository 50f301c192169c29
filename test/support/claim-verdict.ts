/**
 * What the verifier says of a request that somebody signed with AWS's example key, at the time that
 * requests made by hand are signed.
 */
import { type Claim, type Reading, readClaim } from "../../src/protocol/sigv4/claim.ts";
import { isSigned, signingKey } from "../../src/protocol/sigv4/signature.ts";
import type { SignedRequest } from "../../src/protocol/sigv4/signed-request.ts";
import type { WireError } from "../../src/protocol/wire-error.ts";
import { EXAMPLE_SECRET } from "./signed-request-maker.ts";

export const NOW_MS = Date.UTC(2026, 10, 25, 9, 30);
export const SERVICES = ["sqs", "iam", "sts"];

export function read(request: SignedRequest, nowMs = NOW_MS): Reading {
  return readClaim(request, { nowMs, services: SERVICES });
}

export function claimOf(request: SignedRequest): Claim {
  const reading = read(request);
  if (reading.kind !== "claimed") throw new Error(`It is ${JSON.stringify(reading)}`);
  return reading.claim;
}

export function errorOf(request: SignedRequest, nowMs = NOW_MS): WireError {
  const reading = read(request, nowMs);
  if (reading.kind !== "flawed") throw new Error(`It is ${reading.kind}`);
  return reading.error;
}

export async function verdictOn(request: SignedRequest): Promise<string> {
  const reading = read(request);
  if (reading.kind !== "claimed") return reading.kind;
  const key = await signingKey(EXAMPLE_SECRET, reading.claim);
  return (await isSigned(reading.claim, request, key)) ? "signed" : "not signed";
}
