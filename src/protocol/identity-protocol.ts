/**
 * IdentityProtocol: requests to IAM, STS and Organizations read, answers and errors written. IAM and STS
 * have XML in which the elements of a list are called `member`; Organizations has AWS JSON 1.1, with
 * times as seconds. The shapes, and what reads them, are those of SQS's two protocols.
 */
import { readStructure as readJson } from "./aws-json.ts";
import { parsedTree, readStructure as readForm } from "./aws-query.ts";
import { ERRORS } from "./errors.ts";
import {
  IDENTITY_INPUTS,
  type IdentityAction,
  type IdentityInput,
  type IdentityOutput,
  isActionOf,
} from "./identity-actions.ts";
import {
  type IdentityRequest,
  type IdentityService,
  ORGANIZATIONS_TARGET,
} from "./identity-service.ts";
import { Misshapen } from "./scalar.ts";
import type { WireAnswer } from "./wire-answer.ts";
import type { WireError } from "./wire-error.ts";
import type { Refuser } from "./wire-protocol.ts";
import { type XmlElement, xmlDocument } from "./xml.ts";

/** With the code and the status that its service has for it. */
export type IdentityError = {
  readonly code: string;
  readonly httpStatus: number;
  readonly message: string;
};

export type DecodedIdentityAction = {
  [A in IdentityAction]: {
    readonly ok: true;
    readonly action: A;
    readonly input: IdentityInput<A>;
  };
}[IdentityAction];

type DecodedIdentity =
  | DecodedIdentityAction
  | { readonly ok: false; readonly error: IdentityError };

const NAME_LENGTH_MAX = 100;
const VERSIONS = { iam: "2010-05-08", sts: "2011-06-15", organizations: "2016-11-28" } as const;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

export function decodeIdentity(request: IdentityRequest): DecodedIdentity {
  try {
    return request.service === "organizations" ? decodedJson(request) : decodedForm(request);
  } catch (error) {
    return malformed(error instanceof Misshapen ? error.message : "The request is not valid JSON.");
  }
}

export function encodeIdentityAnswer<A extends IdentityAction>(
  service: IdentityService,
  { action, output }: { action: A; output: IdentityOutput<A> },
  requestId: string,
): WireAnswer {
  if (service === "organizations") return jsonAnswer(200, plain(output));
  const result: XmlElement[] = output === undefined ? [] : [[`${action}Result`, contentOf(output)]];
  const metadata: XmlElement = ["ResponseMetadata", [["RequestId", requestId]]];
  return xmlAnswer(200, service, [`${action}Response`, [...result, metadata]]);
}

export function encodeIdentityError(
  service: IdentityService,
  { code, httpStatus, message }: IdentityError,
  requestId: string,
): WireAnswer {
  if (service === "organizations") {
    return jsonAnswer(httpStatus, { __type: code, Message: message });
  }
  const error: XmlElement[] = [
    ["Type", httpStatus < 500 ? "Sender" : "Receiver"],
    ["Code", code],
    ["Message", message],
  ];
  return xmlAnswer(httpStatus, service, [
    "ErrorResponse",
    [
      ["Error", error],
      ["RequestId", requestId],
    ],
  ]);
}

/** What can be wrong with a request to any service, such as its signature, as this one says it. */
export function identityError(
  service: IdentityService,
  { shape, message }: WireError,
): IdentityError {
  const { queryCode, httpStatus } = ERRORS[shape];
  return { code: service === "organizations" ? shape : queryCode, httpStatus, message };
}

export const MISSING_TOKEN = "MissingAuthenticationToken";

/** To whoever shows no credentials; no action of these services is for everybody. */
export function missingToken(service: IdentityService, requestId: string): WireAnswer {
  const isJson = service === "organizations";
  const error = {
    code: isJson ? `${MISSING_TOKEN}Exception` : MISSING_TOKEN,
    httpStatus: isJson ? 400 : 403,
    message: "Request is missing Authentication Token",
  };
  return encodeIdentityError(service, error, requestId);
}

export function identityRefuser(service: IdentityService): Refuser {
  return {
    refuse: (error, requestId) =>
      encodeIdentityError(service, identityError(service, error), requestId),
  };
}

function decodedForm({ service, query, body }: IdentityRequest): DecodedIdentity {
  const tree = parsedTree(query, body);
  if ("flaw" in tree) return malformed(tree.flaw);
  const action = tree.parts.get("Action")?.value ?? "";
  if (!isActionOf(service, action)) return unknownAction(service, action);
  return decoded(action, readForm(IDENTITY_INPUTS[action], tree));
}

function decodedJson({ service, target, body }: IdentityRequest): DecodedIdentity {
  const action = target?.startsWith(ORGANIZATIONS_TARGET)
    ? target.slice(ORGANIZATIONS_TARGET.length)
    : "";
  if (!isActionOf(service, action)) return unknownAction(service, action);
  const value: unknown = body.byteLength === 0 ? {} : JSON.parse(utf8.decode(body));
  return decoded(action, readJson(IDENTITY_INPUTS[action], value));
}

/** The table is where the type comes from, so reading through it was the check. */
function decoded(action: IdentityAction, input: Record<string, unknown>): DecodedIdentityAction {
  return { ok: true, action, input } as DecodedIdentityAction;
}

function unknownAction(service: IdentityService, name: string): DecodedIdentity {
  const shown = name.slice(0, NAME_LENGTH_MAX);
  const message = `Could not find operation ${shown} for version ${VERSIONS[service]}`;
  const code = service === "organizations" ? "UnknownOperationException" : "InvalidAction";
  return { ok: false, error: { code, httpStatus: 400, message } };
}

function malformed(message: string): DecodedIdentity {
  return { ok: false, error: { code: "SerializationException", httpStatus: 400, message } };
}

function contentOf(value: unknown): XmlElement[1] {
  if (value instanceof Date) return value.toISOString().replace(/\.\d+Z$/, "Z");
  if (Array.isArray(value)) return value.map((one: unknown) => ["member", contentOf(one)]);
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value).flatMap(([member, content]: [string, unknown]): XmlElement[] => {
    return content === undefined ? [] : [[member, contentOf(content)]];
  });
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([member, content]: [string, unknown]) => {
    return [member, plain(content)];
  });
  return Object.fromEntries(members);
}

function xmlAnswer(status: number, service: "iam" | "sts", document: XmlElement): WireAnswer {
  const namespace = `https://${service}.amazonaws.com/doc/${VERSIONS[service]}/`;
  const body = xmlDocument(document, namespace);
  return { status, headers: { "content-type": "text/xml" }, body };
}

function jsonAnswer(status: number, value: unknown): WireAnswer {
  const headers = { "content-type": "application/x-amz-json-1.1" };
  return { status, headers, body: JSON.stringify(value) };
}
