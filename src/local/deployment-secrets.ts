/**
 * DeploymentSecrets: what a deployment needs before it answers anybody: the root credential, which makes
 * users and keys, and the root key, under which messages and keys are stored. All of it is random;
 * nothing has a default.
 */
import { randomBytes, randomInt } from "node:crypto";

export type DeploymentSecrets = {
  readonly MILLRACE_ROOT_ACCESS_KEY_ID: string;
  readonly MILLRACE_ROOT_SECRET_ACCESS_KEY: string;
  readonly MILLRACE_ROOT_KEYS: string;
};

export type SecretName = keyof DeploymentSecrets;

/** Not AWS's prefix, which secret scanners look for. */
const KEY_ID_PREFIX = "MRKROOT";
const KEY_ID_LENGTH = 20;
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** Without `/` and `+`, which end up unescaped in somebody's URL. */
const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_LENGTH = 40;
const ROOT_KEY_BYTES = 32;

export function newDeploymentSecrets(): DeploymentSecrets {
  return {
    MILLRACE_ROOT_ACCESS_KEY_ID:
      KEY_ID_PREFIX + randomText(UPPER, KEY_ID_LENGTH - KEY_ID_PREFIX.length),
    MILLRACE_ROOT_SECRET_ACCESS_KEY: randomText(ALPHANUMERIC, SECRET_LENGTH),
    MILLRACE_ROOT_KEYS: newRootKey("1"),
  };
}

/** An entry of MILLRACE_ROOT_KEYS; the first entry is the one that new data is stored under. */
export function newRootKey(name: string): string {
  return `${name}:${randomBytes(ROOT_KEY_BYTES).toString("base64")}`;
}

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}
