/**
 * What is wrong with an answer, whatever the request was: SQS answers everything with a success or an
 * error of the client's, in one of its forms, and never with a failure of its own.
 */
import { XMLValidator } from "fast-xml-parser";
import { isObject } from "./json-value.ts";

export type JudgedAnswer = {
  /** Whose form it must have: SQS's, or that of Millrace's own paths. */
  readonly form: "sqs" | "own";
  readonly status: number;
  readonly contentType: string | undefined;
  readonly requestId: string | undefined;
  readonly text: string;
};

const STATUSES = [200, 400, 403, 404, 413];
const NO_OPERATION = "<UnknownOperationException/>";
const ILLEGAL_IN_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Undefined when nothing is. */
export function answerFlaw(answer: JudgedAnswer): string | undefined {
  return answer.form === "own" ? ownFlaw(answer) : sqsFlaw(answer);
}

/** A success is JSON, a refusal is said in plain text. */
function ownFlaw({ status, contentType = "", text }: JudgedAnswer): string | undefined {
  if (status === 404) {
    return contentType.startsWith("text/plain") ? undefined : `a refusal is ${contentType}`;
  }
  if (status !== 200) return `the status is ${status}`;
  return contentType === "application/json" ? jsonFlaw(status, text, "Error") : "it is no JSON";
}

function sqsFlaw({ status, contentType, requestId, text }: JudgedAnswer): string | undefined {
  if (!STATUSES.includes(status)) return `the status is ${status}`;
  if (!/^[0-9a-f-]{36}$/.test(requestId ?? "")) return "it has no request id";
  switch (contentType) {
    case "application/x-amz-json-1.0":
      return jsonFlaw(status, text, "__type");
    case "application/json":
      return jsonFlaw(status, text, "Error");
    case "text/xml":
      return xmlFlaw(status, text);
    default:
      return `the content type is ${contentType}`;
  }
}

function jsonFlaw(status: number, text: string, errorMember: string): string | undefined {
  if (text === "") return status === 200 ? undefined : "an error has a body";
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return "the body is no JSON object";
    const isError = Object.hasOwn(value, errorMember);
    return isError === (status !== 200) ? undefined : "status and body disagree";
  } catch {
    return "the body is no JSON";
  }
}

function xmlFlaw(status: number, text: string): string | undefined {
  if (status === 404 && text.trim() === NO_OPERATION) return undefined;
  if (ILLEGAL_IN_XML.test(text)) return "the document has a character that XML has not";
  if (XMLValidator.validate(text) !== true) return "the document is not well-formed";
  const isError = text.startsWith('<?xml version="1.0"?><ErrorResponse ');
  return isError === (status !== 200) ? undefined : "status and document disagree";
}
