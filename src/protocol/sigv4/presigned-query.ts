/**
 * Reads the signature of a presigned URL out of its query, as strictly as that of a header: each of its
 * parameters at most once. Without X-Amz-Expires it is good for as long as a header is.
 */
import { ALGORITHM, SIGNATURE_PARAMETER } from "./canonical-request.ts";
import { percentDecoded } from "./percent-encoding.ts";
import { incompleteSignature } from "./signature-errors.ts";
import type { PartsReading } from "./signature-parts.ts";
import type { QueryParameter } from "./signed-request.ts";
import { isTimestamp } from "./signing-time.ts";

const REQUIRED = [
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  SIGNATURE_PARAMETER,
  "X-Amz-SignedHeaders",
  "X-Amz-Date",
] as const;
/** One of these is an attempt at a signature. */
const TELLING: readonly string[] = ["X-Amz-Algorithm", "X-Amz-Credential", SIGNATURE_PARAMETER];
const PREFIX = "X-Amz-";
const WEEK_SECONDS = 7 * 24 * 60 * 60;
const SECONDS = /^[1-9]\d{0,5}$/;

export function isPresigned(query: readonly QueryParameter[]): boolean {
  return query.some(({ name }) => TELLING.includes(name));
}

export function readPresigned(query: readonly QueryParameter[]): PartsReading {
  const values = new Map<string, string>();
  for (const { name, rawValue } of query) {
    if (!name.startsWith(PREFIX)) continue;
    if (values.has(name)) return flaw("AWS query-string parameters must not be repeated.");
    values.set(name, percentDecoded(rawValue));
  }
  const missing = REQUIRED.filter((name) => (values.get(name) ?? "") === "").map(
    (name) => `AWS query-string parameters must include '${name}'.`,
  );
  if (missing.length > 0) {
    return flaw(`${missing.join(" ")} Re-examine the query-string parameters.`);
  }
  return readParts(values);
}

function readParts(values: ReadonlyMap<string, string>): PartsReading {
  if (values.get("X-Amz-Algorithm") !== ALGORITHM) {
    return flaw(`X-Amz-Algorithm must be '${ALGORITHM}'.`);
  }
  const timestamp = values.get("X-Amz-Date") ?? "";
  if (!isTimestamp(timestamp)) return flaw("X-Amz-Date must be in ISO-8601 'basic format'.");
  const expires = values.get("X-Amz-Expires");
  if (expires !== undefined && !(SECONDS.test(expires) && Number(expires) <= WEEK_SECONDS)) {
    return flaw(`X-Amz-Expires must be a number of seconds from 1 to ${WEEK_SECONDS}.`);
  }
  return {
    ok: true,
    parts: {
      form: "query",
      credential: values.get("X-Amz-Credential") ?? "",
      signedHeaders: values.get("X-Amz-SignedHeaders") ?? "",
      signature: values.get(SIGNATURE_PARAMETER) ?? "",
      timestamp,
      lifetimeSeconds: expires === undefined ? undefined : Number(expires),
      sessionToken: values.get("X-Amz-Security-Token"),
    },
  };
}

function flaw(message: string): PartsReading {
  return { ok: false, error: incompleteSignature(message) };
}
