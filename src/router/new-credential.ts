/**
 * What is random about users and keys: ids, secrets and session tokens. Secrets and tokens are letters and
 * digits alone, which no shell, URL or configuration file changes.
 */
import {
  ACCESS_KEY_ID_RANDOM_BYTES,
  type AccessKeyIdParts,
  accessKeyId,
  base32Characters,
} from "../domain/access-key-id.ts";

const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LOWER_CASE_AND_DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789";
const SECRET_CHARACTERS = 40;
const TOKEN_CHARACTERS = 64;
const USER_ID_CHARACTERS = 17;
/** Ids are of twelve digits, the first of them not 0. */
const ACCOUNT_DIGITS = 12;

export function newAccessKeyId(parts: AccessKeyIdParts): string {
  return accessKeyId(parts, randomBytes(ACCESS_KEY_ID_RANDOM_BYTES));
}

/** 238 bits. */
export function newSecret(): string {
  return randomText(LETTERS_AND_DIGITS, SECRET_CHARACTERS);
}

export function newSessionToken(): string {
  return randomText(LETTERS_AND_DIGITS, TOKEN_CHARACTERS);
}

export function newUserId(): string {
  return `MRU${base32Characters(randomBytes(USER_ID_CHARACTERS))}`;
}

export function newAccountId(): string {
  return randomText("123456789", 1) + randomText("0123456789", ACCOUNT_DIGITS - 1);
}

/** As Organizations names a request to create an account. */
export function newAccountRequestId(): string {
  return `car-${randomText(LOWER_CASE_AND_DIGITS, 32)}`;
}

/** Bytes beyond the last multiple of the alphabet's length are thrown away: no character is likelier. */
function randomText(alphabet: string, length: number): string {
  const limit = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}
