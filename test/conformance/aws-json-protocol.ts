/**
 * AWS JSON 1.0 against the Worker in this process. Every answer, good or bad, is held against what
 * the protocol promises for all of them: content type, request id, and for an error both of its
 * names and its status.
 */
import { exports } from "cloudflare:workers";
import { expect } from "vitest";
import { parseObject, stringOf } from "../support/json-value.ts";
import { ERROR_TABLE } from "./error-table.ts";
import {
  type CallOptions,
  ENDPOINT,
  type SqsAnswer,
  type SqsError,
  type SqsProtocol,
  UUID,
} from "./sqs-protocol.ts";

const CONTENT_TYPE = "application/x-amz-json-1.0";

export const AWS_JSON: SqsProtocol = {
  call: (action, input = {}, options = {}) => postText(action, JSON.stringify(input), options),
};

/** A body that no JSON serialiser would write, or that must arrive byte for byte. */
export async function postText(
  action: string,
  body: BodyInit,
  { endpoint = ENDPOINT, path = "/", headers = {} }: CallOptions = {},
): Promise<SqsAnswer> {
  const response = await exports.default.fetch(endpoint + path, {
    method: "POST",
    headers: { "content-type": CONTENT_TYPE, "x-amz-target": `AmazonSQS.${action}`, ...headers },
    body,
  });
  return readAnswer(response);
}

export async function readAnswer(response: Response): Promise<SqsAnswer> {
  const { status, headers } = response;
  const text = await response.text();
  expect(headers.get("content-type")).toBe(CONTENT_TYPE);
  expect(headers.get("x-amzn-requestid")).toMatch(UUID);
  const body = parseObject(text);
  const answer = { status, headers, text, body, isSilent: text === "" };
  if (status !== 200) return { ...answer, error: checkedError(answer) };
  expect(headers.get("x-amzn-query-error")).toBeNull();
  return { ...answer, error: undefined };
}

function checkedError({ status, headers, body }: Omit<SqsAnswer, "error">): SqsError {
  const type = stringOf(body, "__type");
  const shape = type.split("#").at(-1) ?? "";
  const entry = ERROR_TABLE.get(shape);
  expect(type).toBe(entry?.type);
  expect(status).toBe(entry?.status);
  expect(headers.get("x-amzn-query-error")).toBe(`${entry?.queryCode};Sender`);
  const isCapital = shape === "AccessDeniedException";
  return { shape, message: stringOf(body, isCapital ? "Message" : "message") };
}
