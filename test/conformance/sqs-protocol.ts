/**
 * SqsProtocol: what every wire protocol of SQS can do, so that a case is written once and knows none
 * of them. A case says an action and its input in the words of the published model and looks at an
 * answer in the same words.
 */
import type { JsonObject } from "../support/json-value.ts";

export type SqsAnswer = {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it came. */
  readonly text: string;
  /** The answer's members, by the names of the model; empty where there is no result. */
  readonly body: JsonObject;
  /** Nothing but what every answer says: not even a result without members. */
  readonly isSilent: boolean;
  /** Undefined when the action succeeded. */
  readonly error: SqsError | undefined;
};

export type SqsError = {
  /** The shape of the model, without a namespace. */
  readonly shape: string;
  readonly message: string;
};

export type CallOptions = {
  /** Scheme, host and port by which the client reaches the service. */
  readonly endpoint?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type SqsProtocol = {
  call(action: string, input?: object, options?: CallOptions): Promise<SqsAnswer>;
};

export const ENDPOINT = "http://sqs.test:9324";
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
