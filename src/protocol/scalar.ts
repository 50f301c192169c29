/**
 * Scalars as both protocols read them: integers of 32 bits, and bytes as strict base64. What has a wrong
 * form leaves the reader as a Misshapen, in the words of AWS's front end; it never leaves a decoder.
 */
import { Buffer } from "node:buffer";

export class Misshapen extends Error {}

const INTEGER_MAX = 2_147_483_647;
const INTEGER = /^[+-]?\d{1,10}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function isInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= INTEGER_MAX;
}

export function readIntegerText(text: string): number {
  const value = INTEGER.test(text) ? Number(text) : Number.NaN;
  if (isInteger(value)) return value;
  throw new Misshapen("STRING_VALUE can not be converted to an Integer");
}

/** Buffer alone would skip over what is not base64. */
export function readBlobText(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !BASE64.test(text)) {
    throw new Misshapen("A binary value is not valid base64.");
  }
  return Buffer.from(text, "base64");
}
