/**
 * Access key ids: 20 upper-case letters and digits that say whose they are, so that the object that knows
 * a key is found from the id alone and there is no directory of all keys:
 *
 *   MRK or MRT    of a long-term key, or of a temporary one
 *   8 characters  the account's 12 digits, a number below 2^40, in the alphabet of base 32
 *   9 characters  45 random bits
 *
 * An id is no secret and proves nothing: what it says is true only if the account's object has it.
 */
import { assert } from "./assert.ts";

export type AccessKeyKind = "long-term" | "temporary";

export type AccessKeyIdParts = { readonly kind: AccessKeyKind; readonly accountId: string };

const PREFIXES: Readonly<Record<AccessKeyKind, string>> = { "long-term": "MRK", temporary: "MRT" };
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ACCOUNT_CHARACTERS = 8;
const ACCOUNT_ID = /^\d{12}$/;
const ACCOUNT_LIMIT = 1_000_000_000_000;
const FORM = /^(MRK|MRT)([A-Z2-7]{8})[A-Z2-7]{9}$/;

/** How many random bytes an id needs: the low five bits of each are used. */
export const ACCESS_KEY_ID_RANDOM_BYTES = 9;

export function accessKeyId({ kind, accountId }: AccessKeyIdParts, random: Uint8Array): string {
  assert(ACCOUNT_ID.test(accountId), "an account id has twelve digits");
  assert(random.byteLength === ACCESS_KEY_ID_RANDOM_BYTES, "an id has nine random characters");
  return PREFIXES[kind] + accountText(accountId) + base32Characters(random);
}

/** Undefined for what is no id of ours. */
export function readAccessKeyId(text: string): AccessKeyIdParts | undefined {
  const [, prefix, account = ""] = FORM.exec(text) ?? [];
  if (prefix === undefined) return undefined;
  let number = 0;
  for (const character of account) number = number * 32 + ALPHABET.indexOf(character);
  if (number >= ACCOUNT_LIMIT) return undefined;
  const accountId = String(number).padStart(12, "0");
  return { kind: prefix === PREFIXES.temporary ? "temporary" : "long-term", accountId };
}

/** One character for each byte. 256 is a multiple of 32, so each is as likely as the next. */
export function base32Characters(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET.charAt(byte & 31)).join("");
}

function accountText(accountId: string): string {
  let text = "";
  for (
    let rest = Number(accountId);
    text.length < ACCOUNT_CHARACTERS;
    rest = Math.floor(rest / 32)
  ) {
    text = ALPHABET.charAt(rest % 32) + text;
  }
  return text;
}
