/**
 * AccessKeys: whose an access key is, and the secret that its signatures are checked with. The root's is in
 * the environment; an account's object has the others. This isolate remembers what it was told for half a
 * minute, and for seconds that there is no such key, so that garbage does not become load.
 *
 * Invariants:
 * - A key that was revoked opens nothing after FOUND_MS anywhere, and at once in the isolate that did it.
 * - Failing to ask is an error and not an answer: nobody is refused, or let in, because an object was away.
 */
import { timingSafeEqual } from "node:crypto";
import { readAccessKeyId } from "../domain/access-key-id.ts";
import type { Holder } from "../domain/holder.ts";
import type { KeyRecord } from "../domain/identity-record.ts";
import { openCredential, tokenDigest } from "./credential-seal.ts";
import type { Credential } from "./iam-exchange.ts";
import type { Keyring } from "./keyring.ts";
import { identityStub, type Objects } from "./object-directory.ts";

/** The deployment's own, which no object knows. */
export type RootCredential = {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly accountId: string;
};

export type KeySource = {
  readonly objects: Objects;
  readonly keyring: Keyring | undefined;
  readonly root: RootCredential | undefined;
  /** Whether an object may be asked about a key: strangers make up as many ids as they like. */
  readonly mayAsk?: () => Promise<boolean>;
};

export type ShownKey = { readonly accessKeyId: string; readonly sessionToken: string | undefined };

export type KeyOwner = {
  readonly accountId: string;
  readonly principal: Holder;
  readonly credential: Credential;
  readonly secret: string;
  /** The documents of a user's policies. */
  readonly identityPolicies: readonly string[];
};

type Found = { readonly owner: KeyOwner; readonly session: KeyRecord["session"] };
type Remembered = { readonly found: Found | undefined; readonly readAtMs: number };

const FOUND_MS = 30_000;
const NOT_FOUND_MS = 5_000;
const REMEMBERED_MAX = 5_000;

/** Apart, so that ids which do not exist push no key out. */
const found = new Map<string, Remembered>();
const notFound = new Map<string, Remembered>();
/** Grows with every revocation: what was read before one is not remembered after it. */
let era = 0;

/**
 * Undefined for what is no usable key. "expired" is a session whose time is over; "throttled" says nothing
 * about the key.
 */
export async function lookUpKey(
  source: KeySource,
  shown: ShownKey,
  nowMs: number,
): Promise<KeyOwner | "expired" | "throttled" | undefined> {
  const { accessKeyId, sessionToken } = shown;
  if (source.root !== undefined && isSameText(accessKeyId, source.root.accessKeyId)) {
    return sessionToken === undefined ? rootOwner(source.root) : undefined;
  }
  const known = remembered(accessKeyId, nowMs);
  if (known === undefined && (await source.mayAsk?.()) === false) return "throttled";
  const key = known ?? (await read(source, accessKeyId, nowMs));
  return key.found === undefined ? undefined : checkedSession(key.found, shown, source, nowMs);
}

/** After a change of an account's keys, users or policies. */
export function forgetKeysOf(accountId: string): void {
  era++;
  for (const [accessKeyId, { found: key }] of found) {
    if (key?.owner.accountId === accountId) found.delete(accessKeyId);
  }
  for (const accessKeyId of notFound.keys()) {
    if (readAccessKeyId(accessKeyId)?.accountId === accountId) notFound.delete(accessKeyId);
  }
}

function remembered(accessKeyId: string, nowMs: number): Remembered | undefined {
  const key = found.get(accessKeyId) ?? notFound.get(accessKeyId);
  if (key === undefined) return undefined;
  const ageMs = nowMs - key.readAtMs;
  const limitMs = key.found === undefined ? NOT_FOUND_MS : FOUND_MS;
  return ageMs >= 0 && ageMs < limitMs ? key : undefined;
}

/** The age counts from before the question. */
async function read(source: KeySource, accessKeyId: string, nowMs: number): Promise<Remembered> {
  const accountId = readAccessKeyId(accessKeyId)?.accountId;
  if (accountId === undefined) return { found: undefined, readAtMs: nowMs };
  const eraBefore = era;
  const record = await identityStub(source.objects, accountId).findKey(accessKeyId);
  const name = { accountId, accessKeyId };
  const key: Remembered = {
    found: record === undefined ? undefined : await openedRecord(source, name, record),
    readAtMs: nowMs,
  };
  if (era === eraBefore) remember(accessKeyId, key);
  return key;
}

function remember(accessKeyId: string, key: Remembered): void {
  found.delete(accessKeyId);
  notFound.delete(accessKeyId);
  const memory = key.found === undefined ? notFound : found;
  const [oldest] = memory.keys();
  if (memory.size >= REMEMBERED_MAX && oldest !== undefined) memory.delete(oldest);
  memory.set(accessKeyId, key);
}

async function openedRecord(
  { keyring }: KeySource,
  name: { accountId: string; accessKeyId: string },
  { sealedSecret, user, policies, session }: KeyRecord,
): Promise<Found | undefined> {
  const { accountId, accessKeyId } = name;
  const secret = await openCredential(keyring, name, sealedSecret);
  if (secret === undefined) {
    console.error(`access key ${accessKeyId} does not open by any of MILLRACE_ROOT_KEYS`);
    return undefined;
  }
  const principal: Holder =
    user === null
      ? { kind: "root", accountId }
      : { kind: "user", accountId, userName: user.userName, userId: user.userId };
  const credential: Credential = { accessKeyId, kind: session?.kind ?? "long-term" };
  const owner = { accountId, principal, credential, secret, identityPolicies: policies };
  return { owner, session };
}

/** The root's sessions end with the root's key; a user's, its object has seen to. */
function checkedSession(
  { owner, session }: Found,
  { sessionToken }: ShownKey,
  { root }: KeySource,
  nowMs: number,
): KeyOwner | "expired" | undefined {
  if (session === null) return sessionToken === undefined ? owner : undefined;
  if (sessionToken === undefined) return undefined;
  if (!timingSafeEqual(tokenDigest(sessionToken), session.tokenDigest)) return undefined;
  if (owner.principal.kind === "root" && session.openedBy !== root?.accessKeyId) return undefined;
  return nowMs >= session.expiresAtMs ? "expired" : owner;
}

function rootOwner({ accessKeyId, secret, accountId }: RootCredential): KeyOwner {
  return {
    accountId,
    principal: { kind: "root", accountId },
    credential: { accessKeyId, kind: "long-term" },
    secret,
    identityPolicies: [],
  };
}

/** In a time that does not depend on where they differ. */
function isSameText(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
