/**
 * What is kept of an account's users, keys, sessions and, for the deployment's own, accounts: the records
 * that storage writes and the router prints. Secrets are sealed and tokens are digests wherever one of
 * these goes.
 */
export type User = {
  readonly userName: string;
  readonly userId: string;
  readonly createdAtMs: number;
};

export type KeyUse = {
  readonly accessKeyId: string;
  readonly usedAtMs: number;
  readonly service: string;
  readonly region: string;
};

export type AccessKey = {
  readonly accessKeyId: string;
  readonly userId: string;
  readonly isActive: boolean;
  readonly sealedSecret: Uint8Array;
  readonly createdAtMs: number;
  readonly lastUse: KeyUse | null;
};

/** GetSessionToken's, and AssumeRoot's. */
export type SessionKind = "session-token" | "assumed-root";

export type Session = {
  readonly accessKeyId: string;
  readonly kind: SessionKind;
  /** Null for the root. */
  readonly userId: string | null;
  /** The id of the long-term key. */
  readonly openedBy: string;
  readonly sealedSecret: Uint8Array;
  /** SHA-256 of the session's token. */
  readonly tokenDigest: Uint8Array;
  readonly expiresAtMs: number;
};

/** What a signature is checked against, and what its owner's policies are. */
export type KeyRecord = {
  readonly sealedSecret: Uint8Array;
  /** Null for the root. */
  readonly user: User | null;
  readonly policies: readonly string[];
  /** Null for a long-term key. */
  readonly session: Pick<Session, "kind" | "openedBy" | "tokenDigest" | "expiresAtMs"> | null;
};

export type CreatedAccount = {
  readonly accountId: string;
  readonly accountName: string;
  /** Empty of the deployment's own. */
  readonly email: string;
  /** Of the request that created it. */
  readonly requestId: string;
  readonly createdAtMs: number;
};

/** In the order of what they are listed by, from after `afterName` on. */
export type ListQuery = { readonly afterName: string; readonly limit: number };
export type Listing<Item> = { readonly items: readonly Item[]; readonly hasMore: boolean };
