/**
 * Answers of the old Query protocol: the members of an answer as XML, lists and maps flattened under the
 * names that the protocol has for their elements, in the envelope of the action. A client that accepts
 * JSON and nothing of XML gets the same tree as JSON (recorded on SQS).
 */
import { Buffer } from "node:buffer";
import type { Action, ActionOutput } from "./actions.ts";
import { ERRORS } from "./errors.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { WireError } from "./wire-error.ts";
import { type XmlElement, xmlDocument } from "./xml.ts";

export type QueryForm = "xml" | "json";

/** Of the elements of a list, and of a map with the name of its key. */
type ElementNames = { readonly element: string; readonly key?: string };

const ELEMENTS: Readonly<Record<string, ElementNames>> = {
  QueueUrls: { element: "QueueUrl" },
  queueUrls: { element: "QueueUrl" },
  Attributes: { element: "Attribute", key: "Name" },
  MessageAttributes: { element: "MessageAttribute", key: "Name" },
  Tags: { element: "Tag", key: "Key" },
  Messages: { element: "Message" },
  Failed: { element: "BatchResultErrorEntry" },
  Results: { element: "ListMessageMoveTasksResultEntry" },
};

/** An action without an answer has no result element. */
export function encodeQueryAnswer<A extends Action>(
  action: A,
  output: ActionOutput<A> | undefined,
  { requestId, form }: { readonly requestId: string; readonly form: QueryForm },
): WireAnswer {
  if (form === "xml") return xmlAnswer(200, answerElement(action, output, requestId));
  const result = output === undefined ? {} : { [`${action}Result`]: jsonResult(action, output) };
  const envelope = { ...result, ResponseMetadata: { RequestId: requestId } };
  return jsonAnswer(200, { [`${action}Response`]: envelope });
}

/** The document of an answer. */
export function answerElement<A extends Action>(
  action: A,
  output: ActionOutput<A> | undefined,
  requestId: string,
): XmlElement {
  const metadata: XmlElement = ["ResponseMetadata", [["RequestId", requestId]]];
  const result: XmlElement[] =
    output === undefined ? [] : [[`${action}Result`, elementsOf(action, output)]];
  return [`${action}Response`, [...result, metadata]];
}

export function encodeQueryError(
  error: WireError,
  { requestId, form }: { readonly requestId: string; readonly form: QueryForm },
): WireAnswer {
  const { queryCode, httpStatus, fault } = ERRORS[error.shape];
  const message = textOf(error);
  if (form === "json") {
    const shown = { Type: fault, Code: queryCode, Message: message, Detail: null };
    return jsonAnswer(httpStatus, { Error: shown, RequestId: requestId });
  }
  return xmlAnswer(httpStatus, [
    "ErrorResponse",
    [
      [
        "Error",
        [
          ["Type", fault],
          ["Code", queryCode],
          ["Message", message],
          ["Detail", ""],
        ],
      ],
      ["RequestId", requestId],
    ],
  ]);
}

/** SQS words this one differently in each protocol. */
function textOf({ shape, message }: WireError): string {
  return shape === "QueueDoesNotExist"
    ? "The specified queue does not exist for this wsdl version."
    : message;
}

function elementsOf(action: Action, value: unknown): XmlElement[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([member, content]): XmlElement[] => {
    const names = member === "Successful" ? { element: `${action}ResultEntry` } : ELEMENTS[member];
    return names === undefined
      ? [[member, contentOf(action, content)]]
      : flattened(action, names, content);
  });
}

function flattened(action: Action, names: ElementNames, content: unknown): XmlElement[] {
  const { element, key = "Name" } = names;
  if (content instanceof Map) {
    return [...content].map(([name, value]: [unknown, unknown]) => {
      return [
        element,
        [
          [key, String(name)],
          ["Value", contentOf(action, value)],
        ],
      ];
    });
  }
  return Array.isArray(content)
    ? content.map((one: unknown) => [element, contentOf(action, one)])
    : [];
}

function contentOf(action: Action, value: unknown): XmlElement[1] {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value === "object" && value !== null) return elementsOf(action, value);
  return value === undefined ? "" : String(value);
}

/** Lists that begin with a small letter there, and what is null where there is none: clients read both. */
const JSON_NAMES: Readonly<Record<string, string>> = {
  Messages: "messages",
  QueueUrls: "queueUrls",
};
const JSON_NULLS: { readonly [A in Action]?: object } = {
  ReceiveMessage: { messages: null },
  ListQueues: { NextToken: null, queueUrls: null },
};

function jsonResult(action: Action, output: unknown): unknown {
  const members = jsonOf(output);
  return typeof members === "object" ? { ...JSON_NULLS[action], ...members } : members;
}

/** Maps are lists of name and value there. */
function jsonOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, content]: [string, unknown]) => {
      const key = ELEMENTS[member]?.key ?? "Name";
      const shown =
        content instanceof Map
          ? [...content].map(([name, inner]: [unknown, unknown]) => {
              return { [key]: name, Value: jsonOf(inner) };
            })
          : jsonOf(content);
      return [JSON_NAMES[member] ?? member, shown];
    }),
  );
}

function xmlAnswer(status: number, document: XmlElement): WireAnswer {
  return { status, headers: { "content-type": "text/xml" }, body: xmlDocument(document) };
}

export function jsonAnswer(status: number, value: unknown): WireAnswer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
