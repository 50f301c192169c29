/**
 * SealedSecret: a small secret that the deployment keeps for itself, such as an access key's, sealed by the
 * current root key; it opens for as long as that key is among the root keys:
 *
 *   u8 version | u8 length of the key's name | key's name | IV, ciphertext and tag
 *
 * `purpose` keeps kinds of secrets apart, and should name whose it is: one that was put in another's place
 * does not open.
 */
import { Buffer } from "node:buffer";
import { assert } from "../domain/assert.ts";
import type { Keyring } from "./keyring.ts";

const VERSION = 1;
const FIXED_BYTES = 2;

/** There must be a root key. */
export async function sealSecret(
  keyring: Keyring,
  purpose: string,
  secret: Uint8Array,
): Promise<Uint8Array> {
  const { current } = keyring;
  assert(current !== undefined, "secrets are stored only where there is a root key");
  const header = Buffer.from([VERSION, current.name.length, ...Buffer.from(current.name)]);
  return Buffer.concat([header, await current.seal(`secret/${purpose}`, secret, header)]);
}

/** Undefined of what was not sealed for this purpose, was altered, or whose root key is gone. */
export async function openSecret(
  keyring: Keyring,
  purpose: string,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> {
  const [version, nameLength = 0] = sealed;
  if (version !== VERSION) return undefined;
  const header = sealed.subarray(0, FIXED_BYTES + nameLength);
  const key = keyring.named("root", Buffer.from(header.subarray(FIXED_BYTES)).toString("latin1"));
  return key?.open(`secret/${purpose}`, sealed.subarray(header.byteLength), header);
}
