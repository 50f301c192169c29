/**
 * EncryptionTerms: what a queue's attributes say of how its messages are to be sealed. The Worker seals,
 * and knows no queue; the queue's object knows its terms, and no key. So the Worker says under which
 * terms it has acted, and the object takes nothing that was done under others.
 *
 * A message stays as it was sealed, whatever the queue's terms become (SQS developer guide, "Encryption
 * at rest": turning encryption on or off leaves the backlog as it is).
 */
export type EncryptionTerms =
  | { readonly kind: "none" }
  /** SqsManagedSseEnabled: by the deployment's own root keys. */
  | { readonly kind: "managed" }
  | {
      readonly kind: "kms";
      /** Id, alias or ARN, as it was set. */
      readonly keyId: string;
      /** For how long a data key seals before another one takes its place. */
      readonly reuseSeconds: number;
    };

/** The attributes of a queue that are about encryption. */
export type EncryptionAttributes = {
  readonly isSqsManagedSse: boolean;
  readonly kmsMasterKeyId: string | null;
  readonly kmsDataKeyReuseSeconds: number;
};

export const MANAGED: EncryptionTerms = { kind: "managed" };
const NONE: EncryptionTerms = { kind: "none" };

export function encryptionTermsOf({
  isSqsManagedSse,
  kmsMasterKeyId,
  kmsDataKeyReuseSeconds,
}: EncryptionAttributes): EncryptionTerms {
  if (kmsMasterKeyId !== null) {
    return { kind: "kms", keyId: kmsMasterKeyId, reuseSeconds: kmsDataKeyReuseSeconds };
  }
  return isSqsManagedSse ? MANAGED : NONE;
}

/** The same for the same terms; it travels with every call. */
export function encryptionLabel(terms: EncryptionTerms): string {
  return terms.kind === "kms" ? `kms/${terms.reuseSeconds}/${terms.keyId}` : terms.kind;
}
