/**
 * WireProtocol: which of SQS's protocols a request is in, and what all of them can do: read it, write an
 * answer, write an error. Whoever handles a request holds one of these and does not know which.
 */
import type { Action, ActionOutput } from "./actions.ts";
import { decodeAwsJson, encodeAwsJson } from "./aws-json.ts";
import { decodeAwsQuery } from "./aws-query.ts";
import { encodeQueryAnswer, encodeQueryError, type QueryForm } from "./aws-query-answer.ts";
import type { Decoded } from "./decoded.ts";
import { urlQuery } from "./url-query.ts";
import type { WireAnswer } from "./wire-answer.ts";
import { encodeAwsJsonError, type WireError } from "./wire-error.ts";

export type Refuser = {
  readonly refuse: (error: WireError, requestId: string) => WireAnswer;
};

export type WireProtocol = Refuser & {
  readonly kind: "json" | "query";
  readonly decode: (body: Uint8Array) => Decoded;
  readonly answer: <A extends Action>(
    action: A,
    output: ActionOutput<A> | undefined,
    requestId: string,
  ) => WireAnswer;
};

/** What of a request decides. */
export type RequestFacts = {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
};

const JSON_HEADERS = { "content-type": "application/x-amz-json-1.0" };

/** Undefined for what is in no protocol: it names no action. */
export function wireProtocol(request: RequestFacts): WireProtocol | undefined {
  const { method, headers } = request;
  const target = headers.get("x-amz-target");
  const isPost = method === "POST";
  if (isPost && target !== null) return jsonProtocol(target);
  const query = urlQuery(request);
  // Whoever is on the way may repeat a GET, so it acts only if it says so itself.
  const isQuery = ACTION.test(query) ? isPost || method === "GET" : isPost && isForm(headers);
  if (isQuery) return queryProtocol(query, isJsonWanted(headers) ? "json" : "xml");
  return isPost ? jsonProtocol(target) : undefined;
}

function isForm(headers: Headers): boolean {
  return headers.get("content-type")?.toLowerCase().startsWith(FORM) === true;
}

const FORM = "application/x-www-form-urlencoded";
const ACTION = /(^|&)Action=/;

function jsonProtocol(target: string | null): WireProtocol {
  return {
    kind: "json",
    decode: (body) => decodeAwsJson(target, body),
    answer: (action, output) => {
      return { status: 200, headers: JSON_HEADERS, body: encodeAwsJson(action, output) };
    },
    refuse: (error) => {
      const { status, headers, body } = encodeAwsJsonError(error);
      return { status, headers: { ...JSON_HEADERS, ...headers }, body };
    },
  };
}

function queryProtocol(query: string, form: QueryForm): WireProtocol {
  return {
    kind: "query",
    decode: (body) => decodeAwsQuery(query, body),
    answer: (action, output, requestId) => encodeQueryAnswer(action, output, { requestId, form }),
    refuse: (error, requestId) => encodeQueryError(error, { requestId, form }),
  };
}

export function isJsonWanted(headers: Headers): boolean {
  const accepted = headers.get("accept") ?? "";
  return accepted.includes("application/json") && !accepted.includes("xml");
}
