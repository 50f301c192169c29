/**
 * What every answer has, whatever it is to: the request's id, the date, and where requests must come over
 * HTTPS, the order to a browser to come so the next time.
 */

import { ERRORS } from "../protocol/errors.ts";
import type { WireAnswer } from "../protocol/wire-answer.ts";
import type { WireError } from "../protocol/wire-error.ts";
import { type GateEnv, isDeployed } from "./gate.ts";
import { HttpDate } from "./http-date.ts";

/** A year (RFC 6797). */
const STRICT_TRANSPORT = { "strict-transport-security": "max-age=31536000" };

const httpDate = new HttpDate();

export function respond(
  env: GateEnv,
  { status, headers, body }: WireAnswer,
  requestId: string,
): Response {
  const date = httpDate.at(Date.now());
  const transport = isDeployed(env) ? STRICT_TRANSPORT : {};
  return new Response(body, {
    status,
    headers: { ...headers, ...transport, "x-amzn-requestid": requestId, date },
  });
}

/** For what speaks no protocol of AWS's. */
export function jsonAnswer(value: unknown): WireAnswer {
  const headers = { "content-type": "application/json" };
  return { status: 200, headers, body: JSON.stringify(value) };
}

/** One line of text, for what no client of SQS asks. */
export function plainRefusal(env: GateEnv, { shape, message }: WireError): Response {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  const answer = { status: ERRORS[shape].httpStatus, headers, body: `${message}\n` };
  return respond(env, answer, crypto.randomUUID());
}
