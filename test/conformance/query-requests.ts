/**
 * Requests in the old Query protocol as they are on the wire, for what is about the protocol itself: by
 * GET or POST, with parameters here and there, and texts that nobody encoded.
 */
import { exports } from "cloudflare:workers";
import { readXmlAnswer } from "./aws-query-protocol.ts";
import { ENDPOINT, type SqsAnswer } from "./sqs-protocol.ts";
import type { TestQueue } from "./test-queue.ts";

export type Form = Readonly<Record<string, string>>;

export function encoded(form: Form): string {
  return new URLSearchParams(form).toString();
}

export function pathOf(queue: TestQueue): string {
  return new URL(queue.url).pathname;
}

export function fetchPath(pathAndQuery: string, request: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(ENDPOINT + pathAndQuery, request);
}

export async function get(action: string, form: Form, path = "/"): Promise<SqsAnswer> {
  const query = encoded({ Action: action, ...form });
  return readXmlAnswer(action, await fetchPath(`${path}?${query}`));
}

/** Names and values as they are, not encoded again. */
export async function post(
  action: string,
  text: BodyInit,
  { path = "/", type = "application/x-www-form-urlencoded" } = {},
): Promise<SqsAnswer> {
  const headers = { "content-type": type };
  return readXmlAnswer(action, await fetchPath(path, { method: "POST", headers, body: text }));
}
