/**
 * PeekProtocol: how LocalStack's `/_aws/sqs/messages` is asked for messages and answers. A client that
 * has it as its endpoint sends ReceiveMessage, in either protocol, and gets the answer to that; whoever
 * reads a URL gets SQS's XML, or the same document as JSON in LocalStack's form.
 */
import type { ActionOutput } from "./actions.ts";
import { answerElement, encodeQueryError, jsonAnswer } from "./aws-query-answer.ts";
import { malformed, type Undecoded, unknownAction } from "./decoded.ts";
import { formParameters } from "./form-parameters.ts";
import { urlQuery } from "./url-query.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { WireError } from "./wire-error.ts";
import {
  isJsonWanted,
  type RequestFacts,
  type WireProtocol,
  wireProtocol,
} from "./wire-protocol.ts";
import { type XmlElement, xmlDocument } from "./xml.ts";

export type PeekInput = {
  readonly QueueUrl: string | undefined;
  readonly showsInvisible: boolean;
  readonly showsDelayed: boolean;
};

export type DecodedPeek = { readonly ok: true; readonly input: PeekInput } | Undecoded;

export type PeekProtocol = {
  readonly decode: (body: Uint8Array) => DecodedPeek;
  readonly answer: (output: ActionOutput<"ReceiveMessage">, requestId: string) => WireAnswer;
  readonly refuse: (error: WireError, requestId: string) => WireAnswer;
};

const RECEIVE = "ReceiveMessage";
const READ = ["Action", "QueueUrl", "ShowInvisible", "ShowDelayed"];
const YES = ["true", "1"];
const NO_FORM = malformed("The request is not a form in UTF-8.");
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

export function peekProtocol(request: RequestFacts): PeekProtocol {
  const { headers, method } = request;
  const query = urlQuery(request);
  const isTargeted = method === "POST" && headers.has("x-amz-target");
  const targeted = isTargeted ? wireProtocol(request) : undefined;
  return targeted === undefined ? read(query, isJsonWanted(headers)) : called(query, targeted);
}

/** By an SDK, in AWS JSON: what LocalStack adds to ReceiveMessage can only be in the URL. */
function called(query: string, protocol: WireProtocol): PeekProtocol {
  return {
    decode: (body) => {
      const decoded = protocol.decode(body);
      if (!decoded.ok) return decoded;
      if (decoded.action !== RECEIVE) return unknownAction(decoded.action);
      const inUrl = decodedParameters(query);
      const { QueueUrl } = decoded.input;
      return inUrl.ok ? { ok: true, input: { ...inUrl.input, QueueUrl } } : inUrl;
    },
    answer: (output, requestId) => protocol.answer(RECEIVE, output, requestId),
    refuse: protocol.refuse,
  };
}

/** By its URL, or by a form. */
function read(query: string, isJson: boolean): PeekProtocol {
  return {
    decode: (body) => {
      try {
        return decodedParameters(`${query}&${utf8.decode(body)}`);
      } catch {
        return NO_FORM;
      }
    },
    answer: (output, requestId) => {
      const document = answerElement(RECEIVE, output, requestId);
      if (isJson) return jsonAnswer(200, jsonOf([document]));
      return { status: 200, headers: { "content-type": "text/xml" }, body: xmlDocument(document) };
    },
    refuse: (error, requestId) => {
      return encodeQueryError(error, { requestId, form: isJson ? "json" : "xml" });
    },
  };
}

/** What else ReceiveMessage has is ignored, as LocalStack does. */
function decodedParameters(text: string): DecodedPeek {
  const parameters = new Map<string, string>();
  try {
    for (const [name, value] of formParameters(text)) {
      if (READ.includes(name) && !parameters.has(name)) parameters.set(name, value);
    }
  } catch {
    return NO_FORM;
  }
  const action = parameters.get("Action") ?? RECEIVE;
  if (action !== RECEIVE) return unknownAction(action);
  const says = (name: string) => YES.includes(parameters.get(name)?.toLowerCase() ?? "");
  const input = {
    QueueUrl: parameters.get("QueueUrl"),
    showsInvisible: says("ShowInvisible"),
    showsDelayed: says("ShowDelayed"),
  };
  return { ok: true, input };
}

/**
 * A document as LocalStack writes it in JSON: elements of one name are a list where there are several,
 * one is itself, and an empty one is null. Tests that ran on it know all three.
 */
function jsonOf(content: XmlElement[1]): unknown {
  if (content.length === 0) return null;
  if (typeof content === "string") return content;
  const members = new Map<string, unknown[]>();
  for (const [name, inner] of content) {
    const values = members.get(name);
    if (values === undefined) members.set(name, [jsonOf(inner)]);
    else values.push(jsonOf(inner));
  }
  return Object.fromEntries(
    [...members].map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}
