/**
 * CredentialSeal: the secret of an access key on its way to the account's object and back. It is sealed
 * for its account and id, so that one that is put in another's place on disk opens nothing.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { denied, granted, type IamResult } from "../domain/iam-refusal.ts";
import type { Keyring } from "./keyring.ts";
import { openSecret, sealSecret } from "./sealed-secret.ts";

export type CredentialName = { readonly accountId: string; readonly accessKeyId: string };

export async function sealCredential(
  keyring: Keyring | undefined,
  name: CredentialName,
  secret: string,
): Promise<IamResult<Uint8Array>> {
  if (keyring?.current === undefined) return denied({ kind: "no-root-key" });
  return granted(await sealSecret(keyring, purposeOf(name), Buffer.from(secret)));
}

/** Undefined if the root key is gone, or what is sealed is another's. */
export async function openCredential(
  keyring: Keyring | undefined,
  name: CredentialName,
  sealed: Uint8Array,
): Promise<string | undefined> {
  if (keyring === undefined) return undefined;
  const secret = await openSecret(keyring, purposeOf(name), sealed);
  return secret === undefined ? undefined : Buffer.from(secret).toString();
}

/** A token is random and long: its digest is as good as sealed. */
export function tokenDigest(sessionToken: string): Uint8Array {
  return new Uint8Array(createHash("sha256").update(sessionToken).digest());
}

function purposeOf({ accountId, accessKeyId }: CredentialName): string {
  return `access-key/${accountId}/${accessKeyId}`;
}
