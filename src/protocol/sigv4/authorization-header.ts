/**
 * Reads the Authorization header of a signed request, strictly: the algorithm, then Credential,
 * SignedHeaders and Signature, each once, in any order, with or without spaces after the commas. What is
 * lenient here would let two readers see two requests.
 */
import { ALGORITHM } from "./canonical-request.ts";
import { incompleteSignature } from "./signature-errors.ts";
import type { PartsReading } from "./signature-parts.ts";
import type { HeaderValues } from "./signed-request.ts";
import { isTimestamp, timestampOfDate } from "./signing-time.ts";

const HEAD = new RegExp(`^${ALGORITHM}[ \\t]+`);
const NAMES = ["Credential", "SignedHeaders", "Signature"] as const;

export function readAuthorization(authorization: string, headers: HeaderValues): PartsReading {
  const head = HEAD.exec(authorization)?.[0];
  if (head === undefined) return flaw(`Authorization header requires '${ALGORITHM}'.`);
  const values = new Map<string, string>();
  for (const part of authorization.slice(head.length).split(",")) {
    const pair = /^[ \t]*([A-Za-z]+)=([^\s=]*)[ \t]*$/.exec(part);
    const [, name, value] = pair ?? [];
    if (name === undefined || value === undefined || !isName(name)) {
      return flaw("Authorization header holds a part that is not one of its key=value pairs.");
    }
    if (values.has(name)) return flaw(`Authorization header holds '${name}' more than once.`);
    values.set(name, value);
  }
  return readParts(values, headers);
}

function readParts(values: ReadonlyMap<string, string>, headers: HeaderValues): PartsReading {
  const missing = NAMES.filter((name) => (values.get(name) ?? "") === "").map(
    (name) => `Authorization header requires '${name}' parameter.`,
  );
  const amzDate = headers.get("x-amz-date");
  const date = amzDate ?? headers.get("date");
  if (date === null) {
    missing.push(
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }
  if (date === null || missing.length > 0) return flaw(missing.join(" "));
  const timestamp = amzDate === null ? timestampOfDate(date) : date;
  if (timestamp === undefined || !isTimestamp(timestamp)) {
    return flaw("Date must be in ISO-8601 'basic format'.");
  }
  return {
    ok: true,
    parts: {
      form: "header",
      credential: values.get("Credential") ?? "",
      signedHeaders: values.get("SignedHeaders") ?? "",
      signature: values.get("Signature") ?? "",
      timestamp,
      lifetimeSeconds: undefined,
      sessionToken: headers.get("x-amz-security-token") ?? undefined,
    },
  };
}

function isName(text: string): boolean {
  return NAMES.some((name) => name === text);
}

function flaw(message: string): PartsReading {
  return { ok: false, error: incompleteSignature(message) };
}
