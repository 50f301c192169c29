/**
 * Percent-encoding as SigV4 has it (RFC 3986, section 2.3): everything but letters, digits and `-._~` is
 * escaped, byte by byte, in upper-case hexadecimal. It works on bytes, so that escapes that are no UTF-8
 * survive as they are and nothing a client writes can make it throw.
 */
import { Buffer } from "node:buffer";

const UNRESERVED_TEXT = /^[A-Za-z0-9_.~-]*$/;
const UNRESERVED = /[A-Za-z0-9_.~-]/;
const ENCODED = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  const hex = byte.toString(16).toUpperCase().padStart(2, "0");
  return UNRESERVED.test(character) ? character : `%${hex}`;
});
const PERCENT = 0x25;

export function percentEncoded(text: string): string {
  return UNRESERVED_TEXT.test(text) ? text : encodedBytes(Buffer.from(text));
}

/** Decoded once and encoded once: one spelling for all that mean the same. A `+` is a plus. */
export function percentReencoded(text: string): string {
  return UNRESERVED_TEXT.test(text) ? text : encodedBytes(decodedBytes(text));
}

export function percentDecoded(text: string): string {
  return text.includes("%") ? decodedBytes(text).toString() : text;
}

function encodedBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += ENCODED[byte] ?? "";
  return text;
}

/** A `%` that begins no escape stands for itself. */
function decodedBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  let length = 0;
  for (let at = 0; at < bytes.byteLength; at++) {
    const byte = bytes[at] ?? 0;
    const high = byte === PERCENT ? hexDigit(bytes[at + 1]) : undefined;
    const low = high === undefined ? undefined : hexDigit(bytes[at + 2]);
    const isEscape = high !== undefined && low !== undefined;
    bytes[length++] = isEscape ? 16 * high + low : byte;
    if (isEscape) at += 2;
  }
  return bytes.subarray(0, length);
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lowerCase = byte | 0x20;
  return lowerCase >= 0x61 && lowerCase <= 0x66 ? lowerCase - 0x57 : undefined;
}
