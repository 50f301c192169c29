/**
 * Keyring: the deployment's own keys, read once per isolate from two secrets:
 *
 *   MILLRACE_ROOT_KEYS   name:key,name:key,… the first one seals, all of them open
 *   MILLRACE_KMS_KEYS    [{"id": …, "aliases": ["alias/orders"], "key": …, "isEnabled": true}, …]
 *
 * A key is 32 bytes in base64. A secret that is not of this form makes no keyring at all, so that a slip
 * of the pen never stores what should have been sealed; the log says what is wrong, and never a key.
 */
import { Buffer } from "node:buffer";
import { isJsonObject, type JsonObject } from "../domain/json-object.ts";
import type { SealingKeyKind } from "../domain/sealed-payload.ts";
import { SealingKey } from "./sealing-key.ts";

export type KeyringSecrets = {
  readonly MILLRACE_ROOT_KEYS?: string;
  readonly MILLRACE_KMS_KEYS?: string;
};

/** What is wrong with a secret, in words. */
export type KeyringFlaw = { readonly flaw: string };

const ROOT_NAME = /^[A-Za-z0-9_-]{1,16}$/;
const KMS_ID = /^[A-Za-z0-9-]{1,128}$/;
const KMS_ALIAS = /^alias\/(?!aws\/)[A-Za-z0-9/_-]{1,250}$/;
const KMS_ARN = /^arn:aws[a-z-]{0,20}:kms:[A-Za-z0-9-]{1,64}:\d{12}:(?:key\/)?(.+)$/s;
/** 32 bytes. */
const BASE64_KEY = /^[A-Za-z0-9+/]{43}=$/;

export class Keyring {
  readonly #roots: readonly SealingKey[];
  readonly #kmsByName: ReadonlyMap<string, SealingKey>;

  private constructor(roots: readonly SealingKey[], kmsByName: ReadonlyMap<string, SealingKey>) {
    this.#roots = roots;
    this.#kmsByName = kmsByName;
  }

  static read(secrets: KeyringSecrets): Keyring | KeyringFlaw {
    const roots = readRootKeys(secrets.MILLRACE_ROOT_KEYS ?? "");
    if ("flaw" in roots) return roots;
    const kms = readKmsKeys(secrets.MILLRACE_KMS_KEYS ?? "");
    return "flaw" in kms ? kms : new Keyring(roots, kms);
  }

  /** Without any key nothing is sealed. */
  get isEmpty(): boolean {
    return this.#roots.length === 0 && this.#kmsByName.size === 0;
  }

  /** The root key that seals now. */
  get current(): SealingKey | undefined {
    return this.#roots[0];
  }

  /** The root key that has been there for longest: what is derived from it outlives a rotation. */
  get oldest(): SealingKey | undefined {
    return this.#roots.at(-1);
  }

  /** The key that a sealed frame names. */
  named(kind: SealingKeyKind, name: string): SealingKey | undefined {
    return kind === "root"
      ? this.#roots.find((key) => key.name === name)
      : this.#kmsByName.get(name);
  }

  /** The KMS key of an id, an alias or the ARN of either, as KmsMasterKeyId has it. */
  kmsKey(keyId: string): SealingKey | undefined {
    return this.#kmsByName.get(withoutArn(keyId));
  }
}

/** `alias/orders` or an id, of an ARN as well. */
export function withoutArn(keyId: string): string {
  return KMS_ARN.exec(keyId)?.[1] ?? keyId;
}

let latest: { readonly secrets: KeyringSecrets; readonly keyring: Keyring | undefined } | undefined;

/** Undefined if a secret is malformed. */
export function keyringOf(secrets: KeyringSecrets): Keyring | undefined {
  const { MILLRACE_ROOT_KEYS, MILLRACE_KMS_KEYS } = secrets;
  const isSame =
    latest?.secrets.MILLRACE_ROOT_KEYS === MILLRACE_ROOT_KEYS &&
    latest?.secrets.MILLRACE_KMS_KEYS === MILLRACE_KMS_KEYS;
  if (latest !== undefined && isSame) return latest.keyring;
  const read = Keyring.read(secrets);
  if ("flaw" in read) console.error(`every request is refused: ${read.flaw}`);
  const keyring = "flaw" in read ? undefined : read;
  // Only the two texts: the environment itself belongs to its request.
  const texts = {
    ...(MILLRACE_ROOT_KEYS === undefined ? {} : { MILLRACE_ROOT_KEYS }),
    ...(MILLRACE_KMS_KEYS === undefined ? {} : { MILLRACE_KMS_KEYS }),
  };
  latest = { secrets: texts, keyring };
  return keyring;
}

function readRootKeys(text: string): readonly SealingKey[] | KeyringFlaw {
  if (text.trim() === "") return [];
  const roots: SealingKey[] = [];
  for (const [index, entry] of text.split(",").entries()) {
    const [name = "", encoded = "", ...rest] = entry.trim().split(":");
    const secret = keyBytes(encoded);
    if (!ROOT_NAME.test(name) || secret === undefined || rest.length > 0) {
      return flaw(`MILLRACE_ROOT_KEYS: entry ${index + 1} is not name:base64-of-32-bytes`);
    }
    if (roots.some((key) => key.name === name)) {
      return flaw(`MILLRACE_ROOT_KEYS: there are two keys named ${name}`);
    }
    roots.push(new SealingKey({ kind: "root", name, isEnabled: true }, secret));
  }
  return roots;
}

function readKmsKeys(text: string): ReadonlyMap<string, SealingKey> | KeyringFlaw {
  const byName = new Map<string, SealingKey>();
  if (text.trim() === "") return byName;
  const entries = parseArray(text);
  if (entries === undefined) return flaw("MILLRACE_KMS_KEYS is not a JSON array");
  for (const [index, entry] of entries.entries()) {
    const read = isJsonObject(entry) ? readKmsKey(entry) : undefined;
    if (read === undefined) {
      return flaw(
        `MILLRACE_KMS_KEYS: entry ${index + 1} is not {"id", "key", "aliases"?, "isEnabled"?}, with a key of 32 bytes in base64 and aliases that begin with alias/`,
      );
    }
    for (const name of [read.key.name, ...read.aliases]) {
      if (byName.has(name)) return flaw(`MILLRACE_KMS_KEYS: ${name} stands for two keys`);
      byName.set(name, read.key);
    }
  }
  return byName;
}

function readKmsKey({ id, key, aliases = [], isEnabled = true, ...rest }: JsonObject) {
  const secret = typeof key === "string" ? keyBytes(key) : undefined;
  if (typeof id !== "string" || !KMS_ID.test(id) || secret === undefined) return undefined;
  if (typeof isEnabled !== "boolean" || Object.keys(rest).length > 0) return undefined;
  if (!Array.isArray(aliases)) return undefined;
  const names: string[] = [];
  for (const alias of aliases) {
    if (typeof alias !== "string" || !KMS_ALIAS.test(alias)) return undefined;
    names.push(alias);
  }
  return { key: new SealingKey({ kind: "kms", name: id, isEnabled }, secret), aliases: names };
}

function keyBytes(encoded: string): Uint8Array | undefined {
  return BASE64_KEY.test(encoded) ? new Uint8Array(Buffer.from(encoded, "base64")) : undefined;
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function flaw(words: string): KeyringFlaw {
  return { flaw: words };
}
