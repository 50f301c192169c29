/**
 * The limits of IAM and STS, as IAM's quotas have them where it has one, and of what else an account's
 * users may fill. Sizes of policies are counted as IAM does: without white space.
 */
export const USERS_MAX = 5_000;
export const ACCESS_KEYS_PER_USER_MAX = 2;
/** All inline policies of a user together. */
export const USER_POLICIES_CHARACTERS_MAX = 2_048;
export const POLICY_DOCUMENT_CHARACTERS_MAX = 131_072;

export const SESSION_SECONDS_MIN = 900;
export const SESSION_SECONDS_MAX = 129_600;
export const SESSION_SECONDS_DEFAULT = 43_200;
/** The root's own sessions. */
export const ROOT_SESSION_SECONDS_MAX = 3_600;
/** The root of the deployment's sessions as the root of another account. */
export const ASSUMED_ROOT_SECONDS_MAX = 900;

/** Ours: of one user or of the root, at a time. */
export const SESSIONS_PER_HOLDER_MAX = 1_000;
/** Ours: of one deployment. */
export const ACCOUNTS_MAX = 10_000;

/** A key's last use is written at most once in this time. */
export const LAST_USED_INTERVAL_MS = 300_000;

export const LIST_ITEMS_MAX = 1_000;
export const LIST_ITEMS_DEFAULT = 100;

export function policyCharacters(document: string): number {
  return document.replace(/[\t\n\r ]+/g, "").length;
}
