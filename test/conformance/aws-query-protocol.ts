/**
 * The old Query protocol against the Worker in this process: a form that old SDKs would send, and the
 * XML of the answer read back into the members of the model. The spelling is written out a second time
 * on purpose: `src/protocol` is what is tested, so it cannot be the measure.
 *
 * Every answer is held against what the protocol promises for all of them: a well-formed document in
 * SQS's namespace and envelope, its id also in the header, and for an error its code and its status.
 */
import { exports } from "cloudflare:workers";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { expect } from "vitest";
import { isObject, type JsonObject, objectOf, stringOf } from "../support/json-value.ts";
import { ERROR_TABLE } from "./error-table.ts";
import { queryParameters } from "./query-parameters.ts";
import {
  type CallOptions,
  ENDPOINT,
  type SqsAnswer,
  type SqsError,
  type SqsProtocol,
  UUID,
} from "./sqs-protocol.ts";

const NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";

export const AWS_QUERY: SqsProtocol = {
  call: (action, input = {}, options = {}) => {
    return postForm(action, queryParameters(action, input), options);
  },
};

/** `action` is the one that the answer must be to. */
export async function postForm(
  action: string,
  parameters: Iterable<readonly [string, string]>,
  { endpoint = ENDPOINT, path = "/", headers = {} }: CallOptions = {},
): Promise<SqsAnswer> {
  const form = new URLSearchParams([...parameters].map(([name, value]) => [name, value]));
  const response = await exports.default.fetch(endpoint + path, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8", ...headers },
    body: form.toString(),
  });
  return readXmlAnswer(action, response);
}

export async function readXmlAnswer(action: string, response: Response): Promise<SqsAnswer> {
  const { status, headers } = response;
  const text = await response.text();
  expect(headers.get("content-type")).toBe("text/xml");
  expect(headers.get("x-amzn-requestid")).toMatch(UUID);
  const root = parsedDocument(text);
  const answer = { status, headers, text };
  if (status === 200) return { ...answer, ...readSuccess(action, root, headers), error: undefined };
  return { ...answer, body: {}, isSilent: false, error: readError(root, answer) };
}

function readSuccess(
  action: string,
  root: JsonObject,
  headers: Headers,
): Pick<SqsAnswer, "body" | "isSilent"> {
  const response = rootOf(root, `${action}Response`);
  const metadata = objectOf(response, "ResponseMetadata");
  expect(metadata).toEqual({ RequestId: headers.get("x-amzn-requestid") });
  const resultName = `${action}Result`;
  const { [resultName]: result, ResponseMetadata, ...others } = response;
  expect(others).toEqual({});
  return { body: resultMembers(action, result), isSilent: result === undefined };
}

/** The text of a missing queue is another one here (recorded on SQS); cases know the one of JSON. */
const NO_QUEUE_TEXT = "The specified queue does not exist for this wsdl version.";

function readError(
  root: JsonObject,
  { status, headers }: Pick<SqsAnswer, "status" | "headers">,
): SqsError {
  const { Error: error, RequestId, ...others } = rootOf(root, "ErrorResponse");
  expect(others).toEqual({});
  expect(RequestId).toBe(headers.get("x-amzn-requestid"));
  if (!isObject(error)) throw new Error("an ErrorResponse has an Error");
  expect(Object.keys(error)).toEqual(["Type", "Code", "Message", "Detail"]);
  expect(error).toMatchObject({ Type: "Sender", Detail: "" });
  const code = stringOf(error, "Code");
  const [shape = code, entry] =
    [...ERROR_TABLE].find(([, { queryCode }]) => queryCode === code) ?? [];
  expect(status).toBe(entry?.status);
  const message = stringOf(error, "Message");
  if (shape !== "QueueDoesNotExist") return { shape, message };
  expect(message).toBe(NO_QUEUE_TEXT);
  return { shape, message: "The specified queue does not exist." };
}

/** The members of the outermost element, which has SQS's namespace and no sibling. */
function rootOf(document: JsonObject, name: string): JsonObject {
  expect(Object.keys(document)).toEqual([name]);
  const { "@xmlns": namespace, ...members } = objectOf(document, name);
  expect(namespace).toBe(NAMESPACE);
  return members;
}

/** Names of elements that are repeated for a list or a map, and the member of the model they are of. */
const LISTS = new Map([
  ["Message", "Messages"],
  ["SendMessageBatchResultEntry", "Successful"],
  ["DeleteMessageBatchResultEntry", "Successful"],
  ["ChangeMessageVisibilityBatchResultEntry", "Successful"],
  ["BatchResultErrorEntry", "Failed"],
  ["ListMessageMoveTasksResultEntry", "Results"],
]);
const URL_LISTS = new Map([
  ["ListQueues", "QueueUrls"],
  ["ListDeadLetterSourceQueues", "queueUrls"],
]);
const MAPS = new Map([
  ["Attribute", { member: "Attributes", key: "Name" }],
  ["MessageAttribute", { member: "MessageAttributes", key: "Name" }],
  ["Tag", { member: "Tags", key: "Key" }],
]);
const NUMBERS = [
  "MaxNumberOfMessagesPerSecond",
  "ApproximateNumberOfMessagesMoved",
  "ApproximateNumberOfMessagesToMove",
  "StartedTimestamp",
];

function resultMembers(action: string, result: unknown): JsonObject {
  // The form of an element without anything in it.
  if (result === undefined || result === "") return {};
  if (!isObject(result)) throw new Error(`the result is a text: ${String(result).slice(0, 80)}`);
  return Object.fromEntries(
    Object.entries(result).map(([name, content]) => memberOf(action, name, content)),
  );
}

function memberOf(action: string, name: string, content: unknown): [string, unknown] {
  const map = MAPS.get(name);
  if (map !== undefined) return [map.member, mapOf(action, map.key, listed(content))];
  const list = LISTS.get(name);
  // A failed entry has a Message, too, which is a text.
  if (list !== undefined && typeof content !== "string")
    return [list, listed(content).map((one) => resultMembers(action, one))];
  const urls = name === "QueueUrl" ? URL_LISTS.get(action) : undefined;
  if (urls !== undefined) return [urls, listed(content)];
  if (NUMBERS.includes(name)) return [name, Number(content)];
  if (name === "SenderFault") return [name, content === "true"];
  return [name, isObject(content) ? resultMembers(action, content) : content];
}

/** Each entry is its key and its value, and nothing else. */
function mapOf(action: string, keyName: string, entries: readonly unknown[]): JsonObject {
  return Object.fromEntries(
    entries.map((entry) => {
      if (!isObject(entry)) throw new Error("an entry of a map has a key");
      const { [keyName]: key, Value: value, ...others } = entry;
      expect(others).toEqual({});
      return [String(key), isObject(value) ? resultMembers(action, value) : value];
    }),
  );
}

function listed(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : [content];
}

const PARSER = new XMLParser({
  attributeNamePrefix: "@",
  // References by number, which a carriage return needs, are read only with this.
  htmlEntities: true,
  ignoreAttributes: false,
  ignoreDeclaration: true,
  parseTagValue: false,
  trimValues: false,
});

/** The reader forgives much, so what it would forgive is looked for before. */
function parsedDocument(text: string): JsonObject {
  expect(text.startsWith('<?xml version="1.0"?><')).toBe(true);
  expect(ILLEGAL_CHARACTER.exec(text)).toBeNull();
  expect(OTHER_REFERENCE.exec(text)).toBeNull();
  expect(text.includes("]]>")).toBe(false);
  expect(XMLValidator.validate(text)).toBe(true);
  const document: unknown = PARSER.parse(text);
  if (!isObject(document)) throw new Error(`no document: ${text.slice(0, 80)}`);
  return document;
}

const ILLEGAL_CHARACTER = /[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
const OTHER_REFERENCE = /&(?!(amp|lt|gt|quot|#xD);)/;
