/**
 * An error on its way to a client, and its form in AWS JSON: the type with its namespace in the body
 * and the Query code in a header, because some clients read the one and some the other.
 */
import { ERRORS, type ErrorShape } from "./errors.ts";
import type { WireAnswer } from "./wire-answer.ts";

export type WireError = { readonly shape: ErrorShape; readonly message: string };

export function encodeAwsJsonError({
  shape,
  message,
}: WireError): WireAnswer & { readonly body: string } {
  const { namespace, queryCode, httpStatus, fault } = ERRORS[shape];
  const text = shape === "AccessDeniedException" ? { Message: message } : { message };
  return {
    status: httpStatus,
    headers: { "x-amzn-query-error": `${queryCode};${fault}` },
    body: JSON.stringify({ __type: `${namespace}#${shape}`, ...text }),
  };
}
