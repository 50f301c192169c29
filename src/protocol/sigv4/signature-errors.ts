/**
 * What a client is told whose signature is refused: SQS's errors and, where they were seen, its words.
 * They never hold what a client sent, beside dates: it may be a secret.
 */
import type { WireError } from "../wire-error.ts";

/** The request is not signed as requests are: there is nothing to verify. */
export function incompleteSignature(message: string): WireError {
  return { shape: "IncompleteSignatureException", message };
}

/** It could be verified, and something is wrong that a sentence can name. */
export function invalidSignature(message: string): WireError {
  return { shape: "InvalidSignatureException", message };
}

/** `services` are the names that would be right. */
export function wrongService(services: readonly string[]): WireError {
  const names = services.map((name) => `'${name}'`).join(", ");
  return invalidSignature(`Credential should be scoped to correct service: ${names}.`);
}

export function signatureMismatch(): WireError {
  return invalidSignature(
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  );
}

/** For an unknown key, and for a session token that is not the key's: they are not told apart. */
export function invalidClientToken(): WireError {
  return {
    shape: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
  };
}

export function expiredToken(): WireError {
  return {
    shape: "ExpiredTokenException",
    message: "The security token included in the request is expired",
  };
}

/** To who comes without credentials. The query may hold what nobody is to read in a log. */
export function accessToResourceDenied(url: string): WireError {
  const resource = /^[^?#]*/.exec(url)?.[0] ?? "";
  return {
    shape: "AccessDeniedException",
    message: `Access to the resource ${resource} is denied.`,
  };
}
