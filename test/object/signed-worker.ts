/**
 * SignedWorker: the Worker where requests are signed, before the objects that all tests share. It sends what a
 * client signed with a library of clients, in either protocol of SQS and to IAM, STS and Organizations, and
 * reads what came back.
 */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { AwsV4Signer } from "aws4fetch";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/router/env.ts";
import { type JsonObject, parseObject } from "../support/json-value.ts";

export type Credentials = {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly sessionToken?: string;
};

export type Wire = { readonly method: string; readonly url: string; readonly init: RequestInit };

export type Signing = {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly service?: string;
  readonly region?: string;
  /** `20261125T093000Z`; now, if absent. */
  readonly datetime?: string;
  /** Signs the URL and not the headers. */
  readonly isPresigned?: boolean;
};

export type Outcome = {
  readonly status: number;
  /** Of an error, without its namespace; empty where all is well. */
  readonly code: string;
  readonly message: string;
  readonly text: string;
  readonly output: JsonObject;
};

/** AWS's published example. */
export const ROOT: Credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
export const HOME_ACCOUNT = "000000000000";
export const ENDPOINT = "http://localhost/";
export const IAM_VERSION = "2010-05-08";
export const STS_VERSION = "2011-06-15";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
/** Without rates: those of the configuration are for one address, which all tests have. */
const SIGNED = {
  KEY_RATE: undefined,
  ADDRESS_RATE: undefined,
  MILLRACE_ACCESS: "signed",
  MILLRACE_ROOT_ACCESS_KEY_ID: ROOT.accessKeyId,
  MILLRACE_ROOT_SECRET_ACCESS_KEY: ROOT.secret,
};

const signingKeys = new Map<string, ArrayBuffer>();

/** `caller` is undefined for whoever shows no credentials. */
export async function signed(caller: Credentials | undefined, signing: Signing): Promise<Wire> {
  const { method = "POST", url = ENDPOINT, headers = {}, body } = signing;
  const sent = body === undefined ? {} : { body };
  if (caller === undefined) return { method, url, init: { method, headers, ...sent } };
  const signer = new AwsV4Signer({
    method,
    url,
    headers,
    ...sent,
    accessKeyId: caller.accessKeyId,
    secretAccessKey: caller.secret,
    ...(caller.sessionToken === undefined ? {} : { sessionToken: caller.sessionToken }),
    service: signing.service ?? "sqs",
    region: signing.region ?? "us-east-1",
    ...(signing.datetime === undefined ? {} : { datetime: signing.datetime }),
    signQuery: signing.isPresigned === true,
    cache: signingKeys,
    // Content-Type is among what it leaves unsigned otherwise.
    allHeaders: true,
  });
  const request = await signer.sign();
  const init = { method, headers: request.headers, ...sent };
  return { method, url: request.url.toString(), init };
}

export function json(action: string, input: object = {}): Signing {
  return {
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${action}`,
    },
    body: JSON.stringify(input),
  };
}

export function form(parameters: Readonly<Record<string, string>>): Signing {
  return { headers: FORM, body: new URLSearchParams(parameters).toString() };
}

export class SignedWorker {
  readonly #env: Env;

  /** `change` is of the bindings: undefined takes one away. */
  constructor(change: { readonly [Name in keyof Env]?: Env[Name] | undefined } = {}) {
    const bindings = Object.entries({ ...env, ...SIGNED, ...change });
    const present = bindings.filter(([, value]) => value !== undefined);
    this.#env = Object.assign(Object.create(null), Object.fromEntries(present));
  }

  async fetch({ url, init }: Wire): Promise<Response> {
    return app.fetch(new Request(url, init), this.#env, createExecutionContext());
  }

  async response(caller: Credentials | undefined, signing: Signing): Promise<Response> {
    return this.fetch(await signed(caller, signing));
  }

  async send(caller: Credentials | undefined, signing: Signing): Promise<Outcome> {
    return outcomeOf(await this.response(caller, signing));
  }

  /** In AWS JSON. */
  call(caller: Credentials | undefined, action: string, input: object = {}): Promise<Outcome> {
    return this.send(caller, json(action, input));
  }

  async must(caller: Credentials, action: string, input: object = {}): Promise<JsonObject> {
    const { status, text, output } = await this.call(caller, action, input);
    if (status !== 200) throw new Error(`${action}: ${status} ${text}`);
    return output;
  }

  iam(
    caller: Credentials | undefined,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Outcome> {
    return this.send(caller, { ...form({ Version: IAM_VERSION, ...parameters }), service: "iam" });
  }

  sts(
    caller: Credentials | undefined,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Outcome> {
    return this.send(caller, { ...form({ Version: STS_VERSION, ...parameters }), service: "sts" });
  }

  organizations(
    caller: Credentials | undefined,
    action: string,
    input: object = {},
  ): Promise<Outcome> {
    const headers = {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSOrganizationsV20161128.${action}`,
    };
    return this.send(caller, { headers, body: JSON.stringify(input), service: "organizations" });
  }
}

export async function outcomeOf(response: Response): Promise<Outcome> {
  const { status } = response;
  const text = await response.text();
  if (!text.startsWith("{")) {
    const code = elementOf(text, "Code") ?? "";
    const message = elementOf(text, "Message") ?? "";
    return { status, code, message, text, output: {} };
  }
  const output = parseObject(text);
  const { __type: type = "", message = output.Message ?? "" } = output;
  const code = String(type).replace(/^.*#/, "");
  return { status, code, message: String(message), text, output };
}

export function elementOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)<`).exec(xml)?.[1];
}

/** Of an answer of IAM or STS. */
export function credentialsOf({ status, text }: Outcome): Credentials {
  const accessKeyId = elementOf(text, "AccessKeyId");
  const secret = elementOf(text, "SecretAccessKey");
  if (status !== 200 || accessKeyId === undefined || secret === undefined) {
    throw new Error(`no credentials: ${text}`);
  }
  const sessionToken = elementOf(text, "SessionToken");
  return { accessKeyId, secret, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
