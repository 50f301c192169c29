/**
 * Gate: what must hold before anybody looks at what a request asks. It fails closed: deployed, without the
 * secrets that authentication and encryption need, every request is refused. There are three ways to be:
 *
 *   MILLRACE_ACCESS absent   deployed: requests are signed, and come over HTTPS
 *   "signed"                 a local server with --auth: signed, over HTTP as well
 *   "open"                   a local server without: nothing is checked, but no web page may use it
 */
import { isOfAnotherPage } from "../protocol/web-page.ts";
import type { WireError } from "../protocol/wire-error.ts";
import type { RootCredential } from "./access-keys.ts";
import { type Keyring, type KeyringSecrets, keyringOf } from "./keyring.ts";

export type GateEnv = KeyringSecrets & {
  readonly MILLRACE_ACCESS?: string;
  readonly MILLRACE_ACCOUNT_ID?: string;
  readonly MILLRACE_ROOT_ACCESS_KEY_ID?: string;
  readonly MILLRACE_ROOT_SECRET_ACCESS_KEY?: string;
};

/** What an open gate lets a request use; `root` is undefined where access is open. */
export type Passage = { readonly keyring: Keyring; readonly root: RootCredential | undefined };

export type GateAnswer =
  | { readonly ok: true; readonly value: Passage }
  | { readonly ok: false; readonly error: WireError };

const SECRET_CHARACTERS_MIN = 16;

export function isOpen({ MILLRACE_ACCESS }: GateEnv): boolean {
  return MILLRACE_ACCESS === "open";
}

export function isDeployed({ MILLRACE_ACCESS }: GateEnv): boolean {
  return MILLRACE_ACCESS !== "open" && MILLRACE_ACCESS !== "signed";
}

/** `home` is the deployment's own account. */
export function passGate(env: GateEnv, request: Request, home: { accountId: string }): GateAnswer {
  const keyring = keyringOf(env);
  if (keyring === undefined) return closed(UNREADABLE_KEYS);
  if (isOpen(env)) {
    return isOfAnotherPage(request) ? closed(ANOTHER_PAGE) : passed(keyring, undefined);
  }
  const root = rootCredential(env, home);
  if (root === undefined) return closed(NO_CREDENTIAL);
  if (keyring.current === undefined) return closed(NO_ROOT_KEY);
  if (isDeployed(env) && !request.url.startsWith("https:")) return closed(NOT_SECURE);
  return passed(keyring, root);
}

function rootCredential(env: GateEnv, { accountId }: { accountId: string }) {
  const { MILLRACE_ROOT_ACCESS_KEY_ID: accessKeyId = "" } = env;
  const { MILLRACE_ROOT_SECRET_ACCESS_KEY: secret = "" } = env;
  const isUsable = accessKeyId !== "" && secret.length >= SECRET_CHARACTERS_MIN;
  return isUsable ? { accessKeyId, secret, accountId } : undefined;
}

function passed(keyring: Keyring, root: RootCredential | undefined): GateAnswer {
  return { ok: true, value: { keyring, root } };
}

function closed(error: WireError): GateAnswer {
  if (error.shape === "AccessDeniedException") console.error(`refused: ${error.message}`);
  return { ok: false, error };
}

function denied(why: string): WireError {
  return { shape: "AccessDeniedException", message: why };
}

const NO_CREDENTIAL = denied(
  "This deployment of Millrace has no root credential and refuses every request: npm run setup makes one.",
);
const NO_ROOT_KEY = denied(
  "This deployment of Millrace has no root key to encrypt with and refuses every request: npm run setup makes one.",
);
const UNREADABLE_KEYS = denied(
  "This deployment of Millrace cannot read its encryption keys and refuses every request.",
);
const ANOTHER_PAGE = denied(
  "A web page of another origin may not use this server, which does not ask who calls.",
);
/** SQS API reference, common errors. */
const NOT_SECURE: WireError = {
  shape: "InvalidSecurity",
  message:
    "When making a request to Amazon SQS, you must use HTTPS and a request signed with AWS Signature Version 4.",
};
